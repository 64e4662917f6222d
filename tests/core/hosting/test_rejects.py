from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.alerts import REJECTS_SHARE
from core.hosting.rejects import MEMORY_SHARES, reject_ratio

shares = st.integers(0, 10_000)


def test_one_unlucky_minute_is_no_alarm() -> None:
    # Ten shares a minute, half of them rejected for one minute: 50 % then, 2.5 % over the memory.
    ratio = reject_ratio(0.001, (5, 5), (100_000, 100))
    assert ratio == pytest.approx(0.001 + (0.5 - 0.001) * (1 - math.exp(-10 / 200)))
    assert ratio is not None
    assert ratio < REJECTS_SHARE


def test_a_lasting_fault_is_one() -> None:
    ratio: float | None = 0.001
    for _minute in range(12):
        ratio = reject_ratio(ratio, (9, 1), (100_000, 100))
    assert ratio is not None
    assert ratio == pytest.approx(0.1 - 0.099 * math.exp(-120 / 200))
    assert ratio > 0.04


def test_it_begins_with_what_the_machine_has_counted() -> None:
    assert reject_ratio(None, None, (990, 10)) == 0.01
    assert reject_ratio(None, (10, 0), (990, 10)) == 0.01


@pytest.mark.parametrize("counted", [(None, 5), (5, None), (0, 0), (MEMORY_SHARES - 2, 1)])
def test_few_shares_say_nothing(counted: tuple[int | None, int | None]) -> None:
    assert reject_ratio(None, (3, 1), counted) is None


@pytest.mark.parametrize("added", [None, (0, 0)])
def test_without_new_shares_it_stays(added: tuple[int, int] | None) -> None:
    assert reject_ratio(0.03, added, (100, 3)) == 0.03


@given(st.floats(0, 1), shares, shares)
def test_it_is_always_a_share(before: float, accepted: int, rejected: int) -> None:
    ratio = reject_ratio(before, (accepted, rejected), (accepted, rejected))
    assert ratio is not None
    assert 0 <= ratio <= 1
