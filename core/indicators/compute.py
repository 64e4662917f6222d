"""`compute`: one indicator over one frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.indicators.frames import arrays_of, check_daily, runs, unknown_rows
from core.indicators.indicator import TIME, Arguments, Indicator, Memory, Series
from core.indicators.registry import find


def compute(name: str, candles: pd.DataFrame, **params: Any) -> pd.DataFrame:
    """Compute an indicator.

    Parameters
    ----------
    name : str
        One of `INDICATORS`.
    candles : DataFrame
        Bars, the oldest first: the columns that the indicator takes (others are not looked at), the index times or
        numbers that rise. The miners' series take daily rows of the network instead.
    **params
        The indicator's parameters; left out, the defaults.

    Returns
    -------
    DataFrame
        float64, one column an output, with the index of the candles. NaN until the indicator is seeded, and NaN where
        a column that it takes has no finite number. Behind such a bar it starts anew and is NaN until it is seeded
        again; only what sums from a first bar (OBV, VWAP without a window) goes on and leaves the bar out.

    Raises
    ------
    ValueError
        For an unknown name or parameter, a value out of bounds, and a frame that is no series of bars.

    Notes
    -----
    No value looks ahead: that of a bar stays what it is when later bars are added.
    """
    indicator = find(name)
    arguments = indicator.arguments(params)
    columns = arrays_of(candles, indicator.inputs)
    if indicator.daily:
        check_daily(candles.index)
    lines = _lines(indicator, columns, arguments)
    return pd.DataFrame(dict(zip(indicator.columns, lines, strict=True)), index=candles.index, copy=False)


def _lines(indicator: Indicator, columns: list[NDArray[Any]], arguments: Arguments) -> tuple[Series, ...]:
    size = len(columns[0])
    unknown = unknown_rows([column for name, column in zip(indicator.inputs, columns, strict=True) if name != TIME])
    if unknown is None and size:
        return indicator.calculate(*columns, **arguments)
    lines = tuple(np.full(size, np.nan) for _ in indicator.outputs)
    if unknown is None or unknown.all():
        return lines
    # TA-Lib would not stop at an absent bar: some functions give NaN for ever after, others take it for a calm one.
    left_out = indicator.memory(arguments) is not Memory.WINDOW
    for part in [~unknown] if left_out else runs(~unknown):
        found = indicator.calculate(*(column[part] for column in columns), **arguments)
        for line, values in zip(lines, found, strict=True):
            line[part] = values
    return lines
