"""One sweep into the database: history, newest rows, events and alerts, in the caller's one transaction.

All rows travel once, by COPY into a stage; the rest is SQL over the stage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from collectors.copy import array, copy_rows
from collectors.judge import Row
from core.hosting.reading import board_rows
from settings import settings

BRIDGED_PERIODS = 2.5  # one missed sweep; what was drawn in a longer silence nobody knows

# What a good reading brings, as columns of miner_state; a failed ask leaves them as they were.
READING_COLUMNS = (
    "hashrate_ths", "hashrate_avg_ths", "expected_hashrate_ths", "expected_source", "power_w", "power_source",
    "power_limit_w", "efficiency_j_per_th", "temp_inlet_c", "temp_board_max_c", "temp_chip_max_c", "temp_max_c",
    "fans_rpm", "accepted", "rejected", "stale", "hardware_errors", "reject_ratio", "uptime_s", "pool_url", "worker",
    "mode", "power_mode", "model", "firmware", "mac", "boards", "error_codes", "problems",
)  # fmt: skip
# What every ask brings.
ASK_COLUMNS = ("state", "good_streak", "misses", "last_error", "dialect", "alerts")
STAGE_ONLY = ("miner_id", "good", "state_changed", "board_hashrate_ths", "board_temp_c", "fan_min_rpm")
STAGE_COLUMNS = (*STAGE_ONLY, *ASK_COLUMNS, *READING_COLUMNS)

_STAGE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS stage ON COMMIT DELETE ROWS AS
SELECT miner_id, false AS good, false AS state_changed, NULL::real[] AS board_hashrate_ths,
       NULL::real[] AS board_temp_c, NULL::integer AS fan_min_rpm, {", ".join((*ASK_COLUMNS, *READING_COLUMNS))}
FROM miner_state WITH NO DATA
"""

_HISTORY = """
INSERT INTO telemetry (at, miner_id, site_id, hashrate_ths, expected_hashrate_ths, power_w, temp_inlet_c,
    temp_chip_max_c, temp_max_c, fan_min_rpm, accepted, rejected, hardware_errors, uptime_s, sleeping,
    board_hashrate_ths, board_temp_c)
SELECT :at, miner_id, :site_id, hashrate_ths, expected_hashrate_ths, power_w, temp_inlet_c, temp_chip_max_c, temp_max_c,
    fan_min_rpm, accepted, rejected, hardware_errors, uptime_s, mode = 'sleeping',
    board_hashrate_ths, board_temp_c
FROM stage WHERE good
ON CONFLICT DO NOTHING
"""

_NEW = """
INSERT INTO miner_state (miner_id, site_id, state, state_since)
SELECT miner_id, :site_id, 'lost', :at FROM stage
WHERE NOT EXISTS (SELECT FROM miner_state WHERE miner_state.miner_id = stage.miner_id)
ON CONFLICT DO NOTHING
"""

_KEPT = ", ".join(f"{name} = stage.{name}" for name in ASK_COLUMNS)
_SINCE = "state_since = CASE WHEN stage.state_changed THEN :at ELSE miner_state.state_since END"
_UPDATE_GOOD = f"""
UPDATE miner_state SET asked_at = :at, read_at = :at, {_SINCE}, {_KEPT},
    {", ".join(f"{name} = stage.{name}" for name in READING_COLUMNS)}
FROM stage WHERE stage.miner_id = miner_state.miner_id AND stage.good
"""
_UPDATE_FAILED = f"""
UPDATE miner_state SET asked_at = :at, {_SINCE}, {_KEPT}
FROM stage WHERE stage.miner_id = miner_state.miner_id AND NOT stage.good
"""

# A site's line of this sweep; machines on the bench are none of its machines.
_SITE_SAMPLE = """
INSERT INTO site_sample (bucket, site_id, machines, online, hashrate_ths, expected_hashrate_ths, power_w, energy_kwh,
    temp_max_c, temp_avg_c, accepted, rejected)
SELECT :at, :site_id, count(*), count(*) FILTER (WHERE good), sum(hashrate_ths) FILTER (WHERE good),
    sum(expected_hashrate_ths) FILTER (WHERE good), sum(power_w) FILTER (WHERE good),
    sum(power_w) FILTER (WHERE good) * :gap_s / 3.6e6,
    max(temp_max_c) FILTER (WHERE good), avg(temp_max_c) FILTER (WHERE good), :accepted, :rejected
FROM stage
ON CONFLICT DO NOTHING
"""


def store(session: Session, site_id: int, at: dt.datetime, rows: Sequence[Row]) -> None:
    """Store a sweep; `at` is when it began and is the time of every row of it."""
    here = {"at": at, "site_id": site_id}
    session.execute(text("SELECT ensure_partitions('telemetry', '1 day', :at, :at)"), {"at": at})
    session.execute(text(_STAGE))
    copy_rows(session, "stage", STAGE_COLUMNS, (_values(row) for row in rows))
    if any(row.new for row in rows):
        session.execute(text(_NEW), here)
    session.execute(text(_HISTORY), here)
    added = {
        "accepted": sum(row.accepted_added for row in rows),
        "rejected": sum(row.rejected_added for row in rows),
        "gap_s": _gap_s(session, site_id, at),
    }
    session.execute(text(_SITE_SAMPLE), {**here, **added})
    session.execute(text(_UPDATE_GOOD), {"at": at})
    if any(row.reading is None for row in rows):
        session.execute(text(_UPDATE_FAILED), {"at": at})
    _store_changes(session, site_id, at, rows)


def _values(row: Row) -> tuple[Any, ...]:
    reading = row.reading
    head = (
        row.state,
        row.good_streak,
        row.misses,
        row.error,
        row.dialect,
        array(sorted(row.alerts)) if row.alerts else "{}",
    )
    if reading is None:
        return (row.miner_id, False, row.state_changed, None, None, None, *head, *_NOTHING)
    boards = reading.boards
    return (
        row.miner_id,
        True,
        row.state_changed,
        array([board.hashrate_ths for board in boards]),  # type: ignore[misc]
        array([board.temp_board_c if board.temp_chip_c is None else board.temp_chip_c for board in boards]),  # type: ignore[misc]
        min(reading.fans_rpm) if reading.fans_rpm else None,
        *head,
        reading.hashrate_ths,
        reading.hashrate_avg_ths,
        row.expected_hashrate_ths,
        row.expected_source,
        reading.power_w,
        reading.power_source,
        reading.power_limit_w,
        reading.efficiency_j_per_th,
        reading.temp_inlet_c,
        reading.temp_board_max_c,
        reading.temp_chip_max_c,
        reading.temp_max_c,
        array(reading.fans_rpm),
        reading.accepted,
        reading.rejected,
        reading.stale,
        reading.hardware_errors,
        row.reject_ratio,
        reading.uptime_s,
        reading.pool_url,
        reading.worker,
        reading.mode,
        reading.power_mode,
        reading.model,
        reading.firmware,
        reading.mac,
        orjson.dumps(board_rows(boards)).decode() if boards else None,
        array(reading.error_codes),
        array(reading.problems),
    )


_NOTHING = (None,) * len(READING_COLUMNS)


def _gap_s(session: Session, site_id: int, at: dt.datetime) -> float:
    """Give the time that this sample stands for: since the one before, or one period after a silence."""
    before = session.execute(
        text("SELECT max(bucket) FROM site_sample WHERE site_id = :site_id AND bucket < :at"),
        {"site_id": site_id, "at": at},
    ).scalar()
    period_s = float(settings().sweep_period_s)
    gap_s = (at - before).total_seconds() if before else period_s
    return float(gap_s) if gap_s <= BRIDGED_PERIODS * period_s else period_s


def _store_changes(session: Session, site_id: int, at: dt.datetime, rows: Sequence[Row]) -> None:
    events: list[tuple[int, str, str]] = []
    opened: list[tuple[int, str]] = []
    closed: list[tuple[int, str]] = []
    for row in rows:
        for kind, payload in row.events:
            events.append((row.miner_id, kind, orjson.dumps(payload).decode()))
        for alert in row.opened:
            opened.append((row.miner_id, alert))
            # A machine that is read for the first time was found like this: nobody saw it happen.
            told = {"alert": alert, "found": True} if row.new else {"alert": alert}
            events.append((row.miner_id, "alert.opened", orjson.dumps(told).decode()))
        for alert in row.closed:
            closed.append((row.miner_id, alert))
            events.append((row.miner_id, "alert.closed", orjson.dumps({"alert": alert}).decode()))
    if closed:
        session.execute(
            text(
                "UPDATE alert SET closed_at = :at FROM unnest(:miners, :kinds) AS gone (miner_id, kind) "
                "WHERE alert.miner_id = gone.miner_id AND alert.kind = gone.kind AND closed_at IS NULL"
            ).bindparams(at=at, miners=[miner for miner, _kind in closed], kinds=[kind for _miner, kind in closed])
        )
    if opened:
        session.execute(
            text(
                "INSERT INTO alert (miner_id, site_id, kind, opened_at, detail) "
                "SELECT miner_id, :site_id, kind, :at, '{}' FROM unnest(:miners, :kinds) AS come (miner_id, kind) "
                "ON CONFLICT DO NOTHING"
            ).bindparams(
                site_id=site_id,
                at=at,
                miners=[miner for miner, _kind in opened],
                kinds=[kind for _miner, kind in opened],
            )
        )
    if events:
        of_miners, kinds, payloads = zip(*events, strict=True)
        session.execute(
            text(
                "INSERT INTO event (at, kind, site_id, miner_id, payload) "
                "SELECT :at, kind, :site_id, miner_id, CAST(payload AS jsonb) "
                "FROM unnest(:miners, :kinds, :payloads) AS said (miner_id, kind, payload)"
            ).bindparams(at=at, site_id=site_id, miners=list(of_miners), kinds=list(kinds), payloads=list(payloads))
        )


def record(
    session: Session,
    site_id: int,
    started: dt.datetime,
    asked: int,
    answered: int,
    seconds: float,
    store_seconds: float,
    failures: dict[str, int],
) -> None:
    """Write down that the sweep was made."""
    session.execute(
        text(
            "INSERT INTO sweep (site_id, started_at, finished_at, asked, answered, seconds, store_seconds, errors) "
            "VALUES (:site_id, :started, now(), :asked, :answered, :seconds, :store_seconds, :errors)"
        ),
        {
            "site_id": site_id,
            "started": started,
            "asked": asked,
            "answered": answered,
            "seconds": seconds,
            "store_seconds": store_seconds,
            "errors": orjson.dumps(failures).decode(),
        },
    )
