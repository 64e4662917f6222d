"""How each market source is, and histories that people bring themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from collectors import market as collectors
from collectors.market_sources import say_moved
from core.access import Actor, Permission, require
from core.market.csv_history import History, NotAHistory
from core.market.points import INTERVALS
from db.queries import market as query
from db.session import transaction
from gateways.market import SOURCES, Source
from gateways.market.client import FAILURES_TO_OPEN
from services import audit

# A file travels as text inside of a callback's body, a third longer than it is.
MAX_UPLOAD_BYTES = 5 << 20
PARTS = ("spot", "candles", "network", "epochs")


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last failure of a source: of which kind, in which words, when, and whether it is over."""

    kind: str
    detail: str
    at: dt.datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is. `verdict` is what the last vote made of its quote: used, spare, unpriced, or why not."""

    name: str
    exchange: bool
    gives: tuple[str, ...]
    symbol: str | None
    price: Decimal | None
    quoted_at: dt.datetime | None
    verdict: str | None
    asked_at: dt.datetime | None
    failures: int
    resting_until: dt.datetime | None
    trouble: Trouble | None

    @property
    def breaker(self) -> str:
        """Tell how it is asked: closed, failing, open while it rests, trying after a rest, unknown before the first time."""
        if self.asked_at is None:
            return "unknown"
        if self.resting_until is not None:
            return "open"
        return "trying" if self.failures >= FAILURES_TO_OPEN else "failing" if self.failures else "closed"


class TooLarge(ValueError):
    """The file has more bytes than are taken from a page."""


def sources(actor: Actor, now: dt.datetime) -> list[Health]:
    """Give how every source is, in the order in which they are preferred."""
    require(actor, Permission.MARKET_READ)
    with transaction() as session:
        rows: dict[tuple[str, str], Any] = {(row.source, row.part): row for row in query.sources(session)}
    return [_health(source, [rows[key] for key in rows if key[0] == source.name], now) for source in SOURCES]


def import_history(
    actor: Actor, content: bytes, file_name: str, interval: str, now: dt.datetime
) -> tuple[str, History]:
    """Take a history out of somebody's file; gives the name it is kept under, what was stored and what was refused.

    Raises `TooLarge` or `NotAHistory` for a file of which nothing is taken.
    """
    require(actor, Permission.MARKET_WRITE)
    source = collectors.source_of(file_name)
    if interval not in INTERVALS:
        raise ValueError(f"there are no bars of {interval}")
    try:
        if len(content) > MAX_UPLOAD_BYTES:
            raise TooLarge(f"{len(content)} bytes, at most {MAX_UPLOAD_BYTES}")
        with transaction() as session:
            history = collectors.import_history(session, content, interval, source, now)
            after = {"interval": interval, "bars": len(history.candles), "refused": len(history.refused)}
            if history.candles:
                after |= {"first": history.candles[0].at.isoformat(), "last": history.candles[-1].at.isoformat()}
            audit.record(session, actor, "market.imported", f"file:{source}", "ok", after=after)
    except (TooLarge, NotAHistory):
        audit.record_alone(actor, "market.imported", f"file:{source}", "failed")
        raise
    say_moved()
    return source, history


def _health(source: Source, rows: list[Any], now: dt.datetime) -> Health:
    spot = next((row for row in rows if row.part == "spot"), None)
    gives = tuple(part for part in PARTS if getattr(source, part) is not None)
    failed = [row for row in rows if row.failed_at is not None]
    last = max(failed, key=lambda row: row.failed_at, default=None)
    rests = [row.resting_until for row in rows if row.resting_until is not None and row.resting_until > now]
    return Health(
        name=source.name,
        exchange=source.exchange,
        gives=gives,
        symbol=spot.symbol if spot else None,
        price=spot.price if spot else None,
        quoted_at=spot.quoted_at if spot else None,
        verdict=spot.verdict if spot else None,
        asked_at=max((row.asked_at for row in rows), default=None),
        failures=max((row.failures for row in rows), default=0),
        resting_until=max(rests, default=None),
        trouble=Trouble(last.failure, last.detail or "", last.failed_at, last.failures == 0) if last else None,
    )
