"""Rollups against pandas over the same raw rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from collectors import partitions, rollups
from db.session import transaction
from settings import Settings
from tests.farm import make_miner, make_place

START = dt.datetime(2026, 3, 1, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def raw(app_settings: Settings) -> Iterator[pd.DataFrame]:
    """Two machines, a reading a minute for two hours; one is silent for ten minutes, the other restarts."""
    place = make_place()
    miners = [make_miner(place, position=number + 1) for number in range(2)]
    rng = np.random.default_rng(4)
    rows = []
    for number, miner in enumerate(miners):
        for minute in range(125):
            if number == 0 and 20 <= minute < 30:
                continue
            uptime = minute * 60 if number == 0 or minute < 50 else (minute - 50) * 60
            rows.append(
                {
                    "at": START + dt.timedelta(minutes=minute, seconds=2),
                    "miner_id": miner,
                    "site_id": place.site_id,
                    "hashrate_ths": float(rng.normal(100, 2)),
                    "power_w": float(rng.normal(3000, 20)),
                    "temp_max_c": float(rng.normal(70, 1)),
                    "accepted": uptime // 6,
                    "rejected": uptime // 600,
                    "uptime_s": uptime,
                }
            )
    frame = pd.DataFrame(rows)
    with transaction() as session:
        for table in ("telemetry", "telemetry_5m", "telemetry_1h"):
            partitions.ensure(session, table, START, START)
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM telemetry_1d"))
        session.execute(text("DELETE FROM rollup_mark"))
        session.execute(
            text(
                "INSERT INTO telemetry (at, miner_id, site_id, hashrate_ths, power_w, temp_max_c, accepted, rejected, uptime_s) "
                "VALUES (:at, :miner_id, :site_id, :hashrate_ths, :power_w, :temp_max_c, :accepted, :rejected, :uptime_s)"
            ),
            rows,
        )
        for minute in range(125):
            session.execute(
                text(
                    "INSERT INTO sweep (site_id, started_at, finished_at, asked, answered, seconds, store_seconds, errors) "
                    "VALUES (:site, :at, :at, 2, 2, 1, 0.1, '{}')"
                ),
                {"site": place.site_id, "at": START + dt.timedelta(minutes=minute, seconds=2)},
            )
    yield frame
    with transaction() as session:
        session.execute(text("DELETE FROM sweep WHERE site_id = :site"), {"site": place.site_id})


def layer(table: str) -> pd.DataFrame:
    with transaction() as session:
        found = session.execute(text(f"SELECT * FROM {table} ORDER BY bucket, miner_id"))
        return pd.DataFrame(found.mappings().all())


def test_five_minutes_are_the_means_of_their_readings(raw: pd.DataFrame) -> None:
    rollups.roll_up(START + dt.timedelta(hours=3))
    made = layer("telemetry_5m").set_index(["bucket", "miner_id"])
    expected = raw.assign(bucket=raw["at"].dt.floor("5min")).groupby(["bucket", "miner_id"])
    assert len(made) == len(expected)
    assert made["hashrate_ths"].to_numpy() == pytest.approx(expected["hashrate_ths"].mean().to_numpy(), rel=1e-5)
    assert made["temp_max_c"].to_numpy() == pytest.approx(expected["temp_max_c"].max().to_numpy(), rel=1e-5)
    assert made["samples"].to_numpy() == pytest.approx(expected.size().to_numpy())


def test_silence_has_no_rows_and_lowers_the_online_share(raw: pd.DataFrame) -> None:
    rollups.roll_up(START + dt.timedelta(hours=3))
    made = layer("telemetry_5m")
    silent = made[(made["bucket"] == START + dt.timedelta(minutes=20)) & (made["miner_id"] == raw["miner_id"].min())]
    assert len(silent) == 0
    assert made["online"].max() == pytest.approx(1.0)


def test_energy_is_power_over_time_and_shares_survive_a_restart(raw: pd.DataFrame) -> None:
    rollups.roll_up(START + dt.timedelta(hours=3))
    made = layer("telemetry_5m")
    second = made[made["miner_id"] == raw["miner_id"].max()]
    # 125 minutes at 3 kW; the first reading has none before it and counts for a minute.
    assert second["energy_kwh"].sum() == pytest.approx(3.0 * 125 / 60, rel=0.01)
    # Ten shares a minute, and the restart itself adds none.
    assert second["accepted"].sum() == pytest.approx(49 * 10 + 74 * 10, abs=1)


def test_an_hour_is_the_sum_of_its_five_minutes(raw: pd.DataFrame) -> None:
    rollups.roll_up(START + dt.timedelta(hours=3))
    five, hour = layer("telemetry_5m"), layer("telemetry_1h")
    first = five[five["bucket"] < START + dt.timedelta(hours=1)]
    made = hour[hour["bucket"] == START]
    assert made["energy_kwh"].sum() == pytest.approx(first["energy_kwh"].sum(), rel=1e-5)
    assert made["samples"].sum() == first["samples"].sum()


def test_doing_it_again_changes_nothing(raw: pd.DataFrame) -> None:
    rollups.roll_up(START + dt.timedelta(hours=3))
    before = layer("telemetry_5m")
    assert rollups.roll_up(START + dt.timedelta(hours=3))["telemetry_5m"] == 0
    with transaction() as session:
        session.execute(text("DELETE FROM rollup_mark WHERE layer = 'telemetry_5m'"))
    rollups.roll_up(START + dt.timedelta(hours=3))
    pd.testing.assert_frame_equal(layer("telemetry_5m"), before)


def test_a_bucket_that_is_not_over_waits(raw: pd.DataFrame) -> None:
    made = rollups.roll_up(START + dt.timedelta(minutes=6))
    assert made["telemetry_5m"] == 0
    made = rollups.roll_up(START + dt.timedelta(minutes=7))
    assert made["telemetry_5m"] == 1


def test_partitions_are_made_ahead_and_dropped_behind(app_settings: Settings) -> None:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        partitions.ensure(session, "telemetry", now - dt.timedelta(days=40), now - dt.timedelta(days=39))
    partitions.maintain(now)
    with transaction() as session:
        names = set(session.execute(text("SELECT relname FROM pg_class WHERE relname LIKE 'telemetry_p20%' AND relkind = 'r'")).scalars())
    assert f"telemetry_p{now + dt.timedelta(days=3):%Y%m%d}" in names
    assert f"telemetry_p{now - dt.timedelta(days=40):%Y%m%d}" not in names
