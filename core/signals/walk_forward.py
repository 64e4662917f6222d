"""Walk-forward: choose on what was known, trade what came next, and count only that."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.signals.chance import DRAWS
from core.signals.firing import told
from core.signals.record import Record, closing, first_entry, record_of
from core.signals.rules import Rule
from core.signals.trades import Market, Plan, Positions, trade

MIN_TRADES = 5  # of a rule in the known part; with fewer its expectancy is an anecdote
MAX_CANDIDATES = 1_000


@dataclass(frozen=True, slots=True)
class Fold:
    """One step: what was chosen on the bars before `first_bar`, and what it earned from there on.

    Attributes
    ----------
    first_bar, last_bar : int
        The bars whose signals were traded.
    chosen : int or None
        Place of the rule among the candidates; None where none had enough trades, and nothing was traded.
    known_expectancy : float or None
        Its expectancy on the trades that were closed before.
    record : Record
        Of the trades of this step.
    """

    first_bar: int
    last_bar: int
    chosen: int | None
    known_expectancy: float | None
    record: Record


@dataclass(frozen=True, slots=True)
class WalkForward:
    """All steps, and the record of their trades together: out of sample throughout."""

    folds: tuple[Fold, ...]
    record: Record


def walk_forward(
    rules: Sequence[Rule],
    candles: pd.DataFrame,
    plan: Plan,
    *,
    folds: int = 4,
    first_share: float = 0.5,
    min_trades: int = MIN_TRADES,
    draws: int = DRAWS,
    seed: int = 0,
) -> WalkForward:
    """Evaluate a choice among rules as it could have been made at the time.

    Parameters
    ----------
    rules : sequence of Rule
        The candidates; one alone is simply told step by step.
    candles, plan
        As for `evaluate`.
    folds : int
        Steps. The known part grows with each of them.
    first_share : float
        Share of the bars that is known before the first step, 0 to 1.
    min_trades : int
        Closed trades that a candidate needs in the known part.
    draws, seed : int
        Of random entry.

    Returns
    -------
    WalkForward
        In each step the candidate with the best expectancy on trades closed before it. A position left open by the
        step before stays open, and the next begins when it is closed.

    Raises
    ------
    ValueError
        If there is no candidate or too many, no step, or too few bars for that many steps.
    """
    if not 1 <= len(rules) <= MAX_CANDIDATES:
        raise ValueError(f"{len(rules)} rules: from 1 to {MAX_CANDIDATES} are compared")
    if not 0 < first_share < 1 or folds < 1:
        raise ValueError(f"{folds} folds after a first share of {first_share}: at least 1, between 0 and 1")
    market, closes = Market.of(candles), closing(plan, candles)
    fired, tellable = (np.array(part) for part in zip(*(told(rule, candles) for rule in rules), strict=True))
    known = [trade(market, each, closes, plan) for each in fired]
    first = first_entry(market, np.logical_or.reduce(tellable))
    start = first + int((len(candles) - first) * first_share)
    bounds = np.linspace(start, len(candles), folds + 1).astype(int).tolist()
    if len(set(bounds)) <= folds:
        raise ValueError(f"{len(candles) - first} bars with signals are too few for {folds} folds")
    steps: list[Fold] = []
    traded: list[Positions] = []
    flat = 0
    for begin, end in itertools.pairwise(bounds):
        chosen, expectancy = _best(known, begin, min_trades)
        window = np.zeros(len(candles), dtype=np.bool_)
        if chosen is not None:
            window[begin:end] = fired[chosen][begin:end]
        positions = trade(market, window, closes, plan, flat_from=flat)
        flat = max(flat, int(positions.exit_bar.max(initial=0)))
        traded.append(positions)
        record = record_of(market, positions, plan, begin, end - 1, draws=draws, seed=seed)
        steps.append(Fold(begin, end - 1, chosen, expectancy, record))
    together = Positions.joined(traded)
    return WalkForward(tuple(steps), record_of(market, together, plan, start, len(candles) - 1, draws=draws, seed=seed))


def _best(known: Sequence[Positions], before: int, min_trades: int) -> tuple[int | None, float | None]:
    best: tuple[int | None, float | None] = (None, None)
    for place, positions in enumerate(known):
        closed = positions.returns[positions.exit_bar < before]
        if len(closed) >= max(min_trades, 1) and (best[1] is None or closed.mean() > best[1]):
            best = place, float(closed.mean())
    return best
