"""What a machine's answer means beside what was known of it: its state, its alerts, and what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from core.hosting.alerts import Facts, open_alerts
from core.hosting.reading import Mode, PowerSource, Reading
from core.hosting.rejects import reject_ratio
from core.hosting.states import State, Thresholds, next_state
from gateways.miners import Outcome

_WATCHED = ("firmware", "mac", "model", "pool_url")


@dataclass(slots=True)
class Before:
    """What the database knew of a machine before this sweep; the order is that of the query."""

    id: int
    host: str
    port: int
    asset_id: str
    simulated: bool
    model_ths: float | None
    model_w: float | None
    dialect: str | None
    state: str | None
    state_since: dt.datetime | None
    read_at: dt.datetime | None
    good_streak: int | None
    misses: int | None
    alerts: list[str] | None
    accepted: int | None
    rejected: int | None
    uptime_s: int | None
    firmware: str | None
    mac: str | None
    model: str | None
    pool_url: str | None
    mode: str | None
    reject_ratio: float | None


@dataclass(slots=True)
class Row:
    """One machine after this sweep, ready to be stored."""

    miner_id: int
    reading: Reading | None
    error: str | None
    dialect: str | None
    state: State
    state_changed: bool
    good_streak: int
    misses: int
    new: bool = False
    accepted_added: int = 0
    rejected_added: int = 0
    expected_hashrate_ths: float | None = None
    expected_source: str | None = None
    reject_ratio: float | None = None
    alerts: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def judge(before: Before, outcome: Outcome, at: dt.datetime, limits: Thresholds) -> Row:
    """Give what to store of one machine."""
    reading = outcome.reading
    was = State(before.state) if before.state else State.LOST
    streak = min((before.good_streak or 0) + 1, 30_000) if reading else 0
    read_at = at if reading else before.read_at
    age_s = (at - read_at).total_seconds() if read_at else None
    misses = 0 if reading else (before.misses or 0) + 1
    # The very first reading of a new machine is no return: it is simply there.
    first = reading is not None and before.read_at is None
    state = State.ONLINE if first else next_state(was, age_s, streak, misses, limits)
    row = Row(
        miner_id=before.id,
        reading=reading,
        error=outcome.error,
        dialect=outcome.dialect or before.dialect,
        state=state,
        state_changed=state is not was or before.state is None,
        good_streak=streak,
        misses=misses,
        new=before.state is None,
    )
    if reading:
        _judge_reading(row, reading, before)
    known = frozenset(before.alerts or ())
    row.alerts = open_alerts(Facts(state, reading, row.expected_hashrate_ths, row.reject_ratio), known)
    row.opened, row.closed = row.alerts - known, known - row.alerts
    if row.state_changed and before.state is not None:
        row.events.append(("miner.state_changed", {"from": was.value, "to": state.value, "error": outcome.error}))
    return row


def _judge_reading(row: Row, reading: Reading, before: Before) -> None:
    if reading.expected_hashrate_ths is not None:
        row.expected_hashrate_ths, row.expected_source = reading.expected_hashrate_ths, "device"
    elif before.model_ths is not None:
        row.expected_hashrate_ths, row.expected_source = before.model_ths, "catalogue"
    # Asleep or silent nobody knows what it draws; while it hashes, about what its data sheet says.
    if reading.power_w is None and before.model_w is not None and reading.mode is Mode.MINING and reading.hashrate_ths:
        reading.power_w, reading.power_source = _nameplate_w(reading.hashrate_ths, before), PowerSource.NAMEPLATE
        reading.efficiency_j_per_th = reading.power_w / reading.hashrate_ths
    restarted = None not in (reading.uptime_s, before.uptime_s) and reading.uptime_s < before.uptime_s  # type: ignore[operator]
    added = shares_added(reading, before, restarted)
    if added is not None:
        row.accepted_added, row.rejected_added = added
    row.reject_ratio = reject_ratio(before.reject_ratio, added, (reading.accepted, reading.rejected))
    if restarted:
        row.events.append(("miner.restarted", {"uptime_s": reading.uptime_s}))
    if before.mode is not None and reading.mode is not None and reading.mode.value != before.mode:
        row.events.append(("miner.mode_changed", {"from": before.mode, "to": reading.mode.value}))
    for name in _WATCHED:
        old, new = getattr(before, name), getattr(reading, name)
        if old is not None and new is not None and old != new:
            row.events.append(("miner.identity_changed", {"field": name, "from": old, "to": new}))


def _nameplate_w(hashrate_ths: float, before: Before) -> float:
    # A machine that has lost a board draws less: its rate scales the data sheet, never above it by much.
    share = min(1.15, hashrate_ths / before.model_ths) if before.model_ths else 1.0
    return float(before.model_w or 0.0) * share


def shares_added(reading: Reading, before: Before, restarted: bool) -> tuple[int, int] | None:
    """Give the shares accepted and rejected since the reading before; since the restart where there was one.

    None where the machine does not count them, or where its counters went back without a restart.
    """
    if reading.accepted is None or reading.rejected is None:
        return None
    if restarted:
        return reading.accepted, reading.rejected
    if before.accepted is None or before.rejected is None:
        return None
    accepted, rejected = reading.accepted - before.accepted, reading.rejected - before.rejected
    return (accepted, rejected) if accepted >= 0 and rejected >= 0 else None
