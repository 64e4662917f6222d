"""A market of rows for tests of what is reckoned from it: daily closes, epochs and the network's newest numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from sqlalchemy import text

from db.session import transaction

DAY = dt.timedelta(days=1)
SOURCE = "coinbase"


def empty_market() -> None:
    """Take away all that any test has stored of the market and its forecasts."""
    with transaction() as session:
        for table in ("market_point", "market_candle", "market_hole", "price_forecast", "forecast_evaluation"):
            session.execute(text(f"DELETE FROM {table}"))


def walk(days: int, seed: int = 1, start_usd: float = 60_000.0) -> npt.NDArray[np.float64]:
    """Give closes of a log random walk of 3 % a day."""
    return start_usd * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.03, days)))


def store_closes(closes: Iterable[float], last_close: dt.datetime, source: str = SOURCE) -> None:
    """Store daily bars, the last of which ends at `last_close`."""
    prices = list(closes)
    rows = [
        {"at": last_close - DAY * (len(prices) - number), "close": float(price), "source": source}
        for number, price in enumerate(prices)
    ]
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO market_candle (source, symbol, interval, at, close)"
                " VALUES (:source, 'BTC-USD', '1d', :at, :close)"
            ),
            rows,
        )


def store_points(at: dt.datetime, values: Mapping[str, float], source: str = "mempool_space") -> None:
    """Store what a source says of one time."""
    with transaction() as session:
        session.execute(
            text("INSERT INTO market_point (kind, at, source, value) VALUES (:kind, :at, :source, :value)"),
            [{"kind": kind, "at": at, "source": source, "value": value} for kind, value in values.items()],
        )


def midnight(moment: dt.datetime) -> dt.datetime:
    """Give the beginning of a day of UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
