"""Frames that are none are refused with a sentence; frames of other makes give the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.indicators import INDICATORS, compute
from tests.core.indicators.bars import candles, frame_for, network

ALL = sorted(INDICATORS)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_frame_gives_an_empty_frame(name: str) -> None:
    empty = frame_for(INDICATORS[name].daily, 30).iloc[:0]
    found = compute(name, empty)
    assert len(found) == 0
    assert tuple(found.columns) == INDICATORS[name].columns
    bare = pd.DataFrame(columns=list(empty.columns))
    assert tuple(compute(name, bare).columns) == INDICATORS[name].columns


@pytest.mark.parametrize("name", ALL)
def test_one_row_is_enough_to_say_nothing(name: str) -> None:
    frame = frame_for(INDICATORS[name].daily, 30).iloc[:1]
    found = compute(name, frame)
    assert found.shape == (1, len(INDICATORS[name].columns))
    assert not np.isinf(found.to_numpy()).any()


@pytest.mark.parametrize("name", ALL)
def test_rows_without_any_number_give_rows_without_any_number(name: str) -> None:
    frame = frame_for(INDICATORS[name].daily, 300)
    frame.loc[:] = np.nan
    assert compute(name, frame).isna().to_numpy().all()


@pytest.mark.parametrize("name", ALL)
def test_the_frame_that_was_given_stays_as_it_was(name: str) -> None:
    frame = frame_for(INDICATORS[name].daily, 300)
    frame.iloc[5:7] = np.nan
    before = frame.copy()
    found = compute(name, frame)
    found.iloc[:] = -1.0
    pd.testing.assert_frame_equal(frame, before)


def test_whole_numbers_count_as_numbers() -> None:
    bars = candles(200).round().astype("int64")
    pd.testing.assert_frame_equal(compute("adx", bars), compute("adx", bars.astype(float)))


@pytest.mark.parametrize(
    "other",
    [
        lambda bars: bars.astype("float32").astype("float64"),
        lambda bars: bars.astype("float32"),
        lambda bars: bars.astype("float32").astype("Float64"),
        lambda bars: bars.astype("float32").astype("float64").astype(object),
        lambda bars: bars.astype("float32").astype("float64").map(Decimal),
        lambda bars: pd.DataFrame(np.asfortranarray(bars.astype("float32")), bars.index, bars.columns),
        lambda bars: pd.DataFrame(np.ascontiguousarray(bars.astype("float32"))[::1], bars.index, bars.columns),
        lambda bars: bars.astype("float32").iloc[:, ::-1],
    ],
    ids=["float64", "float32", "Float64", "object", "Decimal", "columns first", "rows first", "other order"],
)
def test_the_make_of_the_columns_does_not_matter(other: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    bars = candles(200)
    expected = compute("mfi", bars.astype("float32").astype("float64"))
    pd.testing.assert_frame_equal(compute("mfi", other(bars)), expected)


def test_absent_in_any_make_is_absent() -> None:
    bars = candles(100)
    for make in ("Float64", object):
        holed = bars.astype(make)
        holed.iloc[60, :] = None
        found = compute("sma", holed, length=5)["sma"]
        assert found.iloc[60:65].isna().all()
        assert found.iloc[65:].notna().all()


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_an_endless_price_is_an_absent_one(bad: float) -> None:
    bars = candles(100)
    bars.iloc[50, bars.columns.get_loc("close")] = bad
    found = compute("ema", bars, length=5)["ema"]
    assert found.iloc[50:55].isna().all()
    assert np.isfinite(found.iloc[55:]).all()


def test_only_the_columns_that_are_read_are_asked_for() -> None:
    closes = candles(100)[["close"]]
    assert compute("rsi", closes)["rsi"].iloc[-1] > 0
    with pytest.raises(ValueError, match="high, low missing: the frame has close"):
        compute("atr", closes)


def test_an_absent_volume_does_not_matter_to_who_does_not_read_it() -> None:
    bars = candles(100)
    without = bars.assign(volume=np.nan)
    pd.testing.assert_frame_equal(compute("macd", bars), compute("macd", without))


def twice(bars: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([bars, bars[["close"]]], axis=1)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda bars: bars.to_numpy(), "bars come as a DataFrame, not as ndarray"),
        (lambda bars: bars["close"], "not as Series"),
        (lambda bars: None, "not as NoneType"),
        (lambda bars: bars.rename(columns=str.title), "close missing: the frame has Open, High, Low, Close, Volume"),
        (lambda bars: pd.DataFrame(), "close missing: the frame has no column"),
        (twice, "close stands twice"),
        (lambda bars: bars.astype(str), "close holds str, not numbers"),
        (lambda bars: bars.astype(object).assign(close="1.5"), "close holds str"),
        (lambda bars: bars.assign(close=pd.Series(["1.5"] * 60, bars.index, dtype=object)), "close holds object"),
        (lambda bars: bars.assign(close=True), "close holds bool"),
        (lambda bars: bars.astype(complex), "close holds complex128"),
        (lambda bars: bars.assign(close=bars.index), "close holds datetime64"),
        (lambda bars: bars.assign(close=[[1]] * 60), "close holds object"),
        (lambda bars: bars.iloc[::-1], "the index must rise: 2024-01-03 10:00:00.00:00 comes after 2024-01-03 11:00"),
        (lambda bars: bars.reset_index(drop=True).iloc[::-1], "the index must rise: 58 comes after 59"),
        (lambda bars: bars.iloc[[0, 2, 1, 3]], "the index must rise"),
        (lambda bars: bars.iloc[[0, 1, 1, 2]], "2024-01-01 01:00.* comes after 2024-01-01 01:00"),
        (lambda bars: bars.set_index(bars.index.where(bars.index != bars.index[7])), "an absent time"),
        (lambda bars: bars.set_index(bars.index.astype(str)), "the index is of str: times or numbers are needed"),
        (lambda bars: bars.set_index(pd.MultiIndex.from_product([["BTC"], bars.index])), "times or numbers are needed"),
    ],
)
def test_what_is_no_series_of_bars_is_refused_with_a_sentence(
    spoil: Callable[[pd.DataFrame], Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        compute("sma", spoil(candles(60)), length=5)


def test_other_rising_indexes_are_kept() -> None:
    bars = candles(60)
    for index in (
        pd.RangeIndex(60),
        pd.Index(np.linspace(0, 1, 60)),
        bars.index.tz_convert(None),
        bars.index - bars.index[0],
    ):
        found = compute("sma", bars.set_index(index))
        assert found.index.equals(index)
        np.testing.assert_array_equal(found["sma"], compute("sma", bars)["sma"])


def test_a_missing_day_of_the_network_is_named() -> None:
    rows = network(400)
    with pytest.raises(ValueError, match=r"one row a day .*2021-01-12 .* comes after 2021-01-10"):
        compute("puell", rows.drop(rows.index[10]))
    with pytest.raises(ValueError, match="daily rows need times in the index, which is of int64"):
        compute("puell", rows.reset_index(drop=True))


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("smma", {}, "there is no indicator 'smma'; there are sma, ema"),
        (None, {}, "there is no indicator None"),
        (["sma"], {}, "there is no indicator"),
        ("sma", {"window": 5}, "sma has no parameter 'window': it takes length"),
        ("obv", {"length": 5}, "obv has no parameter 'length': it takes none"),
        ("sma", {"length": 0}, "sma: length 0 is not a whole number from 1 to 5000"),
        ("sma", {"length": -3}, "length -3 is not"),
        ("sma", {"length": 5_001}, "length 5001 is not"),
        ("sma", {"length": 10**400}, "length 1000.* is not"),
        ("sma", {"length": 2.5}, "length 2.5 is not a whole number"),
        ("sma", {"length": "14"}, "length '14' is not"),
        ("sma", {"length": True}, "length True is not"),
        ("sma", {"length": None}, "length None is not"),
        ("sma", {"length": float("nan")}, "length nan is not"),
        ("rsi", {"length": 1}, "length 1 is not a whole number from 2"),
        ("bollinger", {"nbdevup": float("nan")}, "bollinger: nbdevup nan is not a number from 0 to 10"),
        ("bollinger", {"nbdevdn": float("inf")}, "nbdevdn inf is not"),
        ("bollinger", {"nbdevup": -1}, "nbdevup -1 is not"),
        ("macd", {"fastperiod": 26}, "macd: fastperiod 26 is not below slowperiod 26"),
        ("psar", {"acceleration": 0.3}, "psar: acceleration 0.3 is above maximum 0.2"),
        ("vwap", {"session": "year"}, "vwap: session 'year' is none of all, day, week, month"),
        ("vwap", {"length": 1}, "vwap: length 1 is no window"),
        ("vwap", {"session": "day", "length": 20}, "vwap: length 20 and session 'day' exclude each other"),
        ("hash_ribbons", {"short": 60}, "hash_ribbons: short 60 is not below long 60"),
    ],
)
def test_wrong_parameters_are_refused_with_a_sentence(name: Any, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        compute(name, candles(60), **params)


@pytest.mark.parametrize("name", ALL)
def test_every_bound_of_every_parameter_computes(name: str) -> None:
    indicator = INDICATORS[name]
    frame = frame_for(indicator.daily, 120)
    tried = 0
    for parameter in indicator.parameters:
        for value in parameter.choices or (parameter.low, parameter.high):
            given = {parameter.name: value if parameter.choices else type(parameter.default)(value)}
            try:
                indicator.arguments(given)
            except ValueError:
                continue  # refused beside the other defaults: fast above slow
            assert len(compute(name, frame, **given)) == 120
            tried += 1
    assert tried >= len(indicator.parameters)


def test_a_window_longer_than_the_history_gives_nothing() -> None:
    assert compute("sma", candles(60), length=5_000).isna().to_numpy().all()
