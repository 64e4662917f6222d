"""VNish on an Antminer: the stock words, numbers as strings, a consumption a chain (read as an Antminer's)."""

from __future__ import annotations

from gateways.miners.dialects import antminer
from gateways.miners.dialects.base import Dialect
from gateways.miners.wire import Replies


def identify(_replies: Replies, haystack: str) -> bool:
    """VNish writes its name behind the model or beside its version."""
    return "vnish" in haystack


DIALECT = Dialect("vnish", "VNish", identify, antminer.read, ("summary", "stats", "pools", "version"))
