"""A sweep from the socket to the row: real machines of the simulator, real PostgreSQL, real Redis."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import zlib
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from collectors import inventory, store, telemetry
from collectors.judge import Before, judge
from core.hosting.reading import Mode, PowerSource, Reading
from core.hosting.states import State, Thresholds
from db.session import engine, transaction
from gateways import cache
from gateways.miners import Outcome
from settings import Settings
from tests.simulated import Simulated

LIMITS = Thresholds()
STORED = """
SELECT (SELECT count(*) FROM telemetry) AS history, (SELECT count(*) FROM sweep) AS sweeps,
    (SELECT count(*) FROM event) AS events, max(asked_at) AS asked_at FROM miner_state
"""


def rows(sql: str, **values: object) -> list[dict[str, object]]:
    with transaction() as session:
        return [dict(row) for row in session.execute(text(sql), values).mappings()]


@pytest.fixture(scope="module")
def farm(app_settings: Settings, simulated: Simulated) -> Iterator[Simulated]:
    from simulator.farm import inventory as tell

    told = tell(simulated.farm)
    for machine in told["machines"]:  # type: ignore[attr-defined]
        machine["port"] = simulated.port
    with transaction() as session:
        # Other tests of the run have machines at these sites too; they are not of this farm.
        session.execute(
            text(
                "UPDATE miner SET lifecycle = 'retired' FROM site WHERE site.id = site_id AND code IN ('tx1', 'no1', 'kz1')"
            )
        )
        session.execute(
            text("DELETE FROM miner_state WHERE miner_id IN (SELECT id FROM miner WHERE lifecycle = 'retired')")
        )
    inventory.load_demo(told)
    with transaction() as session:
        assets = [machine.asset_id for machine in simulated.farm.machines]
        session.execute(text("UPDATE miner SET lifecycle = 'active' WHERE asset_id = ANY(:assets)"), {"assets": assets})
    yield simulated
    simulated.control("/clear", {})


def sweep_all() -> list[telemetry.SweepReport]:
    return [telemetry.sweep_site(code) for code in ("tx1", "no1", "kz1")]


def test_a_sweep_reads_every_machine_and_stores_what_it_says(farm: Simulated) -> None:
    version = cache.farm_version()
    reports = sweep_all()
    assert (
        sum(report.asked for report in reports) == sum(report.answered for report in reports) == len(farm.farm.machines)
    )
    found = rows(
        "SELECT asset_id, state.* FROM miner_state state JOIN miner ON miner.id = miner_id "
        "JOIN site ON site.id = miner.site_id WHERE site.code IN ('tx1', 'no1', 'kz1')"
    )
    assert len(found) == len(farm.farm.machines)
    by_asset = {row["asset_id"]: row for row in found}
    for machine in farm.farm.machines:
        row = by_asset[machine.asset_id]
        assert row["state"] == "online"
        assert row["dialect"] == machine.dialect
        assert row["hashrate_ths"] == pytest.approx(machine.model.hashrate_ths, rel=0.15)
        assert row["power_source"] == ("nameplate" if machine.dialect == "antminer" else "device")
        assert row["expected_source"] == "device"
        assert len(row["boards"]) == 3  # type: ignore[arg-type]
    assert cache.farm_version() > version


def test_the_raw_reply_is_kept_for_the_machines_page(farm: Simulated) -> None:
    sweep_all()
    machine = farm.one("luxos")
    [row] = rows("SELECT id FROM miner WHERE asset_id = :asset", asset=machine.asset_id)
    packed = cache.client().get(f"reply:{row['id']}")
    told = json.loads(zlib.decompress(packed))  # type: ignore[arg-type]
    [(command, reply)] = told["replies"].items()
    assert "summary" in command
    assert "LUXminer" in reply


def test_a_second_sweep_makes_history_and_adds_no_second_row_of_state(farm: Simulated) -> None:
    sweep_all()
    before = rows("SELECT count(*) AS n FROM telemetry")[0]["n"]
    states = rows("SELECT count(*) AS n FROM miner_state")[0]["n"]
    sweep_all()
    assert rows("SELECT count(*) AS n FROM telemetry")[0]["n"] == before + len(farm.farm.machines)  # type: ignore[operator]
    assert rows("SELECT count(*) AS n FROM miner_state")[0]["n"] == states


def test_dead_and_garbled_machines_hurt_no_other_and_keep_their_last_good_values(farm: Simulated) -> None:
    sweep_all()
    dead, garbled, cut = farm.one("antminer", 5), farm.one("antminer", 6), farm.one("antminer", 7)
    farm.fault(dead, "refused")
    farm.fault(garbled, "glued")
    farm.fault(cut, "cut")
    reports = sweep_all()
    farm.control("/clear", {})
    found = {
        row["asset_id"]: row
        for row in rows("SELECT asset_id, state.* FROM miner_state state JOIN miner ON miner.id = miner_id")
    }
    assert sum(report.answered for report in reports) >= len(farm.farm.machines) - 2
    assert found[dead.asset_id]["last_error"] == "refused"
    assert found[dead.asset_id]["misses"] == 1
    assert found[dead.asset_id]["hashrate_ths"] is not None
    assert found[dead.asset_id]["asked_at"] > found[dead.asset_id]["read_at"]  # type: ignore[operator]
    assert found[dead.asset_id]["state"] == "online"  # one missed poll rings no bell
    assert found[garbled.asset_id]["last_error"] is None


def test_a_sweep_that_still_runs_keeps_the_next_one_out(farm: Simulated) -> None:
    with engine().connect() as holder:
        site = rows("SELECT id FROM site WHERE code = 'kz1'")[0]["id"]
        holder.execute(text("SELECT pg_advisory_lock(:class, :site)"), {"class": telemetry.LOCK_CLASS, "site": site})
        assert telemetry.sweep_site("kz1").skipped
        holder.rollback()
        holder.execute(text("SELECT pg_advisory_unlock(:class, :site)"), {"class": telemetry.LOCK_CLASS, "site": site})
        holder.commit()
    assert not telemetry.sweep_site("kz1").skipped


def test_an_unknown_site_is_named(farm: Simulated) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        telemetry.sweep_site("nowhere")


def test_without_redis_the_sweep_is_stored_all_the_same(farm: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis import Redis

    before = rows("SELECT count(*) AS n FROM sweep")[0]["n"]
    monkeypatch.setattr(cache, "client", lambda *_: Redis(port=1, socket_connect_timeout=0.2))
    assert telemetry.sweep_site("kz1").answered > 0
    assert rows("SELECT count(*) AS n FROM sweep")[0]["n"] == before + 1  # type: ignore[operator]


def test_a_store_that_fails_halfway_leaves_nothing_behind(farm: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep_all()
    before = rows(STORED)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "record", full_disk)
    with pytest.raises(OSError, match="No space"):
        telemetry.sweep_site("tx1")
    monkeypatch.undo()
    after = rows(STORED)
    assert before == after
    assert telemetry.sweep_site("tx1").answered > 0


def test_two_sweeps_of_different_sites_run_beside_each_other(farm: Simulated) -> None:
    done: list[str] = []
    threads = [
        threading.Thread(target=lambda code=code: done.append(telemetry.sweep_site(code).site_code))
        for code in ("tx1", "no1")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == ["no1", "tx1"]


def known(**changes: object) -> Before:
    values: dict[str, object] = {
        "id": 1, "host": "127.16.0.1", "port": 4028, "asset_id": "A", "simulated": True, "model_ths": 100.0,
        "model_w": 3000.0, "dialect": "antminer", "state": "online", "state_since": None,
        "read_at": dt.datetime.now(dt.UTC), "good_streak": 5, "misses": 0, "alerts": [], "accepted": 1000,
        "rejected": 10, "uptime_s": 5000, "firmware": "1", "mac": None, "model": "X", "pool_url": "p1",
        "mode": "mining", "reject_ratio": 0.01,
    }  # fmt: skip
    return Before(**{**values, **changes})  # type: ignore[arg-type]


def said(**changes: object) -> Outcome:
    values = {"hashrate_ths": 50.0, "mode": Mode.MINING, "accepted": 1098, "rejected": 12, "uptime_s": 5060}
    return Outcome(1, Reading(**{**values, **changes}), None, "antminer")  # type: ignore[arg-type]


def test_absent_power_is_taken_from_the_data_sheet_and_says_so() -> None:
    row = judge(known(), said(), dt.datetime.now(dt.UTC), LIMITS)
    assert row.reading is not None
    assert row.reading.power_w == 1500.0  # half the rate of the data sheet, half its power
    assert row.reading.power_source is PowerSource.NAMEPLATE


def test_the_power_of_a_sleeping_machine_is_not_guessed() -> None:
    row = judge(known(), said(hashrate_ths=0.0, mode=Mode.SLEEPING), dt.datetime.now(dt.UTC), LIMITS)
    assert row.reading is not None
    assert row.reading.power_w is None


def test_rejects_are_reckoned_since_the_reading_before_over_the_last_shares() -> None:
    row = judge(known(), said(), dt.datetime.now(dt.UTC), LIMITS)
    assert (row.accepted_added, row.rejected_added) == (98, 2)
    # 0.01 + (0.02 - 0.01) * (1 - exp(-100 / 200))
    assert row.reject_ratio == pytest.approx(0.0139347, abs=1e-6)
    assert row.opened == {"hashrate_low"}


def test_a_restart_is_an_event_and_starts_the_counters_anew() -> None:
    row = judge(known(), said(uptime_s=30, accepted=4, rejected=0), dt.datetime.now(dt.UTC), LIMITS)
    assert ("miner.restarted", {"uptime_s": 30}) in row.events
    assert (row.accepted_added, row.rejected_added) == (4, 0)


def test_what_the_machine_is_and_where_it_mines_is_watched() -> None:
    row = judge(known(), said(pool_url="p2", firmware="2"), dt.datetime.now(dt.UTC), LIMITS)
    changed = {payload["field"] for kind, payload in row.events if kind == "miner.identity_changed"}
    assert changed == {"pool_url", "firmware"}


def test_silence_ages_into_offline_and_becomes_an_event_and_an_alert() -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=400)
    before = known(state="stale", read_at=old, misses=5, good_streak=0)
    row = judge(before, Outcome(1, None, "timeout"), dt.datetime.now(dt.UTC), LIMITS)
    assert row.state is State.OFFLINE
    assert row.opened == {"offline"}
    assert row.events == [("miner.state_changed", {"from": "stale", "to": "offline", "error": "timeout"})]


def test_one_missed_poll_after_a_pause_of_ours_rings_no_bell() -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(hours=30)
    row = judge(known(read_at=yesterday), Outcome(1, None, "timeout"), dt.datetime.now(dt.UTC), LIMITS)
    assert (row.state, row.misses) == (State.ONLINE, 1)
    assert not row.opened
    assert not row.events


def test_the_first_reading_of_a_new_machine_is_no_news() -> None:
    row = judge(known(state=None, read_at=None, good_streak=None), said(), dt.datetime.now(dt.UTC), LIMITS)
    assert row.state is State.ONLINE
    assert row.events == []


def test_time_is_real(farm: Simulated) -> None:
    sweep_all()
    [row] = rows("SELECT max(read_at) AS at FROM miner_state JOIN site ON site.id = site_id WHERE code = 'tx1'")
    assert abs(row["at"].timestamp() - time.time()) < 30  # type: ignore[attr-defined]
