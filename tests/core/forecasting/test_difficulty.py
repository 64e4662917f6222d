"""Epochs ahead: by hand, and against a law that drew them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.forecasting import difficulty_at, forecast_difficulty, next_retarget

BANDS = ["mean", "low80", "high80", "low95", "high95"]


def test_the_first_row_is_the_next_retarget() -> None:
    found = forecast_difficulty(pd.Series([9e13, 1e14]), 3, 1200, 700_000).loc[1]
    expected = next_retarget(1200, 700_000, 1e14)
    assert found[BANDS].to_numpy() / 1e14 - 1 == pytest.approx(
        [expected.change, expected.low80, expected.high80, expected.low95, expected.high95], rel=1e-9
    )
    assert found.seconds_ahead == expected.remaining_s


def test_without_a_past_one_percent_an_epoch_by_hand() -> None:
    found = forecast_difficulty(pd.Series([1e14]), 3, 2015, 1_209_600)  # the first retarget is settled: no change
    drift = 0.01
    assert found["mean"].to_numpy() == pytest.approx(1e14 * np.exp([0, drift, 2 * drift]), rel=1e-9)
    assert found.seconds_ahead.diff().iloc[1:].to_numpy() == pytest.approx(1_209_600 * math.exp(-drift), rel=1e-9)
    assert found.low95[1] == found.high95[1] == pytest.approx(1e14)
    variance = 52 * 0.05**2 / 51
    half = [1.2816 * math.sqrt(k * variance + (k * 0.01) ** 2) for k in (1, 2)]
    assert np.log(found.high80 / found["mean"]).to_numpy()[1:] == pytest.approx(half, rel=1e-4)
    assert np.log(found["mean"] / found.low80).to_numpy()[1:] == pytest.approx(half, rel=1e-4)


def test_the_drift_of_the_past_is_half_believed() -> None:
    # 26 changes of 3 % and before them 30 of -5 %: (26 * 0.03 + 26 * 0.01) / 52 = 0.02 an epoch.
    logs = np.cumsum([0.0] + [-0.05] * 30 + [0.03] * 26)
    found = forecast_difficulty(pd.Series(1e13 * np.exp(logs)), 5)
    assert np.log(found["mean"]).diff().iloc[1:].to_numpy() == pytest.approx(0.02, abs=1e-12)


def test_the_interval_grows_with_the_wildness_of_the_past() -> None:
    calm, wild = (
        forecast_difficulty(pd.Series(1e14 * np.exp(np.tile([0, spread], 40))), 10) for spread in (0.01, 0.10)
    )
    assert (np.log(wild.high80 / wild.low80) > np.log(calm.high80 / calm.low80))[1:].all()


def test_epochs_drawn_at_random_end_inside() -> None:
    rng = np.random.default_rng(8)
    held = []
    for _ in range(400):
        logs = np.cumsum(rng.normal(0.01, 0.05, 70))
        found = forecast_difficulty(
            pd.Series(1e12 * np.exp(logs[:58])), 12, 2015, 1_209_600 / np.exp(logs[58] - logs[57])
        )
        actual = 1e12 * np.exp(logs[58:])
        held.append([(found[f"low{level}"] <= actual) & (actual <= found[f"high{level}"]) for level in (80, 95)])
    coverage = np.mean(held, axis=0)[:, 1:]
    # A standard error of 2 and 1 percent; a little wider, for the drift is not known.
    assert ((coverage[0] > 0.76) & (coverage[0] < 0.90)).all()
    assert ((coverage[1] > 0.92) & (coverage[1] < 0.995)).all()


def test_at_a_time_the_last_retarget_before_it_counts() -> None:
    path = forecast_difficulty(pd.Series([1e14]), 2, 1000, 600_000)
    first, second = path.seconds_ahead
    found = difficulty_at(path, 1e14, [0, first - 1, first, second - 1, second, second * 9])
    assert found.iloc[:2].to_numpy().tolist() == [[1e14] * 5] * 2
    assert found.iloc[2].tolist() == found.iloc[3].tolist() == path.loc[1, BANDS].tolist()
    assert found.iloc[4].tolist() == found.iloc[5].tolist() == path.loc[2, BANDS].tolist()
    assert list(found.columns) == BANDS
    with pytest.raises(ValueError, match="-1 s ahead is before now"):
        difficulty_at(path, 1e14, [-1])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: forecast_difficulty(pd.Series([], dtype=float), 3), "with at least the present one"),
        (lambda: forecast_difficulty(pd.Series([1e14, np.nan]), 3), "difficulty nan of epoch 1 of 2"),
        (lambda: forecast_difficulty(pd.Series([0, 1e14]), 3), "difficulty 0 of epoch 0 of 2"),
        (lambda: forecast_difficulty(pd.Series([1e14]), 0), "epochs 0 is not a whole number from 1 to 130"),
        (lambda: forecast_difficulty(pd.Series([1e14]), 131), "epochs 131"),
        (lambda: forecast_difficulty(pd.Series([1e14]), 2.5), "epochs 2.5"),
        (lambda: forecast_difficulty(pd.Series([1e14]), 2, 3000), "3000 blocks into an epoch"),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()
