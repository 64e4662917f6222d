"""Rolling-origin evaluation: every model forecasts from many past moments what is known by now, and is scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.forecasting.history import Floats, History
from core.forecasting.price import LEVELS, forecast_price
from core.forecasting.random_walk import RANDOM_WALK
from core.forecasting.registry import MODELS, find

ORIGINS = 300
MIN_ORIGINS = 30  # fewer tell nothing
SIGNIFICANT = 0.05


class Verdict(StrEnum):
    """What the page says; keys of gettext."""

    NO_MODEL = "No model beats “no change”."
    SOME_MODEL = "{model} beats “no change”."
    TOO_FEW = "Too few forecasts to tell whether a model beats “no change”."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an evaluation is [origins]."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Score:
    """What one model would have been worth, over all origins and by the distance ahead.

    Attributes
    ----------
    model : str
    mae : float
        Mean absolute error over all distances [share of the price at the origin].
    skill : float
        ``1 - mae / mae of no change``: 0 is as good, below 0 worse.
    p_value : float or None
        How probable as large a skill is for a model that is no better (Diebold and Mariano, 1995, one-sided, errors of
        overlapping forecasts by Newey and West, small samples by Harvey, Leybourne and Newbold, 1997). None for no
        change itself.
    coverage80, coverage95 : float
        Share of the prices that were inside the interval.
    steps : DataFrame
        The same by distance, index 1 to the horizon: mae, skill, coverage80, coverage95.
    """

    model: str
    mae: float
    skill: float
    p_value: float | None
    coverage80: float
    coverage95: float
    steps: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of all models from the same origins.

    Attributes
    ----------
    first, last : index values
        The first and the last origin.
    origins, horizon : int
    scores : tuple of Score
        No change first.
    verdict : Verdict
    best : str or None
        The model that beats no change, where the verdict names one.
    """

    first: object
    last: object
    origins: int
    horizon: int
    scores: tuple[Score, ...]
    verdict: Verdict
    best: str | None


def rolling(
    history: pd.Series, horizon: int, models: Sequence[str] = tuple(MODELS), origins: int = ORIGINS
) -> Generator[Progress, None, Evaluation]:
    """Evaluate models origin by origin.

    Parameters
    ----------
    history : Series
        As for `forecast_price`.
    horizon : int
        Steps ahead.
    models : sequence of str
        No change is scored beside them in any case.
    origins : int
        How many past moments, spread evenly over what the history allows; fewer where it has not as many.

    Yields
    ------
    Progress
        After each origin. Whoever closes the generator has cancelled.

    Returns
    -------
    Evaluation
        The value of the generator. A model beats no change if its p-value is below 0.05 divided by the number of rivals:
        with many tried, one looks good by luck.

    Raises
    ------
    ValueError
        As `forecast_price`, and if there is no origin, or a model stands twice.

    Notes
    -----
    Each model is fitted anew at each origin, on the bars up to it: what comes later cannot reach a forecast.
    """
    names = [RANDOM_WALK.name, *(name for name in models if name != RANDOM_WALK.name)]
    if len({find(name).name for name in names}) < max(len(names), len(models)):
        raise ValueError(f"a model stands twice: {', '.join(models)}")
    if origins < 1:
        raise ValueError(f"{origins} origins: at least 1 is needed")
    for name in names:
        History.of(history, horizon, MODELS[name].needed)  # refuses what is faulty before the work begins
    places = _places(len(history), horizon, max(MODELS[name].needed(horizon) for name in names), origins)
    errors = np.empty((len(names), len(places), horizon))
    inside = np.empty((len(names), len(LEVELS), len(places), horizon), dtype=np.bool_)
    for row, place in enumerate(places):
        known, outcome = history.iloc[: place + 1], history.iloc[place + 1 : place + 1 + horizon].to_numpy(np.float64)
        for number, name in enumerate(names):
            told = forecast_price(known, horizon, name)
            errors[number, row] = np.abs(told["mean"].to_numpy() - outcome) / float(known.iloc[-1])
            for level, percent in enumerate(LEVELS):
                low, high = told[f"low{percent}"].to_numpy(), told[f"high{percent}"].to_numpy()
                inside[number, level, row] = (low <= outcome) & (outcome <= high)
        yield Progress(row + 1, len(places))
    apart = int(np.diff(places).min()) if len(places) > 1 else horizon
    scores = tuple(
        _score(name, errors[number], errors[0], inside[number], math.ceil(horizon / apart))
        for number, name in enumerate(names)
    )
    verdict, best = _verdict(scores, len(places))
    first, last = history.index[places[0]], history.index[places[-1]]
    return Evaluation(first, last, len(places), horizon, scores, verdict, best)


def evaluate(
    history: pd.Series,
    horizon: int,
    models: Sequence[str] = tuple(MODELS),
    origins: int = ORIGINS,
    go_on: Callable[[Progress], bool] = lambda _progress: True,
) -> Evaluation | None:
    """Run `rolling` to its end; None if `go_on`, asked after each origin, says no."""
    steps = rolling(history, horizon, models, origins)
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            found: Evaluation = end.value
            return found
        if not go_on(progress):
            steps.close()
            return None


def _places(size: int, horizon: int, least: int, origins: int) -> NDArray[np.intp]:
    first, last = least - 1, size - 1 - horizon
    if last < first:
        raise ValueError(f"{size} bars are too few: {least + horizon} are needed to look {horizon} ahead once and see")
    return np.unique(np.linspace(first, last, min(origins, last - first + 1)).astype(np.intp))


def _score(name: str, errors: Floats, naive: Floats, inside: NDArray[np.bool_], overlap: int) -> Score:
    mae, naive_mae = errors.mean(axis=0), naive.mean(axis=0)
    coverage80, coverage95 = inside.mean(axis=1)
    steps = pd.DataFrame(
        {"mae": mae, "skill": 1 - mae / naive_mae, "coverage80": coverage80, "coverage95": coverage95},
        index=pd.RangeIndex(1, len(mae) + 1, name="step"),
    )
    p_value = None if name == RANDOM_WALK.name else diebold_mariano(errors.mean(axis=1), naive.mean(axis=1), overlap)
    skill = float(1 - errors.mean() / naive.mean())
    return Score(name, float(errors.mean()), skill, p_value, float(coverage80.mean()), float(coverage95.mean()), steps)


def diebold_mariano(losses: Floats, naive: Floats, overlap: int) -> float:
    """Give the probability of as large a mean gain over `naive` by chance; forecasts of `overlap` origins overlap."""
    gains = naive - losses
    size = len(gains)
    centred = gains - gains.mean()
    variance = centred @ centred / size
    for lag in range(1, min(overlap, size)):
        variance += 2 * (1 - lag / overlap) * (centred[lag:] @ centred[:-lag]) / size
    correction = (size + 1 - 2 * overlap + overlap * (overlap - 1) / size) / size
    if variance <= 0 or correction <= 0:
        return 1.0
    return 0.5 * math.erfc(math.sqrt(correction * size / (2 * variance)) * gains.mean())


def _verdict(scores: Sequence[Score], origins: int) -> tuple[Verdict, str | None]:
    if origins < MIN_ORIGINS:
        return Verdict.TOO_FEW, None
    rivals = [score for score in scores if score.p_value is not None]
    better = [score for score in rivals if (score.p_value or 0) < SIGNIFICANT / len(rivals)]
    if not better:
        return Verdict.NO_MODEL, None
    best = max(better, key=lambda score: score.skill)
    return Verdict.SOME_MODEL, best.model
