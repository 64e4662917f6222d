"""How far prices move, by TA-Lib."""

from __future__ import annotations

import talib

from core.indicators.indicator import Group, Indicator, Kind, Output, Parameter, Series, length


def atr(high: Series, low: Series, close: Series, length: int) -> tuple[Series]:
    """Wilder's smoothing (1/length) of the true range ``max(high, last close) - min(low, last close)``."""
    return (talib.ATR(high, low, close, length),)


def bollinger(close: Series, length: int, nbdevup: float, nbdevdn: float) -> tuple[Series, Series, Series]:
    """Plain mean with bands at so many population standard deviations above and below."""
    return talib.BBANDS(close, length, nbdevup, nbdevdn, 0)  # type: ignore[arg-type]


ATR = Indicator(
    "atr", "Average true range", Kind.PANE, Group.VOLATILITY, ("high", "low", "close"), (Output("atr", "ATR"),), atr,
    (length(14),), unit="USD",
)  # fmt: skip
BOLLINGER = Indicator(
    "bollinger", "Bollinger bands", Kind.OVERLAY, Group.VOLATILITY, ("close",),
    (Output("upper", "Upper band"), Output("middle", "Middle band"), Output("lower", "Lower band")), bollinger,
    (
        length(20, 2),
        Parameter("nbdevup", "Deviations above", 2.0, 0.0, 10.0, 0.1),
        Parameter("nbdevdn", "Deviations below", 2.0, 0.0, 10.0, 0.1),
    ),
)  # fmt: skip
