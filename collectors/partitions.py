"""Partitions made ahead and dropped behind, and old rows of the other tables trimmed a batch at a time."""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.session import transaction
from settings import settings

log = logging.getLogger(__name__)

AHEAD = dt.timedelta(days=3)
STEPS = {"telemetry": "1 day", "telemetry_5m": "1 day", "telemetry_1h": "1 month"}
TRIM_BATCH = 20_000


def ensure(session: Session, table: str, first: dt.datetime, last: dt.datetime) -> int:
    """Make the partitions of a time window; a table without partitions needs none."""
    if table not in STEPS:
        return 0
    found = session.execute(
        text("SELECT ensure_partitions(:table, CAST(:step AS interval), :first, :last)"),
        {"table": table, "step": STEPS[table], "first": first, "last": last},
    )
    return int(found.scalar_one())


def maintain(now: dt.datetime) -> dict[str, int]:
    """Make what will be needed, drop what is past its time; gives what was done by table."""
    keep = settings()
    done = {}
    with transaction() as session:
        for table in STEPS:
            done[f"{table} made"] = ensure(session, table, now, now + AHEAD)
    for table, days in (
        ("telemetry", keep.keep_raw_days),
        ("telemetry_5m", keep.keep_5m_days),
        ("telemetry_1h", keep.keep_1h_days),
    ):
        done[f"{table} dropped"] = _drop(table, now - dt.timedelta(days=days))
    for table, condition, days in (
        ("site_sample", "bucket < :before", keep.keep_raw_days),
        ("site_5m", "bucket < :before", max(keep.keep_5m_days, 90)),
        ("site_1h", "bucket < :before", keep.keep_1h_days),
        ("telemetry_1d", "bucket < :before", keep.keep_1d_days),
        ("sweep", "started_at < :before", 30),
        ("event", "at < :before AND delivered_at IS NOT NULL", 90),
        ("alert", "closed_at < :before", 400),
        ("market_point", "at < :before AND kind LIKE 'quote:%'", 30),
        ("job", "created_at < :before", 7),
    ):
        done[f"{table} trimmed"] = _trim(table, condition, now - dt.timedelta(days=days))
    return done


def _drop(table: str, before: dt.datetime) -> int:
    try:
        with transaction() as session:
            # A long query on the table must not make every sweep wait behind this: it gets its turn an hour later.
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            found = session.execute(text("SELECT drop_partitions(:table, :before)"), {"table": table, "before": before})
            return int(found.scalar_one())
    except OperationalError as error:
        log.warning("%s: old partitions stay for now: %s", table, str(error.orig).strip())
        return 0


def _trim(table: str, condition: str, before: dt.datetime) -> int:
    total = 0
    batch = f"SELECT ctid FROM {table} WHERE {condition} LIMIT {TRIM_BATCH}"
    delete = text(f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({batch})) RETURNING 1")
    while True:
        with transaction() as session:
            gone = len(session.execute(delete, {"before": before}).all())
        total += gone
        if gone < TRIM_BATCH:
            return total
