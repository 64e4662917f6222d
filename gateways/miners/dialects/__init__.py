"""The dialects, most specific first. A new one is a module with a `DIALECT` and one line here."""

from __future__ import annotations

from gateways.miners.dialects import antminer, auradine, avalon, braiins, generic, luxos, sealminer, vnish, whatsminer
from gateways.miners.dialects.base import Dialect

DIALECTS: tuple[Dialect, ...] = (
    whatsminer.DIALECT,
    avalon.DIALECT,
    luxos.DIALECT,
    braiins.DIALECT,
    vnish.DIALECT,
    sealminer.DIALECT,
    auradine.DIALECT,
    antminer.DIALECT,
    generic.DIALECT,
)
BY_KEY: dict[str, Dialect] = {dialect.key: dialect for dialect in DIALECTS}

__all__ = ["BY_KEY", "DIALECTS", "Dialect"]
