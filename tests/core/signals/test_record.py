"""The record of a rule: by hand, against published intervals, and honest where there is nothing to tell."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from core.signals import Cross, Level, Line, Plan, Price, Rule, Threshold, evaluate, fires
from core.signals.record import record_of, wilson
from core.signals.trades import Market, trade
from tests.core.indicators.bars import candles

CROSSING = Cross(Line("sma", params={"length": 5}), "up", Line("sma", params={"length": 20}))


def at(size: int, *bars: int) -> np.ndarray:
    fired = np.zeros(size, dtype=bool)
    fired[list(bars)] = True
    return fired


def test_three_trades_by_hand() -> None:
    # Bought at 10, 20, 40 and sold two bars later at 20, 10, 60: +100 %, -50 %, +50 %.
    opens = [5.0, 10, 10, 20, 20, 20, 10, 40, 40, 60, 60]
    market = Market.of(pd.DataFrame({"open": opens, "close": opens}))
    plan = Plan(holding_bars=2, fee=0.0)
    found = record_of(market, trade(market, at(11, 0, 3, 4, 6), None, plan), plan, 1, 10, draws=50)
    assert (found.trades, found.skipped, found.unfilled, found.open_at_end) == (3, 1, 0, False)
    assert found.hit_rate == pytest.approx(2 / 3)
    assert found.expectancy == pytest.approx(1 / 3)
    assert (found.average_win, found.average_loss, found.average_holding_bars) == (0.75, -0.5, 2)
    assert found.total_return == pytest.approx(2 * 0.5 * 1.5 - 1)
    assert found.exposure == pytest.approx(6 / 9)
    assert found.buy_and_hold_return == pytest.approx(60 / 10 - 1)


def test_to_get_back_what_was_paid_is_no_hit() -> None:
    # Bought at 10, 10 and 20; sold at 10, 20 and 10.
    opens = [5.0, 10, 10, 10, 20, 20, 10]
    market = Market.of(pd.DataFrame({"open": opens, "close": opens}))
    plan = Plan(holding_bars=1, fee=0.0)
    found = record_of(market, trade(market, at(7, 0, 2, 4), None, plan), plan, 1, 6, draws=10)
    assert (found.trades, found.hit_rate) == (3, pytest.approx(1 / 3))
    assert (found.average_win, found.average_loss) == (1, -0.25)


def test_buy_and_hold_pays_fees_too() -> None:
    opens = [5.0, 10, 10, 20]
    market = Market.of(pd.DataFrame({"open": opens, "close": [5.0, 10, 10, 25]}))
    plan = Plan(holding_bars=1, fee=0.01)
    found = record_of(market, trade(market, at(4), None, plan), plan, 1, 3)
    assert found.buy_and_hold_return == pytest.approx(25 * 0.99 / (10 * 1.01) - 1)


def test_a_short_position_can_lose_everything_but_not_more_than_once() -> None:
    opens = [10.0, 10, 30, 30, 30, 10]
    market = Market.of(pd.DataFrame({"open": opens, "close": opens}))
    plan = Plan(holding_bars=1, side="short", fee=0.0)
    found = record_of(market, trade(market, at(6, 0, 3), None, plan), plan, 1, 5, draws=10)
    assert found.expectancy == pytest.approx((-2 + 2 / 3) / 2)
    assert found.total_return == -1


# Newcombe (1998), table I: Wilson's interval without continuity correction.
@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_hit_rate_is_the_published_one(hits: int, tries: int, low: float, high: float) -> None:
    found = wilson(hits, tries)
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_without_trades_nothing_is_claimed() -> None:
    found = evaluate(Threshold(Price(), "above", Level(1e9)), candles(600), Plan())
    assert found.whole.trades == 0
    for name in (
        "hit_rate",
        "hit_rate_low95",
        "expectancy",
        "average_win",
        "average_loss",
        "average_holding_bars",
        "chance",
    ):
        assert getattr(found.whole, name) is None
    assert (found.whole.total_return, found.whole.exposure) == (0, 0)
    assert found.whole.buy_and_hold_return is not None


@pytest.mark.parametrize("size", [0, 1, 250, 251, 252])
def test_too_short_a_history_is_no_fault(size: int) -> None:
    found = evaluate(CROSSING, candles(600).iloc[:size], Plan(), draws=10)
    assert found.whole.trades == 0


def test_every_trade_is_in_one_of_the_two_parts() -> None:
    bars = candles(3_000)
    found = evaluate(CROSSING, bars, Plan(holding_bars=12), draws=20)
    assert found.in_sample.trades + found.out_of_sample.trades == found.whole.trades > 30
    assert found.in_sample.skipped + found.out_of_sample.skipped == found.whole.skipped > 0
    assert found.whole.trades + found.whole.skipped + found.whole.unfilled == fires(CROSSING, bars).sum()
    assert found.whole.first_bar == 251
    assert found.out_of_sample.first_bar == 251 + int((3_000 - 251) * 0.7)
    part = found.positions.returns[found.positions.entry_bar >= found.out_of_sample.first_bar]
    assert found.out_of_sample.expectancy == pytest.approx(part.mean())


def test_the_later_part_cannot_change_the_earlier_one() -> None:
    bars = candles(3_000)
    other = bars.copy()
    # The last trade of the earlier part may end in the later one: 12 bars of grace.
    other.iloc[251 + int((3_000 - 251) * 0.7) + 13 :] *= 0.5
    mine, theirs = (evaluate(CROSSING, each, Plan(holding_bars=12), draws=20).in_sample for each in (bars, other))
    assert mine == theirs


def test_a_slow_indicator_is_compared_from_where_it_can_be_told() -> None:
    slow = Cross(Price(), "up", Line("sma", params={"length": 700}))
    assert (
        evaluate(slow, candles(1_500), Plan(), draws=10).whole.first_bar == 701
    )  # told from bar 700 on (a cross: two)


def test_a_record_is_plain_data() -> None:
    found = evaluate(CROSSING, candles(1_000), Plan(), draws=10)
    assert json.loads(json.dumps(dataclasses.asdict(found.whole)))["trades"] == found.whole.trades


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_that_leaves_no_two_parts_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"in_sample_share .* is not between 0 and 1"):
        evaluate(CROSSING, candles(600), Plan(), in_sample_share=share)


def test_exit_rules_are_told_like_entry_rules() -> None:
    bars = candles(2_000)
    out: Rule = Cross(CROSSING.left, "down", CROSSING.right)
    found = evaluate(CROSSING, bars, Plan(holding_bars=None, exit_rule=out), draws=10)
    closes = np.flatnonzero(fires(out, bars))
    ended = found.positions.exit_bar[: -1 if found.positions.open_at_end else None]
    assert np.isin(ended - 1, closes).all()
