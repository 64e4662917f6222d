"""Prices drawn by a known law."""

from __future__ import annotations

import numpy as np
import pandas as pd


def walk(size: int = 1200, seed: int = 3, spread: float = 0.02, freq: str = "D") -> pd.Series:
    """A log random walk from 2020-01-01 UTC: nothing can be told but how far it goes."""
    changes = np.random.default_rng(seed).normal(0, spread, size)
    return priced(changes, freq)


def momentum(size: int = 1200, seed: int = 3, share: float = 0.6) -> pd.Series:
    """Changes that go on by a share of themselves, AR(1): an autoregression must see it."""
    rng = np.random.default_rng(seed)
    changes = np.zeros(size)
    for bar in range(1, size):
        changes[bar] = share * changes[bar - 1] + rng.normal(0, 0.02)
    return priced(changes)


def wild_and_calm(size: int = 2500, seed: int = 3) -> pd.Series:
    """GARCH(1,1) with Student's t of 4 degrees of freedom: fat tails, and volatility that comes and goes."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(4, size) / np.sqrt(2)
    changes, variance = np.zeros(size), 0.03**2
    for bar in range(size):
        changes[bar] = np.sqrt(variance) * shocks[bar]
        variance = 0.03**2 * 0.03 + 0.10 * changes[bar] ** 2 + 0.87 * variance
    return priced(changes)


def priced(changes: np.ndarray, freq: str = "D") -> pd.Series:
    index = pd.date_range("2020-01-01", periods=len(changes), freq=freq, tz="UTC", name="time")
    return pd.Series(40_000 * np.exp(np.cumsum(changes)), index=index, name="price_usd")
