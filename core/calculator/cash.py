"""Cash flows over months: present value, internal rate of return, payback. Months along the first axis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.calculator.numbers import Array, Numeric, number, ratio

MONTHS_PER_YEAR = 12.0
# ln(1 + monthly rate) is looked for between these: from losing all but one part in 5e8 a month to gaining as many fold.
_WIDEST = 20.0
_GRID = 161  # places looked at where the signs alone do not settle how many rates there are
_HALVINGS = 60  # of a bracket no wider than 20: beyond what a double can tell


class Rates(IntEnum):
    """How many internal rates of return a cash flow has."""

    NONE = 0
    ONE = 1
    SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Irr:
    """Internal rates of return: `yearly` is NaN unless there is exactly one; `rates` holds values of `Rates`."""

    yearly: Array
    rates: NDArray[np.int8]


def npv_usd(cash_usd: ArrayLike, discount_rate: ArrayLike) -> Numeric:
    """Give the net present value of monthly cash flows.

    Parameters
    ----------
    cash_usd : array, shape (months + 1, ...)
        Flows [USD], the first one today.
    discount_rate : float or array
        Effective rate a year, above -1.

    Returns
    -------
    float or array
        ``sum(cash[k] / (1 + rate)**(k / 12))`` [USD].

    Raises
    ------
    ValueError
        If a rate is not above -1.
    """
    cash = np.asarray(cash_usd, dtype=np.float64)
    months = np.arange(len(cash), dtype=np.float64).reshape((-1,) + (1,) * (cash.ndim - 1))
    factors = (1.0 + np.asarray(number("discount_rate", discount_rate, above=-1))) ** (-months / MONTHS_PER_YEAR)
    found: Array = (cash * factors).sum(axis=0)
    return found if found.ndim else float(found)


def irr(cash_usd: ArrayLike) -> Irr:
    """Give the internal rate of return of monthly cash flows, as an effective rate a year.

    Parameters
    ----------
    cash_usd : array, shape (months + 1, ...)
        Flows [USD], the first one today.

    Returns
    -------
    Irr
        The rate at which the net present value is nothing: ``sum(cash[k] / (1 + r)**(k / 12)) = 0``.

    Notes
    -----
    Flows whose signs change once have one rate (Descartes). Where they change more often the present value is looked
    at over a grid of rates: one crossing gives the rate, several give none, since none of them is the answer. Two rates
    between neighbours of the grid are not seen. A flow with NaN has no answer, nor has one whose rate is beyond all
    bounds.
    """
    cash = np.asarray(cash_usd, dtype=np.float64)
    flows = cash.reshape(len(cash), -1)
    changes, last = _signs(flows)
    known = np.isfinite(flows).all(axis=0)
    log_rate = np.full(flows.shape[1], np.nan)
    rates = np.full(flows.shape[1], Rates.NONE, dtype=np.int8)

    once = np.flatnonzero(known & (changes == 1))
    # At the lowest rate the last flow outweighs all others.
    log_rate[once] = _bisected(flows[:, once], np.full(len(once), -_WIDEST), np.full(len(once), _WIDEST), last[once])
    rates[once] = Rates.ONE

    more = np.flatnonzero(known & (changes > 1))
    if len(more):
        grid = np.linspace(-1.0, 1.0, _GRID)
        grid = np.sign(grid) * grid**2 * _WIDEST  # densest around nothing, where the rates of real machines lie
        signs = np.array([np.where(_value(flows[:, more], place) > 0, 1.0, -1.0) for place in grid])
        crossed = signs[1:] != signs[:-1]
        crossings = crossed.sum(axis=0)
        rates[more] = np.minimum(crossings, Rates.SEVERAL)
        single = np.flatnonzero(crossings == 1)
        place = crossed[:, single].argmax(axis=0)
        log_rate[more[single]] = _bisected(flows[:, more[single]], grid[place], grid[place + 1], signs[place, single])
    with np.errstate(over="ignore"):
        yearly = np.expm1(log_rate * MONTHS_PER_YEAR)
    return Irr(yearly.reshape(cash.shape[1:]), rates.reshape(cash.shape[1:]))


def _signs(flows: Array) -> tuple[NDArray[np.int64], Array]:
    # How often the signs of a column change, noughts left out, and the last sign.
    last = np.zeros(flows.shape[1])
    changes = np.zeros(flows.shape[1], dtype=np.int64)
    for signs in np.sign(flows):
        changes += signs * last < 0
        last = np.where(signs == 0, last, signs)
    return changes, last


def _value(flows: Array, log_rate: float) -> Array:
    return _sum(flows[::-1] if log_rate >= 0 else flows, np.exp(-abs(log_rate)))


def _sum(ordered: Array, step: Numeric) -> Array:
    # The present value over its largest factor, whose sign is the same and which cannot overflow: at rates above
    # nothing that factor is the first month's, so the rows come from the last to the first; below, the other way.
    value = np.zeros(ordered.shape[1])
    for row in ordered:
        value = value * step + row
    return value


def _bisected(flows: Array, low: Array, high: Array, sign_low: Array) -> Array:
    # Which side of nothing the rate lies on is settled first: each column is then summed one way only.
    below = (low < 0) & ((high <= 0) | (np.sign(flows.sum(axis=0)) != sign_low))
    low, high = np.where(below, low, np.maximum(low, 0.0)), np.where(below, np.minimum(high, 0.0), high)
    ordered = np.where(below, flows, flows[::-1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = np.sign(_sum(ordered, np.exp(-np.abs(middle)))) == sign_low
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    found = (low + high) / 2
    return np.where(np.abs(found) < _WIDEST * 0.999, found, np.nan)


def payback_months(cash_usd: ArrayLike) -> Numeric:
    """Give when the cumulated cash flow first reaches nothing from below.

    Parameters
    ----------
    cash_usd : array, shape (months + 1, ...)
        Flows [USD], the first one today.

    Returns
    -------
    float or array
        Months, interpolated inside the month in which it happens: ``k - 1 - cumulated[k - 1] / cash[k]``. 0 where
        nothing was laid out, NaN where it does not happen.
    """
    cash = np.asarray(cash_usd, dtype=np.float64)
    cumulated = np.cumsum(cash, axis=0)
    reached = cumulated >= 0
    month = reached.argmax(axis=0)
    at = np.maximum(month, 1)[None]
    before = np.take_along_axis(cumulated, at - 1, axis=0)[0]
    inside = ratio(-before, np.take_along_axis(cash, at, axis=0)[0]) if len(cash) > 1 else np.full(month.shape, np.nan)
    found = np.where(month == 0, 0.0, month - 1 + inside)
    found = np.where(reached.any(axis=0) & np.isfinite(cumulated[0]), found, np.nan)
    return found if found.ndim else float(found)
