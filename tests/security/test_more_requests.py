"""Requests that a browser of ours never sends, TLS, dead databases and what the logs keep; numbers of the list."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.access import Permission, Role
from dashboard import guard
from dashboard.auth import PUBLIC, PUBLIC_FOLDERS
from dashboard.routes import ROUTES
from db.session import transaction
from services import sessions
from tests.security.conftest import HTML, PASSWORD, SignIn, body_of, call, cookie, csrf_of, show

TLS = "https://farm.example"


def paths_of(app: Any) -> list[tuple[str, str]]:
    """Every method and address of the url map, with something in the place of its variables."""
    found = []
    for rule in app.server.url_map.iter_rules():
        path = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000000", rule.rule)
        path = re.sub(r"<[^>]+>", "anything", path)
        found += [(method, path) for method in sorted(rule.methods & {"GET", "POST"})]
    return found


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)


def test_2_strangers_reach_the_public_list_and_nothing_else(app: Any, sign_in: SignIn) -> None:
    seen = 0
    for method, path in paths_of(app):
        if is_public(path):
            continue
        answer = sign_in(None).open(path, method=method)
        assert answer.status_code in (302, 401), (method, path)
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/login")
        seen += 1
    assert seen >= 6


def test_2_what_the_gate_lets_through_is_declared_public(app: Any) -> None:
    rules = {rule.rule: rule.endpoint for rule in app.server.url_map.iter_rules()}
    declared = {path for path, endpoint in rules.items() if ROUTES.get(endpoint) is Permission.PUBLIC}
    assert declared <= set(PUBLIC)


def test_3_every_stranger_is_told_to_sign_in_before_anything_else(app: Any, sign_in: SignIn) -> None:
    for output in app.callback_map:
        answer = call(sign_in(None), app, output)
        assert answer.status_code == 401, output


def test_10_values_of_the_page_do_not_choose_the_role(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.CLIENT)
    body = body_of(app, "page.children")
    body["inputs"][0]["value"] = "/audit"
    body["state"][0]["value"] = "?role=owner&client_id=1&actor=owner"
    answer = client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})
    assert "Not for your role" in answer.get_data(as_text=True)


def test_16_extra_fields_of_a_form_reach_nothing(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    client = sign_in(None)
    form = {"csrf_token": csrf_of(client), "email": people[Role.USER], "password": PASSWORD}
    client.post("/login", data={**form, "role": "owner", "person_id": "1", "token_hash": "x", "client_id": "1"})
    client.get("/", headers=HTML)
    assert "Not for your role" in show(client, app, "/audit")


def test_20_debugging_and_the_agent_door_are_off(app: Any) -> None:
    assert app.server.debug is False
    assert not [rule.rule for rule in app.server.url_map.iter_rules() if "mcp" in rule.rule or "hot" in rule.rule]


@pytest.mark.parametrize("path", ["/login", "/guest", "/logout", "/language", "/active"])
def test_22_a_token_of_another_session_does_nothing(sign_in: SignIn, path: str) -> None:
    client = sign_in(Role.USER)
    token = cookie(sign_in(Role.ADMIN), "_csrf_token")
    assert client.post(path, data={"csrf_token": token, "language": "zh"}).status_code == 400
    assert client.get("/live").status_code == 200
    assert cookie(client, "hi_language") == ""


@pytest.mark.parametrize("path", ["/login", "/guest", "/logout", "/language", "/active"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "null"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_24_no_form_takes_a_post_of_another_site(sign_in: SignIn, path: str, headers: dict[str, str]) -> None:
    client = sign_in(Role.USER)
    token = {"csrf_token": cookie(client, "_csrf_token")}
    assert client.post(path, data=token, headers=headers).status_code == 403
    assert client.get("/live").status_code == 200


def test_25_headers_stand_on_errors_and_say_nothing_of_the_server(sign_in: SignIn) -> None:
    for answer in (
        sign_in(None).get("/live"),
        sign_in(Role.USER).post("/login"),
        sign_in(Role.USER).get("/jobs/00000000-0000-0000-0000-000000000000/download"),
        sign_in(Role.USER).delete("/live"),
    ):
        assert answer.status_code in (400, 401, 404, 405)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-Id"]
        assert "Strict-Transport-Security" not in answer.headers
        assert not re.search(r"\d", answer.headers.get("Server", ""))


def test_25_and_27_on_tls_everything_is_bound_to_it(app: Any, people: dict[Role, str]) -> None:
    client = app.server.test_client()
    first = client.get("/login", headers=HTML, base_url=TLS)
    assert first.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    token = re.search(r'name="csrf_token" value="([^"]+)"', first.get_data(as_text=True))
    assert token
    form = {"csrf_token": token.group(1), "email": people[Role.USER], "password": PASSWORD}
    entered = client.post("/login", data=form, base_url=TLS)
    assert entered.status_code == 303
    held = next(line for line in entered.headers.getlist("Set-Cookie") if line.startswith("__Host-hi_session="))
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in held
    assert "Domain" not in held
    # Signed in on TLS, the cookie is the one that counts.
    assert client.get("/live", base_url=TLS).status_code == 200


def test_28_a_page_of_another_site_reads_nothing(sign_in: SignIn) -> None:
    answer = sign_in(Role.USER).get("/live", headers={"Origin": "https://evil.example"})
    assert not [name for name, _value in answer.headers.items() if name.lower().startswith("access-control")]


def test_35_ending_the_other_sessions_leaves_this_one(app: Any, sign_in: SignIn) -> None:
    elsewhere, here = sign_in(Role.USER), sign_in(Role.USER)
    body = body_of(app, next(output for output in app.callback_map if "account-sessions" in output))
    body["inputs"][0]["value"] = 1
    answer = here.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(here, "_csrf_token")})
    assert answer.status_code == 200
    assert elsewhere.get("/live").status_code == 401
    assert here.get("/live").status_code == 200
    with transaction() as session:
        row = session.execute(text("SELECT action, outcome FROM audit_log ORDER BY id DESC LIMIT 1")).one()
    assert tuple(row) == ("sessions.end_others", "ok")


def test_37_one_sees_ones_own_sessions_only(app: Any, sign_in: SignIn) -> None:
    sign_in(Role.ADMIN).get("/", headers={**HTML, "User-Agent": "x"})
    client = sign_in(Role.USER)
    told = show(client, app, "/account")
    with transaction() as session:
        mine = session.execute(
            text(
                "SELECT count(*) FROM web_session JOIN person ON person.id = person_id WHERE role = 'user'"
                " AND active_at > now() - interval '30 minutes' AND web_session.created_at > now() - interval '8 hours'"
            )
        ).scalar_one()
    assert told.count('"Tr"') == mine + 1  # and the heading
    assert "this one" in told


def test_43_a_script_in_a_field_comes_back_as_text(app: Any, sign_in: SignIn) -> None:
    client = sign_in(None)
    nasty = '"><script>alert(1)</script>'
    answer = client.post("/login", data={"csrf_token": csrf_of(client), "email": nasty, "password": "x" * 12})
    assert "<script>" not in answer.get_data(as_text=True)
    answer = client.get("/login?next=" + nasty, headers=HTML)
    assert "<script>" not in answer.get_data(as_text=True)


def test_50_signing_in_and_out_is_in_the_log(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    client = sign_in(None)
    token = csrf_of(client)
    client.post("/login", data={"csrf_token": token, "email": people[Role.USER], "password": "wrong wrong wrong"})
    client = sign_in(Role.USER)
    client.post("/logout", data={"csrf_token": cookie(client, "_csrf_token")})
    with transaction() as session:
        rows = session.execute(
            text("SELECT action, outcome, ip, request_id, actor_id FROM audit_log ORDER BY id DESC LIMIT 3")
        ).all()
    assert [(row.action, row.outcome) for row in rows] == [("logout", "ok"), ("login", "ok"), ("login", "failed")]
    assert all(row.ip == "127.0.0.1" and row.request_id for row in rows)
    assert rows[0].actor_id == rows[1].actor_id is not None
    assert rows[2].actor_id is None


def test_52_no_password_and_no_token_in_the_logs(
    app: Any, sign_in: SignIn, people: dict[Role, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary-password-8861"
    client = sign_in(Role.USER)
    token, csrf = cookie(client, "hi_session"), cookie(client, "_csrf_token")
    client.post("/login", data={"csrf_token": csrf, "email": people[Role.USER], "password": canary})
    for output in app.callback_map:
        call(client, app, output)
    said = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (canary, token, csrf):
        assert secret not in said
    with transaction() as session:
        rows = session.execute(text("SELECT audit_log::text FROM audit_log")).scalars()
        assert not [row for row in rows if canary in row or token in row]


def test_54_no_malformed_body_of_any_callback_is_our_fault(app: Any, sign_in: SignIn) -> None:
    """23 and 54: wrong types in the place of every input and state; an answer, never a trace and never a 500."""
    client = sign_in(Role.OWNER)
    headers = {"X-CSRFToken": cookie(client, "_csrf_token")}
    for output, known in app.callback_map.items():
        if "callback" not in known:
            continue
        for value in (["x"], {"a": 1}, -1, "‮\x00'; DROP TABLE miner; --", 1e308):
            body = body_of(app, output)
            for part in body["inputs"] + body["state"]:
                if isinstance(part, dict):
                    part["value"] = value
            answer = client.post("/_dash-update-component", json=body, headers=headers)
            told = answer.get_data(as_text=True)
            assert "Traceback" not in told, output
            assert answer.status_code < 500, (output, value)


def test_55_without_the_database_nobody_gets_in(app: Any, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(Role.OWNER)

    def dead(*_: object) -> None:
        raise OperationalError("SELECT marker_of_the_inside", {}, Exception("no route to host"))

    monkeypatch.setattr(sessions, "find", dead)
    for path in ("/", "/live", "/_dash-layout"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 503
        told = answer.get_data(as_text=True)
        assert "marker_of_the_inside" not in told
        assert answer.headers["X-Request-Id"] in told


def test_56_the_signing_key_is_not_the_same_in_two_demos() -> None:
    from dashboard import secret_key
    from settings import Settings

    demo = Settings(demo=True, secret_key=None)
    assert secret_key(demo) != secret_key(demo)
    assert len(secret_key(demo)) >= 32


def test_23_a_body_at_the_limit_is_read_and_one_above_is_not(sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    assert guard.MAX_BODY < 9 << 20
    answer = client.post("/login", data=b"x" * (guard.MAX_BODY + 1), content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 413)
