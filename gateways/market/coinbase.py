"""Coinbase Exchange: prices in USD, and what a USDT costs. The columns of its candles are time, LOW, HIGH, open, close."""

from __future__ import annotations

import datetime as dt

from core.market.points import BTC_USD, INTERVALS, USDT_USD, Candle, Quote
from gateways.market.client import Ask
from gateways.market.source import History, Source
from gateways.market.values import bar, field, iso, made, number, rows, seconds

PAGE = 300


def spot(ask: Ask) -> list[Quote]:
    """Give the last price of both pairs."""
    found = []
    for symbol in (BTC_USD, USDT_USD):
        said = ask.json(f"/products/{symbol}/ticker")
        price, at = number(field(said, "price"), "price"), iso(field(said, "time"), "time")
        # The time is that of the last trade. The dollar's own coin trades by the minute in quiet hours.
        found.append(made(lambda s=symbol, p=price, t=at: Quote("coinbase", s, p, t)))  # type: ignore[misc]
    return found


def candles(ask: Ask, interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give the closed bars of a window that is cut to one page, oldest first; it leaves out bars without a trade."""
    step = INTERVALS[interval]
    last = min(last, first + (PAGE - 1) * step)
    window = {"start": f"{first:%Y-%m-%dT%H:%M:%SZ}", "end": f"{last:%Y-%m-%dT%H:%M:%SZ}"}
    said = ask.json(f"/products/{BTC_USD}/candles", granularity=int(step.total_seconds()), **window)
    closed_by = ask.now() - step
    bars = [
        bar(seconds(row[0], "time"), low=row[1], high=row[2], open=row[3], close=row[4], volume=row[5])
        for row in reversed(rows(said, 6))
    ]
    return [candle for candle in bars if first <= candle.at <= min(last, closed_by)]


SOURCE = Source(
    name="coinbase",
    bases={"": "https://api.exchange.coinbase.com"},
    exchange=True,
    spacing_s=0.2,
    spot=spot,
    candles=candles,
    history=History(BTC_USD, PAGE, {"1h": None, "1d": None}),
)
