"""Against figures that others published, and against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import (
    break_even_power_price_usd_per_kwh,
    hashprice_usd_per_ph_day,
    hashvalue_btc_per_ph_day,
    subsidy_btc,
)


@pytest.mark.parametrize(
    ("height", "coins"),
    [(0, 50.0), (209_999, 50.0), (210_000, 25.0), (840_000, 3.125), (1_050_000, 1.5625), (210_000 * 64, 0.0)],
)
def test_subsidy_halves_every_210_000_blocks(height: int, coins: float) -> None:
    assert subsidy_btc(height) == coins


def test_a_negative_height_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        subsidy_btc(-1)


def test_one_block_a_day_at_the_difficulty_that_one_petahash_finds_one() -> None:
    # 1e15 * 86400 / 2**32 hashes a day over the hashes of a unit of difficulty: at that difficulty, one block a day.
    difficulty = 1e15 * 86_400 / 2**32
    assert hashvalue_btc_per_ph_day(difficulty, 3.125) == pytest.approx(3.125)


def test_hashprice_of_a_known_day() -> None:
    # Difficulty 109.78 T and 3.175 BTC a block at 95,000 USD; by hand: 1e15*86400/(109.78e12*2**32)*3.175*95000.
    assert hashprice_usd_per_ph_day(109.78e12, 3.175, 95_000.0) == pytest.approx(55.27, rel=2e-3)


def test_break_even_is_where_energy_costs_what_hashrate_earns() -> None:
    # 1 PH/s at 17.5 J/TH draws 17.5 kW, 420 kWh a day; 50 USD a day over 420 kWh.
    assert break_even_power_price_usd_per_kwh(50.0, 17.5) == pytest.approx(50 / 420)
    assert break_even_power_price_usd_per_kwh(50.0, 17.5, pool_fee=0.02, pue=1.05) == pytest.approx(
        50 * 0.98 / (420 * 1.05)
    )


def test_arrays_give_what_scalars_give() -> None:
    prices = np.array([20_000.0, 95_000.0])
    together = hashprice_usd_per_ph_day(np.full(2, 1e14), np.full(2, 3.2), prices)
    assert together == pytest.approx([hashprice_usd_per_ph_day(1e14, 3.2, float(price)) for price in prices])


@given(st.floats(1e9, 1e16), st.floats(0.1, 60), st.floats(1, 1e7))
def test_twice_the_difficulty_is_half_the_hashprice(difficulty: float, reward: float, price: float) -> None:
    once = hashprice_usd_per_ph_day(difficulty, reward, price)
    assert hashprice_usd_per_ph_day(2 * difficulty, reward, price) == pytest.approx(once / 2)
