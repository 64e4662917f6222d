"""CoinGecko without a key: an average over exchanges, 5 to 15 calls a minute shared with everybody, 365 days of history."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core.market.points import BTC_USD, Candle, Quote
from gateways.market.client import Ask, RateLimited, SourceFailed
from gateways.market.source import History, Source
from gateways.market.values import field, made, milliseconds, number, rows, seconds

DAY = dt.timedelta(days=1)
# It chooses the width of its points by the length of the window: daily ones, at 00:00 UTC, above 90 days.
DAILY_ABOVE = 92 * DAY
REACH = 364 * DAY


def spot(ask: Ask) -> list[Quote]:
    """Give the average price and when it was made."""
    said = _checked(
        ask.json("/simple/price", ids="bitcoin", vs_currencies="usd", include_last_updated_at="true", precision="full")
    )
    price = number(field(said, "bitcoin", "usd"), "usd")
    at = seconds(field(said, "bitcoin", "last_updated_at"), "last_updated_at")
    return [made(lambda: Quote("coingecko", BTC_USD, price, at))]


def candles(ask: Ask, _interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give daily closes, oldest first: the price at midnight is the close of the day that ended then."""
    begin = max(min(first, last - DAILY_ABOVE), ask.now() - REACH)
    end = max(last + DAY, begin + DAILY_ABOVE)
    window = {"from": f"{begin.timestamp():.0f}", "to": f"{end.timestamp() + 1:.0f}"}
    said = _checked(ask.json("/coins/bitcoin/market_chart/range", vs_currency="usd", **window))
    found = []
    for row in rows(field(said, "prices"), 2):
        ended, close = milliseconds(row[0], "time"), number(row[1], "price")
        if ended.timestamp() % DAY.total_seconds() == 0 and first <= ended - DAY <= last:
            found.append(made(lambda at=ended - DAY, c=close: Candle(at, c)))  # type: ignore[misc]
    return found


def _checked(said: Any) -> Any:
    status = said.get("status") if isinstance(said, dict) else None
    if isinstance(status, dict) and status.get("error_code"):
        sentence = f"it says: {str(status.get('error_message'))[:120]}"
        raise RateLimited(sentence) if status["error_code"] == 429 else SourceFailed(sentence)
    return said


SOURCE = Source(
    name="coingecko",
    bases={"": "https://api.coingecko.com/api/v3"},
    exchange=False,
    spacing_s=6.0,
    spot=spot,
    candles=candles,
    history=History(BTC_USD, 365, {"1d": REACH}),
    patience=dt.timedelta(minutes=5),
)
