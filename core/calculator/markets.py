"""What the market may become: price, difficulty and subsidy by the month, one path or many. No path is a forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.calculator.hashprice import BLOCKS_PER_DAY, BLOCKS_PER_HALVING, issued_btc
from core.calculator.hosting import DAYS_PER_MONTH
from core.calculator.inputs import Plan, Scenario
from core.calculator.numbers import Array, number

MONTHS_PER_YEAR = 12.0
BLOCKS_PER_MONTH = BLOCKS_PER_DAY * DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Market:
    """A market by months along the first axis; the others broadcast with the arrays of the scenario.

    Attributes
    ----------
    price_usd, difficulty, subsidy_btc : array, shape (months, ...)
        Mean of each month.

    Raises
    ------
    ValueError
        If a price is negative, a difficulty not above nothing, or the months are not the same.
    """

    price_usd: Array
    difficulty: Array
    subsidy_btc: Array

    def __post_init__(self) -> None:
        number("price_usd", self.price_usd, low=0)
        number("difficulty", self.difficulty, above=0)
        months = {len(each) for each in (self.price_usd, self.difficulty, self.subsidy_btc)}
        if len(months) != 1:
            raise ValueError(f"price, difficulty and subsidy are of {sorted(months)} months")

    @property
    def months(self) -> int:
        """Give the number of months."""
        return len(self.price_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far paths wander: yearly volatilities of the logarithms, and how price and difficulty go together.

    Raises
    ------
    ValueError
        If a volatility is negative or the correlation not within -1 and 1.
    """

    price_volatility: float = 0.5
    difficulty_volatility: float = 0.15
    correlation: float = 0.3

    def __post_init__(self) -> None:
        number("price_volatility", self.price_volatility, low=0, high=10)
        number("difficulty_volatility", self.difficulty_volatility, low=0, high=10)
        number("correlation", self.correlation, low=-1, high=1)


def expected_market(scenario: Scenario, plan: Plan) -> Market:
    """Give the one path that grows evenly.

    Returns
    -------
    Market
        In month k, counted from 0: ``price * (1 + growth)**(k / 12)``, the difficulty likewise, so that the first month
        is today's market. Blocks come every 600 s; a month in which a halving falls has the mean subsidy of its
        blocks, and the difficulty falls by the plan's share for the part of them that comes after it.
    """
    arrays = (scenario.price_usd, scenario.difficulty, scenario.block_height, plan.price_growth, plan.difficulty_growth)
    ndim = max(np.ndim(each) for each in (*arrays, plan.halving_reaction))
    month = np.arange(plan.months, dtype=np.float64).reshape((-1,) + (1,) * ndim)
    subsidy, halvings = _mined(scenario, month)
    price = scenario.price_usd * (1.0 + np.asarray(plan.price_growth)) ** (month / MONTHS_PER_YEAR)
    difficulty = scenario.difficulty * (1.0 + np.asarray(plan.difficulty_growth)) ** (month / MONTHS_PER_YEAR)
    return Market(price, difficulty * (1.0 - np.asarray(plan.halving_reaction)) ** halvings, subsidy)


def sampled_markets(scenario: Scenario, plan: Plan, spread: Spread, *, paths: int, seed: int) -> Market:
    """Give many paths around the even one.

    Parameters
    ----------
    scenario : Scenario
        Of one machine or one fleet: its market must be scalars.
    plan : Plan
        Growth is that of the mean of all paths.
    spread : Spread
    paths : int
    seed : int
        The same seed gives the same paths.

    Returns
    -------
    Market
        Arrays of shape ``(months, paths)``: log random walks with ``exp(sigma * W(t) - sigma**2 * t / 2)`` around the
        expected market, which start today. The difficulty's factor is divided by its mean of the reciprocal, so that
        the mean of what a hash finds stays the expected one too.

    Raises
    ------
    ValueError
        If the scenario's market is not one of scalars, or there is no path.
    """
    if paths < 1:
        raise ValueError(f"{paths} paths are none")
    middle = expected_market(scenario, plan)
    if middle.price_usd.ndim > 1 or middle.difficulty.ndim > 1 or middle.subsidy_btc.ndim > 1:
        raise ValueError("paths are drawn for one market, not for arrays of them")
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((2, plan.months - 1, paths))
    steps[1] = spread.correlation * steps[0] + np.sqrt(1.0 - spread.correlation**2) * steps[1]
    walk = np.concatenate((np.zeros((2, 1, paths)), steps.cumsum(axis=1)), axis=1) / np.sqrt(MONTHS_PER_YEAR)
    years = (np.arange(plan.months) / MONTHS_PER_YEAR)[:, None]
    price = np.exp(spread.price_volatility * walk[0] - spread.price_volatility**2 * years / 2)
    difficulty = np.exp(spread.difficulty_volatility * walk[1] + spread.difficulty_volatility**2 * years / 2)
    return Market(
        middle.price_usd[:, None] * price, middle.difficulty[:, None] * difficulty, middle.subsidy_btc[:, None]
    )


def _mined(scenario: Scenario, month: Array) -> tuple[Array, Array]:
    begins = np.asarray(scenario.block_height) + month * BLOCKS_PER_MONTH
    ends = begins + BLOCKS_PER_MONTH
    subsidy = (np.asarray(issued_btc(ends)) - np.asarray(issued_btc(begins))) / BLOCKS_PER_MONTH
    # Halvings passed since today, in the mean over the blocks of the month.
    first = np.floor(np.asarray(scenario.block_height) / BLOCKS_PER_HALVING)
    passed = np.floor(ends / BLOCKS_PER_HALVING)
    after = np.minimum(ends - passed * BLOCKS_PER_HALVING, BLOCKS_PER_MONTH) / BLOCKS_PER_MONTH
    halvings = np.where(passed > first, passed - 1 - first + after, 0.0)
    return subsidy, halvings
