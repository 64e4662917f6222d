"""Which reading proves an order: by hand, for each action, with what is absent and what is old."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from core.hosting.commands import Action, Evidence, proven
from core.hosting.reading import Mode

SENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
READ = SENT + dt.timedelta(seconds=60)


def evidence(**known: Any) -> Evidence:
    return Evidence(**({"sent_at": SENT, "read_at": READ} | known))


@pytest.mark.parametrize(
    "action, known, expected",
    [
        (Action.STOP, {"mode": Mode.SLEEPING}, True),
        (Action.STOP, {"mode": Mode.MINING, "hashrate_ths": 100.0, "expected_hashrate_ths": 100.0}, False),
        (Action.STOP, {"hashrate_ths": 0.0, "power_w": 90.0, "nameplate_w": 3000.0}, True),
        (Action.STOP, {"hashrate_ths": 0.0, "power_w": 2800.0, "nameplate_w": 3000.0}, False),
        (Action.STOP, {"hashrate_ths": 0.0}, False),
        (
            Action.STOP,
            {"hashrate_ths": 0.5, "expected_hashrate_ths": 100.0, "power_w": 90.0, "nameplate_w": 3000.0},
            True,
        ),
        (Action.STOP, {}, False),
        (Action.START, {"mode": Mode.MINING, "hashrate_ths": 20.0, "expected_hashrate_ths": 100.0}, True),
        (Action.START, {"mode": Mode.STARTING, "hashrate_ths": 20.0, "expected_hashrate_ths": 100.0}, True),
        (Action.START, {"mode": Mode.STARTING, "hashrate_ths": 1.0, "expected_hashrate_ths": 100.0}, False),
        (Action.START, {"mode": Mode.SLEEPING, "hashrate_ths": 50.0}, False),
        (Action.START, {"mode": Mode.MINING, "hashrate_ths": 0.0}, False),
        (Action.START, {"mode": Mode.MINING, "hashrate_ths": 3.0}, True),
        (Action.START, {}, False),
        (Action.REBOOT, {"uptime_s": 30, "uptime_before_s": 90_000}, True),
        (Action.REBOOT, {"uptime_s": 90_060, "uptime_before_s": 90_000}, False),
        (Action.REBOOT, {"uptime_s": 45, "uptime_before_s": None}, True),
        (Action.REBOOT, {"uptime_s": 61, "uptime_before_s": None}, False),
        (Action.REBOOT, {"uptime_s": None, "uptime_before_s": 90_000}, False),
        (Action.REBOOT, {"uptime_s": 55, "uptime_before_s": 10}, True),  # rebooted again right after a reboot
        (Action.REBOOT, {"uptime_s": 70, "uptime_before_s": 10}, False),  # just went on
    ],
)
def test_proof(action: Action, known: dict[str, Any], expected: bool) -> None:
    assert proven(action, evidence(**known)) is expected


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("read_at", [None, SENT, SENT - dt.timedelta(seconds=1)])
def test_a_reading_from_before_the_order_proves_nothing(action: Action, read_at: dt.datetime | None) -> None:
    mode = Mode.SLEEPING if action is Action.STOP else Mode.MINING
    known = evidence(read_at=read_at, mode=mode, hashrate_ths=100.0, uptime_s=0, uptime_before_s=9)
    assert proven(action, known) is False
