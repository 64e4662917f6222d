"""The role matrix over every verb of the services (4), and what is another's (9, 11, 19)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

import services
from core.access import Actor, Denied, Permission, Role
from db.session import transaction
from services import jobs
from tests.farm import make_miner, make_place
from tests.security.conftest import SignIn, show

# What each verb needs, written down a second time: a changed permission has to be changed here too, knowingly.
NEEDS: dict[str, Permission | None] = {
    "analytics.bars": Permission.ANALYTICS_READ,
    "analytics.sources": Permission.ANALYTICS_READ,
    "analytics.standings": Permission.ANALYTICS_READ,
    "analytics.tried": Permission.SIGNALS_WRITE,
    "signal_rules.rules": Permission.ANALYTICS_READ,
    "signal_rules.made_of": Permission.SIGNALS_WRITE,
    "signal_rules.keep": Permission.SIGNALS_WRITE,
    "signal_rules.delete": Permission.SIGNALS_WRITE,
    "audit_log.page": Permission.AUDIT_READ,
    "calculator.models": Permission.CALCULATE,
    "calculator.desk": Permission.CALCULATE,
    "calculator.days": Permission.CALCULATE,
    "calculator.many": Permission.CALCULATE_MANY,
    "calculator.pasted": Permission.CALCULATE_MANY,
    "calculator.uploaded": Permission.CALCULATE_MANY,
    "calculator.fleet": Permission.CALCULATE_MANY,
    "calculator.keep_model": Permission.MODELS_WRITE,
    "calculator.model_changes": Permission.MODELS_WRITE,
    "charts.fleet_series": Permission.FARM_READ,
    "charts.machine_series": Permission.OWN_MACHINES_READ,
    "charts.export": Permission.EXPORT,
    "commands.preview": Permission.COMMAND,
    "commands.command_miner": Permission.COMMAND,
    "difficulty.ahead": Permission.FORECASTS_READ,
    "difficulty.epoch": Permission.FORECASTS_READ,
    "difficulty.hashprice": Permission.FORECASTS_READ,
    "fleet.overview": Permission.FARM_READ,
    "fleet.heat": Permission.FARM_READ,
    "fleet.attention": Permission.FARM_READ,
    "fleet.changes": Permission.FARM_READ,
    "fleet.time_zone": Permission.FARM_READ,
    "fleet.machine_view": Permission.OWN_MACHINES_READ,
    "fleet.last_reply": Permission.OWN_MACHINES_READ,
    "forecasts.evaluable": Permission.FORECASTS_READ,
    "forecasts.past": Permission.FORECASTS_READ,
    "forecasts.price": Permission.FORECASTS_READ,
    "forecasts.spot": Permission.FORECASTS_READ,
    "forecasts.scores": Permission.FORECASTS_READ,
    "grid.totals": Permission.OWN_MACHINES_READ,
    "grid.page": Permission.OWN_MACHINES_READ,
    "grid.everything": Permission.OWN_MACHINES_READ,
    "grid.values": Permission.OWN_MACHINES_READ,
    "jobs.start": Permission.EXPORT,
    "market.look": Permission.MARKET_READ,
    "market_history.histories": Permission.MARKET_READ,
    "market_history.past": Permission.MARKET_READ,
    "market_sources.sources": Permission.MARKET_READ,
    "market_sources.import_history": Permission.MARKET_WRITE,
    "sessions.end_others": Permission.OWN_ACCOUNT,
    "sessions.mine": Permission.OWN_ACCOUNT,
    "sessions.set_preference": Permission.OWN_ACCOUNT,
    "views.save": Permission.VIEWS_WRITE,
    "views.change": Permission.VIEWS_WRITE,
    "views.delete": Permission.VIEWS_WRITE,
    # Bound to the person who asks by their SQL, whatever his role: one's own jobs and views.
    "jobs.cancel": None,
    "jobs.status": None,
    "jobs.content": None,
    "jobs.newest_open": None,
    "views.of_page": None,
    # Called by `jobs.run`, which checks the permission again; exports read by `grid.everything`.
    "exports.machines_xlsx": None,
    "exports.machines_csv": None,
    "forecasts.evaluate": None,
    "forecasts.fit": None,
    # The log itself, and the top bar, which gives each role its own share.
    "audit.record_alone": None,
    "fleet.refuse_machine": None,
    "live.status": None,
}
ROLES = {
    Role.OWNER: {*Permission},
    Role.ADMIN: {*Permission},
    Role.USER: {*Permission} - {Permission.AUDIT_READ, Permission.PEOPLE_WRITE, Permission.MODELS_WRITE},
    Role.CLIENT: {
        Permission.OWN_ACCOUNT,
        Permission.OWN_MACHINES_READ,
        Permission.EXPORT,
        Permission.MARKET_READ,
        Permission.CALCULATE,
    },
    Role.GUEST: {Permission.MARKET_READ, Permission.CALCULATE},
}
DUMMIES = {"kind": next(iter(jobs.KINDS)), "action": "stop", "page": "machines", "idempotency_key": "key-of-the-test"}


class Reached(Exception):
    """The verb let the actor through to its data."""


def verbs() -> dict[str, Callable[..., Any]]:
    found = {}
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and next(iter(inspect.signature(function).parameters), "") == "actor":
                found[f"{module.name}.{name}"] = function
    return found


def passes(function: Callable[..., Any], actor: Actor) -> bool:
    """Call it with values that mean nothing: whoever may not, is refused before they are looked at."""
    wanted = list(inspect.signature(function).parameters.values())[1:]
    given = [DUMMIES.get(p.name, 1) for p in wanted if p.default is p.empty and p.kind is not p.KEYWORD_ONLY]
    try:
        answer = function(actor, *given)
        if isinstance(answer, Iterator):
            next(answer)
    except Denied:
        return False
    except Exception:
        return True  # it went on, and stumbled over a value that means nothing
    return True


def test_4_every_verb_that_takes_an_actor_is_in_the_table() -> None:
    assert set(verbs()) == set(NEEDS)


@pytest.mark.parametrize("name", [name for name, permission in NEEDS.items() if permission is not None])
def test_4_verbs_let_through_exactly_the_roles_of_the_table(
    name: str, app_settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = verbs()[name]

    def reached(*_: object, **__: object) -> None:
        raise Reached

    module = importlib.import_module(function.__module__)
    if hasattr(module, "transaction"):
        monkeypatch.setattr(module, "transaction", reached)
    for role, gives in ROLES.items():
        actor = Actor(role, None if role is Role.GUEST else 1, 1 if role is Role.CLIENT else None)
        assert passes(function, actor) is (NEEDS[name] in gives), role


@pytest.fixture(scope="module")
def strangers_machine(app_settings: object) -> tuple[int, str]:
    """Id and asset id of a machine that belongs to another client than the one who asks."""
    place = make_place()
    miner_id = make_miner(place, client_id=place.client_id, hashrate_ths=99.0)
    with transaction() as session:
        asset = session.execute(text("SELECT asset_id FROM miner WHERE id = :id"), {"id": miner_id}).scalar_one()
    return miner_id, str(asset)


def last_denial() -> tuple[str, str, str]:
    with transaction() as session:
        row = session.execute(text("SELECT role, object, outcome FROM audit_log ORDER BY id DESC LIMIT 1")).one()
    return row.role, row.object, row.outcome


def test_9_a_machine_of_another_client_is_not_there(
    app: Any, sign_in: SignIn, strangers_machine: tuple[int, str]
) -> None:
    miner_id, asset = strangers_machine
    path = f"/hosting/machine/{miner_id}"
    assert asset in show(sign_in(Role.USER), app, path)
    told = show(sign_in(Role.CLIENT), app, path)
    assert asset not in told
    role, denied, outcome = last_denial()
    assert (role, outcome) == ("client", "denied")
    assert str(miner_id) in denied


def test_9_a_query_string_does_not_change_the_machine(
    app: Any, sign_in: SignIn, strangers_machine: tuple[int, str]
) -> None:
    miner_id, asset = strangers_machine
    told = show(sign_in(Role.CLIENT), app, "/hosting/machine/1", search=f"?miner_id={miner_id}")
    assert asset not in told


def test_9_the_file_of_another_persons_job_is_not_there(app: Any, sign_in: SignIn, people: dict[Role, str]) -> None:
    job = uuid.uuid4()
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO job (id, kind, person_id, actor, params, state, content, file_name, media_type) SELECT "
                ":id, :kind, person.id, '{}', '{}', 'done', 'MARKER', 'a.csv', 'text/csv' FROM person WHERE email = :e"
            ),
            {"id": job, "kind": next(iter(jobs.KINDS)), "e": people[Role.USER]},
        )
    path = f"/jobs/{job}/download"
    own = sign_in(Role.USER).get(path)
    assert own.get_data(as_text=True) == "MARKER"
    assert own.headers["X-Content-Type-Options"] == "nosniff"
    for role in (Role.CLIENT, Role.ADMIN, Role.GUEST):
        answer = sign_in(role).get(path)
        assert answer.status_code == 404
        assert "MARKER" not in answer.get_data(as_text=True)
    assert sign_in(None).get(path).status_code == 401


def test_19_a_forged_job_handle_reads_nothing(app: Any, sign_in: SignIn) -> None:
    client = sign_in(Role.USER)
    assert client.get(f"/jobs/{uuid.uuid4()}/download").status_code == 404
    # No route of ours: the frame answers, with no file in it.
    assert "root:" not in client.get("/jobs/..%2f..%2fetc%2fpasswd/download").get_data(as_text=True)
    assert not [output for output, known in app.callback_map.items() if known.get("background")]
