"""Conditions of a form become the rules that one would have written by hand, or say why they are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.market.refusals import Refusal
from core.signals import WARM_UP_BARS, Bias, Composite, Divergence, Line, Mode, fires
from core.signals.builtin import BUILT_IN
from core.signals.form import LINES, MAX_CONDITIONS, Condition, Fault, Relation, rule_of

LEAD = WARM_UP_BARS + 1
UP, DOWN, ABOVE, BULLISH = Relation.RISES_ABOVE, Relation.FALLS_BELOW, Relation.IS_ABOVE, Relation.BULLISH


def test_the_golden_cross_is_the_built_in_one() -> None:
    assert rule_of([Condition("sma.sma", UP, "sma.sma", 50, 200)]) == BUILT_IN["golden_cross"].rule


def test_a_pullback_is_the_built_in_one() -> None:
    conditions = [Condition("close", ABOVE, "sma.sma", None, 200), Condition("rsi.rsi", UP, number=40.0)]
    assert rule_of(conditions) == BUILT_IN["pullback"].rule


def test_a_divergence_needs_nothing_to_compare_with() -> None:
    assert rule_of([Condition("rsi.rsi", BULLISH)]) == BUILT_IN["rsi_divergence"].rule
    assert rule_of([Condition("rsi.rsi", Relation.BEARISH, length=7)]) == Divergence(
        Line("rsi", params={"length": 7}), Bias.BEARISH
    )


def test_any_of_two_fires_where_either_does() -> None:
    close = np.array([10.0] * LEAD + [12.0, 12.0, 9.0, 9.0, 13.0])
    days = pd.date_range("2020-01-01", periods=len(close), freq="1D", tz="UTC")
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close), index=days)
    rule = rule_of([Condition("close", UP, number=11.0), Condition("close", DOWN, number=9.5)], Mode.ANY)
    assert isinstance(rule, Composite)
    assert (np.flatnonzero(fires(rule, frame.assign(volume=1.0))) - LEAD).tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        ([], Fault.NONE),
        ([Condition("rsi.rsi", UP)], Fault.NO_NUMBER),
        ([Condition("rsi.rsi", UP, number=30.0), Condition("close", DOWN)], Fault.NO_NUMBER),
        ([Condition("sma.sma", UP, "close", length=0)], Fault.LENGTH),
        ([Condition("sma.sma", UP, "close", length=12.5)], Fault.LENGTH),
        ([Condition("close", UP, "sma.sma", number=1e9)], Fault.LENGTH),
        ([Condition("close", UP, number=1.0, length=5)], Fault.NO_LENGTH),
        ([Condition("macd.macd", UP, number=1.0, length=5)], Fault.NO_LENGTH),
        ([Condition("close", UP, "close")], Fault.SAME),
        ([Condition("close", BULLISH)], Fault.PRICE),
    ],
)
def test_what_is_no_rule_says_why(conditions: list[Condition], why: Fault) -> None:
    with pytest.raises(Refusal) as refused:
        rule_of(conditions)
    assert refused.value.reason is why


@pytest.mark.parametrize("key", LINES)
def test_every_line_can_be_compared(key: str) -> None:
    assert rule_of([Condition(key, UP, number=1.0)])


def test_lines_that_count_from_the_first_bar_are_not_offered() -> None:
    assert not [key for key in LINES if key.startswith(("obv", "vwap.session"))]
    assert MAX_CONDITIONS == 3
