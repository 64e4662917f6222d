"""What the market tells us: a quote, a candle, the state of the network. A nonsensical one cannot be made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from core.market.refusals import Reason, Refusal

BTC_USD, BTC_USDT, USDT_USD = "BTC-USD", "BTC-USDT", "USDT-USD"
SYMBOLS = (BTC_USD, BTC_USDT, USDT_USD)
INTERVALS: dict[str, dt.timedelta] = {"1h": dt.timedelta(hours=1), "1d": dt.timedelta(days=1)}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# Wide enough for anything that a coin ever cost and may cost; what lies outside is a slipped unit or garbage.
PRICE = (Decimal("0.0001"), Decimal(10) ** 9)
MAX_VOLUME = Decimal(10) ** 15
BLOCKS_PER_EPOCH = 2016
MAX_DIFFICULTY = Decimal(10) ** 24
MAX_HEIGHT = 100_000_000
MAX_FEES_BTC = Decimal(10_000)


def _within(name: str, value: Decimal, low: Decimal, high: Decimal) -> None:
    if not value.is_finite() or not low <= value <= high:
        raise Refusal(Reason.NOT_WITHIN, name=name, value=value, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Quote:
    """One price of one source.

    Parameters
    ----------
    source : str
        Who says it.
    symbol : str
        Base and quote currency, for example ``BTC-USD``.
    price : Decimal
        Price of one unit of the base currency [quote currency].
    at : datetime
        When it was the price: the source's own time where it tells one, else when it answered.

    Raises
    ------
    ValueError
        If the price is no number or lies outside `PRICE`.
    """

    source: str
    symbol: str
    price: Decimal
    at: dt.datetime

    def __post_init__(self) -> None:
        _within("price", self.price, *PRICE)


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar. A source that tells closing prices only leaves the other fields absent.

    Parameters
    ----------
    at : datetime
        Start of the bar, UTC.
    close, open, high, low : Decimal or None
        Prices [quote currency]; `close` is always there, the other three together or not at all.
    volume : Decimal or None
        What was traded [base currency].

    Raises
    ------
    ValueError
        If a price is impossible, the high is below or the low above another price, or only some of them are there.
    """

    at: dt.datetime
    close: Decimal
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None

    def __post_init__(self) -> None:
        _within("close", self.close, *PRICE)
        if self.volume is not None:
            _within("volume", self.volume, Decimal(0), MAX_VOLUME)
        if self.open is None and self.high is None and self.low is None:
            return
        if self.open is None or self.high is None or self.low is None:
            raise Refusal(Reason.NOT_TOGETHER)
        for name, value in (("open", self.open), ("high", self.high), ("low", self.low)):
            _within(name, value, *PRICE)
        top, bottom = max(self.open, self.close), min(self.open, self.close)
        if self.high < top:
            raise Refusal(Reason.HIGH_BELOW, value=self.high, other=top)
        if self.low > bottom:
            raise Refusal(Reason.LOW_ABOVE, value=self.low, other=bottom)


@dataclass(frozen=True, slots=True)
class Network:
    """The Bitcoin network as one source sees it; what it does not tell is None.

    Parameters
    ----------
    at : datetime
        When it was so, UTC.
    height : int or None
        Newest block.
    difficulty : Decimal or None
        Difficulty at that height.
    hashrate_hs : Decimal or None
        Estimated network hashrate [H/s].
    fees_btc_per_block : Decimal or None
        Mean of the transaction fees of the last day's blocks [BTC].
    retarget_at : datetime or None
        When the next change of difficulty is expected.
    retarget_height : int or None
        First block with the next difficulty, a multiple of 2016.
    retarget_change : Decimal or None
        Expected change as a share, 0.02 for +2 %.

    Raises
    ------
    ValueError
        If a value is impossible.
    """

    at: dt.datetime
    height: int | None = None
    difficulty: Decimal | None = None
    hashrate_hs: Decimal | None = None
    fees_btc_per_block: Decimal | None = None
    retarget_at: dt.datetime | None = None
    retarget_height: int | None = None
    retarget_change: Decimal | None = None

    def __post_init__(self) -> None:
        if self.height is not None and not 0 <= self.height <= MAX_HEIGHT:
            raise ValueError(f"height {self.height} is not within 0 and {MAX_HEIGHT}")
        if self.difficulty is not None:
            _within("difficulty", self.difficulty, Decimal(1), MAX_DIFFICULTY)
        if self.hashrate_hs is not None:
            _within("hashrate", self.hashrate_hs, Decimal(1), MAX_DIFFICULTY * 2**32)
        if self.fees_btc_per_block is not None:
            _within("fees of a block", self.fees_btc_per_block, Decimal(0), MAX_FEES_BTC)
        if self.retarget_height is not None and self.retarget_height % BLOCKS_PER_EPOCH:
            raise ValueError(f"height {self.retarget_height} is no multiple of {BLOCKS_PER_EPOCH}")
        if self.retarget_change is not None:
            # Four times up and a quarter down are the protocol's own limits.
            _within("change of difficulty", self.retarget_change, Decimal("-0.75"), Decimal(3))
