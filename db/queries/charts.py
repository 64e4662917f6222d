"""Series for charts: the layer that fits the range, its newest part from the finer layers, at most 2,000 points.

A rollup is written after its bucket has ended, so that every range ends with rows of the finer layers; a range that
reaches back beyond what a layer keeps begins with rows of the coarser one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy.orm import Session

from db.queries.frame import frame

MAX_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tables answer a range: the coarsest first; `step` is the width of a point."""

    span: dt.timedelta
    step: dt.timedelta
    layers: tuple[str, ...]


_H, _D = dt.timedelta(hours=1), dt.timedelta(days=1)
_M = dt.timedelta(minutes=1)

STEPS: dict[str, dt.timedelta] = {
    "site_sample": dt.timedelta(),
    "site_5m": 5 * _M,
    "site_1h": _H,
    "site_1d": _D,
    "telemetry": dt.timedelta(),
    "telemetry_5m": 5 * _M,
    "telemetry_1h": _H,
    "telemetry_1d": _D,
}

FLEET: dict[str, Plan] = {
    "1h": Plan(_H, _M, ("site_sample",)),
    "24h": Plan(_D, 5 * _M, ("site_5m", "site_sample")),
    "7d": Plan(7 * _D, _H, ("site_1h", "site_5m", "site_sample")),
    "30d": Plan(30 * _D, _H, ("site_1h", "site_5m", "site_sample")),
    "90d": Plan(90 * _D, 2 * _H, ("site_1h", "site_5m", "site_sample")),
}

MACHINE: dict[str, Plan] = {
    "1h": Plan(_H, _M, ("telemetry",)),
    "24h": Plan(_D, 5 * _M, ("telemetry_5m", "telemetry")),
    "7d": Plan(7 * _D, _H, ("telemetry_1h", "telemetry_5m", "telemetry")),
    "30d": Plan(30 * _D, _H, ("telemetry_1d", "telemetry_1h", "telemetry_5m")),
    "90d": Plan(90 * _D, _D, ("telemetry_1d", "telemetry_1h")),
}

_SITE_COLUMNS = "machines, online, hashrate_ths, expected_hashrate_ths, power_w, temp_max_c, temp_avg_c"
_MACHINE_COLUMNS = (
    "hashrate_ths, expected_hashrate_ths, power_w, temp_inlet_c, temp_chip_max_c, temp_max_c,"
    " board_hashrate_ths, board_temp_c"
)


def fleet_series(session: Session, window: str, now: dt.datetime, site: str | None = None) -> pd.DataFrame:
    """Give the sums of the sites over time: at [epoch s], machines, online, hashrate, expected, power, temperatures.

    A point stands only where every site that reports at all has reported: a sum without one of them would be a drop
    that did not happen.
    """
    plan = FLEET[window]
    parts = []
    since = ":start"
    for layer in plan.layers:
        parts.append(
            f"SELECT bucket, {_SITE_COLUMNS} FROM {layer}"
            f" WHERE site_id = site.id AND bucket >= {since} AND bucket <= :now"
        )
        kept = f"SELECT max(bucket) + :{layer} FROM {layer} WHERE site_id = site.id AND bucket >= {since}"
        since = f"coalesce(({kept}), {since})"
    return frame(
        session,
        f"""
        WITH by_site AS (
            SELECT site.id, date_bin(:step, part.bucket, 'epoch') AS bin, avg(machines) AS machines,
                   avg(online) AS online, avg(hashrate_ths) AS hashrate_ths,
                   avg(expected_hashrate_ths) AS expected_hashrate_ths, avg(power_w) AS power_w,
                   max(temp_max_c) AS temp_max_c, avg(temp_avg_c) AS temp_avg_c
            FROM site CROSS JOIN LATERAL ({" UNION ALL ".join(parts)}) part
            WHERE CAST(:site AS text) IS NULL OR site.code = :site
            GROUP BY 1, 2)
        SELECT extract(epoch FROM bin)::float8 AS at, sum(machines)::float8 AS machines, sum(online)::float8 AS online,
               sum(hashrate_ths) AS hashrate_ths, sum(expected_hashrate_ths) AS expected_hashrate_ths,
               sum(power_w) AS power_w, max(temp_max_c)::float8 AS temp_max_c,
               (sum(temp_avg_c * online) / nullif(sum(online) FILTER (WHERE temp_avg_c IS NOT NULL), 0))::float8
                   AS temp_avg_c
        FROM by_site GROUP BY bin
        HAVING count(*) = (SELECT count(DISTINCT id) FROM by_site) ORDER BY bin
        """,
        {"start": now - plan.span, "now": now, "step": plan.step, "site": site} | _widths(plan),
    )


def machine_series(session: Session, miner_id: int, window: str, now: dt.datetime) -> pd.DataFrame:
    """Give one machine over time: at [epoch s], hashrate, expected, power, temperatures, and its boards as arrays."""
    plan = MACHINE[window]
    head = plan.layers[0] if window == "30d" else None
    parts = []
    since = ":start"
    for layer in plan.layers:
        time = "at" if layer == "telemetry" else "bucket"
        until = ":now"
        if layer == head:
            finer = plan.layers[1]
            begins = f"SELECT min(bucket) - :{layer} FROM {finer} WHERE miner_id = :miner_id AND bucket >= :start"
            until = f"coalesce(({begins}), :now)"
        where = f"miner_id = :miner_id AND {time} >= {since} AND {time} <= {until}"
        parts.append(f"SELECT extract(epoch FROM {time})::float8 AS at, {_MACHINE_COLUMNS} FROM {layer} WHERE {where}")
        if layer != head:
            kept = f"SELECT max({time}) + :{layer} FROM {layer} WHERE miner_id = :miner_id AND {time} >= {since}"
            since = f"coalesce(({kept}), {since})"
    return frame(
        session,
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) part ORDER BY at LIMIT {MAX_POINTS}",
        {"miner_id": miner_id, "start": now - plan.span, "now": now} | _widths(plan),
    )


def _widths(plan: Plan) -> dict[str, dt.timedelta]:
    return {layer: STEPS[layer] for layer in plan.layers}
