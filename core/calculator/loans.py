"""Loans: what is still owed, and what falls due, month by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.calculator.numbers import Array, Numeric

MONTHS_PER_YEAR = 12.0

Owed = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True, slots=True)
class LoanKind:
    """One kind of loan.

    Attributes
    ----------
    name : str
    title : str
        English title, a key of gettext.
    equation : str
        The payment of a month, in the symbols of `core.calculator.formulas`.
    owed : callable
        ``owed(month, monthly_rate, months)`` gives the share of the principal that is owed after so many payments.
    cell : str
        The same as a formula of a spreadsheet, in {month}, {rate} and {months}; asked for months before the last only.
    """

    name: str
    title: str
    equation: str
    owed: Owed
    cell: str


def _annuity(month: Array, rate: Array, months: Array) -> Array:
    # (q^n - q^k) / (q^n - 1) by expm1, which stays exact where the rate is next to nothing.
    log = np.log1p(np.where(rate > 0, rate, 1.0))
    with_interest = np.expm1((month - months) * log) / np.expm1(-months * log)
    return np.where(rate > 0, with_interest, 1.0 - month / months)


def _bullet(month: Array, rate: Array, months: Array) -> Array:
    return np.where(month < months, 1.0, 0.0) + 0.0 * rate


LOAN_KINDS: dict[str, LoanKind] = {
    each.name: each
    for each in (
        LoanKind(
            "annuity", "Equal payments", "A = K·i / (1 − (1 + i)^−N)", _annuity,
            "IF({rate}=0,1-{month}/{months},(1-(1+{rate})^({month}-{months}))/(1-(1+{rate})^(0-{months})))",
        ),
        LoanKind("bullet", "Interest, principal at the end", "A = K·i; K·i + K, k = N", _bullet, "1"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a loan costs, months along the first axis [USD]."""

    interest_usd: Array
    principal_usd: Array
    owed_usd: Array  # after the payment of the month


def schedule(kind: str, principal_usd: Numeric, yearly_rate: Numeric, loan_months: Numeric, months: int) -> Schedule:
    """Give the payments of a loan at the end of each of the first months.

    Parameters
    ----------
    kind : str
        One of `LOAN_KINDS`.
    principal_usd : float or array
        The loan [USD].
    yearly_rate : float or array
        Nominal interest a year; a month bears a twelfth of it.
    loan_months : float or array
        Term, rounded up to whole months.
    months : int
        How many months to give.

    Returns
    -------
    Schedule
        Arrays of shape ``(months, ...)``. After the term all is zero.

    Notes
    -----
    Equal payments: ``A = K i / (1 - (1 + i)**-N)``, owed after k of them ``K (1 - (1 + i)**(k - N)) / (1 - (1 + i)**-N)``.
    """
    loan, rate, term = np.broadcast_arrays(
        *(np.asarray(each, np.float64) for each in (principal_usd, yearly_rate, loan_months))
    )
    month = np.arange(months + 1, dtype=np.float64).reshape((-1,) + (1,) * loan.ndim)
    ends = np.ceil(term)
    owed = loan * LOAN_KINDS[kind].owed(np.minimum(month, ends), rate / MONTHS_PER_YEAR, ends)
    return Schedule(owed[:-1] * rate / MONTHS_PER_YEAR, owed[:-1] - owed[1:], owed[1:])
