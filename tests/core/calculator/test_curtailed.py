"""Hours by hand: 240 kW that earn 12 USD an hour, so that 50 USD/MWh is the price to stop at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import Scenario, curtail, hourly, strike_price_usd_per_mwh
from tests.core.calculator.toy import scenario


def farm(**more: object) -> Scenario:
    # 3.125 BTC a day at 92.16 USD are 288 USD, 12 an hour, for 0.24 MWh.
    return scenario(**{"power_w": 240_000.0, "price_usd": 92.16, **more})


def test_dear_hours_are_not_run() -> None:
    found = curtail(farm(), [10.0, 100.0, 50.0, -20.0])
    assert found.strike_usd_per_mwh == pytest.approx(50)
    assert found.runs.tolist() == [True, False, True, True]
    assert found.always_on.cost_usd == pytest.approx(0.24 * 140)
    assert found.always_on.profit_usd == pytest.approx(48 - 33.6)
    assert found.curtailed.cost_usd == pytest.approx(0.24 * 40)
    assert found.curtailed.revenue_usd == pytest.approx(36)
    assert found.curtailed.btc == pytest.approx(3.125 * 3 / 24)
    assert found.curtailed.energy_kwh == pytest.approx(720)
    assert found.gain_usd == pytest.approx(0.24 * 100 - 12)
    assert (found.hours_stopped, found.hours_known) == (1, 4)


def test_the_strike_is_that_of_the_formula() -> None:
    asked = scenario(fees_btc=0.2, pool_fee=0.02, pue=1.1, stale_share=0.0)
    found = curtail(asked, [1.0], adders_usd_per_mwh=7.0)
    hashprice = 3.325 * 100
    assert found.strike_usd_per_mwh == pytest.approx(strike_price_usd_per_mwh(hashprice, 10.0, 0.02, 1.1, 7.0))


def test_demand_charges_are_due_in_both_and_adders_in_the_hours_that_run() -> None:
    # 240 kW at 3.04375 USD a month are 1 USD an hour... a tenth of a dollar a kW and day, over 24 hours.
    found = curtail(farm(demand_usd_per_kw_month=3.04375), [10.0, 100.0], adders_usd_per_mwh=5.0)
    assert found.strike_usd_per_mwh == pytest.approx(45)
    assert found.always_on.cost_usd == pytest.approx(0.24 * (15 + 105) + 2)
    assert found.curtailed.cost_usd == pytest.approx(0.24 * 15 + 2)


def test_a_restart_costs_hashing() -> None:
    # Two starts of 15 minutes: half an hour of 12 USD less.
    prices = [100.0, 10.0, 100.0, 10.0]
    without, with_restart = curtail(farm(), prices), curtail(farm(), prices, restart_minutes=15)
    assert with_restart.gain_usd == pytest.approx(without.gain_usd - 6)
    assert with_restart.curtailed.energy_kwh == without.curtailed.energy_kwh


def test_an_hour_without_a_price_counts_in_neither() -> None:
    found = curtail(farm(), [10.0, np.nan, 100.0])
    assert found.hours_known == 2
    assert found.always_on.revenue_usd == pytest.approx(24)
    assert found.gain_usd == pytest.approx(12)


def test_the_best_week_is_told_apart() -> None:
    # Three weeks of 10 USD with one hour of 100 in the first, two in the last, and a storm of 5,000 in the second.
    prices = np.full(3 * 168, 10.0)
    prices[5], prices[400:402], prices[200] = 100, 100, 5000
    found = curtail(farm(), prices)
    assert found.gain_usd == pytest.approx(3 * 12 + 1188)
    assert found.gain_without_best_week_usd == pytest.approx(3 * 12)


def test_without_prices_of_its_own_it_takes_the_tariff() -> None:
    found = curtail(farm(**hourly([0.01, 0.1]).fields))
    assert found.runs.tolist() == [True, False]
    assert found.always_on.cost_usd == pytest.approx(0.24 * 110)
    assert curtail(farm(power_price_usd_per_kwh=0.01)).hours_stopped == 0


@given(st.lists(st.floats(-100, 1000), min_size=1, max_size=400))
def test_stopping_for_dear_hours_never_loses(prices: list[float]) -> None:
    found = curtail(farm(), prices)
    by_hand = sum(max(price - 50, 0) * 0.24 for price in prices)
    assert found.gain_usd == pytest.approx(by_hand, abs=1e-6)
    assert found.curtailed.profit_usd - found.always_on.profit_usd == pytest.approx(found.gain_usd, abs=1e-6)
    assert 0 <= found.gain_without_best_week_usd <= found.gain_usd + 1e-6


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: curtail(farm(hosting_scheme="all_in", hosting_rate=0.08), [1.0]), "all-in"),
        (lambda: curtail(farm(uptime=np.ones(2)), [1.0]), "one machine"),
        (lambda: curtail(farm(), [[1.0], [2.0]]), "one row of prices"),
        (lambda: curtail(farm(), [1.0], restart_minutes=61), "restart_minutes 61"),
    ],
)
def test_what_cannot_be_curtailed_is_refused(wrong: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        wrong()  # type: ignore[operator]


def test_no_hour_and_no_energy() -> None:
    assert curtail(farm(), []).gain_usd == 0
    found = curtail(farm(uptime=0.0), [10.0, 100.0])
    assert np.isnan(found.strike_usd_per_mwh)
    assert found.runs.all()
