"""Days that have been, by hand: 1 PH/s that finds one block a day."""

from __future__ import annotations

import numpy as np
import pytest

from core.calculator import daily, earned
from tests.core.calculator.toy import ONE_BLOCK_A_DAY, scenario

ASKED = scenario(power_price_usd_per_kwh=0.1)  # 24 USD a day


def test_coins_and_money_day_by_day() -> None:
    found = earned(ASKED, [100, 200], [ONE_BLOCK_A_DAY, 2 * ONE_BLOCK_A_DAY], 3.125, [0.0, 0.375])
    assert found.btc == pytest.approx([3.125, 1.75])
    assert found.profit_usd == pytest.approx([312.5 - 24, 350 - 24])
    assert found.cumulated_usd == pytest.approx([288.5, 614.5])
    assert found.held_value_usd == pytest.approx(4.875 * 200)
    assert found.days_known == 2


def test_an_unknown_day_adds_nothing_and_is_counted_as_unknown() -> None:
    found = earned(ASKED, [100, np.nan, 100, np.nan], np.full(4, ONE_BLOCK_A_DAY), 3.125, 0.0)
    assert np.isnan(found.profit_usd).tolist() == [False, True, False, True]
    assert np.isnan(found.cost_usd).tolist() == [False, True, False, True]
    assert found.cumulated_usd == pytest.approx([288.5, 288.5, 577, 577])
    assert found.days_known == 2
    assert found.held_value_usd == pytest.approx(625)


def test_several_machines_and_a_host_who_shares_the_profit() -> None:
    asked = scenario(
        hashrate_ths=np.array([1000.0, 100.0]),
        power_price_usd_per_kwh=0.1,
        hosting_scheme="profit_share",
        hosting_rate=0.5,
    )
    found = earned(asked, [100, 10], np.full(2, ONE_BLOCK_A_DAY), 3.125, 0.0)
    assert found.profit_usd == pytest.approx(np.array([[144.25, 3.625], [3.625, 3.125 - 24]]))


def test_each_day_is_the_daily_result_of_its_market() -> None:
    found = earned(ASKED, [100.0], [ONE_BLOCK_A_DAY], 3.125, 0.0)
    assert found.profit_usd[0] == pytest.approx(daily(ASKED).profit_usd)


def test_no_day_at_all() -> None:
    found = earned(ASKED, [], [], 3.125, 0.0)
    assert found.cumulated_usd.shape == (0,)
    assert np.isnan(found.held_value_usd)


@pytest.mark.parametrize(
    ("series", "named"),
    [
        (([100.0], [1e14, 1e14], 3.125, 0.0), "difficulty is of shape"),
        (([100.0, 100.0], [1e14, 0.0], 3.125, 0.0), "difficulty 0"),
        (([-1.0], [1e14], 3.125, 0.0), "price_usd -1"),
    ],
)
def test_series_that_cannot_be_are_refused(series: tuple, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        earned(ASKED, *series)
