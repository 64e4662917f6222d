"""Every kind of rule on bars small enough to check by eye, and the rules that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import Composite, Cross, Divergence, Level, Line, Price, Rule, Threshold
from core.signals.rules import MAX_DEPTH, MAX_RULES
from core.signals.states import View

NAN = float("nan")
T, F, U = 1, -1, 0

ABOVE_5 = Threshold(Price("close"), "above", Level(5))
BELOW_9 = Threshold(Price("close"), "below", Level(9))


def closes(*values: float, **others: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"close": values, **others})


def said(rule: Rule, candles: pd.DataFrame) -> list[int]:
    return rule.states(View(candles)).tolist()


def test_a_threshold_holds_strictly_beyond_its_level() -> None:
    bars = closes(4, 5, 6, NAN, 7)
    assert said(ABOVE_5, bars) == [F, F, T, U, T]
    assert said(Threshold(Price("close"), "below", Level(5)), bars) == [T, F, F, U, F]


def test_a_threshold_may_be_another_line() -> None:
    # Means of two closes: -, 1.5, 2.5, 2.5, 1.5
    bars = closes(1, 2, 3, 2, 1)
    assert said(Threshold(Price(), "above", Line("sma", params={"length": 2})), bars) == [U, T, T, F, F]


def test_a_cross_is_one_bar_long() -> None:
    bars = closes(4, 6, 7, 5, 6, 5, 5, 4)
    assert said(Cross(Price(), "up", Level(5)), bars) == [U, T, F, F, T, F, F, F]
    assert said(Cross(Price(), "down", Level(5)), bars) == [U, F, F, F, F, F, F, T]


def test_a_cross_out_of_touch_counts_once() -> None:
    # It touches the level from above and leaves upwards again: below it, it never was, but it came from "not above".
    assert said(Cross(Price(), "up", Level(5)), closes(6, 5, 6)) == [U, F, T]


def test_a_cross_over_a_gap_cannot_be_told() -> None:
    assert said(Cross(Price(), "up", Level(5)), closes(4, NAN, 6, 4, 6)) == [U, U, U, F, T]


def divergence(low: list[float], line: list[float], **more: Any) -> list[int]:
    # ROC over one bar of closes that are chosen so that the line is what the test says: c[t] = c[t-1] * (1 + r/100).
    close = np.cumprod([100.0, *(1 + np.array(line[1:]) / 100)])
    bars = pd.DataFrame({"close": close, "low": low, "high": [-each for each in low]})
    return said(Divergence(Line("roc", params={"length": 1}), "bullish", **more), bars)


def test_a_lower_low_with_a_higher_line_diverges_once_it_is_confirmed() -> None:
    # Pivots at 2 (low 5, line -4) and 6 (low 4, line -1); with reach 2 the second is known at bar 8.
    low = [9, 8, 5, 8, 9, 8, 4, 7, 8, 9]
    line = [0, -1, -4, 1, 2, -1, -1, 1, 1, 1]
    assert divergence(low, line, reach=2) == [U, F, F, F, F, F, F, F, T, F]
    assert T not in divergence(low[:8], line[:8], reach=2)
    assert T not in divergence(low, line, reach=2, within=3)


@pytest.mark.parametrize(
    ("low", "line"),
    [
        ([9, 8, 5, 8, 9, 8, 4, 7, 8, 9], [0, -1, -4, 1, 2, -1, -5, 1, 1, 1]),  # the line falls with the price
        ([9, 8, 4, 8, 9, 8, 5, 7, 8, 9], [0, -1, -4, 1, 2, -1, -1, 1, 1, 1]),  # the second low is higher
        ([9, 8, 5, 8, 9, 8, 4, 4, 3, 2], [0, -1, -4, 1, 2, -1, -1, 1, 1, 1]),  # it goes on falling: no pivot
        ([9, 8, 5, 8, 9, 8, 4, NAN, 8, 9], [0, -1, -4, 1, 2, -1, -1, 1, 1, 1]),  # nobody knows what came after
    ],
)
def test_what_does_not_diverge(low: list[float], line: list[float]) -> None:
    assert T not in divergence(low, line, reach=2)


def test_a_bearish_divergence_is_the_mirror_at_highs() -> None:
    high = [1, 2, 5, 2, 1, 2, 6, 3, 2, 1]
    rates = [0, 1, 4, -1, -2, 1, 1, -1, -1, -1]
    close = np.cumprod([100.0, *(1 + np.array(rates[1:]) / 100)])
    bars = pd.DataFrame({"close": close, "high": high, "low": [0.0] * 10})
    rule = Divergence(Line("roc", params={"length": 1}), "bearish", reach=2)
    assert said(rule, bars) == [U, F, F, F, F, F, F, F, T, F]


def test_a_plateau_is_one_pivot() -> None:
    low = [9, 8, 5, 5, 9, 8, 4, 4, 8, 9, 9]
    line = [0, -1, -4, -4, 2, -1, -1, -1, 1, 1, 1]
    assert divergence(low, line, reach=2).count(T) == 1


def test_composites_know_what_cannot_be_told() -> None:
    bars = closes(4, 6, 10, NAN)
    assert said(Composite("all", (ABOVE_5, BELOW_9)), bars) == [F, T, F, U]
    assert said(Composite("any", (ABOVE_5, BELOW_9)), bars) == [T, T, T, U]
    assert said(Composite("not", (ABOVE_5,)), bars) == [T, F, F, U]


def test_unknown_decides_only_where_the_others_leave_it_open() -> None:
    bars = closes(1, 1, 10, 10, volume=[NAN, 2.0, NAN, 2.0])
    busy = Threshold(Price("volume"), "above", Level(1))
    assert said(Composite("all", (ABOVE_5, busy)), bars) == [F, F, U, T]
    assert said(Composite("any", (ABOVE_5, busy)), bars) == [U, T, T, T]
    assert said(Composite("not", (Composite("all", (ABOVE_5, busy)),)), bars) == [T, T, U, F]


@given(st.lists(st.one_of(st.floats(0, 12), st.just(NAN)), min_size=1, max_size=30))
def test_not_any_is_all_not(values: list[float]) -> None:
    bars = closes(*values)
    left = Composite("not", (Composite("any", (ABOVE_5, BELOW_9)),))
    right = Composite("all", (Composite("not", (ABOVE_5,)), Composite("not", (BELOW_9,))))
    assert said(left, bars) == said(right, bars)


def test_rules_name_the_columns_they_read() -> None:
    rule = Composite("all", (Cross(Price("open"), "up", Line("mfi")), Divergence(Line("obv"), "bearish"), ABOVE_5))
    assert rule.columns == {"open", "high", "low", "close", "volume"}
    assert Threshold(Line("vwap", params={"session": "day"}), "below", Price()).columns == {
        "high",
        "low",
        "close",
        "volume",
    }


def nested(levels: int) -> Rule:
    rule: Rule = ABOVE_5
    for _ in range(levels - 1):
        rule = Composite("not", (rule,))
    return rule


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Line("rsx"), "there is no indicator 'rsx'"),
        (lambda: Line("macd", "slope"), "macd has no column 'slope'; it has macd, signal, histogram"),
        (lambda: Line("rsi", params={"length": 0}), "rsi: length 0 is not"),
        (lambda: Line("rsi", params=[14]), "params .14. are not names with values"),
        (lambda: Price("adjusted"), "candles have no column 'adjusted'"),
        (lambda: Level(NAN), "level nan is not a number"),
        (lambda: Level(float("inf")), "level inf is not a number"),
        (lambda: Level(10**400), "is not a number"),
        (lambda: Level(True), "level True is not a number"),
        (lambda: Level("5"), "level '5' is not a number"),
        (lambda: Threshold(Price(), "over", Level(5)), "'over' is not a valid Side"),
        (lambda: Threshold(Level(5), "above", Price()), "the level 5 cannot stand on the left"),
        (lambda: Threshold(Price(), "above", Price()), "compared with itself"),
        (lambda: Threshold(Price(), "above", 5), "5 is no line, column or level"),
        (lambda: Threshold(Line("obv"), "above", Level(5)), "obv counts from the first bar"),
        (lambda: Cross(Price(), "up", Line("vwap")), "vwap counts from the first bar"),
        (lambda: Cross(Price(), "sideways", Level(5)), "'sideways' is not a valid Direction"),
        (lambda: Divergence(Price(), "bullish"), "is no line of an indicator"),
        (lambda: Divergence(Line("vwap"), "bullish"), "vwap counts from the first bar"),
        (lambda: Divergence(Line("rsi"), "bull"), "'bull' is not a valid Bias"),
        (lambda: Divergence(Line("rsi"), "bullish", reach=0), "reach 0 is not a whole number from 1 to 50"),
        (lambda: Divergence(Line("rsi"), "bullish", within=201), "within 201 is not"),
        (lambda: Divergence(Line("rsi"), "bullish", reach=True), "reach True is not"),
        (lambda: Composite("all", ()), "'all' needs a rule, not 0"),
        (lambda: Composite("not", (ABOVE_5, BELOW_9)), "'not' takes one rule, not 2"),
        (lambda: Composite("none", (ABOVE_5,)), "'none' is not a valid Mode"),
        (lambda: Composite("all", (ABOVE_5, "BELOW_9")), "'BELOW_9' is no rule"),
        (lambda: Composite("any", (ABOVE_5,) * MAX_RULES), f"{MAX_RULES + 1} rules, 2 deep: at most {MAX_RULES}"),
        (lambda: nested(MAX_DEPTH + 1), f"{MAX_DEPTH + 1} deep"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_a_sentence(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


def test_the_bounds_themselves_are_taken() -> None:
    assert nested(MAX_DEPTH)
    assert Composite("any", (ABOVE_5,) * (MAX_RULES - 1))
    assert Divergence(Line("obv"), "bullish", reach=50, within=200)
    assert Cross(Price(), "up", Line("vwap", params={"length": 20}))
