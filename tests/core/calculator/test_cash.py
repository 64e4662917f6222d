"""Present value, rate of return and payback against the figures of numpy-financial's documentation, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import Rates, irr, npv_usd, payback_months


def yearly(monthly: float) -> float:
    return (1 + monthly) ** 12 - 1


# numpy_financial.irr and .npv, documentation.
@pytest.mark.parametrize(
    ("flows", "rate"),
    [
        ([-100, 39, 59, 55, 20], 0.28095),
        ([-100, 0, 0, 74], -0.0955),
        ([-100, 100, 0, 7], 0.06206),
        ([-150_000, 15_000, 25_000, 35_000, 45_000, 60_000], 0.0524),
        ([100, -39, -59, -55, -20], 0.28095),
    ],
)
def test_published_rates_of_return(flows: list[float], rate: float) -> None:
    found = irr(flows)
    assert (1 + found.yearly) ** (1 / 12) - 1 == pytest.approx(rate, abs=5e-5)
    assert found.rates == Rates.ONE


def test_published_present_values() -> None:
    assert npv_usd([-100, 39, 59, 55, 20], yearly(0.281)) == pytest.approx(-0.0084785916384548798)
    assert npv_usd([-40_000, 5_000, 8_000, 12_000, 30_000], yearly(0.08)) == pytest.approx(3065.22267, abs=1e-5)
    assert type(npv_usd([1.0, 2.0], 0.1)) is float


def test_several_rates_are_no_rate() -> None:
    # -100 + 230 x - 132 x**2 is nothing at x = 1/1.1 and at x = 1/1.2.
    found = irr([-100, 230, -132])
    assert np.isnan(found.yearly)
    assert found.rates == Rates.SEVERAL


def test_one_rate_though_the_signs_change_thrice() -> None:
    # (x*1.01 - 1) * (x**2 - x + 1), multiplied out: its only real root is x = 1/1.01.
    found = irr(np.array([-1.0, 2.01, -2.01, 1.01]) * 5000)
    assert found.rates == Rates.ONE
    assert found.yearly == pytest.approx(yearly(0.01), rel=1e-9)


@pytest.mark.parametrize(
    "flows", [[100, 1, 1], [-100, -1, -1], [0, 0, 0], [0, 5, 0], [10, -5, 10], [-100, np.nan, 300], [-100, np.inf]]
)
def test_no_rate_is_no_number(flows: list[float]) -> None:
    found = irr(flows)
    assert np.isnan(found.yearly)
    assert found.rates == Rates.NONE


def test_noughts_before_and_behind_change_nothing() -> None:
    assert irr([0, 0, -100, 0, 110, 0, 0, 0]).yearly == pytest.approx(yearly(np.sqrt(1.1) - 1))


def test_rates_beyond_all_bounds() -> None:
    assert np.isnan(irr([-1e-12, 1.0]).yearly)
    assert irr([-1.0, 1e-3]).yearly == pytest.approx(-1)
    assert irr([-100] + [0] * 599 + [1e9]).yearly == pytest.approx((1e7) ** (12 / 600) - 1)


def test_many_flows_at_once_are_each_their_own() -> None:
    flows = np.array([[-100, -100, -100, 1], [230, 60, 0, 1], [-132, 60, 0, 1]], dtype=float)
    found = irr(flows)
    assert found.rates.tolist() == [Rates.SEVERAL, Rates.ONE, Rates.NONE, Rates.NONE]
    assert irr(flows[:, 1]).yearly == pytest.approx(found.yearly[1])
    assert irr(flows.reshape(3, 2, 2)).yearly.shape == (2, 2)


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=60), st.floats(0.3, 2))
def test_at_the_rate_of_return_the_present_value_is_nothing(income: list[float], share: float) -> None:
    flows = [-share * sum(income), *income]
    found = irr(flows)
    assert found.rates == Rates.ONE
    assert npv_usd(flows, found.yearly) == pytest.approx(0, abs=1e-6 * sum(income))


def test_a_discount_of_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="discount_rate -1"):
        npv_usd([-1, 2], -1)


def test_payback_is_interpolated_in_its_month() -> None:
    assert payback_months([-10_000, 3125, 3125, 3125, 3125]) == pytest.approx(3.2)
    assert payback_months([-100, 50, 50]) == 2
    assert payback_months([-100, 150]) == pytest.approx(2 / 3)
    assert type(payback_months([-100.0, 150.0])) is float


def test_payback_that_does_not_come_or_is_not_needed() -> None:
    found = payback_months(np.array([[-100, 0, np.nan, -100], [50, 1, 1, np.nan], [49, 1, 1, 200]]))
    assert found == pytest.approx([np.nan, 0, np.nan, np.nan], nan_ok=True)


def test_payback_is_the_first_time_only() -> None:
    assert payback_months([-100, 120, -80, 90]) == pytest.approx(100 / 120)
