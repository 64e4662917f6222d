"""What pages say of the market: the newest facts with source and age, and series for charts. Nothing is invented.

Data frames are imported where they are made, because the farm's workers ask for the newest facts too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.calculator.hashprice import hashprice_usd_per_ph_day
from core.market.points import INTERVALS
from db.session import transaction
from settings import settings

if TYPE_CHECKING:
    import pandas as pd

# A price is collected every 60 s and the network every 15 min: stale is what has missed two turns.
STALE_AFTER_S = {"btc_usd": 180.0, "btc_usd_spread": 180.0, "usdt_usd": 180.0}
NETWORK_STALE_AFTER_S = 2700.0
PRICE, DIFFICULTY, REWARD = "btc_usd", "difficulty", "block_reward_btc"
HASHPRICE = (PRICE, DIFFICULTY, REWARD)
NETWORK = ("hashrate_hs", "height", "fees_btc_per_block", "retarget_change", "retarget_at_s")
SNAPSHOT = (*HASHPRICE, *NETWORK)
MAX_POINTS = 2000  # of a series
BEGINNING = dt.datetime(2009, 1, 3, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of the market: whose it is, from when, how old [s], and whether that is too old for its kind."""

    kind: str
    value: Decimal
    source: str
    at: dt.datetime
    age_s: float
    stale: bool
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The market now; what nobody has told yet is None. Its age [s] is that of the oldest part of the hashprice."""

    price: Fact | None
    difficulty: Fact | None
    reward: Fact | None
    hashrate: Fact | None
    height: Fact | None
    fees: Fact | None
    retarget_change: Fact | None
    retarget_at_s: Fact | None
    hashprice_usd_per_ph_day: float | None
    age_s: float | None
    stale: bool


def facts(session: Session, kinds: Iterable[str], now: dt.datetime) -> dict[str, Fact]:
    """Give the newest fact of each kind that has one."""
    from db.queries import market as query

    found = {}
    for row in query.newest(session, list(kinds)):
        age_s = max((now - row.at).total_seconds(), 0.0)
        stale = age_s > stale_after_s(row.kind)
        found[row.kind] = Fact(row.kind, row.value, row.source, row.at, age_s, stale, tuple(row.basis or ()))
    return found


def newest(session: Session, kind: str, now: dt.datetime) -> Fact | None:
    """Give the newest fact of a kind; None when nobody has told any."""
    return facts(session, [kind], now).get(kind)


def stale_after_s(kind: str) -> float:
    """Give the age from which a fact of this kind is stale [s]."""
    return STALE_AFTER_S.get(kind, NETWORK_STALE_AFTER_S)


def snapshot(session: Session, now: dt.datetime) -> Snapshot:
    """Give the market now, and the hashprice where all that it is made of is known."""
    known = facts(session, SNAPSHOT, now)
    parts = [known[kind] for kind in HASHPRICE if kind in known]
    hashprice = _hashprice_usd_per_ph_day(known)
    return Snapshot(
        price=known.get(PRICE),
        difficulty=known.get(DIFFICULTY),
        reward=known.get(REWARD),
        hashrate=known.get("hashrate_hs"),
        height=known.get("height"),
        fees=known.get("fees_btc_per_block"),
        retarget_change=known.get("retarget_change"),
        retarget_at_s=known.get("retarget_at_s"),
        hashprice_usd_per_ph_day=hashprice,
        age_s=None if hashprice is None else max(part.age_s for part in parts),
        stale=any(part.stale for part in parts),
    )


def look(actor: Actor, now: dt.datetime) -> Snapshot:
    """Give the market now to somebody who looks at it."""
    require(actor, Permission.MARKET_READ)
    with transaction() as session:
        return snapshot(session, now)


def is_simulated() -> bool:
    """Tell whether the sources that are asked are simulated ones."""
    return settings().market_url is not None


def candles(
    session: Session,
    interval: str,
    *,
    since: dt.datetime = BEGINNING,
    until: dt.datetime | None = None,
    source: str | None = None,
    most: int = MAX_POINTS,
) -> pd.DataFrame:
    """Give bars by time, `most` wider ones for long windows; `attrs` name their source, symbol and width.

    Without a source it is the one with the fullest history in the window. Sources are never mixed in one series.
    """
    from db.queries import market as query

    end = until or dt.datetime.now(dt.UTC)
    step = INTERVALS[interval]
    name, symbol, found = query.candles(session, interval, step, since, end, source, most)
    found = found.set_index("at")
    found.attrs.update(source=name, symbol=symbol, width=query.width_of(step, since, end, most))
    return found


def series(session: Session, kind: str, *, since: dt.datetime, until: dt.datetime | None = None) -> pd.DataFrame:
    """Give a kind's values and sources by time, at most 2,000."""
    from db.queries import market as query

    return query.points(session, kind, since, until or dt.datetime.now(dt.UTC)).set_index("at")


def usd_per_th_hour(session: Session) -> float | None:
    """Give what 1 TH/s earns an hour at the newest price, difficulty and reward; None until all three are known."""
    hashprice = _hashprice_usd_per_ph_day(facts(session, HASHPRICE, dt.datetime.now(dt.UTC)))
    return None if hashprice is None else hashprice / 24_000.0


def _hashprice_usd_per_ph_day(known: dict[str, Fact]) -> float | None:
    if not all(kind in known for kind in HASHPRICE):
        return None
    price, difficulty, reward = (float(known[kind].value) for kind in HASHPRICE)
    return hashprice_usd_per_ph_day(difficulty, reward, price)
