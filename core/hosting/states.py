"""Is a machine there? Told by the age of its last good reading, so that one missed poll rings no bell.

The age alone would ring thousands: after a time in which nobody asked every reading is old, and one machine in three
hundred misses any poll. So a machine also has to miss polls in a row, and each takes it one step down at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Four states, from well to gone."""

    ONLINE = "online"
    STALE = "stale"
    OFFLINE = "offline"
    LOST = "lost"


GONE = (State.OFFLINE, State.LOST)
READINGS_TO_RETURN = 2
MISSES_TO_WORSEN = 2
_DOWN = tuple(State)  # in the order of getting worse


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Ages [s] of the last good reading at which a machine is stale, offline, lost."""

    stale_s: float = 150.0
    offline_s: float = 300.0
    lost_s: float = 86_400.0

    def __post_init__(self) -> None:
        if not 0 < self.stale_s < self.offline_s < self.lost_s:
            raise ValueError(
                f"thresholds must rise: stale {self.stale_s} s, offline {self.offline_s} s, lost {self.lost_s} s"
            )


def next_state(before: State, age_s: float | None, good_streak: int, misses: int, limits: Thresholds) -> State:
    """Give the state that follows from the age of the last good reading.

    Parameters
    ----------
    before : State
        What it was until now.
    age_s : float or None
        Age of the last good reading [s]; None when there never was one.
    good_streak : int
        Good readings in a row, this sweep's included; 0 when this sweep brought none.
    misses : int
        Polls missed in a row, this sweep's included; 0 when this sweep brought a reading.
    limits : Thresholds
        Ages at which the state changes [s].

    Returns
    -------
    State
        A machine that was offline or lost is stale after its first good reading and online after the second. It gets
        worse from the second missed poll on, one step with each: a reading that is old because nobody asked is no
        silence of the machine.
    """
    if age_s is None:
        return State.LOST
    by_age = _by_age(before, age_s, good_streak, limits)
    steps = _DOWN.index(by_age) - _DOWN.index(before)
    if steps <= 0:
        return by_age
    return before if misses < MISSES_TO_WORSEN else _DOWN[_DOWN.index(before) + 1]


def _by_age(before: State, age_s: float, good_streak: int, limits: Thresholds) -> State:
    if age_s >= limits.lost_s:
        return State.LOST
    if age_s >= limits.offline_s:
        return State.OFFLINE
    if age_s >= limits.stale_s:
        # From gone it takes a reading to come back: growing older is no improvement.
        return before if before in GONE else State.STALE
    if good_streak >= READINGS_TO_RETURN or before is State.ONLINE:
        return State.ONLINE
    if good_streak == 1:
        return State.STALE
    return before
