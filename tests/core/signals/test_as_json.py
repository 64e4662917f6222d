"""Rules survive JSON, and JSON that is no rule is told what it lacks."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.indicators import INDICATORS
from core.signals import Composite, Cross, Divergence, Level, Line, Price, Rule, Threshold, rule_from_json, rule_to_json

LINES = st.builds(Line, st.sampled_from(sorted(set(INDICATORS) - {"obv", "vwap"})))
OPERANDS = st.one_of(
    LINES, st.builds(Price, st.sampled_from(["open", "high", "low"])), st.builds(Level, st.floats(-1e6, 1e6))
)
LEAVES = st.one_of(
    st.builds(Threshold, st.just(Price("close")), st.sampled_from(["above", "below"]), OPERANDS),
    st.builds(Cross, st.just(Price("close")), st.sampled_from(["up", "down"]), OPERANDS),
    st.builds(Divergence, LINES, st.sampled_from(["bullish", "bearish"]), st.integers(1, 50), st.integers(1, 200)),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Composite, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Composite, st.just("not"), st.tuples(inner)),
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(RULES)
def test_rules_survive_json(rule: Rule) -> None:
    assert rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule


def test_a_rule_as_people_store_it() -> None:
    stored = {
        "rule": "composite",
        "mode": "all",
        "rules": [
            {
                "rule": "cross",
                "left": {"column": "close"},
                "direction": "up",
                "right": {"indicator": "sma", "params": {"length": 200}},
            },
            {"rule": "threshold", "left": {"indicator": "rsi"}, "side": "below", "right": {"level": 70}},
        ],
    }
    assert rule_from_json(stored) == Composite(
        "all",
        (
            Cross(Price("close"), "up", Line("sma", params={"length": 200})),
            Threshold(Line("rsi"), "below", Level(70)),
        ),
    )


def test_defaults_are_stored_with_the_rule() -> None:
    stored = rule_to_json(Divergence(Line("rsi"), "bullish"))
    assert stored["line"] == {"indicator": "rsi", "output": "rsi", "params": {"length": 14}}
    assert (stored["reach"], stored["within"]) == (5, 60)


CLOSE = {"column": "close"}
CROSS = {"rule": "cross", "left": CLOSE, "direction": "up", "right": {"level": 5}}


def deep(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = CROSS
    for _ in range(levels):
        rule = {"rule": "composite", "mode": "not", "rules": [rule]}
    return rule


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (None, "None is no rule"),
        ([], "is no rule"),
        ("cross", "'cross' is no rule"),
        ({}, "there is no rule None; there are threshold, cross, divergence, composite"),
        ({"rule": ["cross"]}, "there is no rule"),
        ({"rule": "__class__"}, "there is no rule '__class__'"),
        ({**CROSS, "colour": "red"}, "colour is nothing that a cross has; it has direction, left, right"),
        ({**CROSS, 5: 5}, "5 is nothing"),
        ({"rule": "cross", "left": CLOSE, "direction": "up"}, "a cross lacks something"),
        ({**CROSS, "left": 5}, "5 is no line, column or level"),
        ({**CROSS, "left": {}}, "one of indicator, column, level says what is compared"),
        ({**CROSS, "left": {"column": "close", "level": 5}}, "one of indicator, column, level says"),
        ({**CROSS, "left": {"column": "close", "shift": 5}}, "shift is nothing that a price has"),
        ({**CROSS, "left": {"column": ["close"]}}, "candles have no column"),
        ({**CROSS, "left": {"indicator": "rsi", "params": {"length": "14"}}}, "length '14' is not"),
        ({**CROSS, "left": {"indicator": "rsi", "output": 5}}, "rsi has no column 5"),
        ({**CROSS, "direction": ["up"]}, "is not a valid Direction"),
        ({"rule": "composite", "mode": "all", "rules": CROSS}, "are no list"),
        ({"rule": "composite", "mode": "all", "rules": [CROSS, None]}, "None is no rule"),
        ({"rule": "divergence", "line": CLOSE, "bias": "bullish"}, "is no line of an indicator"),
        (deep(9), "nested deeper than 8"),
        (deep(400), "nested deeper than 8"),
    ],
)
def test_what_is_no_rule_is_told_why(stored: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rule_from_json(stored)


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["rule", "left", "right", "side", "direction", "rules", "mode", "line", "level", "column"])
            | st.text(max_size=3),
            inner | st.sampled_from(["cross", "threshold", "composite", "divergence", "close", "up", "above", "all"]),
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_no_json_raises_anything_but_a_value_error(stored: Any) -> None:
    with contextlib.suppress(ValueError):
        assert rule_to_json(rule_from_json(stored))["rule"] == stored["rule"]
