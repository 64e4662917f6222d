"""Moving averages, by TA-Lib: NaN until the first window is full, recursive ones seeded with its plain mean."""

from __future__ import annotations

import talib

from core.indicators.indicator import Group, Indicator, Kind, Output, Series, length


def sma(close: Series, length: int) -> tuple[Series]:
    """Mean of the last `length` closes."""
    return (talib.SMA(close, length),)


def ema(close: Series, length: int) -> tuple[Series]:
    """``E[t] = E[t-1] + 2/(length+1) * (close[t] - E[t-1])``, seeded with the mean of the first `length` closes."""
    return (talib.EMA(close, length),)


def wma(close: Series, length: int) -> tuple[Series]:
    """Mean with weights 1, 2, ... `length`, the newest close the heaviest."""
    return (talib.WMA(close, length),)


def kama(close: Series, length: int) -> tuple[Series]:
    """Kaufman's adaptive average: an EMA between 2 and 30 bars by ``|net change| / sum(|changes|)`` of the window."""
    return (talib.KAMA(close, length),)


SMA = Indicator(
    "sma", "Simple moving average", Kind.OVERLAY, Group.TREND, ("close",), (Output("sma", "SMA"),), sma, (length(30),),
)  # fmt: skip
EMA = Indicator(
    "ema", "Exponential moving average", Kind.OVERLAY, Group.TREND, ("close",), (Output("ema", "EMA"),), ema,
    (length(30),),
)  # fmt: skip
WMA = Indicator(
    "wma", "Weighted moving average", Kind.OVERLAY, Group.TREND, ("close",), (Output("wma", "WMA"),), wma,
    (length(30),),
)  # fmt: skip
KAMA = Indicator(
    "kama", "Kaufman adaptive moving average", Kind.OVERLAY, Group.TREND, ("close",), (Output("kama", "KAMA"),), kama,
    (length(30),),
)  # fmt: skip
