from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.states import State, Thresholds, next_state

LIMITS = Thresholds(stale_s=150, offline_s=300, lost_s=86_400)


@pytest.mark.parametrize(
    ("before", "age_s", "streak", "after"),
    [
        (State.ONLINE, 0.0, 5, State.ONLINE),
        (State.ONLINE, 60.0, 0, State.ONLINE),  # one missed poll rings no bell
        (State.ONLINE, 160.0, 0, State.STALE),
        (State.STALE, 301.0, 0, State.OFFLINE),
        (State.OFFLINE, 90_000.0, 0, State.LOST),
        (State.OFFLINE, 0.0, 1, State.STALE),  # back, but not yet believed
        (State.STALE, 0.0, 2, State.ONLINE),
        (State.LOST, 0.0, 1, State.STALE),
        (State.LOST, None, 0, State.LOST),
        (State.OFFLINE, 200.0, 0, State.OFFLINE),  # its one good reading grows old again: no improvement
        (State.STALE, 100.0, 0, State.STALE),
    ],
)
def test_state_follows_age_and_streak(before: State, age_s: float | None, streak: int, after: State) -> None:
    assert next_state(before, age_s, streak, LIMITS) is after


@given(st.sampled_from(State), st.floats(0, 1e6), st.integers(0, 5))
def test_an_old_reading_is_never_online(before: State, age_s: float, streak: int) -> None:
    if age_s >= LIMITS.offline_s:
        assert next_state(before, age_s, streak, LIMITS) in (State.OFFLINE, State.LOST)


@given(st.sampled_from(State))
def test_two_good_readings_in_a_row_bring_any_machine_back(before: State) -> None:
    first = next_state(before, 0.0, 1, LIMITS)
    assert next_state(first, 0.0, 2, LIMITS) is State.ONLINE


def test_thresholds_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Thresholds(stale_s=300, offline_s=150, lost_s=86_400)
