"""The difficulty over the epochs to come: the next retarget, and from there on a drift that is half believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.forecasting.history import Floats
from core.forecasting.retarget import EPOCH_S, next_retarget

MAX_EPOCHS = 130  # five years
# On the epochs of 2014 to 2024 the mean of the last 26 changes, drawn halfway to 1 %, was at 1 to 26 epochs ahead as
# good as any simple rule; unshrunk it carries a boom on for ever.
DRIFT_CHANGES = 26
USUAL_DRIFT = 0.01
SPREAD_CHANGES = 52  # two years
USUAL_SPREAD = 0.05
DRIFT_SD = 0.01  # how far the drift of the epochs to come may be from the one we take
Z = {80: 1.2815515655446004, 95: 1.959963984540054}


def forecast_difficulty(
    history: pd.Series, epochs: int, blocks_into_epoch: int = 0, elapsed_s: float = 0.0
) -> pd.DataFrame:
    """Forecast the difficulty of the epochs to come.

    Parameters
    ----------
    history : Series
        Difficulty of each epoch up to the present one, the oldest first; one is enough, 53 are all that is looked at.
    epochs : int
        Retargets ahead, 1 to 130.
    blocks_into_epoch, elapsed_s
        As for `next_difficulty`.

    Returns
    -------
    DataFrame
        One row a retarget, index 1 to `epochs`: seconds_ahead, the expected time until its first block [s]; mean (of the
        logarithm, taken back), low80, high80, low95, high95 of the difficulty behind it. The first row is the forecast
        of `next_retarget`.

    Raises
    ------
    ValueError
        If there is no history, a difficulty is absent or not above 0, or another argument is out of its bounds.

    Notes
    -----
    ``log D(k) = log D(1) + (k - 1) g`` with ``g = (sum of the last 26 log changes + 26 * 0.01) / 52``; the half-width
    of D(1) grows by ``z sqrt((k - 1) s² + ((k - 1) 0.01)²)``, s the standard deviation of the last 52 log changes
    (counted together with as many of 5 % as there are missing).
    """
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or not 1 <= epochs <= MAX_EPOCHS:
        raise ValueError(f"epochs {epochs!r} is not a whole number from 1 to {MAX_EPOCHS}")
    difficulties = _checked(history)
    first = next_retarget(blocks_into_epoch, elapsed_s, difficulties[-1])
    changes = np.diff(np.log(difficulties))[-SPREAD_CHANGES:]
    recent = changes[-DRIFT_CHANGES:]
    drift = (recent.sum() + USUAL_DRIFT * (2 * DRIFT_CHANGES - len(recent))) / (2 * DRIFT_CHANGES)
    squares = ((changes - changes.mean()) ** 2).sum() if len(changes) else 0.0
    missing = SPREAD_CHANGES - len(changes)
    variance = (squares + missing * USUAL_SPREAD**2) / (SPREAD_CHANGES - 1)
    later = np.arange(int(epochs))
    middle = np.log(difficulties[-1]) + np.log1p(first.change) + drift * later
    columns = {
        "seconds_ahead": first.remaining_s + EPOCH_S * np.exp(-drift) * later,
        "mean": np.exp(middle),
    }
    for level, z in Z.items():
        grown = z**2 * (variance * later + (DRIFT_SD * later) ** 2)
        below = np.log1p(first.change) - np.log1p(getattr(first, f"low{level}"))
        above = np.log1p(getattr(first, f"high{level}")) - np.log1p(first.change)
        columns[f"low{level}"] = np.exp(middle - np.sqrt(below**2 + grown))
        columns[f"high{level}"] = np.exp(middle + np.sqrt(above**2 + grown))
    return pd.DataFrame(columns, index=pd.RangeIndex(1, int(epochs) + 1, name="retarget"))


def difficulty_at(path: pd.DataFrame, difficulty: float, seconds_ahead: ArrayLike) -> pd.DataFrame:
    """Read a path at some times: the steps between the retargets, each at its expected time.

    Parameters
    ----------
    path : DataFrame
        From `forecast_difficulty`.
    difficulty : float
        The present one, which is known until the first retarget.
    seconds_ahead : array
        Times from now on [s].

    Returns
    -------
    DataFrame
        mean, low80, high80, low95, high95, one row a time. Behind the last retarget of the path its last row.

    Raises
    ------
    ValueError
        If a time is before now.
    """
    times = np.atleast_1d(np.asarray(seconds_ahead, dtype=np.float64))
    if (times < 0).any():
        raise ValueError(f"{times.min():g} s ahead is before now")
    passed = np.searchsorted(path["seconds_ahead"].to_numpy(), times, side="right")
    bands = path.drop(columns="seconds_ahead")
    steps = np.vstack([np.full(bands.shape[1], difficulty), bands.to_numpy()])
    return pd.DataFrame(steps[passed], columns=bands.columns)


def _checked(history: pd.Series) -> Floats:
    values: Floats = np.asarray(history, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError("a history of difficulties is needed, with at least the present one")
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        place = int(wrong.argmax())
        raise ValueError(f"difficulty {values[place]:g} of epoch {place} of {len(values)}: all must be above 0")
    return values[-SPREAD_CHANGES - 1 :]
