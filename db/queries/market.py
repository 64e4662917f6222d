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

# A look into the index for each source there is; DISTINCT would read every bar.
_HISTORIES = text("""
WITH RECURSIVE found AS (
    (SELECT source FROM market_candle ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT source FROM market_candle WHERE source > found.source ORDER BY source LIMIT 1)
    FROM found WHERE found.source IS NOT NULL
)
SELECT source FROM found WHERE source IS NOT NULL
""")

_SOURCES = text("""
SELECT source, part, asked_at, answered_at, failures, failed_at, failure, detail, resting_until, symbol, price,
    quoted_at, verdict
FROM market_source ORDER BY source, part
""")

_BARS = """
SELECT date_bin(:width, at, TIMESTAMPTZ '2001-01-01 00:00+00') AS at,
    (array_agg(open ORDER BY at))[1]::float8 AS open, max(high)::float8 AS high, min(low)::float8 AS low,
    (array_agg(close ORDER BY at DESC))[1]::float8 AS close, sum(volume)::float8 AS volume
FROM market_candle
WHERE source = :source AND symbol = :symbol AND interval = :interval AND at >= :since AND at < :until
GROUP BY 1 ORDER BY 1
"""

_EPOCHS = """
SELECT epoch.at, epoch.value::float8 AS value, epoch.source, start.value::float8 AS height
FROM market_point epoch LEFT JOIN market_point start
    ON start.kind = 'epoch_height' AND start.at = epoch.at AND start.source = epoch.source
WHERE epoch.kind = 'epoch_difficulty' ORDER BY epoch.at
"""

_POINTS = """
SELECT date_bin(:width, at, TIMESTAMPTZ '2001-01-01 00:00+00') AS at,
    (array_agg(value ORDER BY at DESC))[1]::float8 AS value, (array_agg(source ORDER BY at DESC))[1] AS source
FROM market_point WHERE kind = :kind AND at >= :since AND at < :until GROUP BY 1 ORDER BY 1
"""


def newest(session: Session, kinds: Sequence[str]) -> list[Any]:
    """Give the newest point of each kind that has one: kind, source, value, at, basis."""
    return list(session.execute(_NEWEST, {"kinds": list(kinds)}))


def sources(session: Session) -> list[Any]:
    """Give how each source is, in each of its parts."""
    return list(session.execute(_SOURCES))


def histories(session: Session) -> list[str]:
    """Give the sources that have bars."""
    return list(session.execute(_HISTORIES).scalars())


def candles(
    session: Session,
    interval: str,
    step: dt.timedelta,
    since: dt.datetime,
    until: dt.datetime,
    source: str | None,
    most: int = MAX_POINTS,
) -> tuple[str, str, pd.DataFrame]:
    """Give the source, its symbol and its bars; without a source that of the fullest history in the window.

    Bars are made wider where they would be more than `most`.
    """
    window = {"interval": interval, "since": since, "until": until}
    best = session.execute(_BEST, {**window, "source": source}).first()
    found = (best.source, best.symbol) if best else ("", "")
    width = width_of(step, since, until, most)
    return *found, frame(session, _BARS, {**window, "source": found[0], "symbol": found[1], "width": width})


def width_of(step: dt.timedelta, since: dt.datetime, until: dt.datetime, most: int = MAX_POINTS) -> dt.timedelta:
    """Give how wide the bars of a window are, so that they are no more than `most`."""
    return step * max(1, -(-((until - since) // step) // most))


def epochs(session: Session) -> pd.DataFrame:
    """Give difficulty, source and height of each epoch by the time of its first block."""
    return frame(session, _EPOCHS)


def points(session: Session, kind: str, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """Give a kind's values with their sources, the last one of each stretch of time."""
    minute = dt.timedelta(minutes=1)
    width = minute * max(1, -(-((until - since) // minute) // MAX_POINTS))
    return frame(session, _POINTS, {"kind": kind, "since": since, "until": until, "width": width})
