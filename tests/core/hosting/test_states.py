from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.states import State, Thresholds, next_state

LIMITS = Thresholds(stale_s=150, offline_s=300, lost_s=86_400)


@pytest.mark.parametrize(
    ("before", "age_s", "streak", "misses", "after"),
    [
        (State.ONLINE, 0.0, 5, 0, State.ONLINE),
        (State.ONLINE, 60.0, 0, 1, State.ONLINE),  # one missed poll rings no bell
        (State.ONLINE, 160.0, 0, 3, State.STALE),
        (State.STALE, 301.0, 0, 5, State.OFFLINE),
        (State.OFFLINE, 90_000.0, 0, 1500, State.LOST),
        (State.OFFLINE, 0.0, 1, 0, State.STALE),  # back, but not yet believed
        (State.STALE, 0.0, 2, 0, State.ONLINE),
        (State.LOST, 0.0, 1, 0, State.STALE),
        (State.LOST, None, 0, 1, State.LOST),
        (State.OFFLINE, 200.0, 0, 3, State.OFFLINE),  # its one good reading grows old again: no improvement
        (State.STALE, 100.0, 0, 1, State.STALE),
        (State.ONLINE, 90_000.0, 0, 1, State.ONLINE),  # nobody asked for a day: the first miss says nothing
    ],
)
def test_state_follows_age_streak_and_misses(
    before: State, age_s: float | None, streak: int, misses: int, after: State
) -> None:
    assert next_state(before, age_s, streak, misses, LIMITS) is after


def test_after_a_pause_of_ours_a_silent_machine_goes_down_a_step_with_every_miss() -> None:
    state, seen = State.ONLINE, []
    for misses in range(1, 6):
        state = next_state(state, 200_000.0 + 60 * misses, 0, misses, LIMITS)
        seen.append(state)
    assert seen == [State.ONLINE, State.STALE, State.OFFLINE, State.LOST, State.LOST]


@given(st.integers(1, 40))
def test_while_it_is_asked_every_minute_the_age_alone_decides(minutes: int) -> None:
    state = State.ONLINE
    for minute in range(1, minutes + 1):
        state = next_state(state, 60.0 * minute, 0, minute, LIMITS)
    assert state is (State.ONLINE if minutes < 3 else State.STALE if minutes < 5 else State.OFFLINE)


@given(st.sampled_from(State))
def test_two_good_readings_in_a_row_bring_any_machine_back(before: State) -> None:
    first = next_state(before, 0.0, 1, 0, LIMITS)
    assert next_state(first, 0.0, 2, 0, LIMITS) is State.ONLINE


def test_thresholds_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Thresholds(stale_s=300, offline_s=150, lost_s=86_400)
