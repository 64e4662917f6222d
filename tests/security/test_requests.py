"""Requests, headers, sign-in and sessions: numbers are those of the security list."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.access import Role
from dashboard.auth import safe_next
from db.session import transaction
from services import accounts, audit
from tests.security.conftest import HTML, PASSWORD, SignIn, body_of, call, cookie, csrf_of


def test_21_a_callback_without_the_token_changes_nothing(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    for headers in ({}, {"X-CSRFToken": "wrong"}, {"X-CSRFToken": cookie(sign_in(Role.ADMIN), "_csrf_token")}):
        answer = client.post("/_dash-update-component", json=body_of(app, "page.children"), headers=headers)
        assert answer.status_code == 400
    with transaction() as session:
        row = session.execute(text("SELECT role, action, outcome FROM audit_log ORDER BY id DESC LIMIT 1")).one()
    assert tuple(row) == ("user", "csrf", "denied")


@pytest.mark.parametrize("path", ["/login", "/guest", "/logout", "/language", "/active", "/first-owner"])
def test_22_every_form_needs_the_token(sign_in: SignIn, path: str) -> None:
    client = sign_in(Role.USER)
    assert client.post(path, data={"email": "a", "password": "b", "language": "zh"}).status_code == 400
    assert client.get("/live").status_code == 200


def test_22_logout_is_post_only(sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    client.get("/logout", headers=HTML)  # the address of no page: the frame answers, and nothing ends
    assert client.get("/live").status_code == 200


def test_23_wrong_kinds_malformed_and_oversized_bodies(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    token = {"X-CSRFToken": cookie(client, "_csrf_token")}
    path = "/_dash-update-component"
    assert client.post(path, data="a=b", headers=token).status_code == 415
    for body in (
        b"[]",
        b"{",
        b"null",
        b'{"output": 5}',
        b'{"output": "page.children"}',
        b'{"output":"page.children","inputs":7}',
    ):
        assert client.post(path, data=body, content_type="application/json", headers=token).status_code == 400
    assert client.post(path, data=b"x" * (9 << 20), content_type="application/json", headers=token).status_code == 413


def test_24_other_sites_cannot_post(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    assert call(client, app, "page.children", Origin="https://evil.example").status_code == 403
    assert call(client, app, "page.children", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("path", ["/login", "/nothing/here", "/live", "/assets/css/tokens.css", "/"])
def test_25_headers_stand_on_every_answer(sign_in: SignIn, path: str) -> None:
    answer = sign_in(Role.USER).get(path, headers=HTML)
    answer.close()
    policy = answer.headers["Content-Security-Policy"]
    script = re.search(r"script-src ([^;]+)", policy)
    assert script
    assert "'unsafe-inline'" not in script.group(1)
    assert "'unsafe-eval'" not in policy
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert part in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Request-Id"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_27_the_cookie_holds_nothing_of_a_person(sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    held = client.get_cookie("hi_session")
    assert held is not None
    assert held.http_only
    assert held.same_site == "Lax"
    assert len(held.value) >= 43  # 256 bits
    with transaction() as session:
        assert not session.execute(
            text("SELECT 1 FROM web_session WHERE encode(token_hash, 'escape') = :t"), {"t": held.value}
        ).scalar()


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "",
        None,
    ],
)
def test_29_next_goes_to_local_paths_only(wanted: str | None) -> None:
    assert safe_next(wanted) == "/"


def test_29_next_keeps_a_local_path() -> None:
    assert safe_next("/hosting/machines?q=a") == "/hosting/machines?q=a"


def test_30_passwords_are_hashed_by_argon2id(people: dict[Role, str]) -> None:
    with transaction() as session:
        stored = session.execute(
            text("SELECT password_hash FROM person WHERE email = :e"), {"e": people[Role.USER]}
        ).scalar_one()
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (found.memory_cost >= 19_456, found.time_cost >= 2) == (True, True)


def test_30_a_weaker_hash_is_made_anew_at_sign_in(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.execute(
            text("UPDATE person SET password_hash = :h WHERE email = :e"), {"h": weak, "e": people[Role.USER]}
        )
    sign_in(Role.USER)
    with transaction() as session:
        stored = session.execute(
            text("SELECT password_hash FROM person WHERE email = :e"), {"e": people[Role.USER]}
        ).scalar_one()
    assert extract_parameters(stored).memory_cost >= 19_456


@pytest.mark.parametrize("password", ["short", "x" * 129])
def test_31_passwords_have_12_to_128_characters(password: str) -> None:
    with pytest.raises(ValueError, match="12 to 128"):
        accounts.hash_password(password)


def test_32_a_wrong_name_and_a_wrong_password_read_the_same(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    answers = []
    for email in (people[Role.USER], "nobody@security.example"):
        client = sign_in(None)
        answer = client.post(
            "/login", data={"csrf_token": csrf_of(client), "email": email, "password": "wrong wrong wrong"}
        )
        answers.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


def test_33_many_tries_wait_and_another_address_is_not_locked_out(
    app: Any, sign_in: SignIn, people: dict[Role, str]
) -> None:
    client = sign_in(None)
    token = csrf_of(client)
    form = {"csrf_token": token, "email": people[Role.OWNER], "password": "wrong wrong wrong"}
    codes = [client.post("/login", data=form).status_code for _ in range(8)]
    assert codes[:5] == [401] * 5
    assert codes[-1] == 429
    answer = client.post("/login", data={**form, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    elsewhere = client.post("/login", data={**form, "password": PASSWORD}, environ_base={"REMOTE_ADDR": "127.0.0.9"})
    assert elsewhere.status_code == 303
    with transaction() as session:
        session.execute(text("DELETE FROM sign_in_attempt"))


def test_33_a_storm_of_sign_ins_leaves_the_other_threads_alone(
    app: Any, sign_in: SignIn, people: dict[Role, str]
) -> None:
    client = sign_in(None)
    form = {"csrf_token": csrf_of(client), "email": people[Role.OWNER], "password": PASSWORD}
    with ExitStack() as waiting:
        for _ in range(accounts.HASHES_AT_ONCE + accounts.HASHES_WAITING):
            waiting.enter_context(accounts._queue)
        answer = client.post("/login", data=form)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert "Many people sign in" in answer.get_data(as_text=True)
    assert client.post("/login", data=form).status_code == 303


def test_34_signing_in_again_gives_a_new_session_and_ends_the_old(
    app: Any, sign_in: SignIn, people: dict[Role, str]
) -> None:
    client = sign_in(Role.GUEST)
    old = cookie(client, "hi_session")
    client.post("/login", data={"csrf_token": csrf_of(client), "email": people[Role.USER], "password": PASSWORD})
    assert cookie(client, "hi_session") != old
    stale = app.server.test_client()
    stale.set_cookie("hi_session", old)
    assert stale.get("/live").status_code == 401


def test_35_signing_out_ends_the_session_on_the_server(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    token = cookie(client, "hi_session")
    assert client.post("/logout", data={"csrf_token": cookie(client, "_csrf_token")}).status_code == 303
    again = app.server.test_client()
    again.set_cookie("hi_session", token)
    assert again.get("/live").status_code == 401


@pytest.mark.parametrize(("column", "age"), [("active_at", "31 minutes"), ("created_at", "481 minutes")])
def test_36_sessions_end_idle_and_in_any_case(app: Any, sign_in: SignIn, column: str, age: str) -> None:
    client = sign_in(Role.USER)
    client.get("/live")
    with transaction() as session:
        session.execute(text(f"UPDATE web_session SET {column} = now() - interval '{age}'"))
    assert client.get("/live").status_code == 401


def test_36_polling_does_not_keep_a_session_awake(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    with transaction() as session:
        session.execute(text("UPDATE web_session SET active_at = now() - interval '20 minutes'"))
        before = session.execute(text("SELECT max(active_at) FROM web_session")).scalar_one()
    client.get("/live")
    call(client, app, "page.children")
    with transaction() as session:
        assert session.execute(text("SELECT max(active_at) FROM web_session")).scalar_one() == before
    client.post("/active", headers={"X-CSRFToken": cookie(client, "_csrf_token")})
    with transaction() as session:
        assert session.execute(text("SELECT max(active_at) FROM web_session")).scalar_one() > before


def test_39_the_first_owner_comes_by_a_token_that_works_once(app_settings: Any, people: dict[Role, str]) -> None:
    with transaction() as session:
        session.execute(text("UPDATE person SET disabled_at = now() WHERE role = 'owner'"))
    try:
        token = accounts.first_owner_token()
        assert token
        with pytest.raises(accounts.SignInRefused):
            accounts.become_first_owner("guess", "new@security.example", "New", PASSWORD, None)
        accounts.become_first_owner(token, "new@security.example", "New", PASSWORD, None)
        assert accounts.first_owner_token() is None
        with pytest.raises(accounts.SignInRefused):
            accounts.become_first_owner(token, "two@security.example", "Two", PASSWORD, None)
    finally:
        with transaction() as session:
            session.execute(text("UPDATE person SET disabled_at = NULL WHERE role = 'owner'"))


def test_51_the_audit_log_refuses_change_and_shows_it(app_settings: Any) -> None:
    from core.access.actor import SYSTEM

    audit.record_alone(SYSTEM, "test", "a thing", "ok")
    for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(statement))
    with transaction() as session:
        assert session.execute(text("SELECT audit_first_bad()")).scalar() is None
        row = session.execute(text("SELECT min(id) FROM audit_log")).scalar_one()
        # Only one who owns the tables gets this far; the chain tells.
        session.execute(text("RESET ROLE"))
        session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER audit_refuse"))
        session.execute(text("UPDATE audit_log SET object = 'another thing' WHERE id = :id"), {"id": row})
        assert session.execute(text("SELECT audit_first_bad()")).scalar() == row
        session.rollback()


def test_53_a_line_break_in_a_field_is_no_second_line() -> None:
    assert "\n" not in audit.one_line("a\r\nlogin ok admin")


def test_54_a_failure_shows_a_request_id_and_no_trace(
    app: Any, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import live

    client = sign_in(Role.USER)

    def broken(*_: object) -> None:
        raise RuntimeError("marker-of-the-inside")

    monkeypatch.setattr(live, "status", broken)
    from gateways import cache

    cache.bump_farm_version()
    answer = client.get("/live")
    told = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in told
    assert "marker-of-the-inside" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("key", [None, "short", "changeme" * 8])
def test_56_a_weak_key_is_refused_outside_the_demo(key: str | None) -> None:
    from dashboard import BadSecret, secret_key
    from settings import Settings

    with pytest.raises(BadSecret, match="HASHINSIGHT_SECRET_KEY"):
        secret_key(Settings(demo=False, secret_key=key))  # type: ignore[arg-type]
