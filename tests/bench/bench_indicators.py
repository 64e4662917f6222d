"""22 indicators on 1,000,000 bars beside TA-Lib called by hand, and a rule with its record on ten years of hours."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import talib

from core.indicators import INDICATORS, compute
from core.signals import Cross, Line, Plan, evaluate
from tests.bench.measure import Row, at_most, timed

BARS = 1_000_000
HOURS = 87_600
LIMIT = 1.5
Arrays = tuple[np.ndarray, ...]

# One call each, though ours gives more columns for ADX and Aroon; Ichimoku is three ranges and nothing more.
BY_HAND: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], object]] = {
    "sma": lambda high, low, close, volume: talib.SMA(close),
    "ema": lambda high, low, close, volume: talib.EMA(close),
    "wma": lambda high, low, close, volume: talib.WMA(close),
    "rsi": lambda high, low, close, volume: talib.RSI(close),
    "macd": lambda high, low, close, volume: talib.MACD(close),
    "bollinger": lambda high, low, close, volume: talib.BBANDS(close),
    "atr": lambda high, low, close, volume: talib.ATR(high, low, close),
    "adx": lambda high, low, close, volume: talib.ADX(high, low, close),
    "stoch": lambda high, low, close, volume: talib.STOCH(high, low, close),
    "stochrsi": lambda high, low, close, volume: talib.STOCHRSI(close),
    "cci": lambda high, low, close, volume: talib.CCI(high, low, close),
    "willr": lambda high, low, close, volume: talib.WILLR(high, low, close),
    "roc": lambda high, low, close, volume: talib.ROC(close),
    "obv": lambda high, low, close, volume: talib.OBV(close, volume),
    "mfi": lambda high, low, close, volume: talib.MFI(high, low, close, volume),
    "trix": lambda high, low, close, volume: talib.TRIX(close),
    "aroon": lambda high, low, close, volume: talib.AROON(high, low),
    "psar": lambda high, low, close, volume: talib.SAR(high, low),
    "kama": lambda high, low, close, volume: talib.KAMA(close),
    "ultosc": lambda high, low, close, volume: talib.ULTOSC(high, low, close),
    "ichimoku": lambda high, low, close, volume: [talib.MIDPRICE(high, low, bars) for bars in (9, 26, 52)],
    "vwap": lambda high, low, close, volume: talib.VWAP(high, low, close, volume),
}


def candles(size: int) -> pd.DataFrame:
    """Give a seeded walk."""
    rng = np.random.default_rng(1)
    close = 40_000 * np.exp(np.cumsum(rng.normal(0, 0.001, size)))
    opened = np.concatenate(([40_000.0], close[:-1]))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, 0.0005, size)))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, 0.0005, size)))
    index = pd.date_range("2000-01-01", periods=size, freq="min", tz="UTC")
    rows = {"open": opened, "high": high, "low": low, "close": close, "volume": rng.lognormal(3, 1, size)}
    return pd.DataFrame(rows, index=index)


def measure() -> Iterator[Row]:
    """Give the rows of the indicators and of the signals."""
    bars = candles(BARS)
    arrays = tuple(bars[name].to_numpy() for name in ("high", "low", "close", "volume"))
    names = [name for name, each in INDICATORS.items() if not each.daily]
    ours, bare = [], []
    slowest: dict[str, float] = {}
    for _round in range(5):
        mine, theirs = 0.0, 0.0
        for name in names:
            # In turns, so that both meet the same machine at the same moment.
            (by_hand,) = timed(lambda name=name: BY_HAND[name](*arrays), runs=1, warm_up=not bare)
            (computed,) = timed(lambda name=name: compute(name, bars), runs=1, warm_up=not bare)
            mine, theirs = mine + computed, theirs + by_hand
            slowest[name] = max(slowest.get(name, 0.0), computed)
        ours.append(mine)
        bare.append(theirs)
    median, floor = statistics.median(ours), statistics.median(bare)
    worst = max(slowest, key=lambda name: slowest[name])
    yield Row(
        "22 indicators on 1,000,000 bars", median, "s", f"<= {LIMIT:g}x", median <= LIMIT * floor, floor, "TA-Lib",
        f"slowest {worst} {slowest[worst] * 1000:.0f} ms", ours,
    )  # fmt: skip

    hourly = bars.iloc[:HOURS]
    rule = Cross(Line("sma", params={"length": 50}), "up", Line("sma", params={"length": 200}))
    seconds = timed(lambda: evaluate(rule, hourly, Plan(holding_bars=24)), runs=5)
    yield at_most("a rule's record, ten years of hours", seconds, 1000, note="1,000 random draws, three stretches")
