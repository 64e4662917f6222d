"""Gradient boosting on lags, by xgboost: one set of trees for all distances, the distance being one of the inputs."""

from __future__ import annotations

import numpy as np

from core.forecasting.history import MIN_ERRORS, Floats, History
from core.forecasting.model import Model

LAGS = 7
WINDOWS = (14, 30, 60)  # bars
DISTANCES = 6  # bars ahead that trees are grown for; between them the expectation is interpolated
ROUNDS = 40
# Shallow and slow: there is next to nothing to find. One thread, for a nightly job that has the machine not to itself.
PARAMETERS = {
    "max_depth": 3, "eta": 0.05, "subsample": 0.7, "min_child_weight": 20, "max_bin": 64, "tree_method": "hist",
    "seed": 1, "nthread": 1, "verbosity": 0,
}  # fmt: skip


def boosted_needed(horizon: int) -> int:
    """Give how many bars it takes: each half must hold outcomes that end inside it."""
    return WINDOWS[-1] + 2 * (int(horizon) + MIN_ERRORS)


def boosted(history: History, horizon: int) -> Floats:
    """Give what trees expect: the change over h bars in units of ``volatility * sqrt(h)``, from lags in such units.

    The rows of the earlier half come from trees grown on the later one and the other way round, without the bars whose
    outcome reaches into the half that is told; the last row comes from all of them.
    """
    distances = np.unique(np.geomspace(1, horizon, DISTANCES).round().astype(int))
    lags, outcomes = _lags(history), _outcomes(history, distances)
    size = len(lags)
    expected = np.full((size, len(distances)), np.nan)
    known = np.flatnonzero(np.isfinite(lags).all(axis=1))
    middle = known[len(known) // 2]
    rows = np.arange(size)
    for told, learnt in (
        ((rows < middle), (rows >= middle)),
        ((rows >= middle), (rows < middle - horizon)),
        ((rows == size - 1), (rows >= 0)),
    ):
        told &= np.isfinite(lags).all(axis=1)
        expected[told] = _grown(lags, outcomes, distances, learnt, told)
    scale = history.volatility[:, None] * np.sqrt(distances)
    ahead = np.arange(1, horizon + 1)
    places = np.concatenate(([0], distances))
    changes = np.column_stack([np.zeros(size), expected * scale])
    # Linear between two distances, for all bars at once.
    right = np.searchsorted(places, ahead)
    share = (ahead - places[right - 1]) / (places[right] - places[right - 1])
    between: Floats = changes[:, right - 1] * (1 - share) + changes[:, right] * share
    return between


def _lags(history: History) -> Floats:
    """Give the inputs: the newest changes, the changes over windows and how far the volatility is from its own mean."""
    changes = np.concatenate(([np.nan], np.diff(history.log_price)))
    unit = history.volatility
    columns = []
    for lag in range(LAGS):
        columns.append(_later(changes, lag) / unit)
    for window in WINDOWS:
        columns.append((history.log_price - _later(history.log_price, window)) / (unit * np.sqrt(window)))
        columns.append(unit / _later(unit, window))
    return np.column_stack(columns)


def _later(values: Floats, bars: int) -> Floats:
    return np.concatenate((np.full(bars, np.nan), values[: len(values) - bars]))


def _outcomes(history: History, distances: np.ndarray) -> Floats:
    return np.column_stack([history.after(int(bars)) / (history.volatility * np.sqrt(bars)) for bars in distances])


def _grown(lags: Floats, outcomes: Floats, distances: np.ndarray, learnt: np.ndarray, told: np.ndarray) -> Floats:
    """Grow trees on some rows and tell others."""
    import xgboost  # 0.5 s

    x, y = _long(lags[learnt], distances), outcomes[learnt].ravel()
    there = np.isfinite(x).all(axis=1) & np.isfinite(y)
    trees = xgboost.train(PARAMETERS, xgboost.DMatrix(x[there], y[there], nthread=1), ROUNDS)
    asked = xgboost.DMatrix(_long(lags[told], distances), nthread=1)
    return np.asarray(trees.predict(asked), dtype=np.float64).reshape(-1, len(distances))


def _long(lags: Floats, distances: np.ndarray) -> Floats:
    """Give each row once a distance, the distance in a column of its own."""
    return np.column_stack([np.repeat(lags, len(distances), axis=0), np.tile(distances, len(lags))])


XGBOOST = Model(
    "xgboost", "Gradient boosting (xgboost)",
    "Decision trees grown on the latest changes, in units of the volatility of the day.", boosted, boosted_needed,
)  # fmt: skip
