"""Break-evens by hand, and against the ways in which others write the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import (
    break_even_power_price_usd_per_kwh,
    cost_to_mine_usd_per_btc,
    hashcost_usd_per_ph_day,
    hashprice_usd_per_ph_day,
    strike_price_usd_per_mwh,
)


def test_break_even_is_where_energy_costs_what_hashrate_earns() -> None:
    # 1 PH/s at 17.5 J/TH draws 17.5 kW, 420 kWh a day; 50 USD a day over 420 kWh.
    assert break_even_power_price_usd_per_kwh(50.0, 17.5) == pytest.approx(50 / 420)
    assert break_even_power_price_usd_per_kwh(50.0, 17.5, pool_fee=0.02, pue=1.05) == pytest.approx(
        50 * 0.98 / (420 * 1.05)
    )


def test_hashcost_is_efficiency_times_power_price_times_24_hours() -> None:
    # 30 J/TH at 50 USD/MWh: 30 kW for 24 h are 0.72 MWh, 36 USD.
    assert hashcost_usd_per_ph_day(30.0, 50.0) == pytest.approx(36)
    assert hashcost_usd_per_ph_day(np.array([30.0, 15.0]), 50.0, 1.1) == pytest.approx([39.6, 19.8])


def test_strike_is_hashprice_over_the_energy_of_a_petahash_less_adders() -> None:
    # 60 USD after 1 % are 59.4; 20 J/TH and a PUE of 1.1 use 0.528 MWh a day: 112.5 USD/MWh, less 12.5 for delivery.
    assert strike_price_usd_per_mwh(60.0, 20.0, 0.01, 1.1) == pytest.approx(112.5)
    assert strike_price_usd_per_mwh(60.0, 20.0, 0.01, 1.1, 12.5) == pytest.approx(100)
    assert strike_price_usd_per_mwh(np.array([60.0, 30.0]), 20.0, 0.01, 1.1) == pytest.approx([112.5, 56.25])


def test_cost_to_mine_is_energy_of_a_day_over_coins_of_a_day() -> None:
    # At this difficulty 1 PH/s finds one block a day: 2 coins, 1.96 after the fee; 5 kW for 24 h at 0.05 USD/kWh: 6 USD.
    difficulty = 1e15 * 86_400 / 2**32
    assert cost_to_mine_usd_per_btc(1000.0, 5000.0, 0.05, difficulty, 2.0, 0.02) == pytest.approx(6 / 1.96)


def test_cost_to_mine_of_an_s21_in_december_2025() -> None:
    # 200 TH/s, 3500 W, 0.07 USD/kWh: 84 kWh, 5.88 USD a day. Difficulty 148.2 T, 3.141 BTC:
    # 200e12*86400/(148.2e12*4294967296) = 2.714786e-5 blocks, times 3.141 = 8.527144e-5 BTC a day.
    assert cost_to_mine_usd_per_btc(200.0, 3500.0, 0.07, 148.2e12, 3.141, 0.0) == pytest.approx(68_956.26, rel=1e-6)


@given(st.floats(10, 500), st.floats(5, 100), st.floats(0, 0.05), st.floats(1e12, 1e15), st.floats(1e3, 1e6))
def test_at_the_break_even_power_price_a_coin_costs_its_price(
    hashrate: float, efficiency: float, fee: float, difficulty: float, price: float
) -> None:
    hashprice = hashprice_usd_per_ph_day(difficulty, 3.2, price)
    power_price = break_even_power_price_usd_per_kwh(hashprice, efficiency, fee)
    cost = cost_to_mine_usd_per_btc(hashrate, hashrate * efficiency, power_price, difficulty, 3.2, fee)
    assert cost == pytest.approx(price)
    assert strike_price_usd_per_mwh(hashprice, efficiency, fee, 1.0) == pytest.approx(power_price * 1e3)
    assert hashcost_usd_per_ph_day(efficiency, power_price * 1e3) == pytest.approx(hashprice * (1 - fee))


def test_scalars_give_floats_and_mixed_ones_arrays() -> None:
    assert type(cost_to_mine_usd_per_btc(200, 3500, 0.07, 1e14, 3, 0)) is float
    assert type(strike_price_usd_per_mwh(60, 20, 0.01, 1)) is float
    assert type(break_even_power_price_usd_per_kwh(np.float64(50), 17.5)) is float
    found = cost_to_mine_usd_per_btc(200.0, np.array([3500.0, np.nan]), 0.07, 1e14, 3.2, 0.0)  # type: ignore[type-var]
    assert np.isnan(found).tolist() == [False, True]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        (lambda: break_even_power_price_usd_per_kwh(50.0, 0.0), "efficiency_j_per_th 0"),
        (lambda: break_even_power_price_usd_per_kwh(50.0, 20.0, pool_fee=2.0), "pool_fee 2"),
        (lambda: break_even_power_price_usd_per_kwh(50.0, 20.0, pue=0.9), "pue 0.9"),
        (lambda: hashcost_usd_per_ph_day(-1.0, 50.0), "efficiency_j_per_th -1"),
        (lambda: cost_to_mine_usd_per_btc(0.0, 3500.0, 0.07, 1e14, 3.0, 0.0), "hashrate_ths 0"),
        (lambda: cost_to_mine_usd_per_btc(200.0, 3500.0, 0.07, 1e14, 3.0, 1.0), "pool_fee 1"),
        (lambda: cost_to_mine_usd_per_btc(200.0, 3500.0, 0.07, 0.0, 3.0, 0.0), "difficulty 0"),
    ],
)
def test_impossible_values_are_refused_by_name(question: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        question()  # type: ignore[operator]
