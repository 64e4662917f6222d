"""Paths: growth and halvings by hand, spread against the log-normal law."""

from __future__ import annotations

import numpy as np
import pytest

from core.calculator import (
    Market,
    Plan,
    Spread,
    chance_of_a_block,
    expected_market,
    luck_deviation,
    project,
    sampled_markets,
)
from tests.core.calculator.toy import MONTHLY_THS, ONE_BLOCK_A_DAY, one_block_a_month, scenario

BLOCKS_PER_MONTH = 4383  # 144 a day, 30.4375 days


def test_the_first_month_is_today_and_the_thirteenth_a_year_on() -> None:
    market = expected_market(scenario(), Plan(months=25, price_growth=1.0, difficulty_growth=0.44))
    assert market.price_usd[[0, 6, 12, 24]] == pytest.approx([100, 100 * 2**0.5, 200, 400])
    assert market.difficulty[[0, 6, 12]] / ONE_BLOCK_A_DAY == pytest.approx([1, 1.2, 1.44])
    assert market.subsidy_btc == pytest.approx(3.125)


def test_a_halving_comes_at_its_height_and_in_the_middle_of_its_month() -> None:
    market = expected_market(scenario(block_height=1_050_000 - 1.5 * BLOCKS_PER_MONTH), Plan(months=4))
    assert market.subsidy_btc == pytest.approx([3.125, (3.125 + 1.5625) / 2, 1.5625, 1.5625])


def test_the_next_halving_falls_in_the_right_month() -> None:
    # 1,050,000 - 928,000 = 122,000 blocks are 27.83 months: the 28th has both subsidies.
    subsidy = expected_market(scenario(block_height=928_000), Plan(months=36)).subsidy_btc
    assert subsidy[:27] == pytest.approx(3.125)
    assert subsidy[27] == pytest.approx(3.125 * 0.8348 + 1.5625 * 0.1652, rel=1e-4)
    assert subsidy[28:] == pytest.approx(1.5625)


def test_difficulty_reacts_to_a_halving_when_asked_to() -> None:
    plan = Plan(months=4, halving_reaction=0.19)
    market = expected_market(scenario(block_height=1_050_000 - 1.5 * BLOCKS_PER_MONTH), plan)
    assert market.difficulty / ONE_BLOCK_A_DAY == pytest.approx([1, 0.9, 0.81, 0.81])


def test_two_halvings_in_a_long_plan() -> None:
    market = expected_market(scenario(block_height=1_049_999), Plan(months=50, halving_reaction=0.1))
    assert market.subsidy_btc[[1, 49]] == pytest.approx([1.5625, 0.78125])
    assert market.difficulty[[1, 49]] / ONE_BLOCK_A_DAY == pytest.approx([0.9, 0.81])


def test_the_same_seed_draws_the_same_paths_and_another_others() -> None:
    asked = (scenario(), Plan(months=12), Spread())
    first, again = (sampled_markets(*asked, paths=10, seed=5) for _ in range(2))
    assert np.array_equal(first.price_usd, again.price_usd)
    assert not np.array_equal(first.price_usd, sampled_markets(*asked, paths=10, seed=6).price_usd)
    assert first.price_usd.shape == (12, 10)


def test_paths_start_today_and_spread_as_the_law_of_the_log_normal_says() -> None:
    plan = Plan(months=13, price_growth=0.2, difficulty_growth=0.3)
    spread = Spread(price_volatility=0.6, difficulty_volatility=0.2, correlation=0.5)
    market = sampled_markets(scenario(), plan, spread, paths=40_000, seed=1)
    assert market.price_usd[0] == pytest.approx(100)
    assert market.difficulty[0] == pytest.approx(ONE_BLOCK_A_DAY)
    price, reciprocal = market.price_usd[12], ONE_BLOCK_A_DAY / market.difficulty[12]
    assert price.mean() == pytest.approx(120, rel=0.02)
    assert np.median(price) == pytest.approx(120 * np.exp(-0.18), rel=0.02)
    assert np.log(price).std() == pytest.approx(0.6, rel=0.02)
    assert reciprocal.mean() == pytest.approx(1 / 1.3, rel=0.02)
    assert np.corrcoef(np.log(price), -np.log(reciprocal))[0, 1] == pytest.approx(0.5, abs=0.02)


def test_without_spread_every_path_is_the_expected_one() -> None:
    plan = Plan(months=6, price_growth=0.5)
    market = sampled_markets(
        scenario(), plan, Spread(price_volatility=0, difficulty_volatility=0, correlation=0), paths=3, seed=1
    )
    assert market.price_usd == pytest.approx(np.tile(expected_market(scenario(), plan).price_usd[:, None], 3))


def test_a_month_without_luck_brings_nothing_and_costs_the_same() -> None:
    market = Market(np.full(3, 100.0), np.full(3, ONE_BLOCK_A_DAY), np.full(3, 3.125), np.array([1.0, 0.0, 2.0]))
    found = project(scenario(power_price_usd_per_kwh=0.1), Plan(months=3), market)
    assert found.btc / 30.4375 == pytest.approx([3.125, 0, 6.25])
    assert found.cost_usd / 30.4375 == pytest.approx([24, 24, 24])


def test_who_mines_alone_finds_a_block_or_none() -> None:
    # 1/60 of the hashrate that finds a block a month, 12 months: a fifth of a block, so 18.1 % of the paths find one.
    asked = one_block_a_month(hashrate_ths=MONTHLY_THS / 60, pool_scheme="solo")
    still = Spread(price_volatility=0, difficulty_volatility=0, correlation=0)
    market = sampled_markets(asked, Plan(months=12), still, paths=20_000, seed=4)
    coins = project(asked, Plan(months=12), market).btc.sum(axis=0)
    assert (coins > 0).mean() == pytest.approx(chance_of_a_block(0.2), abs=0.01)
    assert coins.mean() == pytest.approx(0.2 * 3.125, rel=0.05)
    assert set(np.round(coins / 3.125, 9)) <= set(range(6))


def test_the_luck_of_a_pool_is_one_over_the_root_of_its_blocks() -> None:
    asked = one_block_a_month(pool_scheme="pplns")
    still = {"price_volatility": 0.0, "difficulty_volatility": 0.0, "correlation": 0.0}
    pool = Spread(**still, pool_hashrate_hs=100 * MONTHLY_THS * 1e12)
    luck = sampled_markets(asked, Plan(months=12), pool, paths=4000, seed=4).luck
    assert luck.mean() == pytest.approx(1, abs=0.005)
    assert luck.std() == pytest.approx(luck_deviation(100), rel=0.03)
    assert sampled_markets(asked, Plan(months=12), Spread(**still), paths=5, seed=4).luck == pytest.approx(1)


@pytest.mark.parametrize("scheme", ["fpps", "pps", "pps_plus"])
def test_a_pool_that_pays_every_share_bears_the_luck(scheme: str) -> None:
    asked = one_block_a_month(pool_scheme=scheme)
    assert sampled_markets(asked, Plan(months=2), Spread(pool_hashrate_hs=1e12), paths=5, seed=4).luck == pytest.approx(
        1
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Spread(price_volatility=-0.1),
        lambda: Spread(correlation=1.1),
        lambda: Spread(pool_hashrate_hs=0.0),
        lambda: Market(np.ones(2), np.ones(2), np.ones(2), np.ones(3)),
        lambda: Market(np.ones(2), np.ones(2), np.ones(2), np.array([1.0, -1.0])),
        lambda: sampled_markets(scenario(), Plan(), Spread(), paths=0, seed=1),
        lambda: sampled_markets(scenario(price_usd=np.ones(2)), Plan(), Spread(), paths=5, seed=1),
        lambda: Market(np.ones(2), np.ones(3), np.ones(2)),
        lambda: Market(np.ones(2), np.zeros(2), np.ones(2)),
        lambda: Plan(months=0),
        lambda: Plan(months=12.5),  # type: ignore[arg-type]
        lambda: Plan(price_growth=-1.1),
        lambda: Plan(hodl_share=1.1),
        lambda: Plan(loan_kind="balloon"),
    ],
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
