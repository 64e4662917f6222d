"""The log random walk without drift: every price to come is expected where it is now. What others must beat."""

from __future__ import annotations

import numpy as np

from core.forecasting.history import Floats, History
from core.forecasting.model import Model


def no_change(history: History, horizon: int) -> Floats:
    """Give zeros: ``E[log p(t + h)] = log p(t)``."""
    return np.zeros((len(history.log_price), horizon))


RANDOM_WALK = Model(
    "random_walk", "No change (log random walk)", "Expects the price to stay where it is; only the interval grows.",
    no_change,
)  # fmt: skip
