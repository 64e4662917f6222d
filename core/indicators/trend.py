"""Direction and strength of a trend, by TA-Lib."""

from __future__ import annotations

import numpy as np
import talib

from core.indicators.indicator import (
    Arguments,
    Group,
    Indicator,
    Kind,
    Output,
    Parameter,
    Series,
    Style,
    ascending,
    length,
)

_NOTHING = 1e-14  # what TA-Lib takes for zero


def macd(close: Series, fastperiod: int, slowperiod: int, signalperiod: int) -> tuple[Series, Series, Series]:
    """Fast EMA less slow EMA, its EMA as the signal, and the difference of both; all NaN until the signal is seeded.

    The fast EMA is seeded late, with the mean of the window that ends where the slow one is seeded (TA-Lib's way).
    """
    return talib.MACD(close, fastperiod, slowperiod, signalperiod)


def adx(high: Series, low: Series, close: Series, length: int) -> tuple[Series, Series, Series]:
    """Wilder's average directional index with its two directional indicators [%].

    ``DI = 100 * smoothed DM / smoothed true range``, ``DX = 100 * |DI+ - DI-| / (DI+ + DI-)``, ADX its smoothed mean.
    """
    plus, minus = talib.PLUS_DI(high, low, close, length), talib.MINUS_DI(high, low, close, length)
    both = plus + minus
    # TA-Lib holds the ADX where nothing has moved; nor is there anything to smooth in a frame shorter than the warm-up.
    if len(both) <= 2 * length or not both[length:].min() > _NOTHING:
        return talib.ADX(high, low, close, length), plus, minus
    moved = np.subtract(minus, plus)
    np.abs(moved, out=moved)
    np.divide(moved, both, out=moved)
    np.multiply(moved, 100.0, out=moved)
    return _wilder(moved, length), plus, minus


def _wilder(values: Series, length: int) -> Series:
    """Smooth values that are known from bar `length` on, as TA-Lib's ADX does; its ATR is the same sum over ranges.

    talib.ADX itself would compute both directional indicators, most of its work, a second time.
    """
    values[length - 1] = 0.0  # the bar before the first, which the ATR only asks for its close
    nothing = np.zeros(len(values) - length + 1)
    values[length - 1 :] = talib.ATR(values[length - 1 :], nothing, nothing, length)
    return values


def aroon(high: Series, low: Series, length: int) -> tuple[Series, Series, Series]:
    """``100 * (length - bars since the lowest low | highest high of length+1 bars) / length``, and up less down."""
    down, up = talib.AROON(high, low, length)
    return down, up, up - down


def psar(high: Series, low: Series, acceleration: float, maximum: float) -> tuple[Series]:
    """Wilder's parabolic stop: ``S += a * (extreme - S)``, `a` grows with every new extreme up to `maximum`."""
    return (talib.SAR(high, low, acceleration, maximum),)


def _psar_check(arguments: Arguments) -> None:
    if arguments["acceleration"] > arguments["maximum"]:
        raise ValueError(f"acceleration {arguments['acceleration']} is above maximum {arguments['maximum']}")


def trix(close: Series, length: int) -> tuple[Series]:
    """Change of the EMA of the EMA of the EMA from one bar to the next [%]."""
    return (talib.TRIX(close, length),)


MACD = Indicator(
    "macd", "MACD", Kind.PANE, Group.TREND, ("close",),
    (Output("macd", "MACD"), Output("signal", "Signal line"), Output("histogram", "Histogram", Style.HISTOGRAM)),
    macd,
    (
        Parameter("fastperiod", "Fast length", 12, 2),
        Parameter("slowperiod", "Slow length", 26, 2),
        Parameter("signalperiod", "Signal length", 9, 1),
    ),
    unit="USD", levels=(0.0,), check=ascending("fastperiod", "slowperiod"),
)  # fmt: skip
ADX = Indicator(
    "adx", "Average directional index", Kind.PANE, Group.TREND, ("high", "low", "close"),
    (Output("adx", "ADX"), Output("plus_di", "+DI"), Output("minus_di", "-DI")), adx, (length(14, 2),),
    unit="%", levels=(25.0,),
)  # fmt: skip
AROON = Indicator(
    "aroon", "Aroon", Kind.PANE, Group.TREND, ("high", "low"),
    (
        Output("aroon_down", "Aroon down"), Output("aroon_up", "Aroon up"),
        Output("aroon_oscillator", "Oscillator", Style.HISTOGRAM),
    ),
    aroon, (length(14, 2),), unit="%", levels=(0.0,),
)  # fmt: skip
PSAR = Indicator(
    "psar", "Parabolic SAR", Kind.OVERLAY, Group.TREND, ("high", "low"), (Output("psar", "SAR", Style.DOTS),), psar,
    (
        Parameter("acceleration", "Acceleration", 0.02, 0.0, 1.0, 0.01),
        Parameter("maximum", "Maximum", 0.2, 0.0, 1.0, 0.01),
    ),
    check=_psar_check,
)  # fmt: skip
TRIX = Indicator(
    "trix", "TRIX", Kind.PANE, Group.TREND, ("close",), (Output("trix", "TRIX"),), trix, (length(30),),
    unit="%", levels=(0.0,),
)  # fmt: skip
