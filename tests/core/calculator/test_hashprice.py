"""Against figures that others published, and against arithmetic by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import (
    expected_blocks_per_day,
    hashprice_usd_per_ph_day,
    hashvalue_btc_per_ph_day,
    issued_btc,
    network_hashrate_hs,
    next_halving,
    subsidy_btc,
)


@pytest.mark.parametrize(
    ("height", "coins"),
    [
        (0, 50.0),
        (209_999, 50.0),
        (210_000, 25.0),
        (840_000, 3.125),
        (1_049_999, 3.125),
        (1_050_000, 1.5625),
        (210_000 * 10, 0.04882812),  # 4882812.5 satoshi: the chain has no halves of one
        (6_930_000 - 1, 1e-8),
        (6_930_000, 0.0),
        (210_000 * 64, 0.0),
        (10**12, 0.0),
    ],
)
def test_subsidy_halves_every_210_000_blocks_in_whole_satoshi(height: int, coins: float) -> None:
    assert subsidy_btc(height) == coins


def test_subsidies_of_many_heights_at_once_and_none_of_an_absent_one() -> None:
    found = subsidy_btc(np.array([839_999, 840_000, np.nan]))
    assert found == pytest.approx([6.25, 3.125, np.nan], nan_ok=True)
    assert isinstance(subsidy_btc(840_000), float)
    assert subsidy_btc([0, 210_000]) == pytest.approx([50, 25])


def test_a_negative_height_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        subsidy_btc(-1)
    with pytest.raises(ValueError, match="-5"):
        issued_btc(np.array([3.0, -5.0]))


def test_all_coins_that_there_will_ever_be() -> None:
    # Bitcoin Core, src/test/validation_tests.cpp: 2,099,999,997,690,000 satoshi.
    assert issued_btc(10_000_000) == pytest.approx(20_999_999.9769, abs=1e-8)


def test_coins_issued_at_the_halvings() -> None:
    assert issued_btc([0, 210_000, 420_000, 630_000, 840_000]) == pytest.approx(
        [0, 10_500_000, 15_750_000, 18_375_000, 19_687_500]
    )
    assert issued_btc(840_000.5) == pytest.approx(19_687_501.5625)


def test_the_next_halving_and_how_far_it_is() -> None:
    # 144 blocks a day; from the halving of April 2024 the next one is 1,458 days and a third away.
    assert next_halving(1_049_856) == (1_050_000, 1.0)
    assert next_halving(840_000) == (1_050_000, pytest.approx(1458 + 1 / 3))
    with pytest.raises(ValueError, match="-1"):
        next_halving(-1)


def test_one_block_a_day_at_the_difficulty_that_one_petahash_finds_one() -> None:
    # 1e15 * 86400 / 2**32 hashes a day over the hashes of a unit of difficulty: at that difficulty, one block a day.
    difficulty = 1e15 * 86_400 / 2**32
    assert hashvalue_btc_per_ph_day(difficulty, 3.125) == pytest.approx(3.125)
    assert expected_blocks_per_day(1e15, difficulty) == pytest.approx(1)


def test_time_to_a_block_as_the_wiki_has_it() -> None:
    # Bitcoin wiki, "Difficulty": at a difficulty of 20,000, 1 Gigahash/s needs 23.85 hours.
    assert 24 / expected_blocks_per_day(1e9, 20_000) == pytest.approx(23.85, abs=0.02)


def test_hashrate_of_the_network_at_difficulty_one_as_the_wiki_has_it() -> None:
    # Bitcoin wiki, "Difficulty": 2016 blocks in two weeks at a difficulty of 1 are 7.158278826667 Mhashes/s.
    assert network_hashrate_hs(2016, 1.0, 14 * 86_400) == pytest.approx(7.158278826667e6, rel=1e-12)
    assert network_hashrate_hs(np.array([144, 72]), 1.0) == pytest.approx([7.158278826667e6, 3.5791394e6])


@pytest.mark.parametrize(
    ("difficulty", "reward", "price", "published"),
    [
        # 1e15*86400/(109.78e12*2**32)*3.175*95000 by hand.
        (109.78e12, 3.175, 95_000.0, 55.27),
        # elektronics.dev, "Hashprice": 100 T, 3.125 BTC, 100,000 USD, with the blocks rounded to 0.000201.
        (1e14, 3.125, 100_000.0, 62.81),
    ],
)
def test_hashprice_of_known_days(difficulty: float, reward: float, price: float, published: float) -> None:
    assert hashprice_usd_per_ph_day(difficulty, reward, price) == pytest.approx(published, rel=1e-3)


def test_arrays_give_what_scalars_give_and_scalars_give_floats() -> None:
    prices = np.array([20_000.0, 95_000.0])
    together = hashprice_usd_per_ph_day(np.full(2, 1e14), np.full(2, 3.2), prices)
    assert together == pytest.approx([hashprice_usd_per_ph_day(1e14, 3.2, float(price)) for price in prices])
    assert hashprice_usd_per_ph_day(1e14, 3.2, pd.Series(prices)) == pytest.approx(together)
    assert hashprice_usd_per_ph_day(1e14, 3.2, [20_000, 95_000]) == pytest.approx(together)
    for one in (
        hashprice_usd_per_ph_day(1e14, 3.2, 95_000.0),
        hashvalue_btc_per_ph_day(10**14, 3),
        network_hashrate_hs(144, 1e14),
        expected_blocks_per_day(np.float64(1e15), 1e14),
    ):
        assert type(one) is float


def test_nothing_comes_of_no_rows_and_nothing_is_known_of_absent_ones() -> None:
    assert hashprice_usd_per_ph_day(np.array([]), np.array([]), np.array([])).shape == (0,)
    assert np.isnan(hashprice_usd_per_ph_day(np.array([np.nan, 1e14]), 3.2, 95_000.0)).tolist() == [True, False]


@pytest.mark.parametrize("difficulty", [0.0, -1.0, np.array([1e14, 0.0])])
def test_a_difficulty_of_nothing_is_refused(difficulty: float) -> None:
    for question in (
        lambda: hashvalue_btc_per_ph_day(difficulty, 3.125),
        lambda: expected_blocks_per_day(1e15, difficulty),
        lambda: network_hashrate_hs(144, difficulty),
    ):
        with pytest.raises(ValueError, match="difficulty"):
            question()


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="price_usd inf is not finite"):
        hashprice_usd_per_ph_day(1e14, 3.125, np.array([1.0, np.inf]))
    with pytest.raises(ValueError, match="difficulty 'many' is not a number"):
        hashvalue_btc_per_ph_day("many", 3.125)  # type: ignore[type-var]


@given(st.floats(1e9, 1e16), st.floats(0.1, 60), st.floats(1, 1e7))
def test_twice_the_difficulty_is_half_the_hashprice(difficulty: float, reward: float, price: float) -> None:
    once = hashprice_usd_per_ph_day(difficulty, reward, price)
    assert hashprice_usd_per_ph_day(2 * difficulty, reward, price) == pytest.approx(once / 2)


@given(st.integers(0, 7_000_000), st.integers(0, 300_000))
def test_issued_is_the_sum_of_subsidies(height: int, blocks: int) -> None:
    # Over at most one halving the sum is two products.
    boundary = (height // 210_000 + 1) * 210_000
    end = min(height + blocks, boundary + 210_000)
    before = min(end, boundary) - height
    by_hand = before * subsidy_btc(height) + max(end - boundary, 0) * subsidy_btc(boundary)
    assert issued_btc(end) - issued_btc(height) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: hashprice_usd_per_ph_day(148.2e12, 3.141, -1), "price_usd -1 is not 0 or more"),
        (lambda: hashvalue_btc_per_ph_day(148.2e12, [3.1, -1]), "block_reward_btc -1 is not 0 or more"),
        (lambda: expected_blocks_per_day(-1, 148.2e12), "hashrate_hs -1 is not 0 or more"),
    ],
)
def test_what_cannot_be_negative_is_refused(ask: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ask()
