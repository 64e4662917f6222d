"""What machines would have earned: the daily result over days that have been, from stored prices and difficulties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.calculator.daily import operate, shared_profit
from core.calculator.inputs import Scenario, shape_of
from core.calculator.numbers import Array, Numeric, number


@dataclass(frozen=True, slots=True)
class Past:
    """Days along the first axis, the shape of the scenario behind it. A day of which something is absent is NaN.

    Attributes
    ----------
    btc, revenue_usd, cost_usd, profit_usd : array, shape (days, ...)
        Of the day [BTC, USD], profit before tax.
    cumulated_btc, cumulated_usd : array, shape (days, ...)
        Coins and profit so far; a NaN day adds nothing.
    days_known : array of int
        Days that count: a total over fewer of them than there are is too small.
    held_value_usd : array
        All coins at the last known price [USD], had none been sold.
    """

    btc: Array
    revenue_usd: Array
    cost_usd: Array
    profit_usd: Array
    cumulated_btc: Array
    cumulated_usd: Array
    days_known: Array
    held_value_usd: Array


def earned(
    scenario: Scenario, price_usd: ArrayLike, difficulty: ArrayLike, subsidy_btc: ArrayLike, fees_btc: ArrayLike
) -> Past:
    """Give what each of these days would have brought.

    Parameters
    ----------
    scenario : Scenario
        Machines, pool and site; its own market is not looked at.
    price_usd, difficulty : array, shape (days,)
        NaN where unknown.
    subsidy_btc, fees_btc : float or array, shape (days,)
        Of a block of the day [BTC].

    Returns
    -------
    Past

    Raises
    ------
    ValueError
        If a difficulty is not above 0, a price negative, or the series are of different lengths.
    """
    ndim = len(shape_of(scenario))
    prices = np.atleast_1d(number("price_usd", price_usd, low=0))
    days = len(prices)

    def by_day(name: str, given: ArrayLike, above: float | None = None) -> Array:
        series = np.asarray(number(name, given, above=above) if above is not None else number(name, given, low=0))
        if series.shape not in ((), (days,)):
            raise ValueError(f"{name} is of shape {series.shape}, the prices of {days} days")
        return np.broadcast_to(series, (days,)).reshape((days,) + (1,) * ndim)

    market = (
        by_day("price_usd", prices),
        by_day("difficulty", difficulty, above=0),
        by_day("subsidy_btc", subsidy_btc),
        by_day("fees_btc", fees_btc),
    )
    run = operate(scenario, *market)
    costs = run.power_cost_usd + run.hosting_by_energy_usd + run.hosting_by_size_usd
    revenue = np.asarray(run.revenue_usd)
    spent: Numeric = costs + shared_profit(scenario, revenue - costs)
    cost = np.where(np.isnan(revenue), np.nan, spent)
    btc = np.where(np.isnan(revenue), np.nan, run.btc)
    profit = revenue - cost
    coins = np.nancumsum(btc, axis=0)
    known_prices = prices[np.isfinite(prices)]
    total = coins[-1] if days else np.zeros(btc.shape[1:])
    return Past(
        btc=btc,
        revenue_usd=revenue,
        cost_usd=cost,
        profit_usd=profit,
        cumulated_btc=coins,
        cumulated_usd=np.nancumsum(profit, axis=0),
        days_known=np.isfinite(profit).sum(axis=0),
        held_value_usd=total * (known_prices[-1] if len(known_prices) else np.nan),
    )
