"""What deserves a look: one table of conditions, each with a limit that opens it and a gentler one that closes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.hosting.reading import Mode, Reading
from core.hosting.states import GONE, State

WARM_UP_S = 900  # a machine that has just started is below its rate for a good reason

OVERHEATING_C, OVERHEATING_OVER_C = 88.0, 83.0
LOW_SHARE, LOW_OVER_SHARE = 0.85, 0.92
REJECTS_SHARE, REJECTS_OVER_SHARE = 0.05, 0.02


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at; `reading` is None when the machine did not answer."""

    state: State
    reading: Reading | None
    expected_hashrate_ths: float | None
    reject_ratio: float | None


Rule = Callable[[Facts, bool], bool | None]


def _offline(facts: Facts, _open: bool) -> bool | None:
    return facts.state in GONE


def _overheating(facts: Facts, is_open: bool) -> bool | None:
    if facts.reading is None or facts.reading.temp_max_c is None:
        return None
    return facts.reading.temp_max_c >= (OVERHEATING_OVER_C if is_open else OVERHEATING_C)


def _warming_up(reading: Reading) -> bool:
    return reading.uptime_s is not None and reading.uptime_s < WARM_UP_S


def _hashrate_low(facts: Facts, is_open: bool) -> bool | None:
    reading = facts.reading
    if reading is None or reading.hashrate_ths is None or not facts.expected_hashrate_ths:
        return None
    if reading.mode is Mode.SLEEPING or _warming_up(reading):
        return False
    return reading.hashrate_ths / facts.expected_hashrate_ths < (LOW_OVER_SHARE if is_open else LOW_SHARE)


def _board_lost(facts: Facts, _open: bool) -> bool | None:
    reading = facts.reading
    if reading is None or not reading.boards:
        return None
    if reading.mode is Mode.SLEEPING or not reading.hashrate_ths or _warming_up(reading):
        return False
    # Some firmware leaves a lost board out instead of calling it dead; a board's share of the rate tells.
    return any(board.alive is False for board in reading.boards) or len(reading.boards) < 3 <= _usual_boards(reading)


def _usual_boards(reading: Reading) -> int:
    return 3 if reading.dialect in ("antminer", "luxos", "vnish", "whatsminer") else 0


def _fan_failed(facts: Facts, _open: bool) -> bool | None:
    reading = facts.reading
    if reading is None or not reading.fans_rpm:
        return None
    # No fan turns at all: the machine is cooled by water or oil, or it would not hash.
    stopped = min(reading.fans_rpm) == 0 < max(reading.fans_rpm)
    return reading.mode is not Mode.SLEEPING and bool(reading.hashrate_ths) and stopped


def _rejects_high(facts: Facts, is_open: bool) -> bool | None:
    if facts.reject_ratio is None:
        return None
    return facts.reject_ratio >= (REJECTS_OVER_SHARE if is_open else REJECTS_SHARE)


def _pool_dead(facts: Facts, _open: bool) -> bool | None:
    if facts.reading is None or facts.reading.pool_alive is None:
        return None
    return not facts.reading.pool_alive


RULES: dict[str, Rule] = {
    "offline": _offline,
    "board_lost": _board_lost,
    "overheating": _overheating,
    "fan_failed": _fan_failed,
    "hashrate_low": _hashrate_low,
    "rejects_high": _rejects_high,
    "pool_dead": _pool_dead,
}


def open_alerts(facts: Facts, before: frozenset[str]) -> frozenset[str]:
    """Give the kinds that are open now. What cannot be told this time stays as it was."""
    found = set()
    for kind, rule in RULES.items():
        was_open = kind in before
        now = rule(facts, was_open)
        if now or (now is None and was_open):
            found.add(kind)
    return frozenset(found)
