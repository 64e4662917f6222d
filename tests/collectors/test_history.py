"""The demo's past: loaded once, joined with the live rollups, and never in two copies."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from collectors import history, rollups
from collectors.inventory import load_demo
from db.migrate import upgrade
from db.session import transaction
from settings import Settings
from tests.scratch import forget_connections, scratch_database

MINERS, SEED, DAYS = 24, 5, 3
MINE = "IN (SELECT id FROM site WHERE code IN ('tx1', 'no1', 'kz1'))"
LAYERS = ("site_5m", "site_1h", "site_1d", "telemetry_5m", "telemetry_1h", "telemetry_1d")


@pytest.fixture(scope="module")
def newest(app_settings: Settings, servers: tuple[str, str]) -> Iterator[int]:
    """Fill the past of a small farm in a database of its own."""
    with scratch_database(servers[0]) as url, pytest.MonkeyPatch.context() as environment:
        upgrade(url)
        environment.setenv("HASHINSIGHT_DATABASE_URL", url)
        forget_connections()
        yield filled(app_settings)
    forget_connections()


def filled(app_settings: Settings) -> int:
    told = subprocess.run(
        [sys.executable, "-m", "simulator", "inventory", "--miners", str(MINERS), "--seed", str(SEED)],
        capture_output=True,
        check=True,
        cwd=app_settings.root,
    )
    load_demo(json.loads(told.stdout))
    with transaction() as session:
        newest = history.newest(session)
    history.fill(MINERS, SEED, DAYS, newest)
    return newest


def scalar(sql: str) -> object:
    with transaction() as session:
        return session.execute(text(sql)).scalar()


def counts() -> dict[str, object]:
    return {table: scalar(f"SELECT count(*) FROM {table}") for table in (*LAYERS, "telemetry", "site_sample")}


def test_every_layer_reaches_up_to_now_without_a_hole(newest: int) -> None:
    end = dt.datetime.fromtimestamp(newest, dt.UTC)
    for table, step in (("site_5m", 300), ("site_1h", 3600), ("site_1d", 86_400)):
        with transaction() as session:
            found = session.execute(
                text(f"SELECT count(DISTINCT bucket) AS n, min(bucket) AS a, max(bucket) AS z FROM {table}")
            ).one()
        assert found.n == (found.z - found.a).total_seconds() / step + 1
        assert (end - found.z).total_seconds() < 2 * step
    hours = scalar("SELECT count(DISTINCT bucket) FROM telemetry_1h")
    assert hours == scalar("SELECT count(DISTINCT bucket) FROM site_1h")


def test_the_sites_are_the_sums_of_their_machines(newest: int) -> None:
    share = scalar(
        "SELECT max(abs(site.energy_kwh / nullif(machines.energy, 0) - 1)) FROM site_1h site"
        " JOIN (SELECT bucket, site_id, sum(energy_kwh) AS energy FROM telemetry_1h GROUP BY bucket, site_id) machines"
        " USING (bucket, site_id)"
    )
    assert share == pytest.approx(0, abs=0.02)


def test_boards_are_told_in_fine_layers_and_what_is_not_told_is_absent(newest: int) -> None:
    for table in ("telemetry", "telemetry_5m"):
        assert scalar(f"SELECT count(*) FROM {table} WHERE cardinality(board_hashrate_ths) = 3") == scalar(
            f"SELECT count(*) FROM {table}"
        )
        assert scalar(f"SELECT count(*) FROM {table} WHERE 'NaN' = ANY (board_temp_c)") == 0
        ratio = scalar(
            f"SELECT avg((SELECT sum(rate) FROM unnest(board_hashrate_ths) AS rate) / hashrate_ths) FROM {table}"
            " WHERE array_position(board_hashrate_ths, NULL) IS NULL"
        )
        assert ratio == pytest.approx(1.0, abs=0.03)
    told = "FILTER (WHERE temp_inlet_c IS NOT NULL)"
    assert 0 < scalar(f"SELECT count(*) {told} / count(*)::float FROM telemetry_1h") < 1  # type: ignore[operator]
    assert scalar("SELECT count(*) FROM telemetry_1h WHERE temp_inlet_c = 'NaN'") == 0


def test_a_second_run_adds_nothing(newest: int) -> None:
    before = counts()
    history.fill(MINERS, SEED, DAYS, newest)
    assert counts() == before


def test_a_run_that_was_cut_goes_on_and_makes_no_row_twice(newest: int) -> None:
    before = counts()
    with transaction() as session:
        session.execute(text("DELETE FROM rollup_mark WHERE layer LIKE 'history:telemetry%'"))
        session.execute(text("DELETE FROM telemetry_1d"))
    history.fill(MINERS, SEED, DAYS, newest)
    assert counts() == before


def test_the_end_of_the_past_stays_where_it_was(newest: int) -> None:
    with transaction() as session:
        assert history.newest(session) == newest


def test_live_rollups_go_on_where_the_past_ends(newest: int) -> None:
    end = dt.datetime.fromtimestamp(newest, dt.UTC)
    machine = scalar("SELECT min(id) FROM miner WHERE asset_id LIKE 'TX1%' AND lifecycle = 'active'")
    with transaction() as session:
        for minute in range(0, 90):
            at = {"at": end + dt.timedelta(minutes=minute, seconds=3), "miner": machine}
            site = "(SELECT site_id FROM miner WHERE id = :miner)"
            session.execute(text("SELECT ensure_partitions('telemetry', '1 day', :at, :at)"), at)
            session.execute(
                text(f"INSERT INTO telemetry (at, miner_id, site_id, power_w) VALUES (:at, :miner, {site}, 3000)"), at
            )
            session.execute(
                text(
                    "INSERT INTO site_sample (bucket, site_id, machines, online, power_w, energy_kwh)"
                    f" VALUES (:at, {site}, 8, 1, 3000, 0.05)"
                ),
                at,
            )
    with transaction() as session:
        session.execute(text("SELECT ensure_partitions('telemetry_1h', '1 month', now(), now() + interval '2 hours')"))
    before = counts()
    made = rollups.roll_up(end + dt.timedelta(minutes=95))
    assert made["telemetry_5m"] in (17, 18, 19)
    assert made["telemetry_1h"] in (1, 2)
    # No bucket has two rows (the key forbids it) and none between past and present is missing.
    for table, step in (("telemetry_5m", 300), ("telemetry_1h", 3600)):
        with transaction() as session:
            buckets = session.execute(
                text(f"SELECT bucket FROM {table} WHERE miner_id = :miner ORDER BY bucket DESC LIMIT 6"),
                {"miner": machine},
            ).scalars()
            times = [bucket.timestamp() for bucket in buckets]
        assert [late - early for early, late in zip(times[1:], times[:-1], strict=True)] == [step] * 5
    assert counts()["telemetry_5m"] > before["telemetry_5m"]  # type: ignore[operator]


def test_a_table_is_read_while_its_past_is_loaded(newest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a partition locks out every reader: it must be over before a minute of loading begins."""
    load, read = history.chunks, []

    def watched(part: history.Part, *rest: int) -> Iterator[object]:
        with transaction() as other:
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            read.append(other.execute(text(f"SELECT count(*) FROM {part.table}")).scalar_one())
        yield from load(part, *rest)

    monkeypatch.setattr(history, "chunks", watched)
    history.fill(MINERS, SEED, 1, newest + 40 * 86_400)  # no partition is there yet
    assert len(read) > 5
