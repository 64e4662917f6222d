"""Three values for every bar: it is so, it is not, it cannot be told yet (Kleene's logic).

Coded +1, -1 and 0, "all" is the minimum, "any" the maximum and "not" the negative: what is unknown stays unknown
instead of turning true under a "not".
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.indicators import compute
from core.indicators.frames import arrays_of
from core.indicators.indicator import Series
from core.signals.operands import Level, Line, Operand

States = NDArray[np.int8]
TRUE, UNKNOWN, FALSE = np.int8(1), np.int8(0), np.int8(-1)


def states(true: NDArray[np.bool_], known: NDArray[np.bool_]) -> States:
    """Code what is true where it is known."""
    return np.where(known, np.where(true, TRUE, FALSE), UNKNOWN)


class View:
    """The candles as rules see them; every indicator is computed once, however many rules read it."""

    def __init__(self, candles: pd.DataFrame) -> None:
        self.candles = candles
        self._frames: dict[tuple[object, ...], pd.DataFrame] = {}

    def __len__(self) -> int:
        return len(self.candles)

    def column(self, name: str) -> Series:
        """Give a column of the candles; NaN where it has no finite number."""
        (values,) = arrays_of(self.candles, [name])
        return np.where(np.isfinite(values), values, np.nan)

    def values(self, operand: Operand) -> Series:
        """Give what an operand is at every bar."""
        if isinstance(operand, Level):
            return np.full(len(self), operand.level)
        if not isinstance(operand, Line):
            return self.column(operand.column)
        key = (operand.indicator, *operand.params.items())
        if key not in self._frames:
            self._frames[key] = compute(operand.indicator, self.candles, **operand.params)
        line: Series = self._frames[key][operand.output].to_numpy()
        return line
