"""Walk-forward chooses on the past alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.signals import Cross, Level, Line, Plan, Price, Threshold, evaluate, fires, walk_forward
from tests.core.indicators.bars import candles

RULES = [Cross(Price(), "up", Line("sma", params={"length": length})) for length in (5, 10, 20, 50)]
PLAN = Plan(holding_bars=8)


def test_each_step_takes_the_rule_that_was_best_before_it() -> None:
    bars = candles(4_000)
    found = walk_forward(RULES, bars, PLAN, folds=5, draws=20)
    assert len(found.folds) == 5
    for fold in found.folds:
        known = []
        for rule in RULES:
            positions = evaluate(rule, bars, PLAN, draws=1).positions
            known.append(positions.returns[positions.exit_bar < fold.first_bar].mean())
        assert fold.chosen == int(np.argmax(known))
        assert fold.known_expectancy == pytest.approx(max(known))


def test_what_was_chosen_is_what_is_traded() -> None:
    bars = candles(4_000)
    found = walk_forward(RULES, bars, PLAN, folds=5, draws=5)
    assert {fold.chosen for fold in found.folds} - {0}
    for fold in found.folds:
        assert fold.chosen is not None
        fired = fires(RULES[fold.chosen], bars)
        # Traded, skipped because a position was open, or unfilled: each of its signals, and none of another rule.
        signals = int(fired[fold.first_bar : fold.last_bar + 1].sum())
        assert fold.record.trades + fold.record.skipped + fold.record.unfilled == signals


def test_the_steps_cover_the_rest_without_a_hole() -> None:
    found = walk_forward(RULES, candles(4_000), PLAN, folds=5, first_share=0.4, draws=20)
    assert found.folds[0].first_bar == 251 + int((4_000 - 251) * 0.4)
    assert found.folds[-1].last_bar == 3_999
    for earlier, later in zip(found.folds, found.folds[1:], strict=False):
        assert later.first_bar == earlier.last_bar + 1
    assert sum(fold.record.trades for fold in found.folds) == found.record.trades
    assert sum(fold.record.skipped for fold in found.folds) == found.record.skipped


def test_the_future_cannot_change_what_was_chosen() -> None:
    bars = candles(4_000)
    found = walk_forward(RULES, bars, PLAN, folds=4, draws=5)
    for place, fold in enumerate(found.folds):
        other = bars.copy()
        other.iloc[fold.first_bar :] = bars.iloc[fold.first_bar :].to_numpy()[::-1] * 2.0
        again = walk_forward(RULES, other, PLAN, folds=4, draws=5).folds[place]
        assert (again.chosen, again.known_expectancy) == (fold.chosen, fold.known_expectancy)


def test_one_rule_alone_is_the_rule_step_by_step() -> None:
    bars = candles(4_000)
    alone = walk_forward(RULES[:1], bars, PLAN, folds=3, draws=5)
    positions = evaluate(RULES[0], bars, PLAN, draws=1).positions
    start = alone.folds[0].first_bar
    ours = positions.returns[positions.entry_bar > start + PLAN.holding_bars]
    # Only around the start may the two differ: the walk begins flat.
    assert abs(alone.record.trades - len(ours)) <= 3


def test_a_position_is_carried_over_the_edge_and_not_doubled() -> None:
    bars = candles(4_000)
    long = Plan(holding_bars=300)
    found = walk_forward(RULES[:1], bars, long, folds=6, min_trades=1, draws=5)
    assert found.record.exposure <= 1
    assert found.record.trades <= (4_000 - found.folds[0].first_bar) / 300 + 1


def test_a_rule_with_too_few_trades_is_not_chosen() -> None:
    found = walk_forward(RULES, candles(2_000), PLAN, min_trades=10_000, draws=5)
    assert [fold.chosen for fold in found.folds] == [None] * 4
    assert [fold.record.last_bar for fold in found.folds] == [fold.last_bar for fold in found.folds]
    assert found.record.trades == 0
    assert found.record.expectancy is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"rules": []}, "0 rules: from 1 to 1000 are compared"),
        ({"folds": 0}, "0 folds after a first share of 0.5"),
        ({"first_share": 1.0}, "first share of 1.0"),
        ({"candles": candles(100)}, "0 bars with signals are too few for 4 folds"),
        ({"candles": candles(257)}, "6 bars with signals are too few for 4 folds"),
        (
            {"rules": [Threshold(Price("low"), "above", Level(5))], "candles": pd.DataFrame({"open": [1.0]})},
            "close missing",
        ),
    ],
)
def test_what_cannot_be_walked_is_refused(arguments: dict[str, object], sentence: str) -> None:
    given = {"rules": RULES, "candles": candles(2_000), "plan": PLAN, **arguments}
    with pytest.raises(ValueError, match=sentence):
        walk_forward(given.pop("rules"), given.pop("candles"), given.pop("plan"), **given)  # type: ignore[arg-type]
