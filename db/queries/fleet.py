"""What the farm page shows of the newest readings: one SQL each.

An open value of a machine that does not answer is not counted: its last hashrate is no hashrate now.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
from sqlalchemy.orm import Session

from db.queries.frame import frame

_SITE = "(CAST(:site AS text) IS NULL OR site.code = :site)"

# What a machine should do and does not: all of it while it does not answer, nothing while it was told to sleep.
LOST_THS = """
    CASE WHEN newest.mode = 'sleeping' AND newest.state IN ('online', 'stale') THEN 0
         WHEN newest.state IN ('online', 'stale')
         THEN greatest(coalesce(newest.expected_hashrate_ths, model.hashrate_ths) - coalesce(newest.hashrate_ths, 0), 0)
         ELSE coalesce(newest.expected_hashrate_ths, model.hashrate_ths) END
"""


def kpis(session: Session, site: str | None) -> pd.DataFrame:
    """Give the one row of the farm's newest figures."""
    return frame(
        session,
        f"""
        WITH mine AS (
            SELECT miner.id, miner.asset_id, newest.state, newest.hashrate_ths, newest.power_w, newest.temp_max_c,
                   newest.read_at, newest.state IN ('online', 'stale') AS there
            FROM miner JOIN site ON site.id = miner.site_id LEFT JOIN miner_state newest ON newest.miner_id = miner.id
            WHERE miner.lifecycle = 'active' AND {_SITE}),
        sums AS (
            SELECT count(*) AS machines, count(*) FILTER (WHERE state = 'online') AS online,
                   sum(hashrate_ths) FILTER (WHERE there)::float8 AS hashrate_ths,
                   sum(power_w) FILTER (WHERE there)::float8 AS power_w,
                   sum(power_w) FILTER (WHERE there AND hashrate_ths > 0)::float8 AS hashing_w,
                   sum(hashrate_ths) FILTER (WHERE there AND power_w > 0)::float8 AS measured_ths,
                   max(read_at) AS read_at
            FROM mine),
        hottest AS (
            SELECT id AS hottest_id, asset_id AS hottest_asset_id, temp_max_c::float8 AS hottest_c
            FROM mine WHERE there AND temp_max_c IS NOT NULL ORDER BY temp_max_c DESC LIMIT 1),
        alerts AS (
            SELECT count(*) AS alerts FROM alert JOIN site ON site.id = alert.site_id
            WHERE {_SITE} AND closed_at IS NULL)
        SELECT * FROM sums CROSS JOIN alerts LEFT JOIN hottest ON true
        """,
        {"site": site},
    )


def alerts_by_minute(session: Session, site: str | None, now: dt.datetime) -> pd.DataFrame:
    """Give how many alerts were open at each fifth minute of the last hour; absent before there was any sweep."""
    return frame(
        session,
        f"""
        SELECT moment AS at, CASE WHEN moment >= watched.since THEN (
            SELECT count(*) FROM alert JOIN site ON site.id = alert.site_id
            WHERE {_SITE} AND opened_at <= moment AND (closed_at IS NULL OR closed_at > moment)) END AS alerts
        FROM (SELECT min(started_at) AS since FROM sweep JOIN site ON site.id = sweep.site_id WHERE {_SITE}) watched,
             generate_series(CAST(:ago AS timestamptz), :now, interval '5 minutes') moment ORDER BY 1
        """,
        {"site": site, "ago": now - dt.timedelta(hours=1), "now": now},
    )


def cells(session: Session, site: str | None) -> pd.DataFrame:
    """Give every active machine's place, state, share of expected hashrate and temperature, in the order of places."""
    return frame(
        session,
        f"""
        SELECT miner.id, miner.asset_id, site.code AS site, site.name AS site_name, coalesce(miner.rack, '') AS rack,
               coalesce(miner.position, 0)::int AS position, coalesce(newest.state, 'lost') AS state, newest.mode,
               (newest.hashrate_ths / nullif(coalesce(newest.expected_hashrate_ths, model.hashrate_ths), 0))::float8
                   AS share,
               newest.temp_max_c::float8 AS temp_c
        FROM miner JOIN site ON site.id = miner.site_id LEFT JOIN miner_model model ON model.id = miner.model_id
        LEFT JOIN miner_state newest ON newest.miner_id = miner.id
        WHERE miner.lifecycle = 'active' AND {_SITE}
        ORDER BY site.id, rack, position, miner.id
        """,
        {"site": site},
    )


def attention(session: Session, site: str | None, limit: int = 100) -> pd.DataFrame:
    """Give the machines with open alerts, those that lose most first, each with its alerts, oldest first."""
    return frame(
        session,
        f"""
        WITH troubled AS (
            SELECT miner_id, array_agg(alert.kind ORDER BY opened_at) AS kinds, min(opened_at) AS since,
                   array_agg(alert.detail ORDER BY opened_at) AS details
            FROM alert JOIN site ON site.id = alert.site_id WHERE closed_at IS NULL AND {_SITE} GROUP BY miner_id)
        SELECT miner.id, miner.asset_id, site.code AS site, miner.rack, miner.position, newest.state, kinds, details,
               since,
               ({LOST_THS})::float8 AS lost_ths, newest.temp_max_c::float8 AS temp_c,
               count(*) OVER () AS machines, sum({LOST_THS}) OVER ()::float8 AS all_lost_ths
        FROM troubled JOIN miner ON miner.id = troubled.miner_id JOIN site ON site.id = miner.site_id
        LEFT JOIN miner_model model ON model.id = miner.model_id
        LEFT JOIN miner_state newest ON newest.miner_id = miner.id
        WHERE miner.lifecycle = 'active'
        ORDER BY lost_ths DESC NULLS LAST, since LIMIT :limit
        """,
        {"site": site, "limit": limit},
    )


def changes(session: Session, site: str | None, since: dt.datetime) -> pd.DataFrame:
    """Count the events since then by kind and by what they say: machines, and the newest time.

    What a machine was found with at its first reading did not happen since then.
    """
    return frame(
        session,
        f"""
        SELECT event.kind,
               coalesce(payload->>'alert', payload->>'field', payload->>'to', payload->>'action', '') AS what,
               count(*) AS events, count(DISTINCT event.miner_id) AS machines, max(event.at) AS newest,
               min(event.miner_id) AS a_miner_id
        FROM event LEFT JOIN site ON site.id = event.site_id
        WHERE event.at >= :since AND event.miner_id IS NOT NULL AND {_SITE}
              AND NOT payload @> '{{"found": true}}'
        GROUP BY 1, 2 ORDER BY machines DESC
        """,
        {"site": site, "since": since},
    )


def sites(session: Session) -> pd.DataFrame:
    """Give the sites: code, name, time zone."""
    return frame(session, "SELECT code, name, time_zone, simulated FROM site ORDER BY id")
