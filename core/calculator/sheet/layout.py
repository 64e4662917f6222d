"""What a sheet is made of: named cells, and columns over the months."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.calculator.numbers import Array

# What stands in no other table: title, a key of gettext, and unit. Columns begin with m_.
TITLES: Mapping[str, tuple[str, str]] = {
    "stop_at_a_loss": ("Switch off in months of loss", ""),
    "subsidy_btc": ("Subsidy of a block", "BTC"),
    "by_energy_usd": ("Costs by energy a day", "USD/day"),
    "by_size_usd": ("Costs by size a day", "USD/day"),
    "shared_usd": ("Profit shared with the host a day", "USD/day"),
    "month": ("Month", ""),
    "m_price_usd": ("Bitcoin price", "USD/BTC"),
    "m_height": ("Block height", ""),
    "m_subsidy_btc": ("Subsidy of a block", "BTC"),
    "m_halvings": ("Halvings since today", ""),
    "m_difficulty": ("Difficulty", ""),
    "m_possible_btc": ("Coins, if run", "BTC"),
    "m_runs": ("Runs", ""),
    "m_btc": ("Coins", "BTC"),
    "m_revenue_usd": ("Revenue", "USD"),
    "m_spent_usd": ("Power and hosting", "USD"),
    "m_cost_usd": ("Cost", "USD"),
    "m_held_btc": ("Coins held", "BTC"),
    "m_owed_usd": ("Loan still owed", "USD"),
    "m_interest_usd": ("Interest", "USD"),
    "m_book_usd": ("Book value", "USD"),
    "m_tax_usd": ("Tax", "USD"),
    "m_running_usd": ("Running cash flow", "USD"),
    "m_proceeds_usd": ("Proceeds at the end", "USD"),
    "m_cash_usd": ("Cash flow", "USD"),
    "m_cumulated_usd": ("Cumulated cash flow", "USD"),
    "m_covered_usd": ("Cumulated running cash flow", "USD"),
}

_PLACE = re.compile(r"\[(\w+)([\^:]?)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A named cell. An input has no formula; a choice has a text for its value; a result without an answer is NaN."""

    name: str
    title: str
    unit: str
    value: float | str
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column over the months 0, which is today, to the last: its formula in a row behind the first, and its values.

    Attributes
    ----------
    name, title, unit : str
    values : array, shape (months + 1,)
        NaN where the cell is empty.
    first : str
        Formula of month 0; without, the cell is empty.
    formula : str
        Of every later month.
    """

    name: str
    title: str
    unit: str
    values: Array
    first: str
    formula: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of it."""

    inputs: tuple[Entry, ...]
    results: tuple[Entry, ...]
    months: tuple[Column, ...]


def rendered(formula: str, place: Callable[[str, str], str]) -> str:
    """Put addresses in place of the references to columns.

    Parameters
    ----------
    formula : str
    place : callable
        ``place(column, how)``, how being "" for the same row, "^" for the row above, ":" for all rows.

    Returns
    -------
    str
    """
    return _PLACE.sub(lambda found: place(found[1], found[2]), formula)
