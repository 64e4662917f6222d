"""Fan, tornado and heat map: each case beside the one that is computed alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.calculator import Plan, Spread, daily, fan, heat_map, project, result, tornado
from tests.core.calculator.toy import one_block_a_month, scenario

ASKED = scenario(power_price_usd_per_kwh=0.1, uptime=0.98)
PLAN = Plan(months=24, outlay_usd=3000.0, difficulty_growth=0.3)


def test_a_fan_without_spread_is_the_projection() -> None:
    plan = Plan(months=12, outlay_usd=10_000)
    found = fan(
        one_block_a_month(), plan, Spread(price_volatility=0, difficulty_volatility=0, correlation=0), seed=1, paths=7
    )
    assert found.cumulated_usd.shape == (5, 13)
    assert found.cumulated_usd == pytest.approx(np.tile(project(one_block_a_month(), plan).cumulated_usd, (5, 1)))
    assert found.payback_months == pytest.approx([3.2] * 5)
    assert found.paid_back_share == 1


def test_a_fan_widens_and_its_middle_is_the_median_of_the_log_normal() -> None:
    # All coins are held to the 13th month, at whose price they are sold: log-normal around the year's growth.
    plan = Plan(months=13, outlay_usd=1000.0, hodl_share=1.0)
    spread = Spread(price_volatility=0.5, difficulty_volatility=0.0, correlation=0.0)
    found = fan(one_block_a_month(), plan, spread, seed=2, paths=20_000)
    assert (np.diff(found.cumulated_usd[:, -1]) > 0).all()
    expected = 13 * 3.125 * 1000 * np.exp(-0.125 + 0.5 * np.array([-1.6449, -0.6745, 0, 0.6745, 1.6449])) - 1000
    assert found.cumulated_usd[:, -1] == pytest.approx(expected, rel=0.03)
    assert found.npv_usd == pytest.approx(found.cumulated_usd[:, -1])


def test_paths_that_never_pay_back_are_later_than_all_that_do() -> None:
    plan = Plan(months=13, outlay_usd=13 * 3.125 * 1000 * np.exp(-0.125), hodl_share=1.0)
    spread = Spread(price_volatility=0.5, difficulty_volatility=0.0, correlation=0.0)
    found = fan(one_block_a_month(), plan, spread, seed=3, paths=4000)
    assert found.paid_back_share == pytest.approx(0.5, abs=0.03)
    assert found.payback_months == pytest.approx([13, 13, found.payback_months[2], np.nan, np.nan], nan_ok=True)


def test_the_same_seed_gives_the_same_fan() -> None:
    one, other = (fan(ASKED, PLAN, Spread(), seed=9, paths=50) for _ in range(2))
    assert np.array_equal(one.cumulated_usd, other.cumulated_usd)


@pytest.mark.parametrize("levels", [(), (0.5, 0.1), (0.5, 1.5), (0.5, 0.5)])
def test_levels_that_do_not_rise_are_refused(levels: tuple) -> None:
    with pytest.raises(ValueError, match="levels"):
        fan(ASKED, PLAN, Spread(), seed=1, levels=levels)


def test_a_fan_is_of_one_machine() -> None:
    with pytest.raises(ValueError, match="one machine"):
        fan(scenario(hashrate_ths=np.ones((2, 1))), PLAN, Spread(), seed=1, paths=4)


def test_a_tornado_by_hand() -> None:
    # 312.50 USD of revenue and 24 of power, all times 0.98; a fifth more price is 61.25 more, a fifth more power 4.704 less.
    found = tornado(ASKED, PLAN, "profit_usd", ["power_w", "price_usd", "uptime", "fees_btc"])
    assert found.base == pytest.approx(282.73)
    assert [bar.name for bar in found.bars] == ["price_usd", "uptime", "power_w"]  # no fee to take a share of
    price, uptime, power = found.bars
    assert (price.low, price.high) == (80, 120)
    assert (price.result_low, price.result_high) == pytest.approx((282.73 - 61.25, 282.73 + 61.25))
    assert (uptime.low, uptime.high) == pytest.approx((0.93, 1.0))
    assert (power.result_low, power.result_high) == pytest.approx((282.73 + 4.704, 282.73 - 4.704))
    assert price.width == pytest.approx(122.5)


def test_every_case_of_a_tornado_is_the_case_alone() -> None:
    found = tornado(
        ASKED, PLAN, "npv_usd", ["price_usd", "difficulty_growth", "outlay_usd"], {"outlay_usd": (1.0, 2.0)}
    )
    assert found.base == pytest.approx(float(project(ASKED, PLAN).npv_usd))
    ends = {bar.name: bar for bar in found.bars}
    assert (ends["difficulty_growth"].low, ends["difficulty_growth"].high) == pytest.approx((0.1, 0.5))
    slow = project(ASKED, replace(PLAN, difficulty_growth=0.1)).npv_usd
    assert ends["difficulty_growth"].result_low == pytest.approx(float(slow))
    assert ends["outlay_usd"].result_high - ends["outlay_usd"].result_low == pytest.approx(-1)


def test_a_bar_without_an_answer_stands_last() -> None:
    found = tornado(ASKED, PLAN, "margin", ["price_usd", "power_w"], {"price_usd": (0.0, 100.0)})
    assert [bar.name for bar in found.bars] == ["power_w", "price_usd"]
    assert np.isnan(found.bars[1].width)


def test_every_cell_of_a_map_is_the_case_alone() -> None:
    prices, powers = [50.0, 100.0, 200.0], [0.0, 0.2]
    found = heat_map(ASKED, PLAN, "payback_months", ("price_usd", prices), ("power_price_usd_per_kwh", powers))
    assert found.shape == (2, 3)
    for row, power in enumerate(powers):
        for column, price in enumerate(prices):
            alone = project(replace(ASKED, price_usd=price, power_price_usd_per_kwh=power), PLAN)
            assert found[row, column] == pytest.approx(float(alone.payback_months), nan_ok=True)
    profit = heat_map(ASKED, PLAN, "profit_usd", ("uptime", [0, 1]), ("outlay_usd", [1, 2, 3]))
    assert profit == pytest.approx(np.tile([0, 288.5], (3, 1)))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: heat_map(ASKED, PLAN, "profit_usd", ("uptime", [1]), ("uptime", [1])), "both ways"),
        (lambda: heat_map(ASKED, PLAN, "profit_usd", ("uptime", [2]), ("price_usd", [1])), "uptime 2"),
        (lambda: heat_map(ASKED, PLAN, "profit_usd", ("pool_scheme", [1]), ("price_usd", [1])), "pool_scheme"),
        (lambda: tornado(ASKED, PLAN, "luck"), "no result 'luck'"),
        (lambda: tornado(ASKED, PLAN, "profit_usd", ["colour"]), "colour"),
        (lambda: tornado(scenario(price_usd=np.ones(3)), PLAN, "profit_usd"), "price_usd is an array of 3"),
    ],
)
def test_questions_without_sense_are_refused(wrong: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        wrong()  # type: ignore[operator]


def test_a_result_by_its_name() -> None:
    assert result(ASKED, PLAN, "btc") == pytest.approx(daily(ASKED).btc)
    assert result(ASKED, PLAN, "roi_btc") == pytest.approx(project(ASKED, PLAN).roi_btc)
