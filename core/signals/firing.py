"""When a rule fires: at the bar at which it came to be so, and never in the first 250."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.signals.rules import Rule
from core.signals.states import FALSE, TRUE, UNKNOWN, View

WARM_UP_BARS = 250  # recursive indicators still remember how they were seeded


def warm_bars(rule: Rule, view: View) -> NDArray[np.bool_]:
    """Give the bars that have 250 complete ones before them without a gap in what the rule reads."""
    places = np.arange(len(view))
    last_gap = np.full(len(view), -1)
    for name in rule.columns:
        last_gap = np.maximum(last_gap, np.where(np.isnan(view.column(name)), places, -1))
    return places - np.maximum.accumulate(last_gap) > WARM_UP_BARS


def told(rule: Rule, candles: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Give where a rule fires and where it could have: warm, and known to be so or not to be."""
    view = View(candles)
    state = rule.states(view)
    tellable = warm_bars(rule, view) & (state != UNKNOWN)
    fired = np.zeros(len(state), dtype=np.bool_)
    fired[1:] = tellable[1:] & (state[1:] == TRUE) & (state[:-1] == FALSE)
    return fired, tellable


def fires(rule: Rule, candles: pd.DataFrame) -> pd.Series:
    """Give the bars at which a rule fires.

    Parameters
    ----------
    rule : Rule
    candles : DataFrame
        As for `core.indicators.compute`; a rule over the miners' series needs their columns beside those of the candles.

    Returns
    -------
    Series of bool
        True at a bar at whose close the rule is so and at the close before was known not to be. False in the first 250
        bars, and in the 250 bars behind a gap in a column that the rule reads.

    Raises
    ------
    ValueError
        If the frame lacks a column or is no series of bars.
    """
    return pd.Series(told(rule, candles)[0], index=candles.index, name="fires")
