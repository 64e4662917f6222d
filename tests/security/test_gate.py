"""Authorisation: numbers are those of the security list."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from core.access import MATRIX, Permission, Role, allowed
from core.access.actor import Actor
from dashboard import registry
from db.session import transaction
from tests.security.conftest import HTML, SignIn, body_of, call, cookie, show

SERVER_SIDE = "clientside_function"


def server_callbacks(app: Any) -> list[str]:
    return [output for output, known in app.callback_map.items() if "callback" in known]


def test_1_every_callback_declares_a_permission_or_nothing_starts(app: Any) -> None:
    assert len(server_callbacks(app)) >= 8
    assert set(app.callback_map) <= set(registry.declared())
    with pytest.raises(registry.Undeclared, match="stray"):
        registry.refuse_undeclared({**app.callback_map, "stray.children": {}})


def test_2_every_route_is_listed(app: Any) -> None:
    from dashboard.routes import ROUTES

    ours = {
        rule.endpoint
        for rule in app.server.url_map.iter_rules()
        if "." in rule.endpoint and not rule.endpoint.startswith(("/", "_dash"))
    }
    assert ours <= set(ROUTES)


def test_3_strangers_get_no_callback(app: Any, sign_in: SignIn) -> None:
    client = sign_in(None)
    client.get("/login", headers=HTML)
    for output in server_callbacks(app):
        assert call(client, app, output).status_code in (400, 401, 403), output


def test_4_callbacks_answer_exactly_those_who_may(app: Any, sign_in: SignIn) -> None:
    declared = registry.declared()
    for role in Role:
        client = sign_in(role)
        actor = Actor(role, 1 if role is not Role.GUEST else None, 1 if role is Role.CLIENT else None)
        for output in server_callbacks(app):
            permissions = declared[output]
            assert permissions
            status = call(client, app, output).status_code
            if not any(allowed(actor, permission) for permission in permissions):
                assert status == 403, (role, output)
            else:
                assert status != 403, (role, output)


def test_4_the_matrix_only_narrows_from_owner_to_guest() -> None:
    assert MATRIX[Role.OWNER] == frozenset(Permission)
    assert MATRIX[Role.GUEST] < MATRIX[Role.CLIENT]
    assert MATRIX[Role.USER] < MATRIX[Role.ADMIN] <= MATRIX[Role.OWNER]


def test_5_a_denied_callback_is_audited(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.CLIENT)
    denied = next(output for output, permission in registry.declared().items() if permission == (Permission.FARM_READ,))
    assert call(client, app, denied).status_code == 403
    with transaction() as session:
        row = session.execute(
            text("SELECT role, action, outcome, request_id FROM audit_log ORDER BY id DESC LIMIT 1")
        ).one()
    assert (row.role, row.action, row.outcome) == ("client", "farm.read", "denied")
    assert row.request_id


def test_6_a_body_that_names_another_callback_or_page_gains_nothing(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.GUEST)
    denied = next(output for output, permission in registry.declared().items() if permission == (Permission.FARM_READ,))
    body = body_of(app, denied)
    body["inputs"].append({"id": "url", "property": "pathname", "value": "/login"})
    answer = client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})
    assert answer.status_code == 400
    body["output"] = "nothing.children"
    answer = client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})
    assert answer.status_code == 400


def test_7_the_router_gives_no_text_of_a_page_that_is_not_for_the_role(app: Any, sign_in: SignIn) -> None:
    for role, path, secret in (
        (Role.GUEST, "/hosting", "farm-kpis"),
        (Role.CLIENT, "/hosting", "farm-kpis"),
        (Role.USER, "/audit", "hi-table"),
    ):
        text_ = show(sign_in(role), app, path)
        assert secret not in text_
        assert "Not for your role" in text_
    assert "farm-kpis" in show(sign_in(Role.USER), app, "/hosting")


@pytest.mark.parametrize("number", ["²", "１", "-1", "0", "x", "9" * 30])
def test_a_page_number_that_is_none_shows_the_first_page(app: Any, sign_in: SignIn, number: str) -> None:
    assert "hi-table" in show(sign_in(Role.OWNER), app, "/audit", f"?page={quote(number)}")


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/_dash-dependencies", "/hosting", "/live", "/audit"])
def test_8_strangers_see_no_page_and_no_ids(sign_in: SignIn, path: str) -> None:
    answer = sign_in(None).get(path)
    assert answer.status_code in (302, 401)
    assert "farm-kpis" not in answer.get_data(as_text=True)


def test_12_guests_write_nothing(app: Any, sign_in: SignIn) -> None:
    actor = Actor(Role.GUEST)
    for permission in (Permission.COMMAND, Permission.VIEWS_WRITE, Permission.EXPORT, Permission.PEOPLE_WRITE):
        assert not allowed(actor, permission)


def test_14_disabling_an_account_binds_from_the_next_request(
    app: Any, sign_in: SignIn, people: dict[Role, str]
) -> None:
    client = sign_in(Role.ADMIN)
    assert client.get("/live").status_code == 200
    with transaction() as session:
        session.execute(text("UPDATE person SET disabled_at = now() WHERE email = :e"), {"e": people[Role.ADMIN]})
    try:
        assert client.get("/live").status_code == 401
    finally:
        with transaction() as session:
            session.execute(text("UPDATE person SET disabled_at = NULL WHERE email = :e"), {"e": people[Role.ADMIN]})


def test_14_a_changed_role_binds_from_the_next_request(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    client = sign_in(Role.ADMIN)
    assert "hi-table" in show(client, app, "/audit")
    with transaction() as session:
        session.execute(text("UPDATE person SET role = 'user' WHERE email = :e"), {"e": people[Role.ADMIN]})
    try:
        assert "Not for your role" in show(client, app, "/audit")
    finally:
        with transaction() as session:
            session.execute(text("UPDATE person SET role = 'admin' WHERE email = :e"), {"e": people[Role.ADMIN]})
