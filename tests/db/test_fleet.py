"""The farm's figures against the same reckoned by pandas from the rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from collectors import store
from db.queries import fleet, machine
from db.session import transaction
from settings import Settings
from tests.farm import Place, make_miner, make_place

pytestmark = pytest.mark.usefixtures("app_settings")

NOW = dt.datetime(2031, 5, 17, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def farm(app_settings: Settings) -> tuple[Place, pd.DataFrame]:
    place = make_place()
    rng = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    for number in range(40):
        state = ["online", "online", "online", "stale", "offline", "lost"][number % 6]
        mode = "sleeping" if number % 10 == 9 else "mining"
        known: dict[str, Any] = {
            "state": state,
            "mode": mode,
            "hashrate_ths": 0.0 if mode == "sleeping" else round(float(rng.uniform(80, 120)), 2),
            "expected_hashrate_ths": 120.0,
            "power_w": float(rng.integers(2_000, 3_500)),
            "temp_max_c": float(rng.integers(50, 90)),
        }
        miner_id = make_miner(place, rack=f"C01-R{number // 10:02d}", position=number % 10 + 1, **known)
        rows.append(known | {"id": miner_id})
    make_miner(place, lifecycle="repair", state="online", hashrate_ths=9_999.0)
    make_miner(place, rack="C09-R01")  # never read
    return place, pd.DataFrame(rows)


def one(frame: pd.DataFrame) -> dict[str, Any]:
    return frame.iloc[0].to_dict()


def test_kpis_count_active_machines_and_sum_those_that_answer(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    with transaction() as session:
        found = one(fleet.kpis(session, place.code))
    there = rows[rows["state"].isin(["online", "stale"])]
    assert found["machines"] == 41
    assert found["online"] == (rows["state"] == "online").sum()
    assert found["hashrate_ths"] == pytest.approx(there["hashrate_ths"].sum(), rel=1e-6)
    assert found["power_w"] == pytest.approx(there["power_w"].sum(), rel=1e-6)
    assert found["hottest_c"] == there["temp_max_c"].max()
    assert found["hottest_id"] in there.loc[there["temp_max_c"] == there["temp_max_c"].max(), "id"].tolist()
    hashing = there[there["hashrate_ths"] > 0]
    assert found["hashing_w"] / found["measured_ths"] == pytest.approx(
        hashing["power_w"].sum() / hashing["hashrate_ths"].sum(), rel=1e-6
    )


def test_kpis_of_a_site_without_machines_are_absent_not_zero(app_settings: Settings) -> None:
    with transaction() as session:
        found = one(fleet.kpis(session, make_place().code))
    assert found["machines"] == 0
    assert found["hashrate_ths"] is None
    assert found["hottest_c"] is None


def test_cells_stand_in_the_order_of_racks_with_their_share(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    with transaction() as session:
        cells = fleet.cells(session, place.code)
    assert len(cells) == 41
    assert cells[["rack", "position"]].apply(tuple, axis=1).is_monotonic_increasing
    joined = cells.merge(rows, on="id", suffixes=("", "_written"))
    np.testing.assert_allclose(joined["share"], joined["hashrate_ths"] / 120.0, rtol=1e-5)
    never_read = cells[~cells["id"].isin(rows["id"])].iloc[0]
    assert never_read["state"] == "lost"
    assert pd.isna(never_read["share"])


def test_attention_is_sorted_by_what_is_lost(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    with transaction() as session:
        for number, row in enumerate(rows.head(12).itertuples()):
            session.execute(
                text(
                    "INSERT INTO alert (miner_id, site_id, kind, opened_at, detail)"
                    " VALUES (:id, :site, 'offline', :at, '{}')"
                ),
                {"id": row.id, "site": place.site_id, "at": NOW - dt.timedelta(minutes=number)},
            )
        found = fleet.attention(session, place.code, limit=5)
    head = rows.head(12)
    lost = np.where(
        head["state"].isin(["online", "stale"]),
        np.where(head["mode"] == "sleeping", 0.0, 120.0 - head["hashrate_ths"]),
        120.0,
    )
    np.testing.assert_allclose(found["lost_ths"], np.sort(lost)[::-1][:5], rtol=1e-5)
    assert found["machines"].iloc[0] == 12
    assert found["all_lost_ths"].iloc[0] == pytest.approx(lost.sum(), rel=1e-5)


def test_changes_count_machines_not_events(app_settings: Settings) -> None:
    place = make_place()
    miners = [make_miner(place, position=number) for number in range(3)]
    with transaction() as session:
        for number, miner in enumerate([*miners, miners[0]]):
            session.execute(
                text(
                    "INSERT INTO event (at, kind, site_id, miner_id, payload)"
                    " VALUES (:at, 'miner.state_changed', :site, :miner, :payload)"
                ),
                {
                    "at": NOW - dt.timedelta(minutes=5 + number),
                    "site": place.site_id,
                    "miner": miner,
                    "payload": '{"from": "online", "to": "offline"}',
                },
            )
        session.execute(
            text("INSERT INTO event (at, kind, site_id, miner_id) VALUES (:at, 'miner.restarted', :site, :miner)"),
            {"at": NOW - dt.timedelta(hours=2), "site": place.site_id, "miner": miners[0]},
        )
        session.execute(
            text(
                "INSERT INTO event (at, kind, site_id, miner_id, payload)"
                " VALUES (:at, 'alert.opened', :site, :miner, :payload)"
            ),
            {
                "at": NOW - dt.timedelta(minutes=5),
                "site": place.site_id,
                "miner": miners[0],
                "payload": '{"alert": "fan_failed", "found": true}',  # so it was when it was first read
            },
        )
        found = fleet.changes(session, place.code, NOW - dt.timedelta(hours=1))
    assert len(found) == 1
    assert (found["kind"].iloc[0], found["what"].iloc[0], found["events"].iloc[0], found["machines"].iloc[0]) == (
        "miner.state_changed",
        "offline",
        4,
        3,
    )


def test_alerts_before_the_first_sweep_are_unknown_and_not_none(app_settings: Settings) -> None:
    place = make_place()
    miner = make_miner(place)
    with transaction() as session:
        store.record(session, place.site_id, NOW - dt.timedelta(minutes=32), 1, 1, 1.0, 0.1, {})
        session.execute(
            text(
                "INSERT INTO alert (miner_id, site_id, kind, opened_at, detail)"
                " VALUES (:miner, :site, 'offline', :at, '{}')"
            ),
            {"miner": miner, "site": place.site_id, "at": NOW - dt.timedelta(minutes=12)},
        )
        found = fleet.alerts_by_minute(session, place.code, NOW)["alerts"].astype(float).tolist()
    assert all(np.isnan(found[:6]))  # 60 to 35 minutes ago
    assert found[6:] == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


def test_neighbours_are_those_of_the_same_rack(app_settings: Settings) -> None:
    place = make_place()
    first, second, third = (make_miner(place, rack="R1", position=number) for number in (1, 2, 3))
    make_miner(place, rack="R2", position=2)
    with transaction() as session:
        assert one(machine.neighbours(session, second))["before_id"] == first
        assert one(machine.neighbours(session, second))["after_id"] == third
        assert pd.isna(one(machine.neighbours(session, first))["before_id"])


def test_a_client_sees_no_neighbour_of_somebody_else(app_settings: Settings) -> None:
    place = make_place()
    mine = make_miner(place, client_id=place.client_id, rack="R1", position=1)
    make_miner(place, client_id=place.other_client_id, rack="R1", position=2)
    with transaction(place.client_id) as session:
        found = one(machine.neighbours(session, mine))
    assert pd.isna(found["before_id"])
    assert pd.isna(found["after_id"])
