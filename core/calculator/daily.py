"""What machines earn on one day: coins, money, costs, and where earning ends.

Everything comes from `operate`, which projections and histories share, so that their first month is this day.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np

from core.calculator.break_even import HOURS_PER_DAY
from core.calculator.hashprice import HASHES_PER_DIFFICULTY, SECONDS_PER_DAY, subsidy_btc
from core.calculator.hosting import DAYS_PER_MONTH, DAYS_PER_YEAR, HOSTING_SCHEMES
from core.calculator.inputs import Scenario
from core.calculator.numbers import Numeric, ratio
from core.calculator.pools import POOL_SCHEMES

PERIODS_DAYS = MappingProxyType({"day": 1.0, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR})


@dataclass(frozen=True, slots=True)
class Operation:
    """A day's running. The costs by energy fall away while machines stand, the others do not."""

    btc: Numeric
    revenue_usd: Numeric
    energy_kwh: Numeric
    energy_cost_usd: Numeric
    demand_cost_usd: Numeric
    hosting_by_energy_usd: Numeric
    hosting_by_size_usd: Numeric

    @property
    def power_cost_usd(self) -> Numeric:
        """Give energy and demand charge."""
        return self.energy_cost_usd + self.demand_cost_usd


def operate(
    scenario: Scenario, price_usd: Numeric, difficulty: Numeric, subsidy_btc: Numeric, fees_btc: Numeric
) -> Operation:
    """Give a day's running under a market of its own, which broadcasts with the arrays of the scenario.

    Returns
    -------
    Operation
        ``btc = hashrate * 1e12 * (1 - stale) * 86400 / (difficulty * 2**32) * R * uptime``, R by the pool's scheme;
        ``energy = (power / 1000 * pue * count + fixed) * 24 * uptime``; the demand charge is due on all of the power
        whether it is used or not.
    """
    scheme, hosting = POOL_SCHEMES[scenario.pool_scheme], HOSTING_SCHEMES[scenario.hosting_scheme]
    reward = scheme.reward_btc(subsidy_btc, fees_btc, scenario.pool_fee, scenario.pool_fee_on_fees)
    hashes = scenario.hashrate_ths * (scenario.count * scenario.uptime * (1.0 - scenario.stale_share))
    btc = hashes * (reward / difficulty) * (1e12 * SECONDS_PER_DAY / HASHES_PER_DIFFICULTY)
    power_kw = scenario.power_w * (scenario.pue * scenario.count * 1e-3) + scenario.fixed_kw
    energy_kwh = power_kw * (HOURS_PER_DAY * scenario.uptime)
    pays = 0.0 if hosting.replaces_power else 1.0
    charged = (scenario.hosting_rate, energy_kwh, power_kw, scenario.count)
    return Operation(
        btc=btc,
        revenue_usd=btc * price_usd,
        energy_kwh=energy_kwh,
        energy_cost_usd=energy_kwh * (scenario.power_price_usd_per_kwh * pays),
        demand_cost_usd=power_kw * (scenario.demand_usd_per_kw_month * (pays / DAYS_PER_MONTH)),
        hosting_by_energy_usd=hosting.by_energy(*charged),
        hosting_by_size_usd=hosting.by_size(*charged),
    )


def shared_profit(scenario: Scenario, left_after_power_usd: Numeric) -> Numeric:
    """Give what a host takes of the profit after power: ``rate * max(profit, 0)`` [USD], nothing in other contracts."""
    if not HOSTING_SCHEMES[scenario.hosting_scheme].shares_profit:
        return 0.0
    found: Numeric = scenario.hosting_rate * np.maximum(left_after_power_usd, 0.0)
    return found


@dataclass(frozen=True, slots=True)
class Daily:
    """The results of one day, each a float or an array of the shape of the scenario; NaN where there is no answer.

    Attributes
    ----------
    btc : float or array
        Coins mined, after the pool's fee [BTC/day].
    revenue_usd, power_cost_usd, hosting_cost_usd, cost_usd : float or array
        [USD/day]; power is energy and demand charge, the cost is both.
    energy_kwh : float or array
        [kWh/day]
    profit_usd, tax_usd, net_usd : float or array
        Before tax, the tax on it (none on a loss), and after tax [USD/day].
    margin : float or array
        Profit before tax over revenue.
    hashprice_usd_per_ph_day, hashcost_usd_per_ph_day : float or array
        What the network pays for 1 PH/s, and what it costs in all to run 1 PH/s here [USD/PH/day].
    break_even_power_price_usd_per_kwh : float or array
        The price of energy (all-in where the host's price is) at which nothing is earned, all other costs paid.
    break_even_price_usd : float or array
        The price of a coin [USD/BTC] at which nothing is earned.
    break_even_difficulty : float or array
        The difficulty at which nothing is earned.
    """

    btc: Numeric
    revenue_usd: Numeric
    energy_kwh: Numeric
    power_cost_usd: Numeric
    hosting_cost_usd: Numeric
    cost_usd: Numeric
    profit_usd: Numeric
    tax_usd: Numeric
    net_usd: Numeric
    margin: Numeric
    hashprice_usd_per_ph_day: Numeric
    hashcost_usd_per_ph_day: Numeric
    break_even_power_price_usd_per_kwh: Numeric
    break_even_price_usd: Numeric
    break_even_difficulty: Numeric

    def over(self, period: str) -> dict[str, Numeric]:
        """Give what adds up over a "day", "month" (30.4375 days) or "year" (365.25 days): coins, energy and money."""
        return {name: getattr(self, name) * PERIODS_DAYS[period] for name in ADDING_UP}


ADDING_UP = tuple(each.name for each in fields(Daily))[:9]


def daily(scenario: Scenario) -> Daily:
    """Give the results of one day.

    Parameters
    ----------
    scenario : Scenario
        Numbers and arrays that broadcast together.

    Returns
    -------
    Daily

    Notes
    -----
    A share of the profit is nothing where there is none, so it moves no break-even.
    """
    reward = subsidy_btc(scenario.block_height)
    run = operate(scenario, scenario.price_usd, scenario.difficulty, reward, scenario.fees_btc)
    not_by_energy = run.demand_cost_usd + run.hosting_by_size_usd
    by_energy = run.energy_cost_usd + run.hosting_by_energy_usd
    before_share = by_energy + not_by_energy
    taken = shared_profit(scenario, run.revenue_usd - before_share)
    cost = before_share + taken
    profit = run.revenue_usd - cost
    tax: Numeric = scenario.tax_rate * np.maximum(profit, 0.0)
    all_in = HOSTING_SCHEMES[scenario.hosting_scheme].replaces_power
    other = not_by_energy if all_in else not_by_energy + run.hosting_by_energy_usd
    ph_running = scenario.hashrate_ths * (scenario.count * scenario.uptime * 1e-3)
    per_ph: Numeric = 1e15 * SECONDS_PER_DAY / (scenario.difficulty * HASHES_PER_DIFFICULTY)
    network_pays = per_ph * (reward + scenario.fees_btc) * scenario.price_usd
    return Daily(
        btc=run.btc,
        revenue_usd=run.revenue_usd,
        energy_kwh=run.energy_kwh,
        power_cost_usd=run.power_cost_usd,
        hosting_cost_usd=run.hosting_by_energy_usd + run.hosting_by_size_usd + taken,
        cost_usd=cost,
        profit_usd=profit,
        tax_usd=tax,
        net_usd=profit - tax,
        margin=ratio(profit, run.revenue_usd),
        hashprice_usd_per_ph_day=network_pays,
        hashcost_usd_per_ph_day=ratio(cost, ph_running),
        break_even_power_price_usd_per_kwh=ratio(run.revenue_usd - other, run.energy_kwh),
        break_even_price_usd=ratio(before_share, run.btc),
        break_even_difficulty=ratio(scenario.difficulty * run.revenue_usd, before_share),
    )
