"""What a dialect is, and the part of reading that all cgminer descendants share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from core.hosting.reading import Mode, PowerSource, Reading
from gateways.miners import values
from gateways.miners.wire import Replies, Section

NEWEST = ("5s", "20s", "30s", "1m", "5m")
AVERAGE = ("av", "15m", "30m", "24h")
ANY = NEWEST + AVERAGE  # for a machine that gives one window only


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of firmware is told, asked, read and commanded."""

    key: str
    name: str
    identify: Callable[[Replies, str], bool]
    read: Callable[[Replies, Reading], None]
    commands: tuple[str, ...]  # what a sweep asks, joined where the machine lets us
    request_key: str = "command"
    control: Callable[..., Awaitable[str]] | None = None


def read_common(replies: Replies, reading: Reading) -> None:
    """Read SUMMARY and POOLS, which mean the same in every dialect."""
    problems = reading.problems
    summary = replies.first("SUMMARY")
    reading.hashrate_ths = values.hashrate_by_key(summary, ANY, "summary", problems)
    reading.hashrate_avg_ths = values.hashrate_by_key(summary, AVERAGE, "summary", problems)
    reading.accepted = values.count(summary.get("Accepted"), "summary.Accepted", problems)
    reading.rejected = values.count(summary.get("Rejected"), "summary.Rejected", problems)
    reading.stale = values.count(summary.get("Stale"), "summary.Stale", problems)
    reading.hardware_errors = values.count(summary.get("Hardware Errors"), "summary.Hardware Errors", problems)
    reading.uptime_s = values.count(summary.get("Elapsed"), "summary.Elapsed", problems, values.MAX_UPTIME_S)
    reading.mac = values.mac(summary.get("MAC"), problems)
    read_pools(replies, reading)


def read_pools(replies: Replies, reading: Reading) -> None:
    """Choose the pool that the machine works for: active, then alive, then the first by priority."""
    choose_pool(replies.all("POOLS")[:16], reading)


def choose_pool(pools: list[Any], reading: Reading) -> None:
    """Set the pool that the machine works for, whichever way its dialect spells the words."""
    best: tuple[tuple[bool, bool, float], Section] | None = None
    for entry in pools:
        if type(entry) is not dict:
            continue
        pool: Section = (
            entry if "URL" in entry else {_POOL_WORDS.get(str(key).lower(), str(key)): entry[key] for key in entry}
        )
        if values.text(pool.get("URL")) is None:
            continue
        active = _true(pool.get("Stratum Active"))
        alive = str(pool.get("Status", "")).lower() in ("alive", "active", "connected")
        priority = values.number(pool.get("Priority"), 0, 1e6, "", [])
        rank = (not active, not alive, 1e6 if priority is None else priority)
        if best is None or rank < best[0]:
            best = (rank, pool)
    if best is None:
        return
    rank, pool = best
    reading.pool_url = values.text(pool.get("URL"))
    reading.worker = values.text(pool.get("User"))
    reading.pool_alive = not rank[1] if "Status" in pool else None


_POOL_WORDS: dict[str, str] = {
    "url": "URL",
    "user": "User",
    "account": "User",
    "username": "User",
    "status": "Status",
    "priority": "Priority",
    "pool-priority": "Priority",
    "stratum-active": "Stratum Active",
    "stratum active": "Stratum Active",
}


def settle(reading: Reading) -> None:
    """Fill what follows from the rest: mode from a rate, temperature of all, efficiency from known power."""
    if reading.power_w is not None and reading.power_source is None:
        reading.power_source = PowerSource.DEVICE
    if reading.mode is None and (reading.hashrate_ths or 0) > 0:
        reading.mode = Mode.MINING
    for board in reading.boards:
        reading.temp_board_max_c = values.hottest(reading.temp_board_max_c, board.temp_board_c)
        reading.temp_chip_max_c = values.hottest(reading.temp_chip_max_c, board.temp_chip_c)
    reading.temp_max_c = values.hottest(
        reading.temp_max_c, reading.temp_board_max_c, reading.temp_chip_max_c, reading.temp_inlet_c
    )
    rate = reading.hashrate_ths
    if reading.power_w is not None and rate is not None and rate > 0:
        reading.efficiency_j_per_th = reading.power_w / rate


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "y", "yes", "1")
