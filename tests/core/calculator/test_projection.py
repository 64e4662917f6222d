"""Months by hand: 1 block a month, 3.125 BTC at 1,000 USD, and one thing more at a time; then all of it in a sheet."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.calculator import Market, Plan, Projection, daily, project
from tests.core.calculator.toy import DAYS_PER_MONTH, ONE_BLOCK_A_DAY, one_block_a_month, scenario


def test_outlay_income_payback_and_both_returns() -> None:
    found = project(one_block_a_month(), Plan(months=12, outlay_usd=10_000))
    assert found.cash_usd == pytest.approx([-10_000] + [3125] * 12)
    assert found.cumulated_usd[-1] == pytest.approx(27_500)
    assert found.payback_months == pytest.approx(3.2)
    assert found.roi_usd == pytest.approx(2.75)
    assert found.roi_btc == pytest.approx(2.75)  # 37.5 coins for the 10 that the outlay would have bought
    assert found.npv_usd == pytest.approx(27_500)


def test_the_rate_of_return_of_one_month() -> None:
    found = project(one_block_a_month(), Plan(months=1, outlay_usd=3000))
    assert found.irr_yearly == pytest.approx((3125 / 3000) ** 12 - 1)


def test_discounting() -> None:
    # A year later one pays 1.21 for 1: half a year is 1.1.
    found = project(one_block_a_month(), Plan(months=12, outlay_usd=0, discount_rate=0.21))
    assert found.npv_usd == pytest.approx(sum(3125 / 1.21 ** (month / 12) for month in range(1, 13)))


def test_the_first_month_is_the_day_of_the_daily_result() -> None:
    asked = scenario(
        power_price_usd_per_kwh=0.1, demand_usd_per_kw_month=10, hosting_scheme="per_machine", hosting_rate=9
    )
    found = project(asked, Plan(months=3, price_growth=0.5, difficulty_growth=0.5))
    day = daily(asked)
    assert found.btc[0] == pytest.approx(day.btc * DAYS_PER_MONTH)
    assert found.revenue_usd[0] - found.cost_usd[0] == pytest.approx(day.over("month")["profit_usd"])


def test_money_is_per_machine() -> None:
    found = project(one_block_a_month(count=3), Plan(months=2, outlay_usd=100, resale_usd=10, other_usd_per_month=1000))
    assert found.cash_usd == pytest.approx([-300, 3 * 3125 - 1000, 3 * 3125 - 1000 + 30])


def test_coins_held_are_sold_at_the_end() -> None:
    # 40 % of 3.125 are kept: 1.25 a month. The price doubles in a year; 13 months, the last at 2,000 USD.
    plan = Plan(months=13, outlay_usd=1000, price_growth=1.0, hodl_share=0.4, capital_gains_tax_rate=0.25)
    found = project(one_block_a_month(), plan)
    prices = [1000 * 2 ** (month / 12) for month in range(13)]
    assert found.held_btc == pytest.approx(16.25)
    assert found.cash_usd[1:13] == pytest.approx([1.875 * price for price in prices[:12]])
    gain = 16.25 * 2000 - 1.25 * sum(prices)
    assert found.cash_usd[13] == pytest.approx(1.875 * 2000 + 16.25 * 2000 - 0.25 * gain)
    # In coins nothing was gained or lost by holding: 3.125 of them every month for the one laid out.
    assert found.roi_btc == pytest.approx(13 * 3.125 - 1)


def test_tax_depreciation_and_resale_over_book_value() -> None:
    # 10,000 over ten months: 1,000 off the taxed 3,125, a quarter of the rest is 531.25; then 781.25; resale is all gain.
    plan = Plan(months=12, outlay_usd=10_000, resale_usd=500, depreciation_months=10)
    found = project(one_block_a_month(tax_rate=0.25), plan)
    assert found.tax_usd == pytest.approx([531.25] * 10 + [781.25, 781.25 + 125])
    assert found.cash_usd[-1] == pytest.approx(3125 - 906.25 + 500)


def test_tax_without_depreciation_knows_no_outlay() -> None:
    plan = Plan(months=2, outlay_usd=10_000, resale_usd=500)
    assert project(one_block_a_month(tax_rate=0.25), plan).tax_usd == pytest.approx([781.25, 781.25])


def test_a_loss_is_not_taxed() -> None:
    asked = one_block_a_month(power_w=200_000, power_price_usd_per_kwh=0.1, tax_rate=0.25)
    assert project(asked, Plan(months=2)).tax_usd == pytest.approx([0, 0])


def test_half_on_loan() -> None:
    # 5,000 at 1 % a month over twelve: 444.24 a month (5000 * 0.01 / (1 - 1.01**-12)).
    plan = Plan(months=15, outlay_usd=10_000, loan_share=0.5, loan_rate=0.12, loan_months=12)
    found = project(one_block_a_month(), plan)
    assert found.cash_usd == pytest.approx([-5000] + [3125 - 444.2439434] * 12 + [3125] * 3)
    assert found.payback_months == pytest.approx(5000 / (3125 - 444.2439434))


def test_a_loan_longer_than_the_plan_is_paid_back_at_its_end() -> None:
    plan = Plan(months=6, outlay_usd=1200, loan_share=1.0, loan_rate=0.0, loan_months=12)
    found = project(one_block_a_month(), plan)
    assert found.cash_usd == pytest.approx([0] + [3025] * 5 + [3025 - 600])
    assert np.isnan(found.irr_yearly)
    assert found.payback_months == 0


def test_machines_stop_in_months_that_cost_more_than_they_bring() -> None:
    # 24 kWh a kW: 10 kW at 0.1 USD are 730.50 USD a month, the demand charge 20 USD; 3.125 coins bring 3,125 and halve
    # their worth every month by the difficulty.
    asked = one_block_a_month(power_w=10_000, power_price_usd_per_kwh=0.1, demand_usd_per_kw_month=2.0)
    plan = Plan(months=5, difficulty_growth=100.0, stop_at_a_loss=True)
    market = Market(np.full(5, 1000.0), ONE_BLOCK_A_DAY * 2.0 ** np.arange(5), np.full(5, 3.125))
    found = project(asked, plan, market)
    assert found.btc == pytest.approx([3.125, 1.5625, 0.78125, 0, 0])
    assert found.cost_usd == pytest.approx([750.5, 750.5, 750.5, 20, 20])
    running_on = project(asked, Plan(months=5), market)
    assert running_on.btc[-1] == pytest.approx(3.125 / 16)


def test_payback_by_the_proceeds_only_comes_at_the_end() -> None:
    found = project(one_block_a_month(), Plan(months=2, outlay_usd=10_000, resale_usd=9000))
    assert found.payback_months == 2
    assert np.isnan(project(one_block_a_month(), Plan(months=2, outlay_usd=10_000)).payback_months)


def sheet(months: int) -> list[float]:
    """The whole of it as in a spreadsheet, one row a month, in plain Python."""
    price, height = 200_000.0, 1_049_000.0
    kwh = (3.5 * 1.05 * 10 + 2) * 24 * 0.95 * DAYS_PER_MONTH
    outlay, owed, monthly_rate = 30_000.0, 12_000.0, 0.10 / 12
    payment = owed * monthly_rate / (1 - (1 + monthly_rate) ** -24)
    flows, held, basis = [-18_000.0], 0.0, 0.0
    for month in range(months):
        start = height + month * 4383
        before = min(max(1_050_000 - start, 0), 4383)
        subsidy = (before * 3.125 + (4383 - before) * 1.5625) / 4383
        difficulty = 1.5e14 * 1.35 ** (month / 12)
        usd = price * 1.25 ** (month / 12)
        blocks = 10 * 200e12 * 0.99 * 86_400 * DAYS_PER_MONTH * 0.95 / (difficulty * 2**32)
        coins = blocks * (subsidy + 0.05) * 0.98
        energy = kwh * 0.055
        demand = (3.5 * 1.05 * 10 + 2) * 4.0
        hosting = 10 * 3.0
        interest = owed * monthly_rate if month < 24 else 0.0
        principal = payment - interest if month < 24 else 0.0
        owed -= principal
        written_off = outlay / 36 if month < 36 else 0.0
        taxed = coins * usd - energy - demand - hosting - 50 - interest - written_off
        if month == months - 1:
            taxed += 4000 - outlay * (1 - min(months / 36, 1))
        flow = coins * 0.8 * usd - energy - demand - hosting - 50 - interest - principal - max(taxed, 0) * 0.21
        held, basis = held + coins * 0.2, basis + coins * 0.2 * usd
        if month == months - 1:
            flow += 4000 - owed + held * usd - 0.15 * max(held * usd - basis, 0)
        flows.append(flow)
    return flows


@pytest.mark.parametrize("months", [6, 24, 40])
def test_everything_together_is_the_spreadsheet(months: int) -> None:
    asked = scenario(
        hashrate_ths=200,
        power_w=3500,
        count=10,
        price_usd=200_000,
        difficulty=1.5e14,
        block_height=1_049_000,
        fees_btc=0.05,
        pool_fee=0.02,
        stale_share=0.01,
        power_price_usd_per_kwh=0.055,
        demand_usd_per_kw_month=4,
        pue=1.05,
        fixed_kw=2,
        hosting_scheme="per_machine",
        hosting_rate=3,
        uptime=0.95,
        tax_rate=0.21,
    )
    plan = Plan(
        months=months,
        outlay_usd=3000,
        resale_usd=400,
        other_usd_per_month=50,
        loan_share=0.4,
        loan_rate=0.10,
        loan_months=24,
        hodl_share=0.2,
        depreciation_months=36,
        capital_gains_tax_rate=0.15,
        price_growth=0.25,
        difficulty_growth=0.35,
    )
    found = project(asked, plan)
    assert found.cash_usd == pytest.approx(sheet(months), rel=1e-9)
    assert (found.tax_usd > 0).any()  # or the tax would not be among everything


def test_many_machines_are_each_their_own() -> None:
    outlays, hashrates, shares = (
        np.array([500.0, 2000.0, 9000.0]),
        np.array([100.0, 200.0, 300.0]),
        np.array([0, 0.5, 1]),
    )
    more = {"power_w": 3000.0, "power_price_usd_per_kwh": 0.05, "price_usd": 90_000.0, "difficulty": 1.2e14}
    plan = {"months": 24, "difficulty_growth": 0.3, "loan_share": 0.3, "loan_rate": 0.1, "depreciation_months": 12}
    together = project(
        scenario(hashrate_ths=hashrates, tax_rate=0.2, **more),
        Plan(outlay_usd=outlays, resale_usd=outlays / 10, hodl_share=shares, **plan),
    )
    assert together.cash_usd.shape == (25, 3)
    for place in range(3):
        alone = project(
            scenario(hashrate_ths=hashrates[place], tax_rate=0.2, **more),
            Plan(outlay_usd=outlays[place], resale_usd=outlays[place] / 10, hodl_share=shares[place], **plan),
        )
        for each in fields(Projection):
            whole, one = getattr(together, each.name), getattr(alone, each.name)
            assert whole[..., place] == pytest.approx(one, nan_ok=True), each.name


@pytest.mark.parametrize(
    "arrays",
    [
        {"plan": {"resale_usd": np.array([1.0, 2.0])}},
        {"plan": {"discount_rate": np.array([0.1, 0.2])}},
        {"plan": {"price_growth": np.array([0.1, 0.2])}},
        {"plan": {"loan_rate": np.array([0.1, 0.2])}},
        {"scenario": {"block_height": np.array([1e6, 1.04e6])}},
        {"scenario": {"tax_rate": np.array([0.1, 0.2])}},
        {"scenario": {"hashrate_ths": np.ones((4, 1))}, "plan": {"outlay_usd": np.ones(2)}},
    ],
)
def test_any_one_number_may_be_an_array(arrays: dict) -> None:
    given = {"outlay_usd": 900.0, "loan_share": 0.2, **arrays.get("plan", {})}
    found = project(one_block_a_month(**arrays.get("scenario", {})), Plan(months=7, **given))
    shape = (4, 2) if "hashrate_ths" in arrays.get("scenario", {}) else (2,)
    assert found.cash_usd.shape == (8, *shape)
    for each in ("npv_usd", "irr_yearly", "payback_months", "roi_usd", "roi_btc"):
        assert getattr(found, each).shape == shape, each


def test_a_machine_of_which_something_is_absent_hurts_no_other() -> None:
    found = project(one_block_a_month(price_usd=np.array([1000.0, np.nan])), Plan(months=12, outlay_usd=10_000))
    assert found.payback_months == pytest.approx([3.2, np.nan], nan_ok=True)
    assert np.isnan(found.irr_yearly).tolist() == [False, True]


def test_a_market_of_other_months_is_refused() -> None:
    with pytest.raises(ValueError, match="market is of 2 months, the plan of 3"):
        project(scenario(), Plan(months=3), Market(np.ones(2), np.ones(2), np.ones(2)))
