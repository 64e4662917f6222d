"""Rollups against pandas over the same raw rows."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from collectors import partitions, rollups
from db.session import transaction
from settings import Settings
from tests.farm import make_miner, make_place

START = dt.datetime(2026, 3, 1, 10, 0, tzinfo=dt.UTC)
LATER = START + dt.timedelta(hours=3)
TABLES = ("telemetry", "telemetry_5m", "telemetry_1h", "telemetry_1d", "site_sample", "site_5m", "site_1h", "site_1d")


def at_minute(minute: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minute, seconds=2)


@dataclass(frozen=True, slots=True)
class Bench:
    """A site with two machines and nothing in any layer."""

    site_id: int
    miners: tuple[int, int]

    def sweep(self, minutes: range) -> None:
        """The site was asked at these minutes, whoever answered."""
        asked = [{"site": self.site_id, "at": at_minute(minute)} for minute in minutes]
        with transaction() as session:
            session.execute(
                text(
                    "INSERT INTO sweep (site_id, started_at, finished_at, asked, answered, seconds, store_seconds,"
                    " errors) VALUES (:site, :at, :at, 2, 2, 1, 0.1, '{}')"
                ),
                asked,
            )
            session.execute(
                text(
                    "INSERT INTO site_sample (bucket, site_id, machines, online, hashrate_ths, power_w, energy_kwh,"
                    " accepted, rejected) VALUES (:at, :site, 2, 2, 200, 6000, 0.1, 20, 1)"
                ),
                asked,
            )

    def read(self, rows: list[dict[str, Any]]) -> None:
        """Readings of the machines."""
        columns = ("hashrate_ths", "power_w", "temp_max_c", "accepted", "rejected", "hardware_errors", "uptime_s")
        with transaction() as session:
            session.execute(
                text(
                    f"INSERT INTO telemetry (at, miner_id, site_id, {', '.join(columns)}, board_hashrate_ths) VALUES"
                    f" (:at, :miner_id, :site_id, {', '.join(f':{name}' for name in columns)}, '{{1,NULL,3}}')"
                ),
                [{**dict.fromkeys(columns), "site_id": self.site_id, **row} for row in rows],
            )


def clear() -> None:
    with transaction() as session:
        for table in TABLES:
            partitions.ensure(session, table, START, START)
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM rollup_mark"))
        session.execute(text("DELETE FROM sweep"))


@pytest.fixture
def bench(app_settings: Settings) -> Iterator[Bench]:
    clear()
    place = make_place()
    yield Bench(place.site_id, (make_miner(place, position=1), make_miner(place, position=2)))
    clear()


@pytest.fixture
def raw(bench: Bench) -> pd.DataFrame:
    """A reading a minute for 125 minutes; the first machine is silent for ten of them, the second restarts."""
    rng = np.random.default_rng(4)
    rows = []
    for number, miner in enumerate(bench.miners):
        for minute in range(125):
            if number == 0 and 20 <= minute < 30:
                continue
            uptime = minute * 60 if number == 0 or minute < 50 else (minute - 50) * 60
            rows.append(
                {
                    "at": at_minute(minute),
                    "miner_id": miner,
                    "hashrate_ths": float(rng.normal(100, 2)),
                    "power_w": float(rng.normal(3000, 20)),
                    "temp_max_c": float(rng.normal(70, 1)),
                    "accepted": uptime // 6,
                    "rejected": uptime // 600,
                    "uptime_s": uptime,
                }
            )
    bench.read(rows)
    bench.sweep(range(125))
    return pd.DataFrame(rows)


def layer(table: str) -> pd.DataFrame:
    key = "miner_id" if table.startswith("telemetry") else "site_id"
    with transaction() as session:
        found = session.execute(text(f"SELECT * FROM {table} ORDER BY bucket, {key}"))
        return pd.DataFrame(found.mappings().all())


def marks() -> dict[str, dt.datetime]:
    with transaction() as session:
        return dict(session.execute(text("SELECT layer, done_until FROM rollup_mark")).tuples().all())


def test_five_minutes_are_the_means_of_their_readings(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    made = layer("telemetry_5m").set_index(["bucket", "miner_id"])
    expected = raw.assign(bucket=raw["at"].dt.floor("5min")).groupby(["bucket", "miner_id"])
    assert len(made) == len(expected)
    assert made["hashrate_ths"].to_numpy() == pytest.approx(expected["hashrate_ths"].mean().to_numpy(), rel=1e-5)
    assert made["temp_max_c"].to_numpy() == pytest.approx(expected["temp_max_c"].max().to_numpy(), rel=1e-5)
    assert made["samples"].to_numpy() == pytest.approx(expected.size().to_numpy())
    assert made["board_hashrate_ths"].iloc[0] == [1.0, None, 3.0]


def test_what_a_machine_does_not_tell_stays_absent(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    for table in ("telemetry_5m", "telemetry_1h"):
        made = layer(table)
        for name in ("temp_inlet_c", "temp_chip_max_c", "expected_hashrate_ths", "hardware_errors"):
            assert made[name].isna().all()


def test_silence_has_no_rows_and_lowers_the_online_share_of_its_hour(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    made, hours = layer("telemetry_5m"), layer("telemetry_1h").set_index(["bucket", "miner_id"])["online"]
    first, second = sorted(raw["miner_id"].unique())
    silent = made[(made["bucket"] == START + dt.timedelta(minutes=20)) & (made["miner_id"] == first)]
    assert len(silent) == 0
    assert hours[START, first] == pytest.approx(50 / 60)
    assert hours[START, second] == pytest.approx(1)


def test_a_time_in_which_nobody_asked_is_no_silence_of_the_machine(bench: Bench) -> None:
    asked = [*range(0, 10), *range(40, 60)]
    bench.read([{"at": at_minute(minute), "miner_id": bench.miners[0], "hashrate_ths": 1.0} for minute in asked])
    bench.sweep(range(10))
    bench.sweep(range(40, 60))
    bench.sweep(range(70, 71))
    rollups.roll_up(LATER)
    made = layer("telemetry_1h")
    assert made["online"].iloc[0] == pytest.approx(1)
    assert made["samples"].iloc[0] == 30


def test_an_ask_without_an_answer_lowers_the_share_of_its_five_minutes(bench: Bench) -> None:
    bench.read([{"at": at_minute(minute), "miner_id": bench.miners[0], "hashrate_ths": 1.0} for minute in (0, 1, 3)])
    bench.sweep(range(5))
    rollups.roll_up(LATER)
    assert layer("telemetry_5m")["online"].tolist() == pytest.approx([3 / 5])


def test_energy_is_power_over_time_and_shares_survive_a_restart(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    made = layer("telemetry_5m")
    second = made[made["miner_id"] == raw["miner_id"].max()]
    # 125 minutes at 3 kW; the first reading has none before it and counts for a minute.
    assert second["energy_kwh"].sum() == pytest.approx(3.0 * 125 / 60, rel=0.01)
    # Ten shares a minute, and the restart itself adds none.
    assert second["accepted"].sum() == pytest.approx(49 * 10 + 74 * 10, abs=1)


def test_a_silence_draws_no_energy_and_loses_no_share(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    made = layer("telemetry_5m")
    first = made[made["miner_id"] == raw["miner_id"].min()]
    assert first["energy_kwh"].sum() == pytest.approx(3.0 * 115 / 60, rel=0.01)
    assert first["accepted"].sum() == 124 * 10


def test_a_counter_that_goes_back_without_a_restart_adds_nothing(bench: Bench) -> None:
    counted = (500_000, 500_010, 499_990, 500_020, 500_030)
    rows = [
        {"at": at_minute(minute), "miner_id": bench.miners[0], "accepted": accepted, "uptime_s": 9_000 + minute * 60}
        for minute, accepted in enumerate(counted)
    ]
    bench.read(rows)
    bench.sweep(range(5))
    rollups.roll_up(LATER)
    assert layer("telemetry_5m")["accepted"].tolist() == [10 + 30 + 10]


def test_a_machine_that_claims_endless_counters_does_not_stop_the_rollup(bench: Bench) -> None:
    rows = [
        {
            "at": at_minute(minute),
            "miner_id": bench.miners[0],
            "accepted": minute * 10**17,
            "hardware_errors": minute << 60,
        }
        for minute in range(3)
    ]
    bench.read(rows)
    bench.sweep(range(70))
    rollups.roll_up(LATER)
    for table in ("telemetry_5m", "telemetry_1h"):
        assert layer(table)["accepted"].tolist() == [2**31 - 1]


def test_an_hour_is_the_sum_of_its_five_minutes(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    five, hour = layer("telemetry_5m"), layer("telemetry_1h")
    first = five[five["bucket"] < START + dt.timedelta(hours=1)]
    made = hour[hour["bucket"] == START].set_index("miner_id")
    for name in ("energy_kwh", "samples", "accepted", "rejected"):
        assert made[name].sum() == pytest.approx(first[name].sum(), rel=1e-5)
    raw_hour = raw[raw["at"] < START + dt.timedelta(hours=1)].groupby("miner_id")
    # Weighted by their readings, the means of the parts give the mean of the readings.
    assert made["power_w"].to_numpy() == pytest.approx(raw_hour["power_w"].mean().to_numpy(), rel=1e-6)
    assert made["temp_max_c"].to_numpy() == pytest.approx(raw_hour["temp_max_c"].max().to_numpy(), rel=1e-6)


def test_the_sites_layers_add_up(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    five, hour = layer("site_5m"), layer("site_1h")
    assert five["energy_kwh"].tolist() == pytest.approx([0.5] * 25)
    assert five["hashrate_ths"].tolist() == pytest.approx([200] * 25)
    assert hour["accepted"].tolist() == [1200, 1200]
    assert hour["machines"].tolist() == [2, 2]


def test_doing_it_again_changes_nothing(raw: pd.DataFrame) -> None:
    rollups.roll_up(LATER)
    before = layer("telemetry_5m")
    assert sum(rollups.roll_up(LATER).values()) == 0
    with transaction() as session:
        session.execute(text("DELETE FROM rollup_mark WHERE layer = 'telemetry_5m'"))
    rollups.roll_up(LATER)
    pd.testing.assert_frame_equal(layer("telemetry_5m"), before)


def test_two_calls_at_once_make_each_bucket_once(raw: pd.DataFrame) -> None:
    made: list[dict[str, int]] = []
    calls = [threading.Thread(target=lambda: made.append(rollups.roll_up(LATER))) for _ in range(2)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(60)
    assert len(made) == 2
    assert sum(call["telemetry_5m"] for call in made) == 25
    assert sum(call["telemetry_1h"] for call in made) == 2


def test_a_bucket_that_is_not_over_waits(raw: pd.DataFrame) -> None:
    assert rollups.roll_up(START + dt.timedelta(minutes=6))["telemetry_5m"] == 0
    assert rollups.roll_up(START + dt.timedelta(minutes=7))["telemetry_5m"] == 1
    assert rollups.roll_up(START + dt.timedelta(minutes=59))["telemetry_1h"] == 0


def test_a_downtime_is_jumped_over_and_what_came_before_it_is_finished(bench: Bench) -> None:
    week = 7 * 24 * 60
    with transaction() as session:
        partitions.ensure(session, "telemetry", START, START + dt.timedelta(days=8))
    for minutes in (range(0, 12), range(week, week + 70)):
        bench.read([{"at": at_minute(minute), "miner_id": bench.miners[0], "power_w": 3000.0} for minute in minutes])
        bench.sweep(minutes)
    made = rollups.roll_up(START + dt.timedelta(days=7, hours=3))
    assert made["telemetry_5m"] == 3 + 14
    assert layer("telemetry_1h")["bucket"].tolist() == [
        START,
        START + dt.timedelta(days=7),
        START + dt.timedelta(days=7, hours=1),
    ]
    assert marks()["telemetry_1h"] == START + dt.timedelta(days=7, hours=2)
    # The day before the downtime is over and complete, though the hours after 10 were never seen.
    assert layer("telemetry_1d")["bucket"].tolist() == [START.replace(hour=0)]


def test_a_catch_up_that_runs_out_of_time_goes_on_at_the_next_call(
    raw: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "BUDGET_S", -1.0)
    assert sum(rollups.roll_up(LATER).values()) == 0
    monkeypatch.undo()
    assert rollups.roll_up(LATER)["telemetry_5m"] == 25


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.lists(
        st.tuples(
            st.integers(0, 59),
            st.one_of(st.none(), st.integers(0, 500_000).map(lambda ghs: ghs / 1000)),
            st.one_of(st.none(), st.integers(0, 10_000).map(float)),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda reading: reading[0],
    )
)
def test_whatever_was_read_the_hour_holds_all_of_it(
    bench: Bench, readings: list[tuple[int, float | None, float | None]]
) -> None:
    clear()
    bench.read(
        [
            {"at": at_minute(minute), "miner_id": bench.miners[0], "hashrate_ths": rate, "power_w": power}
            for minute, rate, power in readings
        ]
    )
    bench.sweep(range(61))
    rollups.roll_up(LATER)
    [hour] = layer("telemetry_1h").to_dict("records")
    five = layer("telemetry_5m")
    assert hour["samples"] == five["samples"].sum() == len(readings)
    assert hour["online"] == pytest.approx(len(readings) / 60, rel=1e-5)
    rates = [rate for _minute, rate, _power in readings if rate is not None]
    powers = [power for _minute, _rate, power in readings if power is not None]
    if len(rates) == len(readings):
        assert hour["hashrate_ths"] == pytest.approx(sum(rates) / len(rates), rel=1e-4, abs=1e-4)
    assert pd.isna(hour["hashrate_ths"]) == (not rates)
    assert pd.isna(hour["power_w"]) == pd.isna(hour["energy_kwh"]) == (not powers)
    if powers:
        assert hour["energy_kwh"] == pytest.approx(five["energy_kwh"].sum(), rel=1e-4, abs=1e-6)
        # One to two and a half minutes a reading, and no more than the hour.
        assert hour["energy_kwh"] <= max(powers) / 1000 * 2.5 / 60 * len(powers) + 1e-6
