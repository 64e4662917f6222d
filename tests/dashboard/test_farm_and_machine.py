"""The farm and machine pages as each role gets them: whole, in both languages, and nothing that is not theirs."""

from __future__ import annotations

import datetime as dt
import json
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import Patch
from flask import Flask
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import text
from werkzeug.exceptions import NotFound

from core.access import Denied, Role
from core.reporting.table import array
from dashboard import cache, i18n
from dashboard.components import figures
from dashboard.views import farm as farm_views
from dashboard.views import machine as machine_views
from db.session import transaction
from gateways import cache as redis
from services import charts, fleet
from settings import Settings
from tests.farm import Place, make_miner, make_place

NOW = dt.datetime.now(dt.UTC)
STAFF = (Role.OWNER, Role.ADMIN, Role.USER)
BOARDS = [
    {"slot": 0, "hashrate_ths": 33.0, "expected_hashrate_ths": 33.3, "temp_chip_c": 71.0, "chip_temps_c": [70, 71]},
    {"slot": 1, "hashrate_ths": 0.0, "expected_hashrate_ths": 33.3, "alive": False},
    {"slot": 2, "hashrate_ths": 32.5, "expected_hashrate_ths": 33.3, "chips": 126, "chips_expected": 126},
]


@pytest.fixture(scope="module", autouse=True)
def flask_app(app_settings: Settings) -> Iterator[Flask]:
    server = Flask(__name__)
    cache.bind(server)
    with server.test_request_context("/"):
        yield server


@pytest.fixture(autouse=True)
def fresh_version() -> None:
    redis.client().incr(redis.FARM_VERSION)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with i18n.using(request.param):
        yield request.param


@pytest.fixture(scope="module")
def place(app_settings: Settings) -> Place:
    return make_place("America/Chicago")


@pytest.fixture(scope="module")
def mine(place: Place) -> int:
    miner = make_miner(
        place,
        client_id=place.client_id,
        mode="mining",
        hashrate_ths=65.5,
        expected_hashrate_ths=100.0,
        power_w=2_300.0,
        power_source="device",
        temp_max_c=71.0,
        boards=BOARDS,
        state_since=NOW,
    )
    opened = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=14, seconds=5)
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO alert (miner_id, site_id, kind, opened_at, detail)"
                " VALUES (:miner, :site, 'board_lost', :at, '{}')"
            ),
            {
                "miner": miner,
                "site": place.site_id,
                "at": opened,
            },
        )
        session.execute(
            text(
                "INSERT INTO event (kind, site_id, miner_id, person_id, payload)"
                " VALUES ('command.requested', :site, :miner, :person, '{\"action\": \"stop\"}')"
            ),
            {"site": place.site_id, "miner": miner, "person": place.person_id},
        )
        session.execute(
            text("SELECT ensure_partitions('telemetry', interval '1 day', :at - interval '1 day', :at)"), {"at": NOW}
        )
        session.execute(
            text(
                "INSERT INTO telemetry (at, miner_id, site_id, hashrate_ths, expected_hashrate_ths, power_w,"
                " temp_max_c, board_hashrate_ths) VALUES (:at, :miner, 1, 65, 100, 2300, 70, :boards)"
            ),
            [
                {"at": NOW - dt.timedelta(minutes=number), "miner": miner, "boards": [33.0, None, 32.0]}
                for number in range(1, 40)
                if not 10 < number < 20
            ],
        )
        session.execute(
            text(
                "INSERT INTO site_sample (bucket, site_id, machines, online, hashrate_ths, expected_hashrate_ths,"
                " power_w, temp_max_c, temp_avg_c) VALUES (:at, :site, 10, 9, 900, 1000, 30000, 80, 60)"
            ),
            [{"at": NOW - dt.timedelta(minutes=number), "site": place.site_id} for number in range(1, 60)],
        )
    return miner


def said(*parts: Any) -> str:
    """Give everything that a browser would be sent of it."""
    return json.dumps(list(parts), cls=PlotlyJSONEncoder, ensure_ascii=False)


def whole_page(actor: Any, miner: int) -> str:
    page = machine_views.page(actor, miner)
    parts = (page.head, page.banner, page.values, page.identity, page.boards, page.operations, page.events)
    return said(*parts, *machine_views.charts(actor, miner, "1h", dt.datetime.now(dt.UTC)))


@pytest.mark.parametrize("role", STAFF)
def test_staff_see_the_farm(place: Place, mine: int, role: Role, language: str) -> None:
    actor = place.actor(role)
    tiles = farm_views.kpis(actor, place.code, NOW)
    assert len(tiles) == 6
    attention, _changes = farm_views.lists(actor, place.code, NOW)
    assert f"/hosting/machine/{mine}" in said(attention)
    plan, values = farm_views.heat(actor, place.code, None)
    assert plan["sites"][0]["racks"] == [["C01-R01", 1]]
    assert set(values) == {"state", "share", "temp"}
    assert "C01-R01" in said(farm_views.rack_table(actor, place.code))
    drawn = farm_views.charts(actor, place.code, "1h", NOW)
    assert [len(figure["data"]) for figure in drawn] == [2, 1, 2]


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_the_farm_is_for_staff_only(place: Place, role: Role) -> None:
    actor = place.actor(role)
    for view in (farm_views.kpis, farm_views.lists):
        with pytest.raises(Denied):
            view(actor, place.code, NOW)
    with pytest.raises(Denied):
        farm_views.heat(actor, place.code, None)
    with pytest.raises(Denied):
        farm_views.rack_table(actor, place.code)
    with pytest.raises(Denied):
        farm_views.charts(actor, place.code, "1h", NOW)


def test_a_warm_cache_does_not_open_the_farm_to_a_client(place: Place, mine: int) -> None:
    farm_views.charts(place.actor(Role.USER), place.code, "1h", NOW)
    with pytest.raises(Denied):
        farm_views.charts(place.actor(Role.CLIENT), place.code, "1h", NOW)


@pytest.mark.parametrize("role", [*STAFF, Role.CLIENT])
def test_the_machine_page_is_whole(place: Place, mine: int, role: Role, language: str) -> None:
    shown = whole_page(place.actor(role), mine)
    with transaction() as session:
        asset = session.execute(text("SELECT asset_id FROM miner WHERE id = :id"), {"id": mine}).scalar_one()
    assert asset in shown
    assert "nan" not in shown.lower().replace("nano", "")


def test_the_banner_says_what_is_wrong_for_how_long_and_what_it_loses(place: Place, mine: int) -> None:
    banner = said(machine_views.page(place.actor(Role.USER), mine).banner)
    assert "Board 2 silent for 14 min, 34.5 % of the hashrate lost" in banner
    with i18n.using("zh"):
        assert "算力板 2" in said(machine_views.page(place.actor(Role.USER), mine).banner)


def test_the_banner_tells_the_money_when_price_and_difficulty_are_known(place: Place, mine: int) -> None:
    points = {"btc_usd": 100_000, "difficulty": 1.2e14, "block_reward_btc": 3.15}
    with transaction() as session:
        for kind, value in points.items():
            session.execute(
                text("INSERT INTO market_point (kind, at, source, value) VALUES (:kind, now(), 'test', :value)"),
                {"kind": kind, "value": value},
            )
    try:
        # 34.5 TH/s * 3600 s / (1.2e14 * 2^32) * 1e12 * 3.15 BTC * 100,000 USD = 0.0759 USD an hour
        assert "$0.08 an hour" in said(machine_views.page(place.actor(Role.USER), mine).banner)
    finally:
        with transaction() as session:
            session.execute(text("DELETE FROM market_point WHERE source = 'test'"))


def test_a_client_gets_no_machine_of_somebody_else_and_the_question_is_written_down(place: Place) -> None:
    theirs = make_miner(place, client_id=place.other_client_id, hashrate_ths=1.0)
    nobodys = make_miner(place, hashrate_ths=1.0)
    actor = place.actor(Role.CLIENT)
    for miner in (theirs, nobodys, 2**40):
        with pytest.raises(NotFound):
            machine_views.page(actor, miner)
        with pytest.raises(NotFound):
            machine_views.charts(actor, miner, "1h", NOW)
        with pytest.raises(NotFound):
            machine_views.raw_reply(actor, miner)
        with pytest.raises(fleet.NotFound):
            charts.machine_series(actor, miner, "1h", NOW)
        with transaction() as session:
            denied = session.execute(
                text(
                    "SELECT count(*) FROM audit_log"
                    " WHERE outcome = 'denied' AND object = :object AND actor_name = :name"
                ),
                {"object": f"miner:{miner}", "name": actor.name},
            ).scalar_one()
        assert denied >= 3


def test_a_client_gets_no_cost_price_no_other_name_and_no_staff_name(place: Place, mine: int) -> None:
    make_miner(place, client_id=place.other_client_id, position=2, hashrate_ths=1.0)
    shown = whole_page(place.actor(Role.CLIENT), mine)
    view = fleet.machine_view(place.actor(Role.CLIENT), mine)
    everything = shown + str(view)
    for secret in ("0.0437", "1.0731", f"Client b of {place.code}", f"Olga of {place.code}"):
        assert secret not in everything
    assert f"Olga of {place.code}" in whole_page(place.actor(Role.USER), mine)


def test_buttons_are_off_with_a_reason_for_who_may_not_command(place: Place, mine: int) -> None:
    assert "Your role may look at machines, not command them." in said(
        machine_views.page(place.actor(Role.CLIENT), mine).head
    )
    assert '"disabled": true' not in said(machine_views.page(place.actor(Role.USER), mine).head)


@pytest.mark.parametrize("address", ["", "abc", "-1", "1e3", "１２", "9" * 13, None, "1;drop"])
def test_an_address_that_names_no_machine_is_not_found(address: Any) -> None:
    with pytest.raises(NotFound):
        machine_views.page(make_place().actor(Role.USER), machine_views.miner_key(address))


def test_figures_are_true_plotly_with_units_and_gaps(place: Place, mine: int, language: str) -> None:
    drawn = machine_views.charts(place.actor(Role.USER), mine, "1h", dt.datetime.now(dt.UTC))
    assert len(drawn) == 5
    for figure in drawn:
        valid = go.Figure({"data": figure["data"], "layout": figure["layout"]})
        if valid.data:
            assert valid.layout.yaxis.title.text in ("TH/s", "W", "°C")
            assert valid.layout.xaxis.title.text in ("Time (America/Chicago)", "时间（America/Chicago）")
    hashrate = go.Figure(drawn[0]).data[0]
    assert np.isnan(array(hashrate.y).astype(float)).sum() == 1  # the ten silent minutes are one gap


def test_newer_data_moves_the_lines_and_a_new_range_draws_them_anew(place: Place, mine: int) -> None:
    made = machine_views.charts(place.actor(Role.USER), mine, "1h", NOW)
    first = figures.drawn_or_moved(made[:2], "1:1h", None)
    assert all(isinstance(figure, dict) for figure in first[:-1])
    again = figures.drawn_or_moved(made[:2], "1:1h", first[-1])
    assert all(isinstance(figure, Patch) for figure in again[:-1])
    other = figures.drawn_or_moved(made[:2], "1:24h", first[-1])
    assert all(isinstance(figure, dict) for figure in other[:-1])
    nothing = [figures.words("nothing"), made[1]]
    came_later = figures.drawn_or_moved(made[:2], "1:1h", figures.drawn_or_moved(nothing, "1:1h", None)[-1])
    assert all(isinstance(figure, dict) for figure in came_later[:-1])


def test_the_plan_of_the_heat_map_travels_once(place: Place, mine: int) -> None:
    actor = place.actor(Role.USER)
    plan, values = farm_views.heat(actor, place.code, None)
    again, newer = farm_views.heat(actor, place.code, json.loads(said(plan))[0])
    assert again is not plan
    assert not isinstance(again, dict)
    assert newer == values


def test_the_raw_reply_is_shown_as_it_came(place: Place, mine: int) -> None:
    marker = uuid.uuid4().hex
    kept = {"at": NOW.isoformat(), "replies": {"summary": json.dumps({"MHS av": marker}), "stats": "}{ not json"}}
    redis.client().set(f"reply:{mine}", zlib.compress(json.dumps(kept).encode()), ex=60)
    shown = said(machine_views.raw_reply(place.actor(Role.CLIENT), mine))
    assert marker in shown
    assert "}{ not json" in shown


def test_a_reply_that_would_fill_the_memory_is_cut(place: Place, mine: int) -> None:
    redis.client().set(
        f"reply:{mine}", zlib.compress(b'{"at": null, "replies": {"a": "' + b"x" * 50_000_000 + b'"}}'), ex=60
    )
    assert len(said(machine_views.raw_reply(place.actor(Role.USER), mine))) < 10_000
