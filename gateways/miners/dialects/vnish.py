"""VNish on an Antminer: the stock words, numbers as strings, consumption per chain."""

from __future__ import annotations

from core.hosting.reading import PowerSource, Reading
from gateways.miners import values
from gateways.miners.dialects import antminer
from gateways.miners.dialects.base import Dialect, settle
from gateways.miners.wire import Replies


def identify(_replies: Replies, haystack: str) -> bool:
    """VNish writes its name behind the model."""
    return "vnish" in haystack


def read(replies: Replies, reading: Reading) -> None:
    """Read a VNish machine; its power is the sum of what its chains say."""
    antminer.read(replies, reading)
    stats = antminer.stats_of(replies)
    parts = [
        values.power(stats[key], f"stats.{key}", reading.problems) for key in stats if key.startswith("chain_consumption")
    ]
    known = [part for part in parts if part]
    if known:
        reading.power_w = sum(known)
        reading.power_source = PowerSource.DEVICE
    settle(reading)


DIALECT = Dialect("vnish", "VNish", identify, read, ("summary", "stats", "pools", "version"))
