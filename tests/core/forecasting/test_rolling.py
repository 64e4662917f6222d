"""Rolling origins: scores by hand, a test against statsmodels, an honest verdict, progress and cancel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from core.forecasting import Evaluation, Progress, Verdict, evaluate, forecast_price, rolling
from core.forecasting.rolling import diebold_mariano
from tests.core.forecasting.walks import momentum, walk, wild_and_calm


def done(history: pd.Series, horizon: int, models: tuple[str, ...] = (), origins: int = 300) -> Evaluation:
    found = evaluate(history, horizon, models, origins)
    assert found is not None
    return found


def test_the_score_of_no_change_by_hand() -> None:
    # Origins at 4 of the bars from 125 to 394: the first that has 126 bars behind it, the last that has 6 before it.
    prices = walk(401).to_numpy()
    found = done(walk(401), 6, origins=4)
    places = [125, 214, 304, 394]
    errors = np.array(
        [[abs(prices[place] - prices[place + h]) / prices[place] for h in range(1, 7)] for place in places]
    )
    (score,) = found.scores
    assert (found.origins, found.horizon) == (4, 6)
    assert (found.first, found.last) == (walk(401).index[125], walk(401).index[394])
    assert score.mae == pytest.approx(errors.mean(), rel=1e-12)
    assert score.steps.mae.to_numpy() == pytest.approx(errors.mean(axis=0), rel=1e-12)
    assert (score.skill, score.p_value) == (0, None)
    assert score.steps.index.tolist() == [1, 2, 3, 4, 5, 6]


def test_the_score_of_a_model_is_that_of_forecasts_that_know_nothing_later() -> None:
    history = momentum(420)
    found = done(history, 3, ("arima",), origins=7)
    naive, score = found.scores
    errors, inside = [], []
    for place in np.linspace(122, 416, 7).astype(int):
        told = forecast_price(history.iloc[: place + 1], 3, "arima")
        actual = history.iloc[place + 1 : place + 4]
        errors.append((told["mean"] - actual).abs().to_numpy() / history.iloc[place])
        inside.append(((told.low80 <= actual) & (actual <= told.high80)).to_numpy())
    assert score.model == "arima"
    assert score.mae == pytest.approx(np.mean(errors), rel=1e-12)
    assert score.skill == pytest.approx(1 - np.mean(errors) / naive.mae, rel=1e-9)
    assert score.coverage80 == pytest.approx(np.mean(inside))
    assert score.steps.coverage80.to_numpy() == pytest.approx(np.mean(inside, axis=0))


def test_where_nothing_can_be_told_no_model_beats_no_change() -> None:
    found = done(walk(1200), 5, ("arima", "xgboost"), origins=80)
    assert [score.model for score in found.scores] == ["random_walk", "arima", "xgboost"]
    assert found.verdict == Verdict.NO_MODEL
    assert found.best is None
    assert found.verdict.value == "No model beats “no change”."


def test_where_something_can_be_told_the_better_model_is_named() -> None:
    found = done(momentum(1500, share=0.8), 5, ("arima", "xgboost"), origins=80)
    assert (found.verdict, found.best) == (Verdict.SOME_MODEL, "arima")
    # One step ahead the error of an AR(1) with 0.8 is 0.6 of that of no change: sqrt(1 - 0.8²).
    assert found.scores[1].steps.skill.iloc[0] == pytest.approx(0.4, abs=0.1)


def test_too_few_origins_say_nothing() -> None:
    assert done(momentum(1500, share=0.8), 5, ("arima",), origins=29).verdict == Verdict.TOO_FEW


@pytest.mark.parametrize("model", ["random_walk", "arima"])
def test_intervals_hold_what_they_promise_where_tails_are_fat(model: str) -> None:
    hits = []
    for seed in range(3):
        score = next(each for each in done(wild_and_calm(2500, seed), 14, (model,)).scores if each.model == model)
        hits.append([score.coverage80, score.coverage95])
    # 3 times about 170 stretches that do not overlap: standard errors of 1.8 and 1.0 percent.
    assert np.mean(hits, axis=0) == pytest.approx([0.80, 0.95], abs=0.035)


def test_trees_promise_no_less_than_they_hold() -> None:
    score = done(walk(1500), 10, ("xgboost",), origins=120).scores[1]
    assert 0.74 < score.coverage80 < 0.9
    assert 0.91 < score.coverage95 <= 1


def test_progress_is_told_origin_by_origin() -> None:
    steps = rolling(walk(400), 5, (), 10)
    assert list(steps) == [Progress(done, 10) for done in range(1, 11)]


def test_whoever_says_no_gets_no_evaluation_and_no_more_work() -> None:
    asked: list[Progress] = []

    def three(progress: Progress) -> bool:
        asked.append(progress)
        return progress.done < 3

    assert evaluate(walk(400), 5, (), 10, three) is None
    assert [progress.done for progress in asked] == [1, 2, 3]


def test_fewer_origins_where_the_history_has_not_as_many() -> None:
    found = done(walk(140), 5)
    assert found.origins == 140 - 125 - 5 + 1


def test_the_probability_is_that_of_statsmodels() -> None:
    # A mean with Bartlett's weights over 3 lags, then the correction of Harvey, Leybourne and Newbold for 4 overlaps.
    rng = np.random.default_rng(2)
    shocks = rng.normal(0, 1, 203)
    gains = 0.2 + (shocks[3:] + shocks[2:-1] + shocks[1:-2] + shocks[:-3]) / 2
    fitted = sm.OLS(gains, np.ones(200)).fit(cov_type="HAC", cov_kwds={"maxlags": 3})
    correction = np.sqrt((200 + 1 - 8 + 4 * 3 / 200) / 200)
    expected = 1 - _normal(fitted.tvalues[0] * correction)
    assert diebold_mariano(np.zeros(200), gains, 4) == pytest.approx(expected, rel=1e-9)
    assert 0.001 < expected < 0.2


def _normal(value: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(value))


def test_the_probability_of_nothing_is_none() -> None:
    assert diebold_mariano(np.ones(50), np.ones(50), 3) == 1
    assert diebold_mariano(np.zeros(4), np.array([1.0, 2, 1, 2]), 4) == 1  # as many overlaps as origins


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((walk(100), 5), "100 bars are too few: 125 are needed"),
        ((walk(129), 5, ()), "129 bars are too few: 130 are needed to look 5 ahead once and see"),
        ((walk(400), 5, ("arima", "arima")), "a model stands twice: arima, arima"),
        ((walk(400), 5, ("oracle",)), "there is no model 'oracle'"),
        ((walk(400), 5, (), 0), "0 origins: at least 1 is needed"),
        ((walk(400) - 40_000, 5), "all must be above 0"),
        ((walk(400), 0), "horizon 0 is not"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        evaluate(*arguments)
