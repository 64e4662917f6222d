"""Market facts and candles: the newest of a kind, and bars of one source, made wider where they would be too many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.queries.frame import frame

MAX_POINTS = 2000

# One look into the index for each kind; DISTINCT ON would read every price there ever was.
_NEWEST = text("""
SELECT wanted.kind, point.source, point.value, point.at, point.basis
FROM unnest(CAST(:kinds AS text[])) AS wanted (kind)
CROSS JOIN LATERAL (
    SELECT source, value, at, basis FROM market_point
    WHERE market_point.kind = wanted.kind ORDER BY at DESC, seen_at DESC LIMIT 1
) point
""")

# A whole bar says more than a close, dollars more than a dollar's coin, and a long history more than a short one.
_BEST = text("""
SELECT source, symbol FROM market_candle WHERE interval = :interval AND at >= :since AND at < :until
    AND (CAST(:source AS text) IS NULL OR source = :source)
GROUP BY source, symbol
ORDER BY round(count(*)::numeric / 100) DESC, count(open) > 0 DESC, symbol = 'BTC-USD' DESC, source LIMIT 1
""")

_BARS = """
SELECT date_bin(:width, at, TIMESTAMPTZ '2001-01-01 00:00+00') AS at,
    (array_agg(open ORDER BY at))[1]::float8 AS open, max(high)::float8 AS high, min(low)::float8 AS low,
    (array_agg(close ORDER BY at DESC))[1]::float8 AS close, sum(volume)::float8 AS volume
FROM market_candle
WHERE source = :source AND symbol = :symbol AND interval = :interval AND at >= :since AND at < :until
GROUP BY 1 ORDER BY 1
"""

_POINTS = """
SELECT date_bin(:width, at, TIMESTAMPTZ '2001-01-01 00:00+00') AS at,
    (array_agg(value ORDER BY at DESC))[1]::float8 AS value, (array_agg(source ORDER BY at DESC))[1] AS source
FROM market_point WHERE kind = :kind AND at >= :since AND at < :until GROUP BY 1 ORDER BY 1
"""


def newest(session: Session, kinds: Sequence[str]) -> list[Any]:
    """Give the newest point of each kind that has one: kind, source, value, at, basis."""
    return list(session.execute(_NEWEST, {"kinds": list(kinds)}))


def candles(
    session: Session, interval: str, step: dt.timedelta, since: dt.datetime, until: dt.datetime, source: str | None
) -> tuple[str, str, pd.DataFrame]:
    """Give the source, its symbol and its bars; without a source that of the fullest history in the window."""
    window = {"interval": interval, "since": since, "until": until}
    best = session.execute(_BEST, {**window, "source": source}).first()
    found = (best.source, best.symbol) if best else ("", "")
    width = step * max(1, -(-((until - since) // step) // MAX_POINTS))
    return *found, frame(session, _BARS, {**window, "source": found[0], "symbol": found[1], "width": width})


def points(session: Session, kind: str, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """Give a kind's values with their sources, the last one of each stretch of time."""
    minute = dt.timedelta(minutes=1)
    width = minute * max(1, -(-((until - since) // minute) // MAX_POINTS))
    return frame(session, _POINTS, {"kind": kind, "since": since, "until": until, "width": width})
