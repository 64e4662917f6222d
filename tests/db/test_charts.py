"""Series for charts against the same sums made by pandas: layers joined without a seam, no half sums, not too long."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from db.queries import charts
from db.session import transaction
from settings import Settings
from tests.farm import Place, make_miner, make_place

pytestmark = pytest.mark.usefixtures("app_settings")

NOW = dt.datetime(2031, 5, 17, 12, 3, 20, tzinfo=dt.UTC)  # far from what other tests write
LATER = NOW + dt.timedelta(days=400)  # for sums of all sites, where no other test has a site
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def times(start: dt.datetime, step: dt.timedelta, stop: dt.datetime) -> list[dt.datetime]:
    return [start + step * number for number in range(int((stop - start) / step))]


def write_site(place: Place, table: str, at: list[dt.datetime], **columns: Any) -> pd.DataFrame:
    """Write rows of a site's layer and give them back as pandas sees them."""
    rng = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "bucket": at,
            "machines": 100,
            "online": rng.uniform(80, 100, len(at)),
            "hashrate_ths": rng.uniform(9_000, 10_000, len(at)),
            "expected_hashrate_ths": 10_500.0,
            "power_w": rng.uniform(2e5, 3e5, len(at)),
            "temp_max_c": rng.uniform(70, 90, len(at)),
            "temp_avg_c": rng.uniform(50, 70, len(at)),
        }
        | columns
    )
    with transaction() as session:
        session.execute(
            text(
                f"INSERT INTO {table} (bucket, site_id, machines, online, hashrate_ths, expected_hashrate_ths, power_w,"
                " temp_max_c, temp_avg_c) VALUES (:bucket, :site, :machines, :online, :hashrate_ths,"
                " :expected_hashrate_ths, :power_w, :temp_max_c, :temp_avg_c)"
            ),
            [row | {"site": place.site_id} for row in rows.to_dict("records")],
        )
    return rows


def series(window: str, site: str | None, now: dt.datetime = NOW) -> pd.DataFrame:
    with transaction() as session:
        return charts.fleet_series(session, window, now, site)


@pytest.fixture(scope="module")
def two_sites(app_settings: Settings) -> tuple[Place, Place]:
    return make_place(), make_place()


def test_a_day_is_the_rollup_and_its_tail_the_samples(app_settings: Settings) -> None:
    place = make_place()
    rolled_until = NOW.replace(minute=0, second=0)
    rolled = write_site(place, "site_5m", times(NOW - DAY + 5 * MINUTE, 5 * MINUTE, rolled_until - 5 * MINUTE))
    last = rolled["bucket"].max()
    samples = write_site(place, "site_sample", times(last - 30 * MINUTE, MINUTE, NOW))
    found = series("24h", place.code)
    tail = samples[samples["bucket"] >= last + 5 * MINUTE]
    joined = pd.concat([rolled, tail])
    joined["bin"] = joined["bucket"].dt.floor("5min")
    expected = joined.groupby("bin")["hashrate_ths"].mean()
    np.testing.assert_allclose(found["hashrate_ths"].to_numpy(dtype=float), expected.to_numpy(), rtol=1e-9)
    np.testing.assert_array_equal(found["at"].to_numpy(dtype=float), [bin.timestamp() for bin in expected.index])
    assert found["at"].iloc[-1] >= (NOW - 5 * MINUTE).timestamp()


def test_the_sum_of_sites_is_their_sum_and_the_hottest_their_hottest(two_sites: tuple[Place, Place]) -> None:
    at = times(LATER - HOUR + MINUTE, MINUTE, LATER)
    first, second = (write_site(place, "site_sample", at) for place in two_sites)
    alone = [series("1h", place.code, LATER) for place in two_sites]
    np.testing.assert_allclose(alone[0]["power_w"].to_numpy(dtype=float), first["power_w"].to_numpy(), rtol=1e-9)
    together = series("1h", None, LATER).set_index("at")
    overlap = together.index.intersection(alone[0]["at"])
    assert len(overlap) == len(at)
    summed = first["hashrate_ths"] + second["hashrate_ths"]
    np.testing.assert_allclose(
        together.loc[overlap, "hashrate_ths"].to_numpy(dtype=float), summed.to_numpy(), rtol=1e-9
    )
    hottest = np.maximum(first["temp_max_c"], second["temp_max_c"]).astype("float32")
    np.testing.assert_allclose(together.loc[overlap, "temp_max_c"].to_numpy(dtype=float), hottest, rtol=1e-6)
    mean = (first["temp_avg_c"] * first["online"] + second["temp_avg_c"] * second["online"]) / (
        first["online"] + second["online"]
    )
    np.testing.assert_allclose(together.loc[overlap, "temp_avg_c"].to_numpy(dtype=float), mean, rtol=1e-5)


def test_a_minute_in_which_one_site_was_not_swept_is_no_drop(two_sites: tuple[Place, Place]) -> None:
    with transaction() as session:
        missing = LATER - 10 * MINUTE
        session.execute(
            text("DELETE FROM site_sample WHERE site_id = :site AND bucket = :at"),
            {"site": two_sites[1].site_id, "at": (LATER - HOUR + MINUTE) + 49 * MINUTE},
        )
    together = series("1h", None, LATER)
    missing_bin = (missing.replace(second=0)).timestamp()
    assert missing_bin not in together["at"].tolist()
    assert together["hashrate_ths"].min() > 17_000


@pytest.mark.parametrize(
    "window, table, step", [("7d", "site_1h", HOUR), ("30d", "site_1h", HOUR), ("90d", "site_1h", HOUR)]
)
def test_no_range_is_longer_than_two_thousand_points(
    app_settings: Settings, window: str, table: str, step: dt.timedelta
) -> None:
    place = make_place()
    span = charts.FLEET[window].span
    rows = write_site(
        place, table, times((NOW - span).replace(minute=0, second=0) + HOUR, step, NOW.replace(minute=0, second=0))
    )
    found = series(window, place.code)
    assert len(rows) / 2 <= len(found) <= charts.MAX_POINTS
    assert found["at"].is_monotonic_increasing
    np.testing.assert_allclose(found["hashrate_ths"].astype(float).mean(), rows["hashrate_ths"].mean(), rtol=1e-3)


def test_nothing_stored_is_an_empty_table_not_an_error(app_settings: Settings) -> None:
    assert all(series(window, make_place().code).empty for window in charts.FLEET)


def write_machine(place: Place, miner: int, table: str, at: list[dt.datetime], base: float) -> None:
    time = "at" if table == "telemetry" else "bucket"
    extra, values = ("", "") if table == "telemetry" else (", samples, online", ", 5, 1")
    with transaction() as session:
        if table != "telemetry_1d":
            step = "1 month" if table == "telemetry_1h" else "1 day"
            session.execute(
                text("SELECT ensure_partitions(:table, CAST(:step AS interval), :first, :last)"),
                {"table": table, "step": step, "first": min(at), "last": max(at)},
            )
        session.execute(
            text(
                f"INSERT INTO {table} ({time}, miner_id, site_id, hashrate_ths, power_w, board_hashrate_ths{extra})"
                f" VALUES (:at, :miner, :site, :rate, 3000, :boards{values})"
            ),
            [
                {
                    "at": moment,
                    "miner": miner,
                    "site": place.site_id % 30_000,
                    "rate": base + number,
                    "boards": [1.0, None, 3.0],
                }
                for number, moment in enumerate(at)
            ],
        )


def machine_series(miner: int, window: str) -> pd.DataFrame:
    with transaction() as session:
        return charts.machine_series(session, miner, window, NOW)


def test_a_machine_hour_is_raw_and_its_day_ends_with_raw(app_settings: Settings) -> None:
    place = make_place()
    miner = make_miner(place)
    raw = times(NOW - 2 * HOUR, MINUTE, NOW)
    write_machine(place, miner, "telemetry", raw, 100.0)
    rolled = times(NOW - DAY + MINUTE, 5 * MINUTE, NOW - 10 * MINUTE)
    write_machine(place, miner, "telemetry_5m", rolled, 1000.0)
    hour = machine_series(miner, "1h")
    assert len(hour) == 60
    assert hour["board_hashrate_ths"].iloc[0] == [1.0, None, 3.0]
    day = machine_series(miner, "24h")
    last = max(rolled) + 5 * MINUTE
    tail = [moment for moment in raw if moment >= last]
    assert len(day) == len(rolled) + len(tail)
    assert day["at"].is_monotonic_increasing
    assert day["at"].is_unique
    assert (day["hashrate_ths"].tail(len(tail)) < 300).all()


def test_a_month_begins_with_days_where_hours_are_not_kept(app_settings: Settings) -> None:
    place = make_place()
    miner = make_miner(place)
    midnight = NOW.replace(hour=0, minute=0, second=0)
    days = times(midnight - 29 * DAY, DAY, midnight)
    hours = times(midnight - 5 * DAY, HOUR, NOW - HOUR)
    write_machine(place, miner, "telemetry_1d", days, 10.0)
    write_machine(place, miner, "telemetry_1h", hours, 1000.0)
    month = machine_series(miner, "30d")
    assert month["at"].is_monotonic_increasing
    assert month["at"].is_unique
    by_day = month[month["hashrate_ths"] < 500]
    assert by_day["at"].max() < min(hours).timestamp() <= by_day["at"].max() + DAY.total_seconds()
    assert len(month) == len(by_day) + len(hours)


def test_another_machine_s_rows_are_not_in_it(app_settings: Settings) -> None:
    place = make_place()
    miner, other = make_miner(place), make_miner(place, position=2)
    write_machine(place, other, "telemetry", times(NOW - HOUR, MINUTE, NOW), 100.0)
    assert machine_series(miner, "1h").empty
