"""Power prices by the hour: flat, a curve, or time of use, as a mean and what each hour differs from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.calculator.numbers import Array, number
from core.market import csv_values
from core.market.refusals import Reason, Refusal

HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price for each hour of a cycle that repeats: a day, a week from Monday on, a year.

    Attributes
    ----------
    hours_usd_per_kwh : array, shape (hours,)

    Raises
    ------
    ValueError
        If there is no hour, or one without a price.
    """

    hours_usd_per_kwh: Array

    def __post_init__(self) -> None:
        hours = np.atleast_1d(np.asarray(number("hours_usd_per_kwh", self.hours_usd_per_kwh)))
        if hours.ndim != 1 or not hours.size:
            raise ValueError(f"a tariff is one row of hours, not of shape {hours.shape}")
        if not np.isfinite(hours).all():
            raise ValueError(f"hour {int((~np.isfinite(hours)).argmax())} of the tariff has no price")
        object.__setattr__(self, "hours_usd_per_kwh", hours)

    @property
    def mean_usd_per_kwh(self) -> float:
        """Give the mean of the hours [USD/kWh], what a machine pays that runs through all of them."""
        return float(self.hours_usd_per_kwh.mean())

    @property
    def fields(self) -> dict[str, Any]:
        """Give what it sets of a `Scenario`."""
        mean = self.mean_usd_per_kwh
        return {
            "power_price_usd_per_kwh": mean,
            "power_deviation_usd_per_kwh": None if self.hours_usd_per_kwh.size == 1 else self.hours_usd_per_kwh - mean,
        }


@dataclass(frozen=True, slots=True)
class Band:
    """Hours of a time-of-use tariff that have a price of their own.

    Attributes
    ----------
    begins, ends : int
        Hours of the local day, 0 to 24, the end not included; a band that ends before it begins runs over midnight.
    usd_per_kwh : float
    days : tuple of int
        0 is Monday; the day is that of the hour itself, also beyond midnight.

    Raises
    ------
    ValueError
        If an hour or a day is none.
    """

    begins: int
    ends: int
    usd_per_kwh: float
    days: tuple[int, ...] = tuple(range(DAYS_PER_WEEK))

    def __post_init__(self) -> None:
        if not (0 <= self.begins < HOURS_PER_DAY and 0 < self.ends <= HOURS_PER_DAY and self.begins != self.ends):
            raise ValueError(f"a band from {self.begins} to {self.ends} is none of a day")
        if not self.days or not set(self.days) <= set(range(DAYS_PER_WEEK)):
            raise ValueError(f"days {self.days} are not among 0 (Monday) to 6")


def flat(usd_per_kwh: float) -> Tariff:
    """Give the tariff with one price for all hours."""
    return Tariff(np.array([usd_per_kwh], dtype=np.float64))


def hourly(hours_usd_per_kwh: ArrayLike) -> Tariff:
    """Give the tariff with these prices one hour after the other."""
    return Tariff(np.asarray(hours_usd_per_kwh, dtype=np.float64))


def read_hours(text: str) -> list[float]:
    """Read prices, one an hour, as they are pasted from a sheet or written in a row.

    Line breaks, blanks and semicolons part them, or else commas; where something else parts them, a comma is that of
    decimals (31,20) or of thousands (1,250.50), whichever all of them together allow.

    Raises
    ------
    Refusal
        If one of them is no number, or can be read in two ways.
    """
    words = [word.strip(",") for word in text.replace(";", " ").split()]
    if len(words) == 1 and words[0].count(",") == 1 and "." not in words[0]:
        raise Refusal(Reason.TWO_WAYS_NUMBER, text=repr(words[0]))
    if len(words) == 1 or any("," in word and word.count(".") > 1 for word in words):
        words = ",".join(words).split(",")
    words = [word for word in words if word]
    style = csv_values.Style(continental=csv_values.reads_continental(words))
    hours = []
    for word in words:
        value = csv_values.number(word, style)
        if value is None:
            raise Refusal(Reason.NOT_A_NUMBER, text=repr(word))
        hours.append(float(value))
    return hours


def time_of_use(base_usd_per_kwh: float, bands: Sequence[Band]) -> Tariff:
    """Give the tariff of a week: the base price, and in each band its own; where bands meet, the later in the list."""
    week = np.full((DAYS_PER_WEEK, HOURS_PER_DAY), base_usd_per_kwh, dtype=np.float64)
    hours = np.arange(HOURS_PER_DAY)
    for band in bands:
        over_midnight = band.ends < band.begins
        inside = (
            (hours >= band.begins) | (hours < band.ends)
            if over_midnight
            else (hours >= band.begins) & (hours < band.ends)
        )
        week[np.ix_(np.unique(band.days), np.flatnonzero(inside))] = band.usd_per_kwh
    return Tariff(week.ravel())
