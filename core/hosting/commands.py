"""Orders to a machine: what they are, how long they may take, and which reading proves that they were followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.hosting.reading import Mode


class Action(StrEnum):
    """What a machine can be told."""

    START = "start"
    STOP = "stop"
    REBOOT = "reboot"


# A reboot takes a controller 1-5 min and its boards a few more; a stop shows within one or two sweeps.
TIME_TO_PROVE: dict[Action, dt.timedelta] = {
    Action.START: dt.timedelta(minutes=15),
    Action.STOP: dt.timedelta(minutes=10),
    Action.REBOOT: dt.timedelta(minutes=15),
}

# Sent twice, start and stop do what they do once; a second reboot would cost the ramp a second time.
SAFE_TO_REPEAT = frozenset({Action.START, Action.STOP})

ASLEEP_HASH_SHARE = 0.01
ASLEEP_POWER_SHARE = 0.30  # controller, fans and PSU of a sleeping machine stay below this share of its nameplate
STARTED_HASH_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest reading of a machine beside the order it should prove."""

    sent_at: dt.datetime
    read_at: dt.datetime | None
    mode: Mode | None = None
    hashrate_ths: float | None = None
    expected_hashrate_ths: float | None = None
    power_w: float | None = None
    nameplate_w: float | None = None
    uptime_s: int | None = None
    uptime_before_s: int | None = None


def proven(action: Action, evidence: Evidence) -> bool:
    """Tell whether a reading shows that the order was followed.

    Parameters
    ----------
    action : Action
    evidence : Evidence
        A reading older than `sent_at` proves nothing.

    Returns
    -------
    bool
        stop: the machine says that it sleeps, or hashes below 1 % of expected and draws below 30 % of its nameplate;
        start: it does not sleep and hashes at 5 % of expected or more; reboot: its uptime is smaller than before, or
        no longer than the time since the order.
    """
    if evidence.read_at is None or evidence.read_at <= evidence.sent_at:
        return False
    return _PROOFS[action](evidence)


def _stopped(evidence: Evidence) -> bool:
    if evidence.mode is Mode.SLEEPING:
        return True
    share = _share(evidence.hashrate_ths, evidence.expected_hashrate_ths)
    no_hash = evidence.hashrate_ths == 0 or (share is not None and share < ASLEEP_HASH_SHARE)
    power = _share(evidence.power_w, evidence.nameplate_w)
    return no_hash and power is not None and power < ASLEEP_POWER_SHARE


def _started(evidence: Evidence) -> bool:
    if evidence.mode is Mode.SLEEPING or not evidence.hashrate_ths:
        return False
    share = _share(evidence.hashrate_ths, evidence.expected_hashrate_ths)
    return share is None or share >= STARTED_HASH_SHARE


def _rebooted(evidence: Evidence) -> bool:
    if evidence.uptime_s is None or evidence.read_at is None:
        return False
    if evidence.uptime_before_s is not None and evidence.uptime_s < evidence.uptime_before_s:
        return True
    return evidence.uptime_s <= (evidence.read_at - evidence.sent_at).total_seconds()


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


_PROOFS: dict[Action, Callable[[Evidence], bool]] = {
    Action.START: _started,
    Action.STOP: _stopped,
    Action.REBOOT: _rebooted,
}
