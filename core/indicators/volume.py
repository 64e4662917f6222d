"""Indicators that weigh prices by volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib
from numpy.typing import NDArray

from core.indicators.indicator import TIME, Arguments, Group, Indicator, Kind, Memory, Output, Parameter, Series, length

WHOLE = "all"
# A session begins where the time, cut to this unit, changes; times are UTC. NumPy's weeks begin on Thursdays like 1970.
SESSIONS = {"day": "D", "week": "W", "month": "M"}
_THURSDAY_TO_MONDAY = np.timedelta64(3, "D")


def obv(close: Series, volume: Series) -> tuple[Series]:
    """Sum of the volumes, those of falling closes negative (Granville). Its level is an accident of the first bar."""
    return (talib.OBV(close, volume),)


def mfi(high: Series, low: Series, close: Series, volume: Series, length: int) -> tuple[Series]:
    """``100 * positive / (positive + negative)`` of typical price times volume, by the sign of the typical price."""
    return (talib.MFI(high, low, close, volume, length),)


def vwap(
    high: Series, low: Series, close: Series, volume: Series, time: NDArray[Any], session: str, length: int
) -> tuple[Series]:
    """Volume-weighted average of the typical price ``(high + low + close) / 3``.

    Parameters
    ----------
    session : str
        "all": the sums run from the first bar; "day", "week" (from Monday), "month": they begin anew there, in UTC.
    length : int
        0, or a rolling window of so many bars.

    Returns
    -------
    tuple of array
        ``sum(typical * volume) / sum(volume)``; NaN where nothing has been traded yet (TA-Lib gives 0 there).

    Raises
    ------
    ValueError
        If the index has no times to cut sessions from.
    """
    if length:
        return (_rolling(talib.TYPPRICE(high, low, close), volume, length),)
    if session == WHOLE:
        return (_running(high, low, close, volume),)
    if time.dtype.kind != "M":
        raise ValueError(f"vwap: a {session} needs times in the index, which is of {time.dtype}")
    shift = _THURSDAY_TO_MONDAY if session == "week" else np.timedelta64(0, "D")
    unit = f"datetime64[{SESSIONS[session]}]"
    begun = np.flatnonzero(np.diff((time + shift).astype(unit))) + 1
    averages = np.empty(len(close))
    for part in map(slice, [0, *begun], [*begun, len(close)]):
        averages[part] = _running(high[part], low[part], close[part], volume[part])
    return (averages,)


def _running(high: Series, low: Series, close: Series, volume: Series) -> Series:
    averages = talib.VWAP(high, low, close, volume)
    if volume[0] == 0.0:
        traded = volume != 0.0
        averages[: int(traded.argmax()) if traded.any() else len(volume)] = np.nan
    return averages


def _rolling(typical: Series, volume: Series, length: int) -> Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        averages: Series = talib.SUM(typical * volume, length) / talib.SUM(volume, length)
    # Running sums leave a rounding rest where a window is empty: 0.0000001 / 0.0000003 would pass for a price.
    averages[talib.MAX(volume, length) == 0.0] = np.nan
    return averages


def _vwap_memory(arguments: Arguments) -> Memory:
    if arguments["length"]:
        return Memory.WINDOW
    return Memory.FRAME if arguments["session"] == WHOLE else Memory.SESSION


def _vwap_check(arguments: Arguments) -> None:
    if arguments["length"] == 1:
        raise ValueError("length 1 is no window: 0 for none, or 2 and more")
    if arguments["length"] and arguments["session"] != WHOLE:
        raise ValueError(f"length {arguments['length']} and session {arguments['session']!r} exclude each other")


def _obv_memory(_arguments: Arguments) -> Memory:
    return Memory.SUM


OBV = Indicator(
    "obv", "On-balance volume", Kind.PANE, Group.VOLUME, ("close", "volume"), (Output("obv", "OBV"),), obv,
    unit="BTC", memory=_obv_memory,
)  # fmt: skip
MFI = Indicator(
    "mfi", "Money flow index", Kind.PANE, Group.VOLUME, ("high", "low", "close", "volume"), (Output("mfi", "MFI"),),
    mfi, (length(14, 2),), unit="%", levels=(20.0, 80.0),
)  # fmt: skip
VWAP = Indicator(
    "vwap", "Volume-weighted average price", Kind.OVERLAY, Group.VOLUME, ("high", "low", "close", "volume", TIME),
    (Output("vwap", "VWAP"),), vwap,
    (
        Parameter("session", "Session", WHOLE, choices=(WHOLE, *SESSIONS)),
        Parameter("length", "Length", 0),
    ),
    memory=_vwap_memory, check=_vwap_check,
)  # fmt: skip
