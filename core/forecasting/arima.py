"""ARIMA(5,1,0) of the log price, by statsmodels.

Without a constant: a drift fitted on a bull market is a promise. Burg's estimator needs no optimiser that may fail to
converge at night, and its autoregression is stationary by construction. It is called by itself, for ARIMA.fit would also
smooth the whole history, which nobody reads, in ten times the time.
"""

from __future__ import annotations

import numpy as np

from core.forecasting.history import Floats, History
from core.forecasting.model import Model

LAGS = 5


def arima(history: History, horizon: int) -> Floats:
    """Give ``sum(E[r(t + i)], i = 1..h)`` with ``r(t) = a1 r(t - 1) + ... + a5 r(t - 5) + e(t)``, r the log changes."""
    from statsmodels.tsa.arima.estimators.burg import burg  # more than a second to import

    changes = np.diff(history.log_price)
    fitted, _ = burg(changes, ar_order=LAGS, demean=False)
    weights = np.asarray(fitted.ar_params)[::-1]
    recent = np.lib.stride_tricks.sliding_window_view(changes, LAGS).copy()  # the newest change last
    expected = np.full((len(history.log_price), horizon), np.nan)
    total = np.zeros(len(recent))
    for bar in range(horizon):
        coming = recent @ weights
        total = total + coming
        expected[LAGS:, bar] = total
        recent = np.column_stack([recent[:, 1:], coming])
    return expected


ARIMA = Model(
    "arima", "ARIMA", "Autoregression of the last five changes of the logarithm, ARIMA(5,1,0), fitted by Burg's method.",
    arima,
)  # fmt: skip
