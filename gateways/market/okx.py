"""OKX spot: prices in USDT. An HTTP 200 may carry an error code; the bar `1D` ends at 16:00 UTC, `1Dutc` at midnight."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core.market.points import BTC_USDT, INTERVALS, Candle, Quote
from gateways.market.client import Ask, RateLimited, SourceFailed
from gateways.market.source import History, Source
from gateways.market.values import WrongShape, bar, field, made, milliseconds, number, rows

PAIR = "BTC-USDT"
PAGE = 100
BARS = {"1h": "1H", "1d": "1Dutc"}
TOO_MANY = "50011"
CLOSED = "1"


def spot(ask: Ask) -> list[Quote]:
    """Give the last price."""
    said = _data(ask.json("/api/v5/market/ticker", instId=PAIR))
    if field(said, 0, "instId") != PAIR:
        raise WrongShape(f"the answer is not about {PAIR}")
    price, at = number(field(said, 0, "last"), "last"), milliseconds(field(said, 0, "ts"), "ts")
    return [made(lambda: Quote("okx", BTC_USDT, price, at))]


def candles(ask: Ask, interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give the newest closed bars of a window, oldest first."""
    # `after` asks for what is older than a time, `before` for what is newer; neither includes it.
    step = INTERVALS[interval]
    after, before = int((last + step).timestamp() * 1000), int(first.timestamp() * 1000) - 1
    said = ask.json(
        "/api/v5/market/history-candles", instId=PAIR, bar=BARS[interval], limit=PAGE, after=after, before=before
    )
    return [
        bar(milliseconds(row[0], "ts"), open=row[1], high=row[2], low=row[3], close=row[4], volume=row[5])
        for row in reversed(rows(_data(said), 9))
        if row[8] == CLOSED
    ]


def _data(said: Any) -> Any:
    code = field(said, "code")
    if code == TOO_MANY:
        raise RateLimited("it says: too many requests")
    if code != "0":
        raise SourceFailed(f"it answers with the code {str(code)[:20]}: {str(said.get('msg'))[:120]}")
    return field(said, "data")


SOURCE = Source(
    name="okx",
    bases={"": "https://www.okx.com"},
    exchange=True,
    spacing_s=0.15,
    spot=spot,
    candles=candles,
    history=History(BTC_USDT, PAGE, {"1h": None, "1d": None}),
)
