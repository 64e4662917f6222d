"""Market facts into the database: once per source, symbol, interval and time, and a late correction takes the place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.market.gaps import Gap
from core.market.points import Candle

BTC_USD_KIND, USDT_USD_KIND = "btc_usd", "usdt_usd"
FILE = "file:"  # begins the names of histories that people brought
HOLE_KEPT = dt.timedelta(days=30)  # then it is asked for again: an empty answer may have been a fault

_POINT = text("""
INSERT INTO market_point (kind, at, source, value, seen_at, basis)
VALUES (:kind, :at, :source, :value, :seen_at, CAST(:basis AS text[]))
ON CONFLICT (kind, at, source) DO UPDATE SET value = excluded.value, basis = excluded.basis, seen_at = excluded.seen_at
WHERE market_point.value IS DISTINCT FROM excluded.value
""")
# A correction that knows less than what is there (a close alone over a whole bar) changes nothing.
_CANDLE = text("""
INSERT INTO market_candle (source, symbol, interval, at, open, high, low, close, volume, seen_at)
VALUES (:source, :symbol, :interval, :at, :open, :high, :low, :close, :volume, :seen_at)
ON CONFLICT (source, symbol, interval, at) DO UPDATE SET open = excluded.open, high = excluded.high,
    low = excluded.low, close = excluded.close, volume = excluded.volume, seen_at = excluded.seen_at
WHERE (market_candle.open, market_candle.high, market_candle.low, market_candle.close, market_candle.volume)
    IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
    AND (excluded.open IS NOT NULL OR market_candle.open IS NULL)
""")


def store_points(
    session: Session,
    source: str,
    at: dt.datetime,
    values: Mapping[str, Decimal | None],
    now: dt.datetime,
    basis: Iterable[str] | None = None,
) -> None:
    """Store what a source says of one time; what is absent is left out."""
    names = None if basis is None else list(basis)
    rows = [
        {"kind": kind, "at": at, "source": source, "value": value, "seen_at": now, "basis": names}
        for kind, value in values.items()
        if value is not None
    ]
    if rows:
        session.execute(_POINT, rows)


def newest(session: Session, kind: str) -> tuple[str, Decimal, dt.datetime] | None:
    """Give the newest point of a kind: its source, value and time."""
    found = session.execute(
        text("SELECT source, value, at FROM market_point WHERE kind = :kind ORDER BY at DESC, seen_at DESC LIMIT 1"),
        {"kind": kind},
    ).first()
    return (found.source, found.value, found.at) if found else None


def store_candles(
    session: Session, source: str, symbol: str, interval: str, candles: Iterable[Candle], now: dt.datetime
) -> None:
    """Store bars; those that are there already are corrected."""
    here = {"source": source, "symbol": symbol, "interval": interval, "seen_at": now}
    rows = [{**here, **asdict(candle)} for candle in candles]
    if rows:
        session.execute(_CANDLE, rows)


def candle_times(session: Session, source: str, symbol: str, interval: str) -> list[dt.datetime]:
    """Give the starts of the bars that are there."""
    return list(
        session.execute(
            text(
                "SELECT at FROM market_candle WHERE source = :source AND symbol = :symbol AND interval = :interval"
                " ORDER BY at"
            ),
            {"source": source, "symbol": symbol, "interval": interval},
        ).scalars()
    )


def store_hole(session: Session, source: str, symbol: str, interval: str, hole: Gap, now: dt.datetime) -> None:
    """Remember that a source does not have these bars."""
    session.execute(
        text(
            "INSERT INTO market_hole (source, symbol, interval, first, last, seen_at)"
            " VALUES (:source, :symbol, :interval, :first, :last, :now) ON CONFLICT (source, symbol, interval, first)"
            " DO UPDATE SET last = excluded.last, seen_at = excluded.seen_at"
        ),
        {"source": source, "symbol": symbol, "interval": interval, "first": hole.first, "last": hole.last, "now": now},
    )


def holes(session: Session, source: str, symbol: str, interval: str, now: dt.datetime) -> list[Gap]:
    """Give what a source lately said it does not have."""
    found = session.execute(
        text(
            "SELECT first, last FROM market_hole WHERE source = :source AND symbol = :symbol AND interval = :interval"
            " AND seen_at > :since"
        ),
        {"source": source, "symbol": symbol, "interval": interval, "since": now - HOLE_KEPT},
    )
    return [Gap(row.first, row.last) for row in found]
