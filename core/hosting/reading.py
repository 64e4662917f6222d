"""One reading of one machine, whatever its dialect: the only shape that leaves the miner gateway.

Absent is None, never 0 and never a guess; what was there but could not be read is named in `problems`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any


class PowerSource(StrEnum):
    """Where a power figure comes from, the most trusted first."""

    METER = "meter"
    DEVICE = "device"
    CUSTOM = "custom"
    NAMEPLATE = "nameplate"


class Mode(StrEnum):
    """What the machine says it is doing."""

    MINING = "mining"
    STARTING = "starting"
    SLEEPING = "sleeping"


@dataclass(slots=True)
class Board:
    """One hash board [TH/s, deg C, MHz]."""

    slot: int
    hashrate_ths: float | None = None
    expected_hashrate_ths: float | None = None
    temp_inlet_c: float | None = None
    temp_board_c: float | None = None
    temp_chip_c: float | None = None
    chip_temps_c: tuple[float, ...] = ()
    chips: int | None = None
    chips_expected: int | None = None
    frequency_mhz: float | None = None
    hardware_errors: int | None = None
    alive: bool | None = None


BOARD_FIELDS = tuple(each.name for each in fields(Board))
_board_values = attrgetter(*BOARD_FIELDS)


def board_rows(boards: Sequence[Board]) -> list[tuple[Any, ...]]:
    """Give boards as plain rows in the order of BOARD_FIELDS: stored so, they take half the space of the named form."""
    return [_board_values(board) for board in boards]


def named_boards(rows: Sequence[Sequence[Any]] | None) -> list[dict[str, Any]] | None:
    """Give stored boards with their names again; fields added after they were stored are absent."""
    return None if rows is None else [dict(zip(BOARD_FIELDS, row, strict=False)) for row in rows]


@dataclass(slots=True)
class Reading:
    """All that one machine told in one sweep."""

    dialect: str | None = None  # key of gateways.miners.dialects.DIALECTS
    hashrate_ths: float | None = None  # newest window the machine gives (5 s where it does)
    hashrate_avg_ths: float | None = None
    expected_hashrate_ths: float | None = None  # the machine's own word only
    power_w: float | None = None
    power_source: PowerSource | None = None
    power_limit_w: float | None = None
    efficiency_j_per_th: float | None = None  # power_w / hashrate_ths, None where either is absent or hashrate is 0
    temp_inlet_c: float | None = None
    temp_board_max_c: float | None = None
    temp_chip_max_c: float | None = None
    temp_max_c: float | None = None  # the hottest of all sensors
    fans_rpm: tuple[int, ...] = ()
    boards: tuple[Board, ...] = ()
    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    hardware_errors: int | None = None
    uptime_s: int | None = None
    pool_url: str | None = None
    worker: str | None = None
    pool_alive: bool | None = None
    mode: Mode | None = None
    power_mode: str | None = None  # the vendor's word: Low, Normal, High, eco ...
    model: str | None = None
    firmware: str | None = None
    mac: str | None = None  # AA:BB:CC:DD:EE:FF
    serial: str | None = None
    error_codes: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """A reading that says something of the hashing: it counts as a sign of life."""
        return self.hashrate_ths is not None or self.hashrate_avg_ths is not None or self.mode is Mode.SLEEPING
