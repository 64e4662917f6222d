"""Kraken: prices in USD, and what a USDT costs. Its errors come inside of an HTTP 200; it has the newest 720 bars only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core.market.points import BTC_USD, INTERVALS, USDT_USD, Candle, Quote
from gateways.market.client import Ask, RateLimited, SourceFailed
from gateways.market.source import History, Source
from gateways.market.values import WrongShape, bar, field, made, number, rows, seconds

BITCOIN, TETHER = "XXBTZUSD", "USDTZUSD"
PAGE = 720
MINUTES = {"1h": 60, "1d": 1440}
TOO_MANY = ("EAPI:Rate limit exceeded", "EGeneral:Too many requests", "EService:Throttled")


def spot(ask: Ask) -> list[Quote]:
    """Give the last prices of both pairs in one answer; it does not tell their time."""
    said = _result(ask.json("/0/public/Ticker", pair="XBTUSD,USDTUSD"))
    at = ask.now()
    bitcoin, tether = (number(field(said, pair, "c", 0), "c") for pair in (BITCOIN, TETHER))
    return [
        made(lambda: Quote("kraken", BTC_USD, bitcoin, at)),
        made(lambda: Quote("kraken", USDT_USD, tether, at)),
    ]


def candles(ask: Ask, interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give the closed bars of a window, oldest first; the last row of its answer is the open one."""
    since = int(first.timestamp()) - 1
    said = _result(ask.json("/0/public/OHLC", pair="XBTUSD", interval=MINUTES[interval], since=since))
    closed_by = ask.now() - INTERVALS[interval]
    bars = [
        bar(seconds(row[0], "time"), open=row[1], high=row[2], low=row[3], close=row[4], volume=row[6])
        for row in rows(field(said, BITCOIN), 8)
    ]
    return [candle for candle in bars if first <= candle.at <= min(last, closed_by)]


def _result(said: Any) -> Any:
    errors = field(said, "error")
    if not isinstance(errors, list):
        raise WrongShape("its errors are no list")
    wrong = [str(error) for error in errors if not str(error).startswith("W")]
    if any(error.startswith(TOO_MANY) for error in wrong):
        raise RateLimited(f"it says: {wrong[0][:120]}")
    if wrong:
        raise SourceFailed(f"it says: {wrong[0][:120]}")
    return field(said, "result")


SOURCE = Source(
    name="kraken",
    bases={"": "https://api.kraken.com"},
    exchange=True,
    spacing_s=1.1,
    spot=spot,
    candles=candles,
    history=History(BTC_USD, PAGE, {"1h": 719 * INTERVALS["1h"], "1d": 719 * INTERVALS["1d"]}),
)
