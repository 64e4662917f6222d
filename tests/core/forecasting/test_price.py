"""Price forecasts: against the law that drew the prices, against statsmodels, and against hostile histories."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.arima.model import ARIMA

from core.forecasting import MODELS, forecast_price
from core.forecasting.history import History, needed
from tests.core.forecasting.walks import momentum, priced, walk

COLUMNS = ["mean", "low80", "high80", "low95", "high95"]


@pytest.mark.parametrize("model", MODELS)
def test_the_table_goes_on_where_the_history_ends(model: str) -> None:
    history = walk(500)
    found = forecast_price(history, 10, model)
    assert list(found.columns) == COLUMNS
    assert found.index.equals(pd.date_range("2021-05-15", periods=10, freq="D", tz="UTC", name="time"))
    assert found.dtypes.eq(np.float64).all()
    assert (found.low95 <= found.low80).all()
    assert (found.low80 < found["mean"]).all()
    assert (found["mean"] < found.high80).all()
    assert (found.high80 <= found.high95).all()
    width = np.log(found.high80 / found.low80)
    assert (width.diff().dropna() >= -1e-12).all()


def test_no_change_expects_the_last_price() -> None:
    history = walk(500)
    assert forecast_price(history, 30, "random_walk")["mean"].to_numpy() == pytest.approx(history.iloc[-1], rel=1e-12)


def test_the_interval_of_a_random_walk_is_that_of_the_normal_law() -> None:
    # Over h bars the logarithm moves by 2 % * sqrt(h): 1.2816 and 1.96 times that to either side.
    widths = []
    for seed in range(40):
        found = forecast_price(walk(1300, seed), 9, "random_walk")
        widths.append([np.log(found[f"high{level}"] / found["mean"]).to_numpy()[[0, 3, 8]] for level in (80, 95)])
    expected = np.array([[1.2816], [1.96]]) * 0.02 * np.sqrt([1, 4, 9])
    # Of one walk they wander by 15 percent with the volatility of the last weeks.
    assert np.mean(widths, axis=0) == pytest.approx(expected, rel=0.06)


def test_arima_is_that_of_statsmodels() -> None:
    history = momentum(800)
    changes = np.diff(np.log(history.to_numpy()))
    fitted = ARIMA(changes, order=(5, 0, 0), trend="n").fit(method="burg")
    expected = history.iloc[-1] * np.exp(np.cumsum(fitted.forecast(20)))
    assert forecast_price(history, 20, "arima")["mean"].to_numpy() == pytest.approx(expected, rel=1e-9)
    # And so is what it expected at an earlier bar, of which the interval is made.
    earlier = fitted.apply(changes[:600]).forecast(20)
    assert MODELS["arima"].expect(History.of(history, 20, needed), 20)[600] == pytest.approx(
        np.cumsum(earlier), rel=1e-9
    )


def test_an_autoregression_is_told_apart_from_luck() -> None:
    # AR(1) with 0.6: the last change goes on by 0.6 + 0.36 + 0.216 + ... of itself, 1.5 times in all.
    history = momentum(1500)
    last = np.log(history.iloc[-1] / history.iloc[-2])
    told = np.log(forecast_price(history, 30, "arima")["mean"].iloc[-1] / history.iloc[-1])
    assert told == pytest.approx(1.5 * last, rel=0.3)


@pytest.mark.parametrize("model", ["arima", "xgboost"])
def test_what_was_expected_at_a_bar_says_nothing_of_what_came_in_its_stretch(model: str) -> None:
    # Errors of a model that has seen the outcomes would be too small, and the intervals with them.
    history = History.of(walk(1400), 5, needed)
    expected = MODELS[model].expect(history, 5)
    outcome = history.after(5)
    told = np.isfinite(expected[:, 4]) & np.isfinite(outcome)
    assert told.sum() > 1000
    assert abs(np.corrcoef(expected[told, 4], outcome[told])[0, 1]) < 0.12


def test_the_interval_is_made_of_the_errors_of_the_model() -> None:
    # Of an AR(1) with 0.8 one step ahead: 0.6 of the errors of no change, sqrt(1 - 0.8²).
    history = momentum(1500, share=0.8)
    naive, told = (np.log(found.high80 / found.low80).iloc[0] for found in _both(history))
    assert told / naive == pytest.approx(0.6, abs=0.08)


def _both(history: pd.Series) -> list[pd.DataFrame]:
    return [forecast_price(history, 5, model) for model in ("random_walk", "arima")]


def test_intervals_never_narrow_even_where_a_price_comes_back() -> None:
    # Noise around a level: as far off after 1 bar as after 30, and quantiles of samples wander.
    changes = np.diff(np.random.default_rng(6).normal(0, 0.02, 801))
    found = forecast_price(priced(changes), 30, "random_walk")
    for level in (80, 95):
        assert (np.log(found[f"high{level}"]).diff().dropna() >= 0).all()


def test_trees_see_what_a_line_cannot() -> None:
    # The size of a change decides the direction of the next: no linear relation, so ARIMA is blind to it.
    rng = np.random.default_rng(1)
    changes = np.zeros(1500)
    for bar in range(1, 1500):
        changes[bar] = (0.02 if abs(changes[bar - 1]) < 0.02 else -0.02) + rng.normal(0, 0.012)
    index = pd.RangeIndex(1500)
    history = pd.Series(40_000 * np.exp(np.cumsum(changes - changes.mean())), index=index)
    hits = {"arima": [], "xgboost": []}
    for size in range(1300, 1490, 5):
        outcome = np.log(history.iloc[size] / history.iloc[size - 1])
        for model, found in hits.items():
            told = np.log(forecast_price(history.iloc[:size], 1, model)["mean"].iloc[0] / history.iloc[size - 1])
            found.append(np.sign(told) == np.sign(outcome))
    assert np.mean(hits["xgboost"]) > 0.8
    assert np.mean(hits["arima"]) < np.mean(hits["xgboost"])


def test_between_the_distances_of_the_trees_the_expectation_is_a_straight_line() -> None:
    # Up to 30 bars they are grown for 1, 2, 4, 8, 15 and 30.
    expected = MODELS["xgboost"].expect(History.of(walk(400), 30, needed), 30)[-1]
    known = np.array([0.0, *expected[[0, 1, 3, 7, 14, 29]]])
    assert expected == pytest.approx(np.interp(np.arange(1, 31), [0, 1, 2, 4, 8, 15, 30], known), abs=1e-12)
    assert np.abs(np.diff(expected, 2)).max() > 1e-5


@pytest.mark.parametrize("model", MODELS)
def test_the_unit_of_the_price_does_not_matter(model: str) -> None:
    history = walk(400)
    dear, cheap = forecast_price(history, 5, model), forecast_price(history / 1e6, 5, model)
    assert cheap.to_numpy() * 1e6 == pytest.approx(dear.to_numpy(), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_history_gives_the_same_forecast(model: str) -> None:
    history = walk(400)
    assert forecast_price(history, 5, model).equals(forecast_price(history, 5, model))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.RangeIndex(10, 310), [310, 311]),
        (pd.Index(np.arange(300) * 0.5), [150.0, 150.5]),
        (pd.date_range("2024-01-01", periods=300, freq="h"), ["2024-01-13T12", "2024-01-13T13"]),
        # Summer time begins on 2024-03-31 in Berlin; steps are steps of time, not of clocks.
        (
            pd.date_range("2024-03-18T14:00", periods=300, freq="h", tz="Europe/Berlin"),
            ["2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00"],
        ),
    ],
)
def test_any_regular_index_goes_on(index: pd.Index, expected: list) -> None:
    found = forecast_price(pd.Series(walk(300).to_numpy(), index=index), 2, "random_walk").index
    assert list(found) == ([pd.Timestamp(each) for each in expected] if isinstance(expected[0], str) else expected)


def test_whole_numbers_and_decimals_are_prices_too() -> None:
    plain = walk(300).round(0)
    for other in (plain.astype(int), plain.map(lambda price: Decimal(int(price)))):
        assert forecast_price(other, 3, "random_walk").equals(forecast_price(plain, 3, "random_walk"))


def halted(bars: int, still: int) -> pd.Series:
    """Give a walk whose first prices are all the same."""
    history = walk(bars)
    history.iloc[:still] = history.iloc[still]
    return history


def changed(place: int, value: float) -> pd.Series:
    history = walk(300)
    history.iloc[place] = value
    return history


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: walk(149), "149 bars are too few: 150 are needed to look 30 ahead"),
        (lambda: walk(0), "0 bars are too few"),
        (lambda: changed(7, np.nan), r"the price at 2020-01-08 00:00:00\+00:00 is absent: all must be above 0"),
        (lambda: changed(-1, 0.0), "is 0: all must be above 0"),
        (lambda: changed(0, -5.0), "is -5: all must be above 0"),
        (lambda: changed(3, np.inf), "is inf: all must be above 0"),
        (lambda: walk(300).drop(walk(300).index[5]), "the index is irregular: 2020-01-07 .* comes after 2020-01-05"),
        (lambda: walk(300)[::-1], "the index must rise: 2020-10-25 .* comes after 2020-10-26"),
        (lambda: walk(300).set_axis(["a"] * 300), "times or numbers are needed"),
        (lambda: walk(300).set_axis(pd.DatetimeIndex([pd.NaT, *walk(299).index])), "the index has an absent time"),
        (lambda: walk(300).set_axis(np.r_[0.0, 0.0, np.arange(298)]), "the index must rise: 0.0 comes after 0.0"),
        (lambda: walk(300) * 0 + 5.0, "the price moved in 0 of the newest 299 bars: a feed that stands still"),
        (lambda: halted(400, 301), "the price moved in 98 of the newest 399 bars"),
        (lambda: walk(300).astype(str), "the history holds str, not prices"),
        (lambda: walk(300) > 0, "the history holds bool, not prices"),
        (lambda: walk(300).to_frame(), "a history comes as a Series, not as DataFrame"),
        (lambda: None, "not as NoneType"),
    ],
)
def test_histories_that_are_none_are_refused(make: Callable[[], pd.Series], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        forecast_price(make(), 30, "random_walk")


@pytest.mark.parametrize("model", list(MODELS))
@pytest.mark.parametrize("bars", [600, 1_200])
def test_a_feed_that_stood_still_for_a_while_leaves_finite_intervals_in_order(model: str, bars: int) -> None:
    for history in (halted(bars, bars * 2 // 5), halted(bars, bars * 2 // 5)[::-1].set_axis(walk(bars).index)):
        found = forecast_price(history, 30, model)
        assert np.isfinite(found.to_numpy()).all()
        assert (found["low95"] <= found["low80"]).all()
        assert (found["low80"] < found["high80"]).all()
        assert (found["high80"] <= found["high95"]).all()


@pytest.mark.parametrize("horizon", [0, -1, 731, 1.5, True, "5", None])
def test_horizons_that_are_none_are_refused(horizon: object) -> None:
    with pytest.raises(ValueError, match="is not a whole number from 1 to 730"):
        forecast_price(walk(1000), horizon, "random_walk")  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["prophet", "", None, ["arima"]])
def test_an_unknown_model_is_refused_by_naming_the_others(model: object) -> None:
    with pytest.raises(ValueError, match="there are random_walk, arima, xgboost"):
        forecast_price(walk(300), 5, model)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", MODELS)
def test_the_shortest_history_and_a_wild_one(model: str) -> None:
    for horizon in (1, 30, 200, 730):
        least = MODELS[model].needed(horizon)
        assert np.isfinite(forecast_price(walk(least), horizon, model).to_numpy()).all()
        with pytest.raises(
            ValueError, match=f"{least - 1} bars are too few: {least} are needed to look {horizon} ahead"
        ):
            forecast_price(walk(least - 1), horizon, model)
    jumps = walk(400)
    jumps.iloc[200:] *= 1e6  # a stock split, a wrong unit: wide intervals, but no fault
    assert np.isfinite(forecast_price(jumps, 30, model).to_numpy()).all()
    still = walk(400)
    still.iloc[50:300] = still.iloc[50]  # a feed that stood still for months
    assert np.isfinite(forecast_price(still, 30, model).to_numpy()).all()
