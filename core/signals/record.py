"""The honest record of a rule: what its trades earned, beside doing nothing clever."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.signals.chance import DRAWS, Chance, random_entry
from core.signals.firing import told
from core.signals.rules import Rule
from core.signals.trades import Market, Plan, Positions, PositionSide, trade

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Record:
    """What came of the signals of a stretch of bars. None where there was no trade to tell it from.

    Attributes
    ----------
    first_bar, last_bar : int
        The stretch: the first bar at which a position could be opened, the last at which one was held.
    trades, skipped, unfilled : int
        Traded; fired while a position was open; fired with no price behind.
    open_at_end : bool
        The last trade is still open, valued at the last close and counted.
    hit_rate : float or None
        Share of the trades that earned something after fees.
    hit_rate_low95, hit_rate_high95 : float or None
        Wilson's interval: a few trades tell little.
    expectancy : float or None
        Mean return of a trade, fees paid [share].
    average_win, average_loss : float or None
        Mean return of those that earned something, and of the others.
    average_holding_bars : float or None
    total_return : float
        Of all trades one after the other [share]; -1 is all lost.
    exposure : float
        Share of the stretch in a position.
    buy_and_hold_return : float or None
        Of one purchase at the stretch's first open, sold at its end, at the same fees [share].
    chance : Chance or None
        Random entry with the same holding times.
    """

    first_bar: int
    last_bar: int
    trades: int
    skipped: int
    unfilled: int
    open_at_end: bool
    hit_rate: float | None
    hit_rate_low95: float | None
    hit_rate_high95: float | None
    expectancy: float | None
    average_win: float | None
    average_loss: float | None
    average_holding_bars: float | None
    total_return: float
    exposure: float
    buy_and_hold_return: float | None
    chance: Chance | None


def record_of(
    market: Market, positions: Positions, plan: Plan, first: int, last: int, *, draws: int = DRAWS, seed: int = 0
) -> Record:
    """Sum up positions that were opened from bar `first` on.

    Parameters
    ----------
    market, positions, plan
        What was traded.
    first, last : int
        The stretch; it is prolonged to the end of the last position.
    draws, seed : int
        Of random entry.

    Returns
    -------
    Record
    """
    last = max(first, last, int(positions.exit_bar.max(initial=last)))
    returns = positions.returns
    wins = returns > 0
    low, high = wilson(int(wins.sum()), len(returns))
    return Record(
        first_bar=first,
        last_bar=last,
        trades=len(positions),
        skipped=len(positions.skipped_bar),
        unfilled=len(positions.unfilled_bar),
        open_at_end=positions.open_at_end,
        hit_rate=_mean(wins),
        hit_rate_low95=low,
        hit_rate_high95=high,
        expectancy=_mean(returns),
        average_win=_mean(returns[wins]),
        average_loss=_mean(returns[~wins]),
        average_holding_bars=_mean(positions.holding_bars),
        total_return=float(np.prod(np.maximum(1 + returns, 0)) - 1),
        exposure=float(positions.holding_bars.sum() / (last - first)) if last > first else 0.0,
        buy_and_hold_return=_buy_and_hold(market, plan, first, last),
        chance=random_entry(market, positions, plan, first, last, draws=draws, seed=seed),
    )


def wilson(hits: int, tries: int) -> tuple[float | None, float | None]:
    """Give the 95 % interval of a share (E. B. Wilson, 1927); None and None without a try."""
    if tries == 0:
        return None, None
    share, z2 = hits / tries, Z95**2 / tries
    middle = (share + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(share * (1 - share) / tries + z2 / (4 * tries))
    return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The record of one rule: over everything, and apart for the earlier and the later part."""

    whole: Record
    in_sample: Record
    out_of_sample: Record
    positions: Positions


def evaluate(
    rule: Rule, candles: pd.DataFrame, plan: Plan, *, in_sample_share: float = 0.7, draws: int = DRAWS, seed: int = 0
) -> Evaluation:
    """Trade a rule over candles.

    Parameters
    ----------
    rule : Rule
        Opens positions.
    candles : DataFrame
        As for `fires`; opens and closes are what is traded at.
    plan : Plan
    in_sample_share : float
        Share of the bars that count as known when the rule was made, 0 to 1. A trade belongs to the part in which it
        was opened.
    draws, seed : int
        Of random entry.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the share is not between 0 and 1, or the candles are no series of bars.
    """
    if not 0 < in_sample_share < 1:
        raise ValueError(f"in_sample_share {in_sample_share} is not between 0 and 1")
    market = Market.of(candles)
    fired, tellable = told(rule, candles)
    positions = trade(market, fired, closing(plan, candles), plan)
    first, end = first_entry(market, tellable), len(candles)
    split = first + int(max(end - first, 0) * in_sample_share)
    records = [
        record_of(market, positions.between(begin, stop), plan, begin, stop - 1, draws=draws, seed=seed)
        for begin, stop in ((first, end), (first, split), (split, end))
    ]
    whole, in_sample, out_of_sample = records
    return Evaluation(whole, in_sample, out_of_sample, positions)


def closing(plan: Plan, candles: pd.DataFrame) -> NDArray[np.bool_] | None:
    """Give where the plan's exit rule fires; None without one."""
    return None if plan.exit_rule is None else told(plan.exit_rule, candles)[0]


def first_entry(market: Market, tellable: NDArray[np.bool_]) -> int:
    """Give the first bar at which a rule could have opened a position; the number of bars where it never could."""
    size = len(tellable)
    return int(market.fill_bar[int(tellable.argmax()) + 1]) if tellable.any() else size


def _mean(values: NDArray[np.generic]) -> float | None:
    return float(values.mean()) if len(values) else None


def _buy_and_hold(market: Market, plan: Plan, first: int, last: int) -> float | None:
    if first >= len(market.open_price) or first > market.last_bar or last <= first:
        return None
    held = Plan(holding_bars=1, side=PositionSide.LONG, fee=plan.fee)
    ends = np.array([last if last < market.last_bar else len(market.open_price)])
    return float(held.returns(market.worth(np.array([first])), market.worth(ends))[0])
