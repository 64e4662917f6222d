"""Rollups from the layer below, bucket by bucket behind a watermark: idempotent, and catching up after any downtime.

A bucket is computed only when it is over and every sweep that began in it has had time to end; doing it again gives the
same rows. Absent stays absent: a machine that answered nothing in a bucket has no row there.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from collectors.partitions import ensure
from collectors.store import BRIDGED_PERIODS
from db.session import transaction
from settings import settings

log = logging.getLogger(__name__)

SETTLE = dt.timedelta(seconds=90)  # a sweep that began in the last second of a bucket is stored by then
LOOK_BACK = dt.timedelta(minutes=15)  # how long a silence may be for the shares counted in it to be known
BUDGET_S = 45.0  # a catch-up yields to the next call of the schedule, which goes on
LOCK_CLASS = 0x524F  # "RO": any number that no other advisory lock of ours uses
MOST = 2_147_483_647  # what the counters' columns hold; a machine that claims more must not stop the rollup


def _mean(name: str) -> str:
    return f"sum({name} * samples) / nullif(sum(samples) FILTER (WHERE {name} IS NOT NULL), 0)"


def _added(counter: str) -> str:
    # least() passes over NULL: without the -1 an absent counter would become the greatest of all.
    return f"nullif(least(coalesce(sum({counter}), -1), :most), -1)"


# Energy is power over the time since the reading before; a reading after a silence stands for one period, because
# nobody knows what was drawn in between. Counters are differences: after a restart all that is counted, and nothing
# where a counter went back without one.
_FROM_RAW = f"""
WITH reading AS (
    SELECT *, extract(epoch FROM at - lag(at) OVER machine) AS gap_s,
        accepted - lag(accepted) OVER machine AS more_accepted,
        rejected - lag(rejected) OVER machine AS more_rejected,
        hardware_errors - lag(hardware_errors) OVER machine AS more_errors,
        coalesce(uptime_s < lag(uptime_s) OVER machine, false) AS restarted
    FROM telemetry WHERE at >= CAST(:start AS timestamptz) - CAST(:look_back AS interval) AND at < :stop
    WINDOW machine AS (PARTITION BY miner_id ORDER BY at)
), asks AS (
    SELECT site_id, count(*) AS asked FROM sweep WHERE started_at >= :start AND started_at < :stop GROUP BY site_id
)
INSERT INTO telemetry_5m (bucket, miner_id, site_id, samples, online, hashrate_ths, expected_hashrate_ths, power_w,
    energy_kwh, temp_inlet_c, temp_chip_max_c, temp_max_c, accepted, rejected, hardware_errors,
    board_hashrate_ths, board_temp_c)
SELECT :start, miner_id, reading.site_id, count(*), count(*)::real / greatest(max(asks.asked), count(*)),
    avg(hashrate_ths), avg(expected_hashrate_ths), avg(power_w),
    sum(power_w * CASE WHEN gap_s <= :bridged * :period_s THEN gap_s ELSE :period_s END) / 3.6e6,
    avg(temp_inlet_c), avg(temp_chip_max_c), max(temp_max_c),
    {_added("CASE WHEN restarted THEN accepted WHEN more_accepted >= 0 THEN more_accepted END")},
    {_added("CASE WHEN restarted THEN rejected WHEN more_rejected >= 0 THEN more_rejected END")},
    {_added("CASE WHEN restarted THEN hardware_errors WHEN more_errors >= 0 THEN more_errors END")},
    (array_agg(board_hashrate_ths::text ORDER BY at DESC) FILTER (WHERE board_hashrate_ths IS NOT NULL))[1]::real[],
    (array_agg(board_temp_c::text ORDER BY at DESC) FILTER (WHERE board_temp_c IS NOT NULL))[1]::real[]
FROM reading LEFT JOIN asks ON asks.site_id = reading.site_id
WHERE at >= :start GROUP BY miner_id, reading.site_id
"""

# A machine that was silent in a part has no row there: the parts are those in which its site was asked.
_FROM_ROLLUP = f"""
WITH part AS (
    SELECT site_id, count(*) AS parts FROM {{seen}} WHERE bucket >= :start AND bucket < :stop GROUP BY site_id
)
INSERT INTO {{table}} (bucket, miner_id, site_id, samples, online, hashrate_ths, expected_hashrate_ths, power_w,
    energy_kwh, temp_inlet_c, temp_chip_max_c, temp_max_c, accepted, rejected, hardware_errors)
SELECT :start, miner_id, max(below.site_id), sum(samples),
    least(1, sum(online) / greatest(max(part.parts), count(*))),
    {_mean("hashrate_ths")}, {_mean("expected_hashrate_ths")}, {_mean("power_w")}, sum(energy_kwh),
    {_mean("temp_inlet_c")}, {_mean("temp_chip_max_c")}, max(temp_max_c),
    {_added("accepted")}, {_added("rejected")}, {_added("hardware_errors")}
FROM {{below}} below LEFT JOIN part ON part.site_id = below.site_id
WHERE bucket >= :start AND bucket < :stop GROUP BY miner_id
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
    """One rollup: the table, what it is made from, how long its buckets are.

    `seen` is the layer of the sites beside `below`: small, and with a row for every time in which there was a sweep,
    it says where there is something to do without a look at millions of readings.
    """

    table: str
    below: str
    seen: str
    bucket: dt.timedelta
    sql: str


FIVE_MINUTES, HOUR, DAY = dt.timedelta(minutes=5), dt.timedelta(hours=1), dt.timedelta(days=1)
LAYERS = (
    Layer("site_5m", "site_sample", "site_sample", FIVE_MINUTES, _SITE),
    Layer("site_1h", "site_5m", "site_5m", HOUR, _SITE),
    Layer("site_1d", "site_1h", "site_1h", DAY, _SITE),
    Layer("telemetry_5m", "telemetry", "site_sample", FIVE_MINUTES, _FROM_RAW),
    Layer("telemetry_1h", "telemetry_5m", "site_5m", HOUR, _FROM_ROLLUP),
    Layer("telemetry_1d", "telemetry_1h", "site_1h", DAY, _FROM_ROLLUP),
)
BY_TABLE = {layer.table: layer for layer in LAYERS}


def roll_up(now: dt.datetime) -> dict[str, int]:
    """Bring every layer up to `now`; gives the buckets made. Each bucket is its own transaction."""
    made = {}
    began = time.monotonic()
    for layer in LAYERS:
        made[layer.table] = 0
        while time.monotonic() - began < BUDGET_S and _next_bucket(layer, now):
            made[layer.table] += 1
    return made


def _next_bucket(layer: Layer, now: dt.datetime) -> bool:
    with transaction() as session:
        # Two calls at once would make the same bucket: the later one waits, and then finds it made.
        session.execute(
            text("SELECT pg_advisory_xact_lock(:class, :layer)"), {"class": LOCK_CLASS, "layer": LAYERS.index(layer)}
        )
        start = _begin(session, layer)
        if start is None:
            return False
        stop = start + layer.bucket
        if stop + SETTLE > now or not _below_is_ready(session, layer, stop):
            return False
        ensure(session, layer.table, start, start)
        values = {"start": start, "stop": stop, "most": MOST}
        values |= {"look_back": LOOK_BACK, "period_s": settings().sweep_period_s, "bridged": BRIDGED_PERIODS}
        session.execute(text(f"DELETE FROM {layer.table} WHERE bucket = :start"), values)
        session.execute(text(layer.sql.format(table=layer.table, below=layer.below, seen=layer.seen)), values)
        mark(session, layer.table, stop)
    return True


def mark(session: Session, layer: str, until: dt.datetime) -> None:
    """Say until when a layer is done; one that is further already stays there."""
    session.execute(
        text(
            "INSERT INTO rollup_mark (layer, done_until) VALUES (:layer, :until) ON CONFLICT (layer) "
            "DO UPDATE SET done_until = greatest(rollup_mark.done_until, excluded.done_until)"
        ),
        {"layer": layer, "until": until},
    )


def _done(session: Session, table: str) -> dt.datetime | None:
    found: dt.datetime | None = session.execute(
        text("SELECT done_until FROM rollup_mark WHERE layer = :layer"), {"layer": table}
    ).scalar()
    return found


def _begin(session: Session, layer: Layer) -> dt.datetime | None:
    """Give where the layer goes on: the first bucket behind its mark in which there was a sweep.

    Long silences are jumped over: after a week of downtime there are no thousand empty buckets to make.
    """
    first: dt.datetime | None = session.execute(
        text(f"SELECT min(bucket) FROM {layer.seen} WHERE bucket >= coalesce(:mark, CAST('-infinity' AS timestamptz))"),
        {"mark": _done(session, layer.table)},
    ).scalar()
    return floor(first, layer.bucket) if first else None


def floor(at: dt.datetime, bucket: dt.timedelta) -> dt.datetime:
    """Give the beginning of the bucket, in UTC, that a time falls into."""
    seconds = int(at.timestamp())
    return dt.datetime.fromtimestamp(seconds - seconds % int(bucket.total_seconds()), dt.UTC)


def _below_is_ready(session: Session, layer: Layer, stop: dt.datetime) -> bool:
    for table in {layer.below, layer.seen} & BY_TABLE.keys():
        done = _done(session, table)
        if done is not None and done >= stop:
            continue
        # The last bucket before a downtime never gets a successor that would move the mark past it.
        begin = _begin(session, BY_TABLE[table])
        if begin is not None and begin < stop:
            return False
    return True
