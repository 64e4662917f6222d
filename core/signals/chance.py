"""What the same trades would have earned at random times: as many, held as long, as little overlapping, at equal fees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.signals.trades import Market, Plan, Positions

DRAWS = 1000
CELLS = 2_000_000  # of one batch of draws; bounds the memory


@dataclass(frozen=True, slots=True)
class Chance:
    """Expectancy of random entry, as a distribution over draws.

    Attributes
    ----------
    mean, low90, high90 : float
        Mean and the middle 90 % of the expectancies [share].
    percentile : float
        Share of the draws that the rule beats, ties by half, 0 to 100.
    p_value : float
        ``(1 + draws at least as good) / (1 + draws)``: how often chance alone does that well.
    draws : int
    """

    mean: float
    low90: float
    high90: float
    percentile: float
    p_value: float
    draws: int


def random_entry(
    market: Market, positions: Positions, plan: Plan, first: int, last: int, *, draws: int = DRAWS, seed: int = 0
) -> Chance | None:
    """Draw random entries.

    Parameters
    ----------
    market, positions, plan
        What was traded.
    first, last : int
        The bars between which it could have been; the real positions lie between them.
    draws : int
    seed : int
        The same seed gives the same answer.

    Returns
    -------
    Chance or None
        None without positions. In every draw the real holding times stand in a random order with random pauses between
        them (sorted uniform offsets), so that no draw overlaps itself.

    Raises
    ------
    ValueError
        If the positions do not fit between the bars, or there is no draw.
    """
    if not len(positions):
        return None
    held = positions.holding_bars
    room = last - first - int(held.sum())
    if room < 0 or draws < 1:
        raise ValueError(
            f"{int(held.sum())} bars held do not fit between {first} and {last}, or {draws} draws are none"
        )
    generator = np.random.default_rng(seed)
    batch = max(CELLS // len(held), 1)
    means = []
    for done in range(0, draws, batch):
        shape = (min(batch, draws - done), len(held))
        order = generator.permuted(np.broadcast_to(held, shape), axis=1)
        pauses = np.sort(generator.integers(0, room, size=shape, endpoint=True), axis=1)
        leave = first + pauses + np.cumsum(order, axis=1)
        returns = plan.returns(market.worth(leave - order), market.worth(leave))
        means.append(returns.mean(axis=1))
    drawn, ours = np.concatenate(means), float(positions.returns.mean())
    close = np.isclose(drawn, ours, rtol=1e-12, atol=1e-15)
    worse, better = (drawn < ours) & ~close, (drawn > ours) | close
    low, high = np.quantile(drawn, [0.05, 0.95])
    return Chance(
        float(drawn.mean()), float(low), float(high), 100 * float(worse.mean() + close.mean() / 2),
        (1 + int(better.sum())) / (1 + draws), draws,
    )  # fmt: skip
