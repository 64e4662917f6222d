"""Many machines beside each other: one table of results, its ranking, and what all of them come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core.calculator.daily import ADDING_UP, daily
from core.calculator.formulas import FORMULAS, Part
from core.calculator.inputs import INPUTS, Plan, Scenario, shape_of, varied
from core.calculator.numbers import Array, ratio
from core.calculator.projection import project

PROJECTED = tuple(name for name, each in FORMULAS.items() if each.part is Part.PROJECTION)


def results(rows: pd.DataFrame, scenario: Scenario, plan: Plan | None = None) -> pd.DataFrame:
    """Compute every row.

    Parameters
    ----------
    rows : DataFrame
        One row for so many machines. Columns named as numeric inputs stand in place of the scenario's and the plan's
        own numbers (hashrate and power of each model, its count, a power price, an outlay); other columns stay as they
        are. What hangs on an absent number is absent.
    scenario : Scenario
        Of scalars: what all rows have in common.
    plan : Plan, optional
        Of scalars. Left out, there are no results of a projection.

    Returns
    -------
    DataFrame
        The rows with the index and columns given, `efficiency_j_per_th`, and a column for every result of `FORMULAS`.

    Raises
    ------
    ValueError
        If a number is out of its bounds, the scenario or the plan holds an array, or a column is named as a result.
    """
    for part in (scenario, plan):
        if part is not None and shape_of(part):
            raise ValueError("what all rows have in common is a number, not an array")
    taken = [name for name in rows.columns if name in FORMULAS]
    if taken:
        raise ValueError(f"{', '.join(taken)} would be overwritten by the results")
    settable = [name for name in rows.columns if name in INPUTS and not INPUTS[name].choices]
    values = {name: rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in settable}
    ours, terms = varied(scenario, plan or Plan(), values)

    table = rows.copy()
    table["efficiency_j_per_th"] = _column(ratio(ours.power_w, ours.hashrate_ths), rows)
    day = daily(ours)
    for name, formula in FORMULAS.items():
        if formula.part is Part.DAILY:
            table[name] = _column(getattr(day, name), rows)
    if plan is not None:
        # Rows that differ in nothing still are so many: one of the arrays must say it.
        projected = project(replace(ours, count=_column(ours.count, rows)), terms)
        for name in PROJECTED:
            table[name] = _column(getattr(projected, name), rows)
    return table


def ranked(table: pd.DataFrame, by: str, *, each: bool = False) -> pd.DataFrame:
    """Give the rows with the best first, absent results last; rows alike keep their order.

    Parameters
    ----------
    table : DataFrame
        Of `results`.
    by : str
        A result of `FORMULAS`, which says whether more of it is better.
    each : bool
        Rank by what adds up per machine, not per row.

    Returns
    -------
    DataFrame
        With a column `rank` from 1; equal results have equal ranks, absent ones none (NaN).

    Raises
    ------
    ValueError
        If there is no such result in the table.
    """
    if by not in FORMULAS or by not in table.columns:
        raise ValueError(f"there is no result {by!r} to rank by")
    worth = table[by]
    if each and by in ADDING_UP and "count" in table.columns:
        worth = pd.Series(ratio(worth.to_numpy(np.float64), table["count"].to_numpy(np.float64)), table.index)
    rising = not FORMULAS[by].more_is_better
    order = worth.reset_index(drop=True).sort_values(ascending=rising, kind="stable", na_position="last").index
    placed = table.iloc[order].copy()
    placed.insert(0, "rank", worth.iloc[order].rank(method="min", ascending=rising).to_numpy())
    return placed


def totals(table: pd.DataFrame) -> dict[str, float]:
    """Give what all rows with a result come to, as one fleet.

    Parameters
    ----------
    table : DataFrame
        Of `results`.

    Returns
    -------
    dict
        Sums of what adds up a day, of hashrate [TH/s] and power [kW] of the machines; margin, hashcost and break-evens
        of the fleet as a whole, from these sums; `rows` that count and `rows_absent`, whose results are not known.
    """
    known = table[np.isfinite(table["profit_usd"].to_numpy(np.float64))]
    found = {name: float(known[name].sum()) for name in ADDING_UP}
    count = known["count"] if "count" in known.columns else 1.0
    for name, column, scale in (("hashrate_ths", "hashrate_ths", 1.0), ("power_kw", "power_w", 1e-3)):
        if column in known.columns:
            found[name] = float((known[column] * count).sum() * scale)
    # A row's hashcost is its cost over the PH/s that run, so this is what of them runs.
    running = ratio(known["cost_usd"].to_numpy(np.float64), known["hashcost_usd_per_ph_day"].to_numpy(np.float64))
    found |= {
        "margin": float(ratio(found["profit_usd"], found["revenue_usd"])),
        "hashcost_usd_per_ph_day": float(ratio(found["cost_usd"], float(np.nansum(running)))),
        "break_even_price_usd": float(ratio(found["cost_usd"], found["btc"])),
        "rows": float(len(known)),
        "rows_absent": float(len(table) - len(known)),
    }
    for name in ("npv_usd", "held_btc"):
        if name in known.columns:
            found[name] = float(known[name].sum())
    return found


def best(table: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Give for each result the label of the row that is best in it, among those whose profit is known."""
    known = table[table["profit_usd"].notna()]
    found = {}
    for name in names:
        column = known[name].dropna()
        if len(column):
            found[name] = column.idxmax() if FORMULAS[name].more_is_better else column.idxmin()
    return found


def _column(value: Any, rows: pd.DataFrame) -> Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (len(rows),)))
