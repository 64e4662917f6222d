"""Binance spot: prices in USDT. Too many requests are answered by 429, then by 418 and a ban, both with Retry-After."""

from __future__ import annotations

import datetime as dt

from core.market.points import BTC_USDT, INTERVALS, Candle, Quote
from gateways.market.client import Ask
from gateways.market.source import History, Source
from gateways.market.values import WrongShape, bar, field, made, milliseconds, number, rows

PAIR = "BTCUSDT"
PAGE = 1000


def spot(ask: Ask) -> list[Quote]:
    """Give the last price, at the end of the window that the exchange reports on."""
    said = ask.json("/api/v3/ticker/24hr", symbol=PAIR)
    if field(said, "symbol") != PAIR:
        raise WrongShape(f"the answer is not about {PAIR}")
    price, at = number(field(said, "lastPrice"), "lastPrice"), milliseconds(field(said, "closeTime"), "closeTime")
    return [made(lambda: Quote("binance", BTC_USDT, price, at))]


def candles(ask: Ask, interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give the oldest bars of a window, oldest first."""
    start, end = int(first.timestamp() * 1000), int(last.timestamp() * 1000)
    said = ask.json("/api/v3/klines", symbol=PAIR, interval=interval, limit=PAGE, startTime=start, endTime=end)
    closed_by = ask.now() - INTERVALS[interval]
    bars = [
        bar(milliseconds(row[0], "open time"), open=row[1], high=row[2], low=row[3], close=row[4], volume=row[5])
        for row in rows(said, 12)
    ]
    return [candle for candle in bars if candle.at <= closed_by]


SOURCE = Source(
    name="binance",
    bases={"": "https://data-api.binance.vision"},  # market data only, and open where api.binance.com answers 451
    exchange=True,
    spacing_s=0.2,
    spot=spot,
    candles=candles,
    history=History(BTC_USDT, PAGE, {"1h": None, "1d": None}),
)
