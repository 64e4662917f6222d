"""`forecast_price`: one model over one history, with intervals made of the errors it would have had before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.forecasting.history import Floats, History
from core.forecasting.registry import find

LEVELS = (80, 95)  # percent


def forecast_price(history: pd.Series, horizon: int, model: str) -> pd.DataFrame:
    """Forecast a price.

    Parameters
    ----------
    history : Series
        Prices above 0 [USD/BTC, or any], the oldest first, one each step of an index of times or numbers.
    horizon : int
        Steps ahead, 1 to 730.
    model : str
        One of `MODELS`: random_walk, arima, xgboost.

    Returns
    -------
    DataFrame
        One row a step, the index going on in the same steps: mean (of the logarithm, taken back: the price that is as
        often exceeded as not), low80, high80, low95, high95.

    Raises
    ------
    ValueError
        For an unknown model, and a history that is short, irregular, not above 0, not there or mostly stands still.

    Notes
    -----
    Intervals are split-conformal over the newest 1,500 bars: the errors of the log price h bars later, each over the
    volatility of its own bar, their 80 % and 95 % quantile, times the volatility of the newest bar (Lei et al.,
    "Distribution-free predictive inference for regression", 2018, on scaled errors). They take in fat tails, calm and
    wild times without naming a distribution, and never narrow with the distance.
    """
    chosen = find(model)
    bars = History.of(history, horizon, chosen.needed)
    expected = chosen.expect(bars, int(horizon))
    half = half_widths(bars, expected)
    middle = bars.log_price[-1] + expected[-1]
    columns = {"mean": middle}
    for level, width in zip(LEVELS, half, strict=True):
        columns |= {f"low{level}": middle - width, f"high{level}": middle + width}
    return pd.DataFrame({name: np.exp(values) for name, values in columns.items()}, index=bars.ahead(int(horizon)))


def half_widths(history: History, expected: Floats) -> Floats:
    """Give half the width of the intervals of the log price: (levels, horizon)."""
    horizon = expected.shape[1]
    widths = np.empty((len(LEVELS), horizon))
    for bar in range(horizon):
        distance = bar + 1
        errors = np.abs(history.after(distance) - expected[:, bar]) / history.volatility
        widths[:, bar] = np.quantile(errors[np.isfinite(errors)], np.array(LEVELS) / 100) * history.volatility[-1]
    return np.maximum.accumulate(widths, axis=1)
