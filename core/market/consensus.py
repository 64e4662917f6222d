"""One price out of many: the median of the exchanges that are awake and agree, or the best single voice, or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from statistics import median

from core.market.points import BTC_USD, BTC_USDT, Quote

CONSENSUS = "consensus"
MIN_EXCHANGES = 3
STALE_AFTER = dt.timedelta(seconds=60)
MAX_DEVIATIONS = 3
# Three exchanges that agree to the cent have a deviation of nearly nothing, and a fourth that is honestly 0.01 % away
# would be thrown out: the deviation is never taken as smaller than this share of the median.
LEAST_DEVIATION = Decimal("0.0005")
# A single voice that nobody confirms is believed this far from what was known a short while ago.
MAX_LONE_JUMP = Decimal("0.20")
JUMP_KNOWN_FOR = dt.timedelta(hours=1)


class Refused(StrEnum):
    """Why a quote has no voice."""

    STALE = "stale"
    FUTURE = "future"
    OUTLIER = "outlier"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The price that is believed, and why.

    Parameters
    ----------
    source : str
        `CONSENSUS`, or the one source whose price it is.
    price : Decimal
        Price [quote currency].
    at : datetime
        Time of the oldest quote that it rests on.
    spread : Decimal or None
        Highest less lowest of the quotes used [quote currency]; None for a single one.
    used : tuple of str
        The sources that it rests on, in the order of the alphabet.
    """

    source: str
    price: Decimal
    at: dt.datetime
    spread: Decimal | None
    used: tuple[str, ...]


@dataclass(slots=True)
class Vote:
    """A verdict, or None when nobody has a voice, and what was refused by source."""

    verdict: Verdict | None
    refused: dict[str, Refused] = field(default_factory=dict)


def consensus(
    quotes: Sequence[Quote],
    now: dt.datetime,
    *,
    least: int = MIN_EXCHANGES,
    stale_after: dt.timedelta = STALE_AFTER,
) -> Vote:
    """Give the median of the quotes that are fresh and no outliers.

    Parameters
    ----------
    quotes : sequence of Quote
        One a source, all of one symbol.
    now : datetime
        The time by which they are judged.
    least : int
        How many fresh quotes a consensus needs.
    stale_after : timedelta
        Age from which a quote has no voice; one that lies further than this in the future has none either.

    Returns
    -------
    Vote
        A quote is an outlier when it is more than three median absolute deviations (MAD) from the median of the fresh
        ones, where the MAD counts as 0.05 % of the median at least (Hampel's identifier without its factor 1.4826).
        The verdict is None when fewer than `least` are fresh or fewer than two of them agree.

    Raises
    ------
    ValueError
        If a source speaks twice or the symbols differ.
    """
    if len({quote.source for quote in quotes}) != len(quotes) or len({quote.symbol for quote in quotes}) > 1:
        raise ValueError("a consensus takes one quote a source, of one symbol")
    refused: dict[str, Refused] = {}
    fresh = []
    for quote in quotes:
        late = _late(quote, now, stale_after)
        if late is not None:
            refused[quote.source] = late
        else:
            fresh.append(quote)
    if len(fresh) < least:
        return Vote(None, refused)
    middle = median(quote.price for quote in fresh)
    deviation = max(median(abs(quote.price - middle) for quote in fresh), middle * LEAST_DEVIATION)
    used = [quote for quote in fresh if abs(quote.price - middle) <= MAX_DEVIATIONS * deviation]
    refused |= {quote.source: Refused.OUTLIER for quote in fresh if quote not in used}
    if len(used) < 2:
        return Vote(None, refused)
    prices = [quote.price for quote in used]
    verdict = Verdict(
        source=CONSENSUS,
        price=median(prices),
        at=min(min(quote.at for quote in used), now),
        spread=max(prices) - min(prices),
        used=tuple(sorted(quote.source for quote in used)),
    )
    return Vote(verdict, refused)


def choose(
    exchanges: Sequence[Quote],
    others: Sequence[Quote],
    now: dt.datetime,
    *,
    patience: Mapping[str, dt.timedelta] | None = None,
    known: Quote | None = None,
    least: int = MIN_EXCHANGES,
) -> Vote:
    """Give the consensus of the exchanges, or, where there is none, the first single quote that can be believed.

    Parameters
    ----------
    exchanges, others : sequence of Quote
        Quotes in the order in which their sources are preferred. `others` are aggregators, who have no vote.
    now : datetime
        The time by which they are judged.
    patience : mapping of str to timedelta
        How old a source's quote may be where that is not `STALE_AFTER`: some publish once an hour. Its age stays with it.
    known : Quote or None
        The price believed last. A single quote that is more than 20 % away from one younger than an hour is refused,
        and so is one that is older than it: going back in time is no news.

    Returns
    -------
    Vote
        See `consensus`.
    """
    vote = consensus(exchanges, now, least=least)
    if vote.verdict is not None:
        return vote
    for quote in (*exchanges, *others):
        why = _late(quote, now, (patience or {}).get(quote.source, STALE_AFTER))
        if why is None and known is not None:
            why = _unbelievable(quote, known, now)
        if why is None:
            vote.verdict = Verdict(quote.source, quote.price, min(quote.at, now), None, (quote.source,))
            return vote
        vote.refused[quote.source] = why
    return vote


def in_usd(quote: Quote, usdt_usd: Decimal) -> Quote:
    """Give a quote in USDT as one in USD: its price times what a USDT costs [USD/USDT].

    Raises
    ------
    ValueError
        If the quote is not in USDT.
    """
    if quote.symbol != BTC_USDT:
        raise ValueError(f"{quote.symbol} is not quoted in USDT")
    return Quote(quote.source, BTC_USD, quote.price * usdt_usd, quote.at)


def _late(quote: Quote, now: dt.datetime, patience: dt.timedelta) -> Refused | None:
    age = now - quote.at
    if age > patience:
        return Refused.STALE
    return Refused.FUTURE if -age > STALE_AFTER else None


def _unbelievable(quote: Quote, known: Quote, now: dt.datetime) -> Refused | None:
    if quote.at < known.at:
        return Refused.STALE
    if now - known.at < JUMP_KNOWN_FOR and abs(quote.price - known.price) > known.price * MAX_LONE_JUMP:
        return Refused.UNCONFIRMED
    return None
