"""The one web application of the run, a client for each role, and an honest callback body."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from core.access import Role
from db.session import transaction
from services import accounts
from settings import Settings
from tests.webapp import web_app

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}
SignIn = Callable[[Role | None], FlaskClient]


@pytest.fixture(scope="session")
def app(app_settings: Settings) -> Any:
    return web_app()


@pytest.fixture(scope="session")
def people(app_settings: Settings) -> dict[Role, str]:
    """One person for each role."""
    hashed = accounts.hash_password(PASSWORD)
    found = {}
    with transaction() as session:
        client = session.execute(
            text(
                "INSERT INTO client (code, name) VALUES ('sec', 'Security Ltd') "
                "ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id"
            )
        ).scalar_one()
        for role in (Role.OWNER, Role.ADMIN, Role.USER, Role.CLIENT):
            email = f"{role.value}@security.example"
            session.execute(
                text(
                    "INSERT INTO person (email, name, role, client_id, password_hash) "
                    "VALUES (:email, :name, :role, :client, :hash) ON CONFLICT (email) DO NOTHING"
                ),
                {
                    "email": email,
                    "name": role.value,
                    "role": role.value,
                    "client": client if role is Role.CLIENT else None,
                    "hash": hashed,
                },
            )
            found[role] = email
    return found


def csrf_of(client: FlaskClient, path: str = "/login") -> str:
    """Give the token that the sign-in page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, headers=HTML).get_data(as_text=True))
    assert found
    return found.group(1)


@pytest.fixture
def sign_in(app: Any, people: dict[Role, str]) -> Callable[[Role | None], FlaskClient]:
    """Give a client that is signed in; a guest for GUEST, a stranger for None."""
    with transaction() as session:
        session.execute(text("DELETE FROM sign_in_attempt"))

    def enter(role: Role | None) -> FlaskClient:
        client = app.server.test_client()
        if role is None:
            return client
        token = csrf_of(client)
        if role is Role.GUEST:
            answer = client.post("/guest", data={"csrf_token": token})
        else:
            answer = client.post("/login", data={"csrf_token": token, "email": people[role], "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        client.get("/", headers=HTML)
        return client

    return enter


def cookie(client: FlaskClient, name: str) -> str:
    found = client.get_cookie(name)
    return found.value if found else ""


def body_of(app: Any, output: str) -> dict[str, Any]:
    """Give the body that the renderer would post for a callback, with empty values."""
    known = app.callback_map[output]

    def values(parts: list[dict[str, Any]]) -> list[Any]:
        made = []
        for part in parts:
            id_ = part["id"]
            if isinstance(id_, str) and id_.startswith("{"):
                # A wildcard stands for a list of components, a fixed dictionary for one.
                known_id = json.loads(id_)
                wild = any(isinstance(value, list) for value in known_id.values())
                made.append([] if wild else {"id": known_id, "property": part["property"], "value": None})
            else:
                made.append({"id": id_, "property": part["property"], "value": None})
        return made

    inputs = values(known["inputs"])
    changed = [f"{part['id']}.{part['property']}" for part in known["inputs"][:1]]
    outputs: Any = [
        {"id": json.loads(name) if name.startswith("{") else name, "property": property_}
        for name, _dot, property_ in (piece.rpartition(".") for piece in output.strip(".").split("..."))
    ]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": inputs,
        "changedPropIds": changed,
        "state": values(known.get("state", [])),
    }


def call(client: FlaskClient, app: Any, output: str, **headers: str) -> Any:
    """Post a callback as the renderer does."""
    return client.post(
        "/_dash-update-component",
        json=body_of(app, output),
        headers={"X-CSRFToken": cookie(client, "_csrf_token"), **headers},
    )


def show(client: FlaskClient, app: Any, path: str, search: str = "") -> str:
    """Ask the page router for a page, as the browser does."""
    body = body_of(app, "page.children")
    body["inputs"][0]["value"] = path
    body["state"][0]["value"] = search
    body["changedPropIds"] = ["url.pathname"]
    answer = client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))
