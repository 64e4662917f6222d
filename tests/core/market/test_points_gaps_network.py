"""Impossible candles cannot be made; gaps are found to the bar; a difficulty must be the one of its height."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.gaps import Gap, floor, gaps, last_closed, without
from core.market.network import checked
from core.market.points import Candle, Network, Quote

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def hour(number: float) -> dt.datetime:
    return AT + number * HOUR


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((11, 10, 10, 9), "high 10 is below 11"),
        ((9, 10, 12, "9.5"), "low 9.5 is above 9"),
        ((0, 1, 1, 1), "close 0 is not within"),
        (("NaN", 1, 1, 1), "close NaN is not within"),
        (("Infinity", 1, 1, 1), "close Infinity is not within"),
        ((1, 1, "1e12", 1), "high 1E\\+12 is not within"),
        ((1, 1, -1, 1), "high -1 is not within"),
        ((1, 1, 1, 1, -5), "volume -5 is not within"),
        ((1, None, 1, 1), "come together"),
    ],
)
def test_an_impossible_candle_is_refused_with_its_values(values: tuple[object, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Candle(AT, *(None if value is None else Decimal(str(value)) for value in values))


def test_a_price_that_nobody_can_mean_is_no_quote() -> None:
    for price in ("0", "-1", "NaN", "10000000001"):
        with pytest.raises(ValueError):
            Quote("a", "BTC-USD", Decimal(price), AT)


def test_gaps_by_hand() -> None:
    there = [hour(0), hour(1), hour(4), hour(5), hour(7)]
    assert gaps(there, hour(0), hour(9), HOUR) == [Gap(hour(2), hour(3)), Gap(hour(6), hour(6)), Gap(hour(8), hour(9))]
    assert gaps([], hour(0.5), hour(3.5), HOUR) == [Gap(hour(1), hour(3))]
    assert gaps(there, hour(4), hour(5), HOUR) == []
    assert gaps([], hour(3), hour(2), HOUR) == []
    assert [gap.bars(HOUR) for gap in gaps(there, hour(0), hour(9), HOUR)] == [2, 1, 2]


def test_what_nobody_has_is_not_asked_for_again() -> None:
    gap = Gap(hour(0), hour(9))
    assert without(gap, [Gap(hour(3), hour(4))], HOUR) == [Gap(hour(0), hour(2)), Gap(hour(5), hour(9))]
    assert without(gap, [Gap(hour(-5), hour(1)), Gap(hour(8), hour(20))], HOUR) == [Gap(hour(2), hour(7))]
    assert without(gap, [Gap(hour(-5), hour(20))], HOUR) == []
    assert without(gap, [Gap(hour(10), hour(20))], HOUR) == [gap]


def test_a_bar_that_still_runs_has_not_closed() -> None:
    assert last_closed(hour(5.99), HOUR) == hour(4)
    assert last_closed(hour(6), HOUR) == hour(5)
    assert floor(AT + dt.timedelta(hours=23), dt.timedelta(days=1)) == AT


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_bars_and_gaps_together_are_the_window(there: set[int], first: int, last: int) -> None:
    found = gaps([hour(each) for each in there], hour(first), hour(last), HOUR)
    missing = {(gap.first - AT) // HOUR + place for gap in found for place in range(gap.bars(HOUR))}
    assert missing == set(range(first, last + 1)) - there
    assert len(found) == sum(1 for each in missing if each - 1 not in missing), "each gap is as long as it can be"


def network(height: int, difficulty: str | None) -> Network:
    return Network(AT, height=height, difficulty=None if difficulty is None else Decimal(difficulty))


# Block 741,888 = 368 * 2016 was a retarget; the numbers are those of no real one.
KNOWN = network(741_800, "30000000000000")


@pytest.mark.parametrize(
    ("height", "told", "believed"),
    [
        (741_801, "30000000000000", True),
        (741_801, "30000000000000.4", True),
        (741_801, "28000000000000", False),  # a source that still tells the epoch before
        (741_888, "31500000000000", True),
        (741_888, "30000000000000", False),  # the new height with the old difficulty
        (741_888, "130000000000000", False),  # more than four times
        (741_888 + 2016, "130000000000000", True),  # in two retargets
        (739_000, "29000000000000", False),  # far behind
    ],
)
def test_a_difficulty_must_fit_its_height(height: int, told: str, believed: bool) -> None:
    found = checked(network(height, told), KNOWN)
    assert found.difficulty == (Decimal(told) if believed else None)


def test_without_anything_known_a_source_is_believed_and_a_reorganisation_is_too() -> None:
    assert checked(network(5, "9"), None).difficulty == 9
    assert checked(network(741_798, "30000000000000"), KNOWN).height == 741_798
    assert checked(network(741_700, "30000000000000"), KNOWN).height is None


def test_an_impossible_network_is_refused() -> None:
    for wrong in (
        {"height": -1},
        {"difficulty": Decimal("0.5")},
        {"retarget_height": 2017},
        {"retarget_change": Decimal(5)},
        {"fees_btc_per_block": Decimal(-1)},
        {"hashrate_hs": Decimal("NaN")},
    ):
        with pytest.raises(ValueError):
            Network(AT, **wrong)
