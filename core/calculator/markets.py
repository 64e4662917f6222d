"""What the market may become: price, difficulty and subsidy by the month, one path or many. No path is a forecast."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.calculator.hashprice import BLOCKS_PER_DAY, BLOCKS_PER_HALVING, expected_blocks_per_day, issued_btc
from core.calculator.hosting import DAYS_PER_MONTH
from core.calculator.inputs import Plan, Scenario, shape_of
from core.calculator.numbers import Array, number
from core.calculator.pools import POOL_SCHEMES

MONTHS_PER_YEAR = 12.0
BLOCKS_PER_MONTH = BLOCKS_PER_DAY * DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Market:
    """A market by months along the first axis; the others broadcast with the arrays of the scenario.

    Attributes
    ----------
    price_usd, difficulty, subsidy_btc : array, shape (months, ...)
        Mean of each month.
    luck : array
        Blocks found over blocks expected, 1 where a pool bears the luck.

    Raises
    ------
    ValueError
        If a price or luck is negative, a difficulty not above nothing, or the months are not the same.
    """

    price_usd: Array
    difficulty: Array
    subsidy_btc: Array
    luck: Array = field(default_factory=lambda: np.ones(1))

    def __post_init__(self) -> None:
        number("price_usd", self.price_usd, low=0)
        number("difficulty", self.difficulty, above=0)
        number("luck", self.luck, low=0)
        months = {len(each) for each in (self.price_usd, self.difficulty, self.subsidy_btc)}
        if len(months) != 1 or len(self.luck) not in (1, *months):
            raise ValueError(f"price, difficulty, subsidy and luck are of {sorted({*months, len(self.luck)})} months")

    @property
    def months(self) -> int:
        """Give the number of months."""
        return len(self.price_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far paths wander: yearly volatilities of the logarithms, how price and difficulty go together, and luck.

    Raises
    ------
    ValueError
        If a volatility is negative, the correlation not within -1 and 1, or the pool without hashrate.
    """

    price_volatility: float = 0.5
    difficulty_volatility: float = 0.15
    correlation: float = 0.3
    pool_hashrate_hs: float | None = None  # of a pool that pays by its own luck; None: not looked at

    def __post_init__(self) -> None:
        if self.pool_hashrate_hs is not None:
            number("pool_hashrate_hs", self.pool_hashrate_hs, above=0)
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
        Of scalars: one machine or one fleet.
    plan : Plan
        Of scalars. Growth is that of the mean of all paths.
    spread : Spread
    paths : int
    seed : int
        The same seed gives the same paths.

    Returns
    -------
    Market
        Arrays of shape ``(months, paths)``: log random walks with ``exp(sigma * W(t) - sigma**2 * t / 2)`` around the
        expected market, which start today. The difficulty's factor is divided by its mean of the reciprocal, so that
        the mean of what a hash finds stays the expected one too. Who mines alone, or in a pool that pays by its luck
        and whose hashrate is known, finds a Poisson number of blocks each month.

    Raises
    ------
    ValueError
        If the scenario or the plan holds an array, or there is no path.
    """
    if paths < 1:
        raise ValueError(f"{paths} paths are none")
    middle = expected_market(scenario, plan)
    if shape_of(scenario, plan):
        raise ValueError("paths are drawn for one machine or one fleet, not for arrays of them")
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((2, plan.months - 1, paths))
    steps[1] = spread.correlation * steps[0] + np.sqrt(1.0 - spread.correlation**2) * steps[1]
    walk = np.concatenate((np.zeros((2, 1, paths)), steps.cumsum(axis=1)), axis=1) / np.sqrt(MONTHS_PER_YEAR)
    years = (np.arange(plan.months) / MONTHS_PER_YEAR)[:, None]
    price = np.exp(spread.price_volatility * walk[0] - spread.price_volatility**2 * years / 2)
    difficulty = np.exp(spread.difficulty_volatility * walk[1] + spread.difficulty_volatility**2 * years / 2)
    drawn = middle.difficulty[:, None] * difficulty
    found_by = _finding_hashrate_hs(scenario, spread)
    luck = np.ones((1, 1))
    if found_by is not None:
        expected = expected_blocks_per_day(found_by, drawn) * DAYS_PER_MONTH
        luck = rng.poisson(expected) / np.where(expected > 0, expected, 1.0)
    return Market(middle.price_usd[:, None] * price, drawn, middle.subsidy_btc[:, None], luck)


def _finding_hashrate_hs(scenario: Scenario, spread: Spread) -> float | None:
    scheme = POOL_SCHEMES[scenario.pool_scheme]
    if scheme.alone:
        running = scenario.hashrate_ths * scenario.count * scenario.uptime * (1.0 - np.asarray(scenario.stale_share))
        return float(running) * 1e12
    return spread.pool_hashrate_hs if scheme.luck else None


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
