"""Numbers and times as people read them; the expected texts are those of the product's guide, written by hand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formats, i18n

FORMATTERS: list[Callable[..., str]] = [
    formats.integer, formats.decimal, formats.compact, formats.hashrate, formats.power, formats.energy,
    formats.efficiency, formats.temperature, formats.percent, formats.money, formats.btc, formats.duration,
]  # fmt: skip
MOMENT = dt.datetime(2026, 3, 8, 8, 30, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("function", FORMATTERS)
def test_what_is_absent_is_a_dash(function: Callable[..., str]) -> None:
    for nothing in (None, math.nan, math.inf):
        assert function(nothing) == "–"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (lambda: formats.hashrate(842_300), "842.3 PH/s"),
        (lambda: formats.hashrate(0), "0.0 TH/s"),
        (lambda: formats.power(21_600_000), "21.6 MW"),
        (lambda: formats.efficiency(17.5), "17.5 J/TH"),
        (lambda: formats.money(Decimal("1234.56")), "$1,234.56"),
        (lambda: formats.btc(0.01234567), "0.01234567 BTC"),
        (lambda: formats.btc(0.00001234), "1,234 sat"),
        (lambda: formats.percent(0.987), "98.7 %"),
        (lambda: formats.integer(6012), "6,012"),
        (lambda: formats.duration(38), "38 s"),
        (lambda: formats.duration(3_720), "1 h 2 min"),
        (lambda: formats.ago(MOMENT, MOMENT + dt.timedelta(seconds=38)), "38 s ago"),
    ],
)
def test_numbers_read_as_the_guide_has_them(said: Callable[[], str], expected: str) -> None:
    assert said() == expected


def test_the_short_scale_follows_the_language() -> None:
    assert formats.compact(1_240_000) == "1.24M"
    with i18n.using("zh"):
        assert formats.compact(1_240_000) == "124万"
        assert formats.compact(123_000_000) == "1.23亿"


def test_a_time_is_that_of_the_place_on_the_day_the_clocks_change() -> None:
    # In Chicago the clocks went from 2 to 3 at 08:00 UTC of this day.
    assert formats.instant(MOMENT, "America/Chicago") == "8 Mar 2026 03:30:05 CDT"
    assert formats.instant(MOMENT - dt.timedelta(hours=1), "America/Chicago") == "8 Mar 2026 01:30:05 CST"
    with i18n.using("zh"):
        assert formats.instant(MOMENT) == "2026年3月8日 08:30:05 UTC"


@given(st.floats(min_value=-1e15, max_value=1e15), st.sampled_from(["en", "zh"]))
def test_any_number_is_a_text_without_nan(value: float, language: str) -> None:
    with i18n.using(language):
        for function in FORMATTERS[:-1]:
            said = function(value)
            assert said
            assert "nan" not in said.lower()
            assert "e+" not in said
