"""From fired signals to positions: one at a time, bought and sold at the next open, fees paid both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.indicators.frames import arrays_of
from core.indicators.indicator import Series
from core.signals.rules import Rule

MAX_HOLDING_BARS = 10_000
MAX_FEE = 0.1

Bars = NDArray[np.intp]


class PositionSide(StrEnum):
    """What a signal opens."""

    LONG = "long"
    SHORT = "short"  # without the cost of borrowing, which no source of ours gives


@dataclass(frozen=True, slots=True)
class Plan:
    """How a signal is traded.

    Attributes
    ----------
    holding_bars : int or None
        Bars after which a position is closed at the latest.
    exit_rule : Rule or None
        Closes it earlier, when it fires.
    side : PositionSide
    fee : float
        Share of the traded value that every purchase and every sale costs.

    Raises
    ------
    ValueError
        If nothing ever closes a position, or a number is out of its bounds.
    """

    holding_bars: int | None = 10
    exit_rule: Rule | None = None
    side: PositionSide = PositionSide.LONG
    fee: float = 0.001

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", PositionSide(self.side))
        bars = self.holding_bars
        if bars is None and self.exit_rule is None:
            raise ValueError("holding_bars None and exit_rule None: nothing would ever close a position")
        if bars is not None and (
            isinstance(bars, bool) or not isinstance(bars, int) or not 1 <= bars <= MAX_HOLDING_BARS
        ):
            raise ValueError(f"holding_bars {bars!r} is not a whole number from 1 to {MAX_HOLDING_BARS}")
        if not isinstance(self.fee, (int, float)) or isinstance(self.fee, bool) or not 0 <= self.fee <= MAX_FEE:
            raise ValueError(f"fee {self.fee!r} is not from 0 to {MAX_FEE}")

    def returns(self, entry_price: Series, exit_price: Series) -> Series:
        """Give what positions earned on the price they were opened at, fees paid."""
        if self.side is PositionSide.LONG:
            return exit_price * (1 - self.fee) / (entry_price * (1 + self.fee)) - 1
        return (entry_price * (1 - self.fee) - exit_price * (1 + self.fee)) / entry_price


@dataclass(frozen=True, slots=True)
class Market:
    """The prices at which orders are filled.

    Attributes
    ----------
    fill_bar : array of int
        The bar at which an order given for a bar is filled: that one, or where it has no open, the next that has one;
        one more than there are bars where none has. One longer than the candles.
    open_price : array
        Opens, by bar.
    last_bar : int
        The last bar with a close; -1 where there is none.
    last_price : float
        Its close: what an open position is worth.
    """

    fill_bar: Bars
    open_price: Series
    last_bar: int
    last_price: float

    @classmethod
    def of(cls, candles: pd.DataFrame) -> Market:
        """Read opens and closes; a price that is not above 0 is none."""
        opens, closes = arrays_of(candles, ["open", "close"])
        size = len(opens)
        there = np.isfinite(opens) & (opens > 0)
        places = np.append(np.where(there, np.arange(size), size), size)
        closing = np.flatnonzero(np.isfinite(closes) & (closes > 0))
        last = int(closing[-1]) if len(closing) else -1
        fill_bar = np.minimum.accumulate(places[::-1])[::-1]
        return cls(fill_bar, opens, last, float(closes[last]) if len(closing) else np.nan)

    def worth(self, bars: Bars) -> Series:
        """Give what an order for each bar is filled at, or the last close where it is not filled any more."""
        filled = self.fill_bar[np.minimum(bars, len(self.open_price))]
        inside = filled < len(self.open_price)
        return np.where(inside, self.open_price[np.where(inside, filled, 0)], self.last_price)


@dataclass(frozen=True, slots=True)
class Positions:
    """What came of some signals.

    Attributes
    ----------
    entry_bar, exit_bar : array of int
        Where each was opened and closed; an open one "closes" at the last bar with a close.
    entry_price, exit_price, returns : array
        [price, price, share of the entry's value after fees].
    open_at_end : bool
        The last one is still open and valued at the last close.
    skipped_bar : array of int
        Where signals fired while a position was open; they were not traded.
    unfilled_bar : array of int
        Where signals fired behind which no price came any more.
    """

    entry_bar: Bars
    exit_bar: Bars
    entry_price: Series
    exit_price: Series
    returns: Series
    open_at_end: bool
    skipped_bar: Bars
    unfilled_bar: Bars

    def __len__(self) -> int:
        return len(self.entry_bar)

    @property
    def holding_bars(self) -> Bars:
        """Give how long each was held."""
        return self.exit_bar - self.entry_bar

    @classmethod
    def joined(cls, parts: Sequence[Positions]) -> Positions:
        """Give the positions of stretches that follow each other."""
        names = [each.name for each in fields(cls) if each.name != "open_at_end"]
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(**arrays, open_at_end=any(part.open_at_end for part in parts))

    def between(self, begin: int, end: int) -> Positions:
        """Give those opened, and the signals missed, from bar `begin` on and before bar `end`."""
        part = (self.entry_bar >= begin) & (self.entry_bar < end)
        missed = [bars[(bars >= begin) & (bars < end)] for bars in (self.skipped_bar, self.unfilled_bar)]
        return Positions(
            self.entry_bar[part], self.exit_bar[part], self.entry_price[part], self.exit_price[part],
            self.returns[part], self.open_at_end and bool(part[-1]), *missed,
        )  # fmt: skip


def trade(
    market: Market, fired: NDArray[np.bool_], closes: NDArray[np.bool_] | None, plan: Plan, flat_from: int = 0
) -> Positions:
    """Trade signals one position at a time.

    Parameters
    ----------
    market : Market
    fired, closes : array of bool
        Where the entry rule and the exit rule fire, told at the bar's close; orders are filled at the next open.
    plan : Plan
    flat_from : int
        The first bar at whose close no earlier position is open.

    Returns
    -------
    Positions
        A signal at whose close a position is open is skipped and counted, so no price move counts twice.
    """
    exits = np.flatnonzero(closes) if closes is not None else np.empty(0, dtype=np.intp)
    entry_bars, exit_bars, skipped, unfilled = [], [], [], []
    size, flat = len(market.open_price), flat_from
    for bar in np.flatnonzero(fired).tolist():
        if bar < flat:
            skipped.append(bar)
            continue
        entry = int(market.fill_bar[bar + 1])
        if entry > market.last_bar:
            unfilled.append(bar)
            continue
        due = size if plan.holding_bars is None else min(entry + plan.holding_bars, size)
        told = int(np.searchsorted(exits, entry))
        if told < len(exits):
            due = min(due, int(exits[told]) + 1)
        leave = int(market.fill_bar[due])
        entry_bars.append(entry)
        exit_bars.append(leave)
        flat = leave
    entries, leaves = _bars(entry_bars), _bars(exit_bars)
    entry_price, exit_price = market.open_price[entries], market.worth(leaves)
    return Positions(
        entries, np.where(leaves < size, leaves, market.last_bar), entry_price, exit_price,
        plan.returns(entry_price, exit_price), bool(len(leaves) and leaves[-1] >= size), _bars(skipped), _bars(unfilled),
    )  # fmt: skip


def _bars(bars: list[int]) -> Bars:
    return np.array(bars, dtype=np.intp)
