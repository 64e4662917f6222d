"""Oscillators of momentum, by TA-Lib."""

from __future__ import annotations

import talib

from core.indicators.indicator import Group, Indicator, Kind, Output, Parameter, Series, length


def rsi(close: Series, length: int) -> tuple[Series]:
    """``100 * up / (up + down)`` of the gains and losses in Wilder's smoothing (1/length), seeded with plain means."""
    return (talib.RSI(close, length),)


def stoch(
    high: Series, low: Series, close: Series, fastk_period: int, slowk_period: int, slowd_period: int
) -> tuple[Series, Series]:
    """Place of the close in the range of `fastk_period` bars [%], smoothed twice by plain means."""
    return talib.STOCH(high, low, close, fastk_period, slowk_period, 0, slowd_period, 0)  # type: ignore[arg-type]


def stochrsi(close: Series, length: int, fastk_period: int, fastd_period: int) -> tuple[Series, Series]:
    """Place of the RSI in its own range of `fastk_period` bars [%], and the plain mean of that."""
    return talib.STOCHRSI(close, length, fastk_period, fastd_period, 0)  # type: ignore[arg-type]


def cci(high: Series, low: Series, close: Series, length: int) -> tuple[Series]:
    """``(typical price - its mean) / (0.015 * its mean absolute deviation)`` (Lambert)."""
    return (talib.CCI(high, low, close, length),)


def willr(high: Series, low: Series, close: Series, length: int) -> tuple[Series]:
    """``-100 * (highest high - close) / (highest high - lowest low)`` [%]."""
    return (talib.WILLR(high, low, close, length),)


def roc(close: Series, length: int) -> tuple[Series]:
    """``100 * (close / close[length bars ago] - 1)`` [%]."""
    return (talib.ROC(close, length),)


def ultosc(
    high: Series, low: Series, close: Series, timeperiod1: int, timeperiod2: int, timeperiod3: int
) -> tuple[Series]:
    """Buying pressure over true range in three windows, weighted 4, 2, 1 from the shortest [%] (Williams)."""
    return (talib.ULTOSC(high, low, close, timeperiod1, timeperiod2, timeperiod3),)


_BARS = ("high", "low", "close")

RSI = Indicator(
    "rsi", "Relative strength index", Kind.PANE, Group.MOMENTUM, ("close",), (Output("rsi", "RSI"),), rsi,
    (length(14, 2),), unit="%", levels=(30.0, 70.0),
)  # fmt: skip
STOCH = Indicator(
    "stoch", "Stochastic", Kind.PANE, Group.MOMENTUM, _BARS, (Output("k", "%K"), Output("d", "%D")), stoch,
    (
        Parameter("fastk_period", "%K length", 5, 1),
        Parameter("slowk_period", "%K smoothing", 3, 1),
        Parameter("slowd_period", "%D smoothing", 3, 1),
    ),
    unit="%", levels=(20.0, 80.0),
)  # fmt: skip
STOCHRSI = Indicator(
    "stochrsi", "Stochastic RSI", Kind.PANE, Group.MOMENTUM, ("close",), (Output("k", "%K"), Output("d", "%D")),
    stochrsi,
    (
        length(14, 2),
        Parameter("fastk_period", "%K length", 5, 1),
        Parameter("fastd_period", "%D smoothing", 3, 1),
    ),
    unit="%", levels=(20.0, 80.0),
)  # fmt: skip
CCI = Indicator(
    "cci", "Commodity channel index", Kind.PANE, Group.MOMENTUM, _BARS, (Output("cci", "CCI"),), cci, (length(14, 2),),
    levels=(-100.0, 100.0),
)  # fmt: skip
WILLR = Indicator(
    "willr", "Williams %R", Kind.PANE, Group.MOMENTUM, _BARS, (Output("willr", "%R"),), willr, (length(14, 2),),
    unit="%", levels=(-80.0, -20.0),
)  # fmt: skip
ROC = Indicator(
    "roc", "Rate of change", Kind.PANE, Group.MOMENTUM, ("close",), (Output("roc", "ROC"),), roc, (length(10),),
    unit="%", levels=(0.0,),
)  # fmt: skip
ULTOSC = Indicator(
    "ultosc", "Ultimate oscillator", Kind.PANE, Group.MOMENTUM, _BARS, (Output("ultosc", "Ultimate oscillator"),),
    ultosc,
    (
        Parameter("timeperiod1", "Short length", 7, 1),
        Parameter("timeperiod2", "Middle length", 14, 1),
        Parameter("timeperiod3", "Long length", 28, 1),
    ),
    unit="%", levels=(30.0, 70.0),
)  # fmt: skip
