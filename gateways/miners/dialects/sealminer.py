"""Bitdeer Sealminer: MH/s, and keys such as "0 MHS(Ideal)" in STATS."""

from __future__ import annotations

import re

from core.hosting.reading import Board, PowerSource, Reading
from gateways.miners import values
from gateways.miners.dialects.base import Dialect, read_common, settle
from gateways.miners.wire import Replies

_BOARD = re.compile(r"^(\d{1,2}) (MHS|GHS|THS)(\(Ideal\)| av| 5s)?", re.IGNORECASE)


def identify(_replies: Replies, haystack: str) -> bool:
    """Its daemon is bdminer."""
    return "bdminer" in haystack or "sealminer" in haystack


def read(replies: Replies, reading: Reading) -> None:
    """Read a Sealminer."""
    problems = reading.problems
    read_common(replies, reading)
    ideal: dict[int, float] = {}
    rate: dict[int, float] = {}
    for entry in [*replies.all("STATS"), *replies.all("DEVS")]:
        for key, value in entry.items():
            found = _BOARD.match(key)
            if found:
                place, unit, window = int(found.group(1)), found.group(2).upper(), (found.group(3) or "").lower()
                ths = values.hashrate(value, values.TH_PER[unit], f"stats.{key}", problems)
                if ths is not None:
                    (ideal if "ideal" in window else rate).setdefault(place, ths)
        reading.power_w = reading.power_w or values.power(entry.get("Power"), "stats.Power", problems)
        reading.model = reading.model or values.text(entry.get("Type"))
    if reading.power_w is not None:
        reading.power_source = PowerSource.DEVICE
    reading.expected_hashrate_ths = sum(ideal.values()) or None
    reading.boards = tuple(
        Board(slot=place, hashrate_ths=rate.get(place), expected_hashrate_ths=ideal.get(place))
        for place in sorted({*ideal, *rate})
    )
    version = replies.first("VERSION")
    reading.firmware = next((text for key in ("Firmware", "Miner", "CGMiner") if (text := values.text(version.get(key)))), None)
    reading.model = reading.model or values.text(version.get("Type"))
    settle(reading)


DIALECT = Dialect("sealminer", "Sealminer", identify, read, ("summary", "stats", "devs", "pools", "version"))
