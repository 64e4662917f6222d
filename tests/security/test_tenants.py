"""What a client may learn: numbers are those of the security list."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from core.access import Actor, Role
from core.hosting.columns import COLUMNS, Kind
from core.hosting.filters import parse
from dashboard import ids
from dashboard.views.machines import export_params
from db.queries import miners
from db.session import transaction
from gateways.cache import bump_farm_version
from services import grid, jobs, views
from tests.farm import Place, make_miner, make_place
from tests.security.conftest import HTML, SignIn, body_of, cookie, show


@dataclass(frozen=True, slots=True)
class Shared:
    """A site where a client has a machine beside another client's, and what he must never read of it."""

    place: Place
    own_id: int
    own_asset: str
    foreign_id: int
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
def shared(people: dict[Role, str]) -> Shared:
    place = make_place()
    with transaction() as session:
        client_id = session.execute(text("SELECT id FROM client WHERE code = 'sec'")).scalar_one()
    values = {"hashrate_ths": 99.0, "power_w": 3000.0, "temp_max_c": 60.0, "mode": "mining"}
    own = make_miner(place, client_id=client_id, position=1, **values)
    foreign = make_miner(place, client_id=place.other_client_id, position=2, **values)
    with transaction() as session:
        assets = dict(
            session.execute(text("SELECT id, asset_id FROM miner WHERE id IN (:a, :b)"), {"a": own, "b": foreign})
            .tuples()
            .all()
        )
        session.execute(
            text(
                "INSERT INTO command (idempotency_key, miner_id, site_id, action, requested_by, state, deadline_at)"
                " VALUES (:key, :miner, :site, 'stop', :person, 'confirmed', now())"
            ),
            {"key": uuid.uuid4().hex, "miner": own, "site": place.site_id, "person": place.person_id},
        )
        session.execute(
            text("INSERT INTO event (at, kind, site_id, miner_id, payload) VALUES (now(), :kind, :site, :miner, '{}')"),
            {"kind": "miner.restarted", "site": place.site_id, "miner": foreign},
        )
    bump_farm_version()  # what other tests were shown is not what these machines would be
    views.save(place.actor(Role.USER), "machines", f"note of staff {place.code}", "q=x", shared=True)
    return Shared(
        place,
        own,
        assets[own],
        foreign,
        # make_place's power price and PUE, the other client, his machine, who gave the order, what staff call a view
        ("0.0437", "1.0731", "Client b of", f"{place.code}-b", assets[foreign], "Olga of", "note of staff"),
    )


def known(shared: Shared) -> dict[str, Any]:
    """Give what a client's own pages hold, by id; the rest is empty."""
    return {
        ids.URL: f"?cols={','.join(COLUMNS)}&size=20",
        ids.DATA_VERSION: uuid.uuid4().hex,
        ids.MACHINE_KEY: str(shared.own_id),
        ids.COMMAND_ORDER: {"miner": shared.own_id, "action": "stop", "key": uuid.uuid4().hex},
        ids.MACHINE_RANGE: "24h",
        ids.FARM_RANGE: "24h",
    }


def bodies(app: Any, shared: Shared) -> Iterator[dict[str, Any]]:
    """Give honest bodies of every callback on the server, with each of its inputs pressed once."""
    for output, callback in app.callback_map.items():
        if "callback" not in callback or ids.LANGUAGE in output:  # a language chosen would stay with the person
            continue
        body = body_of(app, output)
        values = known(shared)
        for part in (*body["inputs"], *body["state"]):
            if isinstance(part, dict) and isinstance(part["id"], str):
                part["value"] = values.get(part["id"], 1 if part["property"] == "n_clicks" else None)
        for part in body["inputs"]:
            if isinstance(part, dict):
                name = part["id"] if isinstance(part["id"], str) else json.dumps(part["id"], separators=(",", ":"))
                yield {**body, "changedPropIds": [f"{name}.{part['property']}"]}
        if body["inputs"] == [[]]:
            yield from (_pressed(body, part) for part in PRESSED)


# Buttons that a page makes as it goes: the first input of the callback is a list of them.
PRESSED = [ids.grid_edit(name) for name, column in COLUMNS.items() if column.kind is Kind.ENUM]
PRESSED += [ids.machine_action(action) for action in ("stop", "reboot")]


def _pressed(body: dict[str, Any], part: dict[str, object]) -> dict[str, Any]:
    name = json.dumps(part, separators=(",", ":"), sort_keys=True)
    pressed = [[{"id": part, "property": "n_clicks", "value": 1}]]
    return {**body, "inputs": pressed, "changedPropIds": [f"{name}.n_clicks"]}


def everything_a_client_is_told(app: Any, client: FlaskClient, shared: Shared) -> Iterator[tuple[str, str]]:
    for path in ("/", "/hosting/machines", f"/hosting/machine/{shared.own_id}", "/account", "/audit"):
        yield path, show(client, app, path)
    for path in ("/live", "/health", f"/hosting/machine/{shared.foreign_id}"):
        yield path, client.get(path, headers=HTML).get_data(as_text=True)
    headers = {"X-CSRFToken": cookie(client, "_csrf_token")}
    for body in bodies(app, shared):
        answer = client.post("/_dash-update-component", json=body, headers=headers)
        yield body["output"] + " " + str(body["changedPropIds"]), answer.get_data(as_text=True)


def test_15_no_answer_to_a_client_holds_a_cost_price_another_client_or_a_note(
    app: Any, sign_in: SignIn, shared: Shared
) -> None:
    told = list(everything_a_client_is_told(app, sign_in(Role.CLIENT), shared))
    assert sum(shared.own_asset in said for _where, said in told) >= 2  # his own machine: the walk does see data
    for where, said in told:
        for secret in shared.secrets:
            assert secret not in said, f"{secret} in {where}"


def test_15_the_same_walk_shows_them_to_staff(app: Any, sign_in: SignIn, shared: Shared) -> None:
    """The walk could find them: what it does not find for a client is hidden, not missed."""
    said = " ".join(said for _where, said in everything_a_client_is_told(app, sign_in(Role.USER), shared))
    for secret in ("Client b of", "Olga of", "note of staff"):
        assert secret in said


def test_15_an_exported_file_holds_the_clients_own_machines_only(shared: Shared, people: dict[Role, str]) -> None:
    actor = client_actor()
    job = jobs.start(actor, "machines_csv", export_params(parse(""), None))
    assert jobs.run(job) == "done"
    written = jobs.content(actor, job).content.decode("utf-8-sig")
    assert shared.own_asset in written
    for secret in shared.secrets:
        assert secret not in written


def client_actor() -> Actor:
    with transaction() as session:
        row = session.execute(text("SELECT id, client_id FROM person WHERE email = 'client@security.example'")).one()
    return Actor(Role.CLIENT, row.id, row.client_id, name="client")


def test_11_a_foreign_index_in_a_pattern_id_does_nothing(app: Any, sign_in: SignIn, shared: Shared) -> None:
    """The page never made these buttons: a column that is none, a machine's action for a client, a huge index."""
    client = sign_in(Role.CLIENT)
    headers = {"X-CSRFToken": cookie(client, "_csrf_token")}
    foreign = ("client_id", "power_price_usd_per_kwh", "__class__", -1, 10**12, None, [1], {"a": 1})
    asked = 0
    for output in app.callback_map:
        first = app.callback_map[output]["inputs"][0]["id"]
        if "callback" not in app.callback_map[output] or '["ALL"]' not in first or '["MATCH"]' in first:
            continue
        wild = json.loads(first)
        key = next(name for name, value in wild.items() if value == ["ALL"])
        for value in foreign:
            answer = client.post(
                "/_dash-update-component", json=_pressed(body_of(app, output), {**wild, key: value}), headers=headers
            )
            assert answer.status_code in (204, 400, 403), (output, value)
            asked += 1
    assert asked >= 2 * len(foreign)


def test_17_the_database_itself_hides_other_clients_rows(shared: Shared) -> None:
    """The second wall: SQL that forgot the client gives his rows only, whatever table it asks."""
    client = client_actor()
    tables = ("miner", "miner_state", "command", "event", "alert", "telemetry", "telemetry_5m", "telemetry_1h")
    with transaction() as session:
        everyone = {
            table: session.execute(
                text(f"SELECT count(*) FROM {table} WHERE {'id' if table == 'miner' else 'miner_id'} = :id"),
                {"id": shared.foreign_id},
            ).scalar_one()
            for table in tables
        }
    assert everyone["miner"] == everyone["miner_state"] == everyone["event"] == 1
    with transaction(client.client_id) as session:
        for table in tables:
            column = "id" if table == "miner" else "miner_id"
            ask = text(f"SELECT count(*) FROM {table} WHERE {column} = :id")
            assert session.execute(ask, {"id": shared.foreign_id}).scalar_one() == 0, table
        found = session.execute(text("SELECT DISTINCT client_id FROM miner")).scalars().all()
    assert found == [client.client_id]


def test_17_every_question_of_the_grid_goes_through_the_scope(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wall alone: with the row-level one taken away the grid's own SQL still gives a client his rows."""
    client = client_actor()
    monkeypatch.setattr(grid, "transaction", lambda _client=None: transaction())
    now = dt.datetime.now(dt.UTC)
    query = parse("")
    totals = grid.totals(client, query, None, now)
    page = grid.page(client, query, None, now, totals)
    assert len(page) == min(20, totals.machines) >= 1
    assert shared.foreign_id not in set(page["miner_id"])
    everything = pd.concat(grid.everything(client, query, None, now))
    assert len(everything) == totals.machines
    assert shared.foreign_id not in set(everything["miner_id"])
    for column in miners._VALUE_NAMES:
        assert "Client b of" not in grid.values(client, column, None, now).to_csv()


def test_18_a_job_runs_with_what_its_person_may_do_when_it_runs(people: dict[Role, str], shared: Shared) -> None:
    """A person who lost his role between asking and running gets nothing; one who became a client, his own rows."""
    with transaction() as session:
        person = session.execute(
            text("INSERT INTO person (email, name, role) VALUES (:email, 'Ben', 'user') RETURNING id"),
            {"email": f"{uuid.uuid4().hex}@security.example"},
        ).scalar_one()
    actor = Actor(Role.USER, person, None, name="Ben")
    first = jobs.start(actor, "machines_csv", export_params(parse(""), None))
    second = jobs.start(actor, "machines_csv", export_params(parse(""), None))
    with transaction() as session:
        session.execute(
            text(
                "UPDATE person SET role = 'client', client_id = (SELECT id FROM client WHERE code = 'sec') WHERE id = :id"
            ),
            {"id": person},
        )
    assert jobs.run(first) == "done"
    with transaction() as session:
        content = session.execute(text("SELECT content FROM job WHERE id = :id"), {"id": first}).scalar_one()
    assert shared.own_asset in bytes(content).decode("utf-8-sig")
    assert "Client b of" not in bytes(content).decode("utf-8-sig")
    with transaction() as session:
        session.execute(text("UPDATE person SET disabled_at = now() WHERE id = :id"), {"id": person})
    assert jobs.run(second) == "failed"
    with transaction() as session:
        row = session.execute(text("SELECT error, content FROM job WHERE id = :id"), {"id": second}).one()
    assert tuple(row) == ("not_allowed", None)


def test_58_the_same_order_posted_twice_acts_once(app: Any, sign_in: SignIn, shared: Shared) -> None:
    client = sign_in(Role.USER)
    output = next(name for name in app.callback_map if ids.COMMAND_DIALOG in name and ids.TOASTS in name)
    body = body_of(app, output)
    key = uuid.uuid4().hex
    values = {ids.COMMAND_CONFIRM: 1, ids.COMMAND_ORDER: {"miner": shared.foreign_id, "action": "stop", "key": key}}
    for part in (*body["inputs"], *body["state"]):
        part["value"] = values[part["id"]]
    headers = {"X-CSRFToken": cookie(client, "_csrf_token")}
    for _again in range(2):
        assert client.post("/_dash-update-component", json=body, headers=headers).status_code == 200
    with transaction() as session:
        rows = session.execute(
            text("SELECT count(*) FROM command WHERE miner_id = :id AND idempotency_key LIKE :key"),
            {"id": shared.foreign_id, "key": f"%{key}%"},
        ).scalar_one()
    assert rows == 1
