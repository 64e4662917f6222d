"""Orders at the next open, one position at a time, fees both ways: by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import Level, Plan, Price, Threshold
from core.signals.trades import Market, Positions, trade

NAN = float("nan")
RULE = Threshold(Price(), "above", Level(5))


def market(opens: list[float], closes: list[float] | None = None) -> Market:
    return Market.of(pd.DataFrame({"open": opens, "close": closes or opens}))


def at(size: int, *bars: int) -> np.ndarray:
    fired = np.zeros(size, dtype=bool)
    fired[list(bars)] = True
    return fired


def bars_of(positions: Positions) -> list[tuple[int, int]]:
    return list(zip(positions.entry_bar.tolist(), positions.exit_bar.tolist(), strict=True))


OPENS = [10.0, 11, 12, 13, 14, 15, 16, 17, 18, 19]


def test_bought_at_the_next_open_and_sold_after_the_holding_time() -> None:
    found = trade(market(OPENS), at(10, 1), None, Plan(holding_bars=3, fee=0.0))
    assert bars_of(found) == [(2, 5)]
    assert (found.entry_price[0], found.exit_price[0], found.returns[0]) == (12, 15, 0.25)
    assert found.holding_bars.tolist() == [3]
    assert not found.open_at_end


def test_fees_are_paid_on_both_ends() -> None:
    # Long: 12 * 1.01 paid, 15 * 0.99 got. Short: 12 * 0.99 got, 15 * 1.01 paid, on a stake of 12.
    held = trade(market(OPENS), at(10, 1), None, Plan(holding_bars=3, fee=0.01))
    assert held.returns[0] == pytest.approx(14.85 / 12.12 - 1)
    lent = trade(market(OPENS), at(10, 1), None, Plan(holding_bars=3, fee=0.01, side="short"))
    assert lent.returns[0] == pytest.approx((11.88 - 15.15) / 12)


def test_an_exit_rule_sells_at_the_open_after_it_fired() -> None:
    plan = Plan(holding_bars=None, exit_rule=RULE, fee=0.0)
    assert bars_of(trade(market(OPENS), at(10, 1), at(10, 1, 4), plan)) == [(2, 5)]
    # At the close of the bar in which it was bought it may fire already.
    assert bars_of(trade(market(OPENS), at(10, 1), at(10, 2), plan)) == [(2, 3)]


def test_whichever_comes_first_closes() -> None:
    plan = Plan(holding_bars=3, exit_rule=RULE, fee=0.0)
    assert bars_of(trade(market(OPENS), at(10, 1), at(10, 3), plan)) == [(2, 4)]
    assert bars_of(trade(market(OPENS), at(10, 1), at(10, 8), plan)) == [(2, 5)]


def test_signals_while_a_position_is_open_are_counted_and_not_traded() -> None:
    found = trade(market(OPENS), at(10, 0, 1, 2, 3, 4, 5), None, Plan(holding_bars=3, fee=0.0))
    assert bars_of(found) == [(1, 4), (5, 8)]  # at the close of bar 4 it is flat again
    assert found.skipped_bar.tolist() == [1, 2, 3, 5]


def test_a_position_that_is_still_open_is_valued_at_the_last_close() -> None:
    closes = [*OPENS[:-1], 30.0]
    found = trade(market(OPENS, closes), at(10, 6), None, Plan(holding_bars=5, fee=0.0))
    assert bars_of(found) == [(7, 9)]
    assert found.open_at_end
    assert found.returns[0] == pytest.approx(30 / 17 - 1)


def test_a_signal_on_the_last_bar_finds_no_price() -> None:
    found = trade(market(OPENS), at(10, 9), None, Plan())
    assert len(found) == 0
    assert found.unfilled_bar.tolist() == [9]


def test_an_order_waits_for_a_bar_with_a_price() -> None:
    opens = [10.0, 11, NAN, 13, 14, NAN, 0.0, 17, 18, 19]
    found = trade(market(opens), at(10, 1), None, Plan(holding_bars=2, fee=0.0))
    assert bars_of(found) == [(3, 7)]  # bought at 3 instead of 2, sold at 7 instead of 5
    assert found.returns[0] == pytest.approx(17 / 13 - 1)


def test_without_any_price_there_is_no_position() -> None:
    found = trade(market([NAN] * 4), at(4, 0, 1), None, Plan())
    assert len(found) == 0
    assert found.unfilled_bar.tolist() == [0, 1]
    assert len(trade(Market.of(pd.DataFrame({"open": [], "close": []})), at(0), None, Plan())) == 0


def test_what_is_between_two_bars_goes_by_the_entry() -> None:
    found = trade(market(OPENS), at(10, 0, 1, 4, 8), None, Plan(holding_bars=3, fee=0.0))
    assert bars_of(found) == [(1, 4), (5, 8), (9, 9)]
    early, late = found.between(0, 5), found.between(5, 10)
    assert (bars_of(early), bars_of(late)) == ([(1, 4)], [(5, 8), (9, 9)])
    assert (early.skipped_bar.tolist(), early.open_at_end, late.open_at_end) == ([1], False, True)
    assert bars_of(Positions.joined([early, late])) == bars_of(found)
    assert len(found.between(2, 2)) == 0


@given(
    st.lists(st.one_of(st.floats(1, 100), st.just(NAN)), min_size=1, max_size=60),
    st.sets(st.integers(0, 59)),
    st.sets(st.integers(0, 59)),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_positions_never_overlap_and_no_signal_is_lost(
    opens: list[float], entries: set[int], exits: set[int], holding: int | None
) -> None:
    size = len(opens)
    fired, closes = (at(size, *(bar for bar in bars if bar < size)) for bars in (entries, exits))
    found = trade(market(opens), fired, closes, Plan(holding_bars=holding, exit_rule=RULE))
    assert len(found) + len(found.skipped_bar) + len(found.unfilled_bar) == fired.sum()
    assert (found.holding_bars >= 0).all()
    assert (found.entry_bar[1:] > found.exit_bar[:-1]).all()
    assert np.isfinite(found.returns).all()
    assert all(fired[:entry].any() for entry in found.entry_bar)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Plan(holding_bars=None), "nothing would ever close a position"),
        (lambda: Plan(holding_bars=0), "holding_bars 0 is not a whole number from 1"),
        (lambda: Plan(holding_bars=2.5), "holding_bars 2.5 is not"),
        (lambda: Plan(holding_bars=True), "holding_bars True is not"),
        (lambda: Plan(fee=-0.001), "fee -0.001 is not from 0 to 0.1"),
        (lambda: Plan(fee=NAN), "fee nan is not"),
        (lambda: Plan(fee="0.1"), "fee '0.1' is not"),
        (lambda: Plan(side="up"), "'up' is not a valid PositionSide"),
    ],
)
def test_plans_that_cannot_be_are_refused(make: Callable[[], Plan], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()
