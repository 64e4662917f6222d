"""Bars to compute on: a seeded walk with true ranges, and daily rows of a network."""

from __future__ import annotations

import numpy as np
import pandas as pd


def candles(size: int = 1500, seed: int = 7, freq: str = "h") -> pd.DataFrame:
    """A walk whose volatility comes and goes, from 2024-01-01 UTC."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.004, size) * (1 + 0.8 * np.sin(np.arange(size) / 90))
    close = 40_000 * np.exp(np.cumsum(steps))
    opened = np.concatenate(([40_000.0], close[:-1]))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, 0.002, size)))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, 0.002, size)))
    volume = rng.lognormal(3, 1, size)
    index = pd.date_range("2024-01-01", periods=size, freq=freq, tz="UTC", name="time")
    return pd.DataFrame({"open": opened, "high": high, "low": low, "close": close, "volume": volume}, index=index)


def network(size: int = 900, seed: int = 11) -> pd.DataFrame:
    """Daily rows with the orders of magnitude of 2021 to 2023."""
    rng = np.random.default_rng(seed)
    blocks = rng.poisson(144, size).astype(float)
    difficulty = np.repeat(2e13 * np.exp(np.cumsum(rng.normal(0.01, 0.04, size // 14 + 1))), 14)[:size]
    rows = {
        "price_usd": 30_000 * np.exp(np.cumsum(rng.normal(0, 0.03, size))),
        "difficulty": difficulty,
        "hashrate_hs": blocks * difficulty * 2**32 / 86_400,
        "blocks": blocks,
        "issuance_btc": blocks * 6.25,
        "fees_btc": blocks * rng.lognormal(-2, 0.7, size),
    }
    return pd.DataFrame(rows, index=pd.date_range("2021-01-01", periods=size, freq="D", tz="UTC", name="time"))


def frame_for(daily: bool, size: int) -> pd.DataFrame:
    """What an indicator of that kind reads."""
    return network(size) if daily else candles(size)
