"""What people put into the form of a rule is read as they meant it, and rules are said in words."""

from __future__ import annotations

import pytest

from core.signals.builtin import BUILT_IN
from core.signals.form import Condition, Relation
from dashboard.i18n import using
from dashboard.views import rules


def test_a_level_of_nothing_is_a_number() -> None:
    given = {"left1": "macd.macd", "relation1": "rises_above", "right1": "number", "number1": 0, "left2": rules.NO_LINE}
    assert list(rules.conditions_of(given)) == [Condition("macd.macd", Relation.RISES_ABOVE, number=0.0)]


@pytest.mark.parametrize("value", [None, "", "many", "nan", "inf", [], True])
def test_what_is_no_number_is_none(value: object) -> None:
    assert rules.number({"days": value}, "days") is None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"left1": rules.NO_LINE, "relation1": "rises_above"},
        {"left1": "rsi.rsi", "relation1": "jumps"},
        {"left1": "rsi.rsi", "relation1": "rises_above", "right1": "<script>"},
    ],
)
def test_what_is_no_condition_is_left_out(given: dict[str, object]) -> None:
    assert list(rules.conditions_of(given)) == []


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        (
            "pullback",
            "en",
            "Closing price is above Simple moving average (200) and Relative strength index (14) rises above 40",
        ),
        ("pullback", "zh", "收盘价 高于 简单移动平均 (200)，且相对强弱指数 (14) 上穿 40"),
        ("macd_cross", "en", "MACD: MACD rises above MACD: Signal line"),
        ("puell_low", "zh", "普尔倍数 (365) 下穿 0.5"),
    ],
)
def test_a_rule_is_said_in_words(name: str, language: str, words: str) -> None:
    with using(language):
        assert rules.told(BUILT_IN[name].rule) == words
