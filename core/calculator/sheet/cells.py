"""Numbers that remember how they came about: arithmetic over them gives a value and the formula of a spreadsheet.

So the formulas that a person downloads are those that the product computes by; there is no second copy to go stale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.calculator.hashprice import HASHES_PER_DIFFICULTY, SECONDS_PER_DAY
from core.calculator.hosting import DAYS_PER_MONTH
from core.calculator.numbers import Numeric

# How constants that the code has folded into one number are written, so that a reader knows them again.
WRITTEN: dict[float, str] = {
    1e12 * SECONDS_PER_DAY / HASHES_PER_DIFFICULTY: "(10^12*86400/2^32)",
    1e15: "10^15",
    DAYS_PER_MONTH: "(365.25/12)",
    1 / DAYS_PER_MONTH: "(12/365.25)",
}
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


class Cell:
    """A value and its formula.

    Parameters
    ----------
    formula : str
        In the language of Excel, without the sign of equality. Names of entries stand for their cells; ``[name]`` is the
        column of that name in the same row, ``[name^]`` in the row above, ``[name:]`` all of it.
    value : float or array
        Of an array one number a row.
    rank : int
        How strongly its outermost operator binds.
    """

    __array_ufunc__ = None  # a NumPy number to the left leaves the operation to us
    __slots__ = ("formula", "rank", "value")

    def __init__(self, formula: str, value: Numeric, rank: int = _ATOM) -> None:
        self.formula, self.value, self.rank = formula, value, rank

    def __add__(self, other: Cell | float) -> Cell:
        return _joined(self, "+", other, _SUM, lambda left, right: left + right, nothing=0)

    def __radd__(self, other: Cell | float) -> Cell:
        return _as_cell(other) + self

    def __sub__(self, other: Cell | float) -> Cell:
        return _joined(self, "-", other, _SUM, lambda left, right: left - right)

    def __rsub__(self, other: Cell | float) -> Cell:
        return _as_cell(other) - self

    def __mul__(self, other: Cell | float) -> Cell:
        return _joined(self, "*", other, _PRODUCT, lambda left, right: left * right, nothing=1)

    def __rmul__(self, other: Cell | float) -> Cell:
        return _as_cell(other) * self

    def __truediv__(self, other: Cell | float) -> Cell:
        return _joined(self, "/", other, _PRODUCT, np.divide)

    def __rtruediv__(self, other: Cell | float) -> Cell:
        return _as_cell(other) / self

    def __pow__(self, other: Cell | float) -> Cell:
        return _joined(self, "^", other, _POWER, np.power)

    def __rpow__(self, other: Cell | float) -> Cell:
        return _as_cell(other) ** self


def _as_cell(value: Cell | float) -> Cell:
    if isinstance(value, Cell):
        return value
    plain = WRITTEN.get(float(value)) or repr(float(value)).removesuffix(".0")
    return Cell(plain if value >= 0 else f"({plain})", float(value))


def _joined(
    left: Cell, sign: str, other: Cell | float, rank: int, compute: Callable[..., Any], nothing: float | None = None
) -> Cell:
    right = _as_cell(other)
    for kept, dropped in ((left, right), (right, left)):
        if nothing is not None and dropped.formula == f"{nothing:g}":
            return kept
    # To the right of - and / a rank of the same strength needs its brackets; Excel reads a^b^c from the left too.
    one = left.formula if left.rank >= rank else f"({left.formula})"
    firm = right.rank > rank or (right.rank == rank and sign in "+*")
    two = right.formula if firm else f"({right.formula})"
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return Cell(f"{one}{sign}{two}", compute(left.value, right.value), rank)


def largest(*cells: Cell | float) -> Cell:
    """Give ``MAX`` of them, row by row."""
    given = [_as_cell(each) for each in cells]
    found = np.maximum.reduce(np.broadcast_arrays(*(each.value for each in given)))
    return Cell(f"MAX({','.join(each.formula for each in given)})", found)


def least(*cells: Cell | float) -> Cell:
    """Give ``MIN`` of them, row by row."""
    given = [_as_cell(each) for each in cells]
    found = np.minimum.reduce(np.broadcast_arrays(*(each.value for each in given)))
    return Cell(f"MIN({','.join(each.formula for each in given)})", found)


def whole(cell: Cell) -> Cell:
    """Give ``INT`` of it."""
    return Cell(f"INT({cell.formula})", np.floor(cell.value))


def either(condition: str, true: Any, then: Cell | float, otherwise: Cell | float) -> Cell:
    """Give ``IF``: the condition as a formula, and what it is in every row."""
    one, two = _as_cell(then), _as_cell(otherwise)
    return Cell(f"IF({condition},{one.formula},{two.formula})", np.where(true, one.value, two.value))


def summed(cell: Cell) -> Cell:
    """Give ``SUMPRODUCT`` of all rows, which takes products of columns too."""
    return Cell(f"SUMPRODUCT({cell.formula})", float(np.sum(cell.value)))


def known(cell: Cell) -> Cell:
    """Give it, or an empty cell where it has no answer."""
    value = np.where(np.isfinite(cell.value), cell.value, np.nan)
    return Cell(f'IFERROR({cell.formula},"")', value if value.ndim else float(value))
