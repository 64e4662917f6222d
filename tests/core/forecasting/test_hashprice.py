"""Hashprice to come: the formula by hand, and half-widths that add as squares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.forecasting import difficulty_at, forecast_difficulty, forecast_hashprice, forecast_price
from tests.core.forecasting.walks import walk

INDEX = pd.date_range("2024-12-01", periods=2, tz="UTC")


def bands(mean: float, below: float, above: float) -> pd.DataFrame:
    """A forecast with these half-widths of the logarithm, at 95 % twice as wide."""
    logs = {"mean": 0.0, "low80": -below, "high80": above, "low95": -2 * below, "high95": 2 * above}
    return pd.DataFrame({name: [mean * np.exp(log)] * 2 for name, log in logs.items()}, index=INDEX)


def test_by_hand() -> None:
    # 1e15 * 86400 / (1e14 * 2**32) * 3.2 * 100000 = 64.3731 USD/PH/day; half-widths 3 and 4 percent make 5.
    found = forecast_hashprice(bands(100_000, 0.03, 0.06), bands(1e14, 0.08, 0.04).reset_index(drop=True), 3.2)
    assert found["mean"].to_numpy() == pytest.approx(64.3731, rel=1e-5)
    assert np.log(found["mean"] / found.low80).to_numpy() == pytest.approx(0.05)  # low price, high difficulty
    assert np.log(found.high80 / found["mean"]).to_numpy() == pytest.approx(0.10)  # high price, low difficulty
    assert np.log(found["mean"] / found.low95).to_numpy() == pytest.approx(0.10)
    assert found.index.equals(INDEX)


def test_a_halving_among_the_rows() -> None:
    found = forecast_hashprice(bands(1e5, 0.1, 0.1), bands(1e14, 0.1, 0.1), np.array([3.125, 1.5625]))
    assert found["mean"].iloc[1] == pytest.approx(found["mean"].iloc[0] / 2)


def test_the_forecasts_of_the_other_two_go_in() -> None:
    price = forecast_price(walk(400), 30, "random_walk")
    path = forecast_difficulty(pd.Series([1e14, 1.02e14]), 3, 500, 310_000)
    found = forecast_hashprice(price, difficulty_at(path, 1.02e14, np.arange(1, 31) * 86_400.0), 3.2)
    # The difficulty is known until its retarget, so that of tomorrow is as sure as the price and no surer.
    assert np.log(found.high80 / found.low80).iloc[0] == pytest.approx(np.log(price.high80 / price.low80).iloc[0])
    assert np.log(found.high80 / found.low80).iloc[-1] > np.log(price.high80 / price.low80).iloc[-1]
    assert found.notna().to_numpy().all()


@pytest.mark.parametrize(
    ("price", "difficulty", "reward", "sentence"),
    [
        (bands(1e5, 0.1, 0.1)[["mean"]], bands(1e14, 0.1, 0.1), 3.2, "the price has no low80, high80, low95, high95"),
        (bands(1e5, 0.1, 0.1), bands(1e14, 0.1, 0.1).iloc[:1], 3.2, "2 rows of price and 1 of difficulty"),
        (bands(1e5, 0.1, 0.1), bands(1e14, 0.1, 0.1), 0, "a block reward above 0 is needed"),
        (bands(1e5, 0.1, 0.1), bands(1e14, 0.1, 0.1), np.nan, "a block reward above 0 is needed"),
        (bands(1e5, 0.1, 0.1), bands(1e14, 0.1, 0.1), [3.2] * 3, "one or 2"),
    ],
)
def test_what_does_not_go_together_is_refused(
    price: pd.DataFrame, difficulty: pd.DataFrame, reward: object, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        forecast_hashprice(price, difficulty, reward)  # type: ignore[arg-type]
