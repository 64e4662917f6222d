"""What a source is: what it can give, from where, and how often it may be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.market.points import INTERVALS, SYMBOLS, Candle, Network, Quote

if TYPE_CHECKING:
    from gateways.market.client import Ask

Spot = Callable[["Ask"], list[Quote]]
# interval, start of the first and of the last bar wanted: the closed bars of one page, its own end of it first.
Candles = Callable[["Ask", str, dt.datetime, dt.datetime], list[Candle]]
NetworkNow = Callable[["Ask"], Network]
Epochs = Callable[["Ask"], list[Network]]


@dataclass(frozen=True, slots=True)
class History:
    """The bars that a source has.

    `page` is the most bars of one answer; `reach` is how far back it gives an interval, None for all there is.
    """

    symbol: str
    page: int
    reach: Mapping[str, dt.timedelta | None]

    def __post_init__(self) -> None:
        if self.symbol not in SYMBOLS or not self.reach.keys() <= INTERVALS.keys():
            raise ValueError(f"{self.symbol} at {', '.join(self.reach)} is no history that is known")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One source of the registry, which is itself and equals no other; a capability that it lacks is None.

    `exchange` tells whether its price has a vote in the consensus; `patience` is how old a lone price of it may be.
    """

    name: str
    bases: Mapping[str, str]
    exchange: bool
    spacing_s: float
    spot: Spot | None = None
    candles: Candles | None = None
    history: History | None = None
    network: NetworkNow | None = None
    epochs: Epochs | None = None
    patience: dt.timedelta = field(default=dt.timedelta(seconds=60))

    def __post_init__(self) -> None:
        if (self.candles is None) != (self.history is None):
            raise ValueError(f"{self.name} has candles and no history of them, or the other way round")
