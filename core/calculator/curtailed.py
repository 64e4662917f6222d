"""Always on against switched off when power is dear: a year of hours, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.calculator.break_even import HOURS_PER_DAY
from core.calculator.daily import operate
from core.calculator.hashprice import subsidy_btc
from core.calculator.hosting import HOSTING_SCHEMES
from core.calculator.inputs import Scenario
from core.calculator.numbers import Array, number, ratio

HOURS_PER_WEEK = 168


@dataclass(frozen=True, slots=True)
class Side:
    """One way to run, summed over the hours, before a host's share of the profit."""

    btc: float
    revenue_usd: float
    energy_kwh: float
    cost_usd: float

    @property
    def profit_usd(self) -> float:
        """Give revenue less cost [USD]."""
        return self.revenue_usd - self.cost_usd


@dataclass(frozen=True, slots=True)
class Curtailment:
    """Both ways beside each other.

    Attributes
    ----------
    strike_usd_per_mwh : float
        The price above which an hour is not run; NaN where the machine uses no energy.
    runs : array of bool, shape (hours,)
        The hours that are run, curtailed.
    always_on, curtailed : Side
        Demand charges and costs by size are the same in both.
    gain_usd : float
        What curtailment brings.
    gain_without_best_week_usd : float
        The same without the one week that brought most: a single storm can be most of a year.
    hours_stopped, hours_known : int
        An hour without a price counts in neither side.
    """

    strike_usd_per_mwh: float
    runs: NDArray[np.bool_]
    always_on: Side
    curtailed: Side
    gain_usd: float
    gain_without_best_week_usd: float
    hours_stopped: int
    hours_known: int


def curtail(
    scenario: Scenario,
    market_usd_per_mwh: ArrayLike | None = None,
    *,
    adders_usd_per_mwh: float = 0.0,
    restart_minutes: float = 0.0,
) -> Curtailment:
    """Run only the hours that pay for their energy.

    Parameters
    ----------
    scenario : Scenario
        Of scalars, and not under an all-in price of energy, which knows no hours.
    market_usd_per_mwh : array, shape (hours,), optional
        Power price of each hour [USD/MWh]; NaN where unknown. Left out, the hours of the scenario's own tariff.
    adders_usd_per_mwh : float
        What every MWh costs on top.
    restart_minutes : float
        Hashing lost each time that machines start again, 0 to 60.

    Returns
    -------
    Curtailment

    Raises
    ------
    ValueError
        If the scenario holds arrays, its host's price is all-in, or the restart is longer than an hour.

    Notes
    -----
    An hour is run where its price is not above ``strike = revenue / energy - adders``, which is
    `strike_price_usd_per_mwh` with the pool's scheme and the fees on energy taken in. The rule looks at each hour alone:
    with a long restart it stops for single dear hours that are not worth one.
    """
    if HOSTING_SCHEMES[scenario.hosting_scheme].replaces_power:
        raise ValueError("an all-in price of energy is the same in every hour")
    lost_share = float(number("restart_minutes", restart_minutes, low=0, high=60)) / 60.0
    prices = _hours(scenario) if market_usd_per_mwh is None else np.atleast_1d(number("price", market_usd_per_mwh))
    day = operate(
        scenario, scenario.price_usd, scenario.difficulty, subsidy_btc(scenario.block_height), scenario.fees_btc
    )
    if np.ndim(day.revenue_usd) or np.ndim(day.energy_kwh) or prices.ndim != 1:
        raise ValueError("curtailment is of one machine or one fleet, along one row of prices")
    revenue, mwh = float(day.revenue_usd) / HOURS_PER_DAY, float(day.energy_kwh) / 1e3 / HOURS_PER_DAY
    by_energy = float(day.hosting_by_energy_usd) / HOURS_PER_DAY
    fixed = float(day.demand_cost_usd + day.hosting_by_size_usd) / HOURS_PER_DAY

    strike = float(ratio(revenue - by_energy, mwh)) - adders_usd_per_mwh
    known = np.isfinite(prices)
    runs = ~(prices > strike)  # an hour without a price gives no reason to stop
    starts = runs & np.concatenate(([False], ~runs[:-1]))
    hashing = np.where(known, runs - starts * lost_share, 0.0)  # share of the hour
    cost = np.where(known, (prices + adders_usd_per_mwh) * mwh + by_energy, 0.0)

    def side(hashed: Array, drew: NDArray[np.bool_]) -> Side:
        hours = float(hashed.sum())
        return Side(
            btc=hours * float(day.btc) / HOURS_PER_DAY,
            revenue_usd=hours * revenue,
            energy_kwh=float(drew.sum()) * mwh * 1e3,
            cost_usd=float(cost[drew].sum()) + fixed * float(known.sum()),
        )

    gain = (hashing - known) * revenue + np.where(runs, 0.0, cost)
    by_week = np.add.reduceat(gain, np.arange(0, len(gain), HOURS_PER_WEEK)) if len(gain) else np.zeros(1)
    return Curtailment(
        strike_usd_per_mwh=strike,
        runs=runs,
        always_on=side(known.astype(np.float64), known),
        curtailed=side(hashing, runs & known),
        gain_usd=float(gain.sum()),
        gain_without_best_week_usd=float(np.sort(by_week)[:-1].sum() if by_week.max() > 0 else by_week.sum()),
        hours_stopped=int((~runs & known).sum()),
        hours_known=int(known.sum()),
    )


def _hours(scenario: Scenario) -> Array:
    deviation = scenario.power_deviation_usd_per_kwh
    mean = np.atleast_1d(np.asarray(scenario.power_price_usd_per_kwh))
    return (mean if deviation is None else mean + deviation) * 1e3
