"""Months ahead: cash flow, payback, present value, rate of return, and what it comes to in dollars and in coins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.calculator.cash import irr, npv_usd, payback_months
from core.calculator.daily import Operation, operate, shared_profit
from core.calculator.hosting import DAYS_PER_MONTH
from core.calculator.inputs import Plan, Scenario, shape_of
from core.calculator.loans import schedule
from core.calculator.markets import Market, expected_market
from core.calculator.numbers import Array, Numeric, ratio


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection; months along the first axis, the shape of the scenario behind it.

    Attributes
    ----------
    btc, revenue_usd, cost_usd, tax_usd : array, shape (months, ...)
        Coins mined [BTC/month], their value when mined, running costs, tax on the month's profit [USD/month].
    cash_usd : array, shape (months + 1, ...)
        What comes in less what goes out [USD], the outlay less the loan first. The last month has the proceeds too:
        resale, held coins sold at its price less the tax on their gain, rest of the loan paid back.
    cumulated_usd : array, shape (months + 1, ...)
    held_btc : array
        Coins held at the end [BTC].
    npv_usd, roi_usd, roi_btc : array
        Present value [USD]; all cash over the outlay; coins got for those laid out, less 1, over the coins that the
        outlay would have bought.
    irr_yearly, irr_rates : array
        As in `core.calculator.cash.Irr`.
    payback_months : array
        When the running cash has covered what was laid out; the last month where only the proceeds cover it; NaN where
        nothing does.
    """

    btc: Array
    revenue_usd: Array
    cost_usd: Array
    tax_usd: Array
    cash_usd: Array
    cumulated_usd: Array
    held_btc: Array
    npv_usd: Array
    irr_yearly: Array
    irr_rates: NDArray[np.int8]
    payback_months: Array
    roi_usd: Array
    roi_btc: Array


@dataclass(frozen=True, slots=True)
class _Running:
    btc: Array
    revenue_usd: Array
    cost_usd: Array


def project(scenario: Scenario, plan: Plan, market: Market | None = None) -> Projection:
    """Project the months of a plan.

    Parameters
    ----------
    scenario : Scenario
        Numbers and arrays that broadcast together.
    plan : Plan
        Likewise; money per machine is times the scenario's count.
    market : Market, optional
        Months along the first axis, as many as the plan's; left out, `expected_market`. Its other axes broadcast with
        the arrays of the scenario.

    Returns
    -------
    Projection

    Raises
    ------
    ValueError
        If the market is of other months than the plan.

    Notes
    -----
    A month has 30.4375 days. Taxed is what the month's coins are worth when mined, less running costs, interest and
    depreciation in equal parts, where that is above nothing; a loss is not carried on. Where the outlay is depreciated,
    resale above (below) the book value adds to (lessens) the last month's taxed profit. With ``stop_at_a_loss`` a
    month whose coins are expected to bring less than the energy that they need is not run: only costs by size are due.
    """
    market, shape = _aligned(scenario, plan, expected_market(scenario, plan) if market is None else market)
    if market.months != plan.months:
        raise ValueError(f"the market is of {market.months} months, the plan of {plan.months}")
    ran = _run(scenario, plan, market, (plan.months, *shape))
    # As many axes as the whole has, or a plan of scalars would stand its months beside the machines.
    outlay = np.array(plan.outlay_usd * scenario.count, ndmin=len(shape))
    resale = np.array(plan.resale_usd * scenario.count, ndmin=len(shape))
    borrowed = outlay * plan.loan_share
    loan = schedule(plan.loan_kind, borrowed, plan.loan_rate, plan.loan_months, plan.months)
    profit = ran.revenue_usd - ran.cost_usd - plan.other_usd_per_month

    written_off, book = _depreciation(plan, outlay)
    taxed = profit - loan.interest_usd - written_off
    at_the_end = np.zeros(plan.months)
    at_the_end[-1] = 1.0
    taxed = taxed + _along(at_the_end, taxed) * np.where(np.asarray(plan.depreciation_months) > 0, resale - book, 0.0)
    tax = scenario.tax_rate * np.maximum(taxed, 0.0)

    held = ran.btc * plan.hodl_share
    held_btc, held_basis = held.sum(axis=0), (held * market.price_usd).sum(axis=0)
    sold_for = held_btc * market.price_usd[-1]
    gains_tax = plan.capital_gains_tax_rate * np.maximum(sold_for - held_basis, 0.0)

    running = profit - held * market.price_usd - tax - loan.interest_usd - loan.principal_usd
    left = resale - loan.owed_usd[-1]
    first = np.broadcast_to(borrowed - outlay, shape)
    without_proceeds = np.concatenate((first[None], running))
    cash = without_proceeds.copy()
    cash[-1] += left + sold_for - gains_tax

    paid_back = np.asarray(payback_months(without_proceeds))
    covered = np.isnan(paid_back) & (cash.sum(axis=0) >= 0)
    rate = irr(cash)
    coins = held_btc + ratio(running, market.price_usd).sum(axis=0) + ratio(left, market.price_usd[-1])
    laid_out = ratio(outlay, scenario.price_usd)
    return Projection(
        btc=ran.btc,
        revenue_usd=ran.revenue_usd,
        cost_usd=ran.cost_usd + plan.other_usd_per_month,
        tax_usd=tax,
        cash_usd=cash,
        cumulated_usd=np.cumsum(cash, axis=0),
        held_btc=held_btc,
        npv_usd=np.asarray(npv_usd(cash, plan.discount_rate)),
        irr_yearly=rate.yearly,
        irr_rates=rate.rates,
        payback_months=np.where(covered, float(plan.months), paid_back),
        roi_usd=np.asarray(ratio(cash.sum(axis=0), outlay)),
        roi_btc=np.asarray(ratio(coins + ratio(first, scenario.price_usd), laid_out)),
    )


def _aligned(scenario: Scenario, plan: Plan, market: Market) -> tuple[Market, tuple[int, ...]]:
    # The market's months must stand before the axes of the scenario, whatever of them it has itself.
    lines = (market.price_usd, market.difficulty, market.subsidy_btc, market.luck)
    shape = np.broadcast_shapes(shape_of(scenario, plan), *(line.shape[1:] for line in lines))

    def lifted(line: Array) -> Array:
        behind = line.shape[1:]
        return line.reshape((len(line),) + (1,) * (len(shape) - len(behind)) + behind)

    return Market(*(lifted(line) for line in lines)), shape


def _along(months: Array, like: Array) -> Array:
    return months.reshape((-1,) + (1,) * (like.ndim - 1))


def _run(scenario: Scenario, plan: Plan, market: Market, shape: tuple[int, ...]) -> _Running:
    day: Operation = operate(scenario, market.price_usd, market.difficulty, market.subsidy_btc, scenario.fees_btc)
    avoidable = day.energy_cost_usd + day.hosting_by_energy_usd
    fixed = day.demand_cost_usd + day.hosting_by_size_usd
    runs = np.where(day.revenue_usd < avoidable, 0.0, 1.0) if plan.stop_at_a_loss else 1.0
    found = runs * market.luck
    btc, revenue, spent = day.btc * found, day.revenue_usd * found, avoidable * runs + fixed
    cost = spent + shared_profit(scenario, revenue - spent)
    return _Running(*(np.broadcast_to(each * DAYS_PER_MONTH, shape) for each in (btc, revenue, cost)))


def _depreciation(plan: Plan, outlay: Numeric) -> tuple[Array, Array]:
    term = np.asarray(plan.depreciation_months, dtype=np.float64)
    shape = (-1,) + (1,) * np.broadcast(term, outlay).ndim
    months = np.arange(plan.months + 1, dtype=np.float64).reshape(shape)
    # A part of a month at the end of the term is written off in that month.
    written = outlay * np.where(term > 0, np.minimum(months / np.where(term > 0, term, 1.0), 1.0), 0.0)
    return written[1:] - written[:-1], outlay - written[-1]
