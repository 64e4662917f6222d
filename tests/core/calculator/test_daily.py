"""One day by hand: 1 PH/s that finds one block, 3.125 BTC and 0.375 BTC of fees, at 100 USD a coin."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import Daily, Scenario, daily
from tests.core.calculator.toy import ONE_BLOCK_A_DAY, scenario


@pytest.mark.parametrize(
    ("scheme", "coins"),
    [
        ("fpps", 3.5 * 0.98),
        ("pps_plus", 3.125 * 0.98 + 0.375 * 0.9),
        ("pps", 3.125 * 0.98),
        ("pplns", 3.5 * 0.98),
        ("solo", 3.5 * 0.98),
    ],
)
def test_what_each_scheme_of_a_pool_pays(scheme: str, coins: float) -> None:
    day = daily(scenario(fees_btc=0.375, pool_scheme=scheme, pool_fee=0.02, pool_fee_on_fees=0.1))
    assert day.btc == pytest.approx(coins)
    assert day.revenue_usd == pytest.approx(coins * 100)


def test_stale_shares_stops_and_the_number_of_machines() -> None:
    assert daily(scenario(stale_share=0.01)).btc == pytest.approx(3.125 * 0.99)
    assert daily(scenario(uptime=0.9)).btc == pytest.approx(3.125 * 0.9)
    assert daily(scenario(count=7)).btc == pytest.approx(3.125 * 7)


def test_power_at_the_wall_and_what_it_costs() -> None:
    # 10 kW times 1.2 and 1 kW of the site: 13 kW, 312 kWh, of which 80 % are used: 249.6 kWh at 0.05 are 12.48 USD.
    # 6.0875 USD a kW and month are 0.2 a day: 2.6 USD, used or not.
    day = daily(scenario(pue=1.2, fixed_kw=1, uptime=0.8, power_price_usd_per_kwh=0.05, demand_usd_per_kw_month=6.0875))
    assert day.energy_kwh == pytest.approx(249.6)
    assert day.power_cost_usd == pytest.approx(12.48 + 2.6)
    assert day.profit_usd == pytest.approx(250 - 15.08)
    assert day.hashcost_usd_per_ph_day == pytest.approx(15.08 / 0.8)


@pytest.mark.parametrize(
    ("scheme", "rate", "hosting", "cost"),
    [
        # 10 kW, 240 kWh a day; own power at 0.1 is 24 USD, demand charge 2 USD.
        ("own", 0.0, 0.0, 26.0),
        ("all_in", 0.2, 48.0, 48.0),
        ("per_kwh", 0.01, 2.4, 28.4),
        ("per_kw", 6.0875, 2.0, 28.0),
        ("per_machine", 30.4375, 2.0, 28.0),  # two machines, one USD a day each
        ("profit_share", 0.25, (312.5 - 26) / 4, 26 + (312.5 - 26) / 4),
    ],
)
def test_hosting_contracts(scheme: str, rate: float, hosting: float, cost: float) -> None:
    day = daily(
        scenario(
            hashrate_ths=500,
            power_w=5000,
            count=2,
            power_price_usd_per_kwh=0.1,
            demand_usd_per_kw_month=6.0875,
            hosting_scheme=scheme,
            hosting_rate=rate,
        )
    )
    assert day.hosting_cost_usd == pytest.approx(hosting)
    assert day.cost_usd == pytest.approx(cost)


def test_a_host_shares_no_loss() -> None:
    day = daily(scenario(price_usd=1, power_price_usd_per_kwh=0.1, hosting_scheme="profit_share", hosting_rate=0.5))
    assert day.hosting_cost_usd == 0
    assert day.profit_usd == pytest.approx(3.125 - 24)


def test_tax_is_on_a_profit_only() -> None:
    assert daily(scenario(tax_rate=0.2)).net_usd == pytest.approx(250)
    loss = daily(scenario(tax_rate=0.2, price_usd=0, power_price_usd_per_kwh=0.1))
    assert (loss.tax_usd, loss.net_usd) == (0, pytest.approx(-24))


def test_break_evens_as_the_facts_have_them() -> None:
    # Revenue 312.50 over 240 kWh; 24 USD over 3.125 coins; the difficulty times 312.5 / 24.
    day = daily(scenario(power_price_usd_per_kwh=0.1))
    assert day.break_even_power_price_usd_per_kwh == pytest.approx(312.5 / 240)
    assert day.break_even_price_usd == pytest.approx(7.68)
    assert day.break_even_difficulty == pytest.approx(ONE_BLOCK_A_DAY * 312.5 / 24)
    assert day.margin == pytest.approx(1 - 24 / 312.5)
    assert day.hashprice_usd_per_ph_day == pytest.approx(312.5)


@given(
    st.floats(0.5, 2), st.floats(0.01, 0.2), st.floats(0, 10), st.sampled_from(["own", "per_kw", "per_kwh", "all_in"])
)
def test_at_each_break_even_nothing_is_earned(price: float, power: float, demand: float, hosting: str) -> None:
    asked = scenario(
        price_usd=price * 100,
        power_price_usd_per_kwh=power,
        demand_usd_per_kw_month=demand,
        hosting_scheme=hosting,
        hosting_rate=0.05,
        pool_fee=0.02,
    )
    day = daily(asked)
    for changed in (
        {"price_usd": day.break_even_price_usd},
        {"difficulty": day.break_even_difficulty},
        {"hosting_rate" if hosting == "all_in" else "power_price_usd_per_kwh": day.break_even_power_price_usd_per_kwh},
    ):
        assert daily(replace(asked, **changed)).profit_usd == pytest.approx(0, abs=1e-6)


def test_no_answer_is_no_number() -> None:
    day = daily(scenario(uptime=0))
    assert np.isnan(day.margin)
    assert np.isnan(day.break_even_power_price_usd_per_kwh)
    assert np.isnan(day.hashcost_usd_per_ph_day)
    assert np.isnan(daily(scenario()).break_even_difficulty)  # nothing costs anything


def test_a_month_and_a_year_of_such_days() -> None:
    day = daily(scenario(power_price_usd_per_kwh=0.1))
    assert day.over("month")["btc"] == pytest.approx(3.125 * 30.4375)
    assert day.over("year")["profit_usd"] == pytest.approx((312.5 - 24) * 365.25)
    assert set(day.over("day")) == {
        "btc", "revenue_usd", "energy_kwh", "power_cost_usd", "hosting_cost_usd", "cost_usd", "profit_usd", "tax_usd",
        "net_usd",
    }  # fmt: skip


def test_arrays_give_what_scalars_give() -> None:
    rng = np.random.default_rng(3)
    columns = {
        "hashrate_ths": rng.uniform(50, 500, 50),
        "price_usd": rng.uniform(1e4, 2e5, 50),
        "difficulty": rng.uniform(1e13, 1e15, 50),
        "block_height": rng.integers(800_000, 1_300_000, 50),
        "uptime": rng.uniform(0, 1, 50),
        "power_price_usd_per_kwh": rng.uniform(-0.05, 0.3, 50),
    }
    together = daily(scenario(**columns, tax_rate=0.2, hosting_scheme="profit_share", hosting_rate=0.1))
    for row in (0, 17, 49):
        alone = daily(
            scenario(
                **{name: float(column[row]) for name, column in columns.items()},
                tax_rate=0.2,
                hosting_scheme="profit_share",
                hosting_rate=0.1,
            )
        )
        for each in fields(Daily):
            value = getattr(together, each.name)
            assert np.broadcast_to(value, 50)[row] == pytest.approx(getattr(alone, each.name)), each.name


def test_an_absent_number_is_absent_in_what_hangs_on_it_only() -> None:
    day = daily(scenario(price_usd=np.array([100.0, np.nan]), power_price_usd_per_kwh=0.1))
    assert np.isnan(day.profit_usd).tolist() == [False, True]
    assert np.broadcast_to(day.btc, 2).tolist() == pytest.approx([3.125, 3.125])


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"difficulty": 0}, "difficulty 0"),
        ({"uptime": 1.2}, "uptime 1.2"),
        ({"pool_fee": -0.1}, "pool_fee -0.1"),
        ({"pue": 0.5}, "pue 0.5"),
        ({"hashrate_ths": np.array([1.0, -2.0])}, "hashrate_ths -2"),
        ({"pool_scheme": "prop"}, "pool_scheme 'prop'"),
        ({"hosting_scheme": "profit_share", "hosting_rate": 1.5}, "hosting_rate 1.5"),
        ({"price_usd": "a lot"}, "price_usd 'a lot'"),
    ],
)
def test_impossible_scenarios_are_refused(wrong: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        scenario(**wrong)


def test_a_scenario_needs_its_market() -> None:
    with pytest.raises(TypeError, match="difficulty"):
        Scenario(hashrate_ths=1, power_w=1, price_usd=1, block_height=1)  # type: ignore[call-arg]
