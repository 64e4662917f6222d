"""Forecasts of the price: fitted at night and stored, scored from rolling origins, read by the page.

A forecast or an evaluation is one transaction of its own: whoever is killed in the middle leaves the one before. The
core is imported where it computes, and its models import their libraries where they fit: a page that reads what is
stored loads neither.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.access import Actor, Permission, require
from db.queries import forecasts as query
from db.session import transaction
from services import market
from services.market import Fact

if TYPE_CHECKING:
    from core.forecasting import Progress, Verdict

DAY = dt.timedelta(days=1)
HORIZONS_DAYS = (7, 30, 90, 365, 730)
USUAL_HORIZON_DAYS = 30
ORIGINS = (30, 60, 120, 300)
NIGHTLY_ORIGINS = 60
HISTORY = 3_980 * DAY  # two windows of what models look at, and the farthest horizon, for origins to be spread over
TOLD_LATELY = 3 * DAY
STEPS = ("mae", "skill", "coverage80", "coverage95")
EVALUATION_DUE_AFTER = dt.timedelta(hours=23)
AT_ONCE = "random_walk"  # its fit is some milliseconds of numpy; the others load their libraries for a second


@dataclass(frozen=True, slots=True)
class Closes:
    """Daily closes of one source by the time of the close, the newest stretch without a hole [USD]."""

    prices: pd.Series
    source: str
    symbol: str


@dataclass(frozen=True, slots=True)
class PriceForecast:
    """What a model expects: `path` by the time of the close, with mean, low80, high80, low95 and high95 [USD]."""

    model: str
    horizon_days: int
    fitted_at: dt.datetime
    source: str
    symbol: str
    bars: int
    last_at: dt.datetime
    last_price_usd: float
    path: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no forecast: no_history, too_short (so many closes of those needed), stands_still or not_fitted."""

    reason: str
    bars: int = 0
    needed: int = 0
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What one model was worth; `steps` by the day ahead with mae, skill, coverage80 and coverage95."""

    model: str
    mae: float
    skill: float
    p_value: float | None
    coverage80: float
    coverage95: float
    steps: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Scores:
    """The newest evaluation of a horizon; nobody's name on it: it was made at night."""

    evaluated_at: dt.datetime
    nightly: bool
    horizon_days: int
    origins: int
    first_origin_at: dt.datetime
    last_origin_at: dt.datetime
    source: str
    symbol: str
    verdict: Verdict
    best: str | None
    models: dict[str, Score]


def price(actor: Actor, model: str, horizon_days: int, now: dt.datetime) -> PriceForecast | Missing:
    """Give the stored forecast; without one that of no change at once, and of others why it is not there."""
    require(actor, Permission.FORECASTS_READ)
    _check(horizon_days)
    with transaction() as session:
        row = query.forecast(session, model, horizon_days)
    if row is not None:
        index = pd.DatetimeIndex([row.last_at + DAY * (day + 1) for day in range(horizon_days)])
        path = pd.DataFrame({name: getattr(row, name) for name in query.ARRAYS}, index=index)
        return PriceForecast(
            model, horizon_days, row.fitted_at, row.source, row.symbol, row.bars, row.last_at, row.last_price_usd, path
        )
    found = closes(now)
    missing = _missing(found, _needed(model, horizon_days))
    if missing is not None:
        return missing
    return fitted(found, model, horizon_days, now) if model == AT_ONCE else Missing("not_fitted")


def spot(actor: Actor, now: dt.datetime) -> Fact | None:
    """Give what a coin costs now."""
    require(actor, Permission.FORECASTS_READ)
    with transaction() as session:
        return market.newest(session, market.PRICE, now)


def past(actor: Actor, source: str, since: dt.datetime, now: dt.datetime) -> pd.Series:
    """Give the closes of a source since a day [USD], holes and all."""
    require(actor, Permission.FORECASTS_READ)
    with transaction() as session:
        _source, _symbol, bars = query.closes(session, since - DAY, now - DAY, now - TOLD_LATELY, source)
    return bars.set_index("at")["close"]


def evaluable(actor: Actor, horizon_days: int, now: dt.datetime) -> Missing | None:
    """Give what keeps an evaluation from being made; nothing where it can be."""
    require(actor, Permission.FORECASTS_READ)
    _check(horizon_days)
    return _missing(closes(now), _needed_to_evaluate(horizon_days))


def scores(actor: Actor, horizon_days: int) -> Scores | None:
    """Give the newest evaluation of a horizon."""
    from core.forecasting import Verdict

    require(actor, Permission.FORECASTS_READ)
    with transaction() as session:
        found = query.evaluation(session, horizon_days)
    if found is None:
        return None
    row, rows = found
    models = {each.model: _score(each) for each in rows}
    return Scores(
        evaluated_at=row.evaluated_at,
        nightly=row.person_id is None,
        horizon_days=row.horizon_days,
        origins=row.origins,
        first_origin_at=row.first_origin_at,
        last_origin_at=row.last_origin_at,
        source=row.source,
        symbol=row.symbol,
        verdict=Verdict[row.verdict],
        best=row.best,
        models=models,
    )


def fit(actor: Actor, params: dict[str, Any], progress: Callable[[float], None]) -> None:
    """Fit a model that nobody has fitted yet: the work of a job."""
    model, horizon_days, now = str(params["model"]), int(params["horizon_days"]), dt.datetime.now(dt.UTC)
    progress(0.0)
    made = fitted(closes(now), model, horizon_days, now)
    progress(0.9)
    _store(made)


def evaluate(actor: Actor, params: dict[str, Any], progress: Callable[[float], None]) -> None:
    """Score all models from past origins: the work of a job, cancelled between two of them."""
    horizon_days, origins = int(params["horizon_days"]), int(params["origins"])
    _check(horizon_days)
    if origins not in ORIGINS:
        raise ValueError(f"{origins} origins are none of {ORIGINS}")
    progress(0.0)
    _evaluate(horizon_days, origins, actor.person_id, lambda step: progress(step.done / step.total))


def refit(now: dt.datetime) -> int:
    """Fit every model again whose forecast does not reach from the newest close; gives how many were."""
    from core.forecasting import MODELS

    found = closes(now)
    if found.prices.empty:
        return 0
    with transaction() as session:
        there = query.fits(session)
    newest = (found.prices.index[-1].to_pydatetime(), found.source)
    due = [(model, days) for days in HORIZONS_DAYS for model in MODELS if there.get((model, days)) != newest]
    done = 0
    for model, days in due:
        if _missing(found, _needed(model, days)) is not None:
            continue
        _store(fitted(found, model, days, dt.datetime.now(dt.UTC)))
        done += 1
    return done


def evaluate_due(now: dt.datetime) -> int | None:
    """Score one horizon whose evaluation is a day old, the oldest first and before all the usual one; gives which."""
    found = closes(now)
    with transaction() as session:
        there = query.evaluated(session)
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    due = [
        days
        for days in HORIZONS_DAYS
        if there.get(days, never) < now - EVALUATION_DUE_AFTER and _missing(found, _needed_to_evaluate(days)) is None
    ]
    if not due:
        return None
    oldest = min(due, key=lambda days: (there.get(days, never), days != USUAL_HORIZON_DAYS))
    _evaluate(oldest, NIGHTLY_ORIGINS, None, lambda _step: None)
    return oldest


def closes(now: dt.datetime) -> Closes:
    """Give what models are fitted on."""
    with transaction() as session:
        source, symbol, bars = query.closes(session, now - HISTORY, now - DAY, now - TOLD_LATELY - DAY)
    prices = bars.set_index("at")["close"]
    # A hole is not filled: what stands before it is left out.
    holes = (prices.index[1:] - prices.index[:-1] != DAY).nonzero()[0] if len(prices) else []
    return Closes(prices.iloc[holes[-1] + 1 :] if len(holes) else prices, source, symbol)


def fitted(found: Closes, model: str, horizon_days: int, now: dt.datetime) -> PriceForecast:
    """Fit a model."""
    from core.forecasting import forecast_price

    _check(horizon_days)
    path = forecast_price(found.prices, horizon_days, model)
    last_at = found.prices.index[-1].to_pydatetime()
    return PriceForecast(
        model, horizon_days, now, found.source, found.symbol, len(found.prices), last_at,
        float(found.prices.iloc[-1]), path,
    )  # fmt: skip


def _store(made: PriceForecast) -> None:
    values = {
        "model": made.model,
        "horizon_days": made.horizon_days,
        "fitted_at": made.fitted_at,
        "source": made.source,
        "symbol": made.symbol,
        "first_at": made.last_at - DAY * (made.bars - 1),
        "last_at": made.last_at,
        "bars": made.bars,
        "last_price_usd": made.last_price_usd,
        **{name: made.path[name].tolist() for name in query.ARRAYS},
    }
    with transaction() as session:
        query.store_forecast(session, values)


def _evaluate(horizon_days: int, origins: int, person_id: int | None, tell: Callable[[Progress], object]) -> None:
    from core.forecasting import MODELS
    from core.forecasting import evaluate as score

    def go_on(step: Progress) -> bool:
        tell(step)  # raises where somebody has cancelled
        return True

    found = closes(dt.datetime.now(dt.UTC))
    made = score(found.prices, horizon_days, tuple(MODELS), origins, go_on)
    if made is None:
        return
    values = {
        "evaluated_at": dt.datetime.now(dt.UTC),
        "person_id": person_id,
        "horizon_days": horizon_days,
        "origins": made.origins,
        "first_origin_at": made.first,
        "last_origin_at": made.last,
        "source": found.source,
        "symbol": found.symbol,
        "verdict": made.verdict.name,
        "best": made.best,
    }
    rows = [
        {
            "model": each.model,
            "mae": each.mae,
            "skill": each.skill,
            "p_value": each.p_value,
            "coverage80": each.coverage80,
            "coverage95": each.coverage95,
            **{f"step_{name}": each.steps[name].tolist() for name in STEPS},
        }
        for each in made.scores
    ]
    with transaction() as session:
        query.store_evaluation(session, values, rows)


def _score(row: Any) -> Score:
    steps = pd.DataFrame({name: getattr(row, f"step_{name}") for name in STEPS})
    steps.index = pd.RangeIndex(1, len(steps) + 1, name="day")
    return Score(row.model, row.mae, row.skill, row.p_value, row.coverage80, row.coverage95, steps)


def _missing(found: Closes, needed: int) -> Missing | None:
    from core.forecasting.history import stands_still

    if found.prices.empty:
        return Missing("no_history", needed=needed)
    if len(found.prices) < needed:
        return Missing("too_short", len(found.prices), needed, found.prices.index[0].to_pydatetime())
    if stands_still(found.prices):
        return Missing("stands_still", len(found.prices), needed)
    return None


def _needed(model: str, horizon_days: int) -> int:
    from core.forecasting import MODELS

    if model not in MODELS:
        raise ValueError(f"there is no model {model!r}; there are {', '.join(MODELS)}")
    return MODELS[model].needed(horizon_days)


def _needed_to_evaluate(horizon_days: int) -> int:
    from core.forecasting import MODELS

    return max(model.needed(horizon_days) for model in MODELS.values()) + horizon_days


def _check(horizon_days: int) -> None:
    if horizon_days not in HORIZONS_DAYS:
        raise ValueError(f"{horizon_days} days ahead are none of {HORIZONS_DAYS}")
