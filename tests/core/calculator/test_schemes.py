"""Luck, tariffs and loans: by hand and by the figures of numpy-financial's documentation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import Band, chance_of_a_block, flat, hourly, luck_deviation, time_of_use
from core.calculator.loans import schedule
from core.calculator.tariffs import read_hours
from core.market.refusals import Reason, Refusal
from tests.core.calculator.toy import scenario


def test_luck_is_one_over_the_root_of_the_blocks() -> None:
    assert luck_deviation(4) == 0.5
    assert luck_deviation(np.array([0, 100])) == pytest.approx([np.nan, 0.1], nan_ok=True)
    assert chance_of_a_block(1) == pytest.approx(1 - 1 / math.e)
    assert chance_of_a_block(0) == 0
    with pytest.raises(ValueError, match="expected_blocks -1"):
        luck_deviation(-1)


def test_a_flat_price_has_no_hours() -> None:
    assert flat(0.07).fields == {"power_price_usd_per_kwh": 0.07, "power_deviation_usd_per_kwh": None}


def test_a_curve_is_its_mean_and_what_differs_from_it() -> None:
    asked = scenario(**hourly([0.02, 0.04, -0.03]).fields)
    assert asked.power_price_usd_per_kwh == pytest.approx(0.01)
    assert asked.power_deviation_usd_per_kwh == pytest.approx([0.01, 0.03, -0.04])


def test_time_of_use_over_a_week() -> None:
    # Base 0.05; dear 16 to 21 on working days, 25 hours at 0.20; cheap 22 to 6 every night, 56 hours at 0.02.
    tariff = time_of_use(0.05, [Band(16, 21, 0.20, days=(0, 1, 2, 3, 4)), Band(22, 6, 0.02)])
    week = tariff.hours_usd_per_kwh.reshape(7, 24)
    assert (week == 0.20).sum() == 25
    assert (week == 0.02).sum() == 56
    assert week[0, 15:23].tolist() == [0.05, 0.2, 0.2, 0.2, 0.2, 0.2, 0.05, 0.02]
    assert week[6, 16] == 0.05
    assert tariff.mean_usd_per_kwh == pytest.approx((25 * 0.20 + 56 * 0.02 + 87 * 0.05) / 168)


def test_the_later_band_wins_and_a_day_may_end_at_24() -> None:
    hours = time_of_use(1.0, [Band(0, 24, 2.0), Band(23, 24, 3.0)]).hours_usd_per_kwh
    assert hours[:25].tolist() == [2.0] * 23 + [3.0, 2.0]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("31.2\n28.9\n145.0\n", [31.2, 28.9, 145.0]),
        ("31,20\n28,9\n-1.145,05", [31.2, 28.9, -1145.05]),  # as a German sheet writes them
        ("31.2\r\n1,145.5", [31.2, 1145.5]),  # as an American one does
        ("31.2, 28.9, 145", [31.2, 28.9, 145.0]),
        ("31.2,28.9,145", [31.2, 28.9, 145.0]),
        ("31,28,145", [31.0, 28.0, 145.0]),
        ("0.02,0.04;0.06 0.08", [0.02, 0.04, 0.06, 0.08]),
        ("$31.20\t$28.90", [31.2, 28.9]),
    ],
)
def test_a_column_of_prices_is_read_as_its_country_writes_it(text: str, hours: list[float]) -> None:
    assert read_hours(text) == pytest.approx(hours, abs=0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31,2", Reason.TWO_WAYS_NUMBER),  # two hours, or one with a decimal comma
        ("1,250\n1,300", Reason.TWO_WAYS_NUMBER),
        ("31,2\n28.9", Reason.MIXED_NUMBERS),
        ("31.2\nnone of yours", Reason.NOT_A_NUMBER),
        ("31.2\n-\n28.9", Reason.NOT_A_NUMBER),  # an absent price is not one of 0
    ],
)
def test_prices_that_may_mean_something_else_are_refused(text: str, reason: Reason) -> None:
    with pytest.raises(Refusal) as refused:
        read_hours(text)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: hourly([]),
        lambda: hourly([0.1, np.nan]),
        lambda: hourly([[0.1], [0.2]]),
        lambda: Band(5, 5, 0.1),
        lambda: Band(24, 3, 0.1),
        lambda: Band(1, 25, 0.1),
        lambda: Band(1, 2, 0.1, days=(7,)),
        lambda: Band(1, 2, 0.1, days=()),
    ],
)
def test_what_is_no_tariff_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]


def test_equal_payments_as_numpy_financial_documents_them() -> None:
    # numpy_financial.ppmt / ipmt: 2,500 USD at 8.24 % over a year; first month 200.58 and 17.17, left 2,299.42;
    # last month 216.26 and 1.49; interest of all twelve 112.98.
    loan = schedule("annuity", 2500.0, 0.0824, 12, 14)
    assert (loan.principal_usd[0], loan.interest_usd[0]) == pytest.approx((200.58, 17.17), abs=0.005)
    assert loan.owed_usd[0] == pytest.approx(2299.42, abs=0.005)
    assert (loan.principal_usd[11], loan.interest_usd[11]) == pytest.approx((216.26, 1.49), abs=0.005)
    assert loan.interest_usd.sum() == pytest.approx(112.98, abs=0.005)
    assert loan.owed_usd[11:] == pytest.approx(0, abs=1e-9)
    assert loan.principal_usd[12:] == pytest.approx(0, abs=1e-9)


def test_the_payment_of_a_mortgage() -> None:
    # numpy_financial.pmt(0.075/12, 12*15, 200000) = -1854.0247200054619
    loan = schedule("annuity", 200_000.0, 0.075, 180, 180)
    assert loan.principal_usd + loan.interest_usd == pytest.approx(1854.0247200054619)


def test_without_interest_the_principal_falls_evenly() -> None:
    loan = schedule("annuity", 1200.0, 0.0, 12, 6)
    assert loan.principal_usd == pytest.approx(100)
    assert loan.owed_usd[-1] == pytest.approx(600)


def test_a_bullet_is_paid_back_at_the_end() -> None:
    loan = schedule("bullet", 1000.0, 0.12, 3, 5)
    assert loan.interest_usd == pytest.approx([10, 10, 10, 0, 0])
    assert loan.principal_usd == pytest.approx([0, 0, 1000, 0, 0])


@given(st.floats(0, 3), st.integers(1, 60), st.sampled_from(["annuity", "bullet"]))
def test_what_was_borrowed_is_paid_back(rate: float, term: int, kind: str) -> None:
    loan = schedule(kind, np.array([100.0, 3000.0]), rate, term, 60)
    assert loan.principal_usd.sum(axis=0) == pytest.approx([100, 3000])
    assert (loan.owed_usd > -1e-9).all()
