"""A price history as models take it: regular, without holes, above zero. Anything else is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BARS = 1_500  # the newest that models look at: with daily bars four years, one halving to the next
MIN_ERRORS = 100  # earlier forecasts over the whole horizon; from fewer no 95 % interval can be told
VOLATILITY_BARS = 20  # before the first of them
MAX_HORIZON = 730
LEAST_MOVED = 0.25  # of the newest bars: where four of five errors are nothing, an 80 % interval has no width
LEAST_VOLATILITY = 0.01  # of the root mean square of the used changes: what errors are divided by is never nothing
# RiskMetrics' decay for monthly horizons; on daily prices of Bitcoin 0.94 to 0.985 cover alike.
DECAY = 0.97


@dataclass(frozen=True, slots=True)
class History:
    """The newest bars of a price.

    Attributes
    ----------
    index : Index
        Times or numbers in equal steps.
    log_price : array
        Natural logarithm of the price.
    volatility : array
        Standard deviation of one bar's change as known at that bar: squares weighted by 0.97 a bar, and no less than
        a hundredth of that of all used bars; NaN at the first.
    """

    index: pd.Index
    log_price: Floats
    volatility: Floats

    @classmethod
    def of(cls, prices: pd.Series, horizon: int, least: Callable[[int], int]) -> History:
        """Check a series of at least ``least(horizon)`` bars and take what models look at.

        Raises
        ------
        ValueError
            If it is no series, the horizon is no whole number from 1 to 730, there are too few bars for it, a price is
            absent or not above 0, fewer than a quarter of the newest moved, or the index does not rise in equal steps.
        """
        if not isinstance(prices, pd.Series):
            raise ValueError(f"a history comes as a Series, not as {type(prices).__name__}")
        if isinstance(horizon, bool) or not isinstance(horizon, (int, np.integer)) or not 1 <= horizon <= MAX_HORIZON:
            raise ValueError(f"horizon {horizon!r} is not a whole number from 1 to {MAX_HORIZON}")
        if len(prices) < least(horizon):
            raise ValueError(f"{len(prices)} bars are too few: {least(horizon)} are needed to look {horizon} ahead")
        step_of(prices.index)
        log_price = np.log(_above_zero(prices))
        changes = np.diff(log_price)
        newest = slice(-BARS - horizon, None)
        used = changes[-BARS:]
        if stands_still(prices):
            moved = np.count_nonzero(used)
            raise ValueError(f"the price moved in {moved} of the newest {len(used)} bars: a feed that stands still")
        squares = np.asarray(pd.Series(changes**2).ewm(alpha=1 - DECAY).mean(), dtype=np.float64)
        floor = LEAST_VOLATILITY * float(np.sqrt(np.mean(used**2)))
        volatility = np.concatenate(([np.nan], np.maximum(np.sqrt(squares), floor)))
        return cls(prices.index[newest], log_price[newest], volatility[newest])

    def after(self, bars: int) -> Floats:
        """Give the change of the log price over so many bars from each bar on; NaN where it is not over yet."""
        changes = np.full(len(self.log_price), np.nan)
        changes[:-bars] = self.log_price[bars:] - self.log_price[:-bars]
        return changes

    def ahead(self, horizon: int) -> pd.Index:
        """Give the index of the bars to come."""
        last, step = self.index[-1], step_of(self.index)
        return pd.Index([last + step * bar for bar in range(1, horizon + 1)], name=self.index.name)


def stands_still(prices: pd.Series) -> bool:
    """Tell whether fewer than a quarter of the newest 1,500 prices moved: too few for a forecast."""
    moves = np.diff(prices.to_numpy(dtype=np.float64)[-BARS - 1 :])
    return bool(np.count_nonzero(moves) < LEAST_MOVED * len(moves))


def needed(horizon: int) -> int:
    """Give how many bars a history must have to look so far ahead, whatever the model."""
    return VOLATILITY_BARS + MIN_ERRORS + int(horizon)


def step_of(index: pd.Index) -> Any:
    """Give the step of an index [its own unit]; a ValueError says where it is not the same as before."""
    if index.nlevels != 1 or getattr(index.dtype, "kind", "O") not in "iufM":
        raise ValueError(f"the index is of {index.dtype}: times or numbers are needed")
    if index.hasnans:
        raise ValueError("the index has an absent time")
    steps = index[1:] - index[:-1]
    zero = steps[0] - steps[0]
    if not steps[0] > zero:
        raise ValueError(f"the index must rise: {index[1]} comes after {index[0]}")
    odd = np.asarray(steps != steps[0])
    if odd.any():
        place = int(odd.argmax())
        raise ValueError(f"the index is irregular: {index[place + 1]} comes after {index[place]}, steps are {steps[0]}")
    return steps[0]


def _above_zero(prices: pd.Series) -> Floats:
    try:
        if prices.dtype.kind in "bcmMSU" or any(isinstance(value, (str, bytes, bool)) for value in prices.iloc[:1]):
            raise TypeError
        values: Floats = prices.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise ValueError(f"the history holds {prices.dtype}, not prices") from None
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        place = int(wrong.argmax())
        what = "absent" if np.isnan(values[place]) else f"{values[place]:g}"
        raise ValueError(f"the price at {prices.index[place]} is {what}: all must be above 0")
    return values
