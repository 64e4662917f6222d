"""Rollups from the layer below, bucket by bucket behind a watermark: idempotent, and catching up after any downtime.

A bucket is computed only when it is over and every sweep that began in it has had time to end; doing it again gives the
same rows. Absent stays absent: a machine that answered nothing in a bucket has no row there.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from collectors.partitions import ensure
from db.session import transaction

log = logging.getLogger(__name__)

SETTLE = dt.timedelta(seconds=90)  # a sweep that began in the last second of a bucket is stored by then
BUCKETS_A_CALL = 600

# From raw readings: power over time with gaps capped at two sweeps, counters as differences that survive a restart.
_FROM_RAW = """
WITH reading AS (
    SELECT *, least(extract(epoch FROM at - lag(at) OVER machine), 120) AS gap_s,
        accepted - lag(accepted) OVER machine AS more_accepted,
        rejected - lag(rejected) OVER machine AS more_rejected,
        hardware_errors - lag(hardware_errors) OVER machine AS more_errors,
        uptime_s < lag(uptime_s) OVER machine AS restarted
    FROM telemetry WHERE at >= CAST(:start AS timestamptz) - interval '2 minutes' AND at < :stop
    WINDOW machine AS (PARTITION BY miner_id ORDER BY at)
), asks AS (
    SELECT site_id, count(*) AS asked FROM sweep WHERE started_at >= :start AND started_at < :stop GROUP BY site_id
)
INSERT INTO telemetry_5m (bucket, miner_id, site_id, samples, online, hashrate_ths, expected_hashrate_ths, power_w,
    energy_kwh, temp_inlet_c, temp_chip_max_c, temp_max_c, accepted, rejected, hardware_errors, board_hashrate_ths, board_temp_c)
SELECT :start, miner_id, reading.site_id, count(*), least(1, count(*)::real / greatest(max(asks.asked), count(*))),
    avg(hashrate_ths), avg(expected_hashrate_ths), avg(power_w), sum(power_w * coalesce(gap_s, 60)) / 3.6e6,
    avg(temp_inlet_c), avg(temp_chip_max_c), max(temp_max_c),
    sum(CASE WHEN restarted OR more_accepted < 0 THEN accepted ELSE more_accepted END),
    sum(CASE WHEN restarted OR more_rejected < 0 THEN rejected ELSE more_rejected END),
    sum(CASE WHEN restarted OR more_errors < 0 THEN hardware_errors ELSE more_errors END),
    (array_agg(board_hashrate_ths::text ORDER BY at DESC) FILTER (WHERE board_hashrate_ths IS NOT NULL))[1]::real[],
    (array_agg(board_temp_c::text ORDER BY at DESC) FILTER (WHERE board_temp_c IS NOT NULL))[1]::real[]
FROM reading LEFT JOIN asks ON asks.site_id = reading.site_id
WHERE at >= :start GROUP BY miner_id, reading.site_id
"""

_FROM_ROLLUP = """
INSERT INTO {table} (bucket, miner_id, site_id, samples, online, hashrate_ths, expected_hashrate_ths, power_w, energy_kwh,
    temp_inlet_c, temp_chip_max_c, temp_max_c, accepted, rejected, hardware_errors)
SELECT :start, miner_id, max(site_id), sum(samples), least(1, sum(online) / :parts),
    sum(hashrate_ths * samples) / nullif(sum(samples) FILTER (WHERE hashrate_ths IS NOT NULL), 0),
    sum(expected_hashrate_ths * samples) / nullif(sum(samples) FILTER (WHERE expected_hashrate_ths IS NOT NULL), 0),
    sum(power_w * samples) / nullif(sum(samples) FILTER (WHERE power_w IS NOT NULL), 0), sum(energy_kwh),
    avg(temp_inlet_c), avg(temp_chip_max_c), max(temp_max_c), sum(accepted), sum(rejected), sum(hardware_errors)
FROM {below} WHERE bucket >= :start AND bucket < :stop GROUP BY miner_id
"""

_SITE = """
INSERT INTO {table} (bucket, site_id, machines, online, hashrate_ths, expected_hashrate_ths, power_w, energy_kwh,
    temp_max_c, temp_avg_c, accepted, rejected)
SELECT :start, site_id, max(machines), avg(online), avg(hashrate_ths), avg(expected_hashrate_ths), avg(power_w),
    sum(energy_kwh), max(temp_max_c), avg(temp_avg_c), sum(accepted), sum(rejected)
FROM {below} WHERE bucket >= :start AND bucket < :stop GROUP BY site_id
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One rollup: the table, what it is made from, how long its buckets are."""

    table: str
    below: str
    bucket: dt.timedelta
    sql: str
    parts: int = 1


FIVE_MINUTES, HOUR, DAY = dt.timedelta(minutes=5), dt.timedelta(hours=1), dt.timedelta(days=1)
LAYERS = (
    Layer("telemetry_5m", "telemetry", FIVE_MINUTES, _FROM_RAW),
    Layer("telemetry_1h", "telemetry_5m", HOUR, _FROM_ROLLUP, 12),
    Layer("telemetry_1d", "telemetry_1h", DAY, _FROM_ROLLUP, 24),
    Layer("site_5m", "site_sample", FIVE_MINUTES, _SITE),
    Layer("site_1h", "site_5m", HOUR, _SITE),
    Layer("site_1d", "site_1h", DAY, _SITE),
)


def roll_up(now: dt.datetime) -> dict[str, int]:
    """Bring every layer up to `now`; gives the buckets made. Each bucket is its own transaction."""
    made = {}
    for layer in LAYERS:
        made[layer.table] = 0
        while made[layer.table] < BUCKETS_A_CALL and _next_bucket(layer, now):
            made[layer.table] += 1
    return made


def _next_bucket(layer: Layer, now: dt.datetime) -> bool:
    with transaction() as session:
        start = _begin(session, layer)
        if start is None:
            return False
        stop = start + layer.bucket
        if stop + SETTLE > now or not _below_is_ready(session, layer, stop):
            return False
        window = {"start": start, "stop": stop}
        ensure(session, layer.table, start, start)
        session.execute(text(f"DELETE FROM {layer.table} WHERE bucket = :start"), window)
        sql = layer.sql.format(table=layer.table, below=layer.below)
        session.execute(text(sql), {**window, "parts": layer.parts} if ":parts" in sql else window)
        session.execute(
            text(
                "INSERT INTO rollup_mark (layer, done_until) VALUES (:layer, :stop) "
                "ON CONFLICT (layer) DO UPDATE SET done_until = excluded.done_until"
            ),
            {"layer": layer.table, "stop": stop},
        )
    return True


def _begin(session: Session, layer: Layer) -> dt.datetime | None:
    """Give where the layer goes on: its mark, or the first bucket that the layer below has anything for.

    Long silences are jumped over: after a week of downtime there are no thousand empty buckets to make.
    """
    mark = session.execute(
        text("SELECT done_until FROM rollup_mark WHERE layer = :layer FOR UPDATE"), {"layer": layer.table}
    ).scalar()
    column = "at" if layer.below == "telemetry" else "bucket"
    first = session.execute(
        text(
            f"SELECT min({column}) FROM {layer.below} WHERE {column} >= coalesce(CAST(:mark AS timestamptz), '-infinity')"
        ),
        {"mark": mark},
    ).scalar()
    return floor(first, layer.bucket) if first else None


def floor(at: dt.datetime, bucket: dt.timedelta) -> dt.datetime:
    """Give the beginning of the bucket, in UTC, that a time falls into."""
    seconds = int(at.timestamp())
    return dt.datetime.fromtimestamp(seconds - seconds % int(bucket.total_seconds()), dt.UTC)


def _below_is_ready(session: Session, layer: Layer, stop: dt.datetime) -> bool:
    if layer.below in ("telemetry", "site_sample"):
        return True
    below = next(other for other in LAYERS if other.table == layer.below)
    done = session.execute(
        text("SELECT done_until FROM rollup_mark WHERE layer = :layer"), {"layer": below.table}
    ).scalar()
    if done is not None and done >= stop:
        return True
    # The last bucket before a downtime never gets a successor that would move the mark past it.
    return done is not None and _begin(session, below) is not None and _begin(session, below) >= stop  # type: ignore[operator]
