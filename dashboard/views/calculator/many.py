"""Lots of machines: ranked, summed up, and the lines that could not be read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.calculator import (
    FORMULAS,
    INPUTS,
)
from core.market.refusals import Refusal as RowRefusal
from dashboard import formats, ids
from dashboard.components.sheet import Cell, Column, packed, sheet
from dashboard.i18n import _
from dashboard.views.calculator.words import amount, plain_tile, refusal
from services.calculator import Many

MANY_COLUMNS = (
    "rank", "site", "model", "client", "count", "hashrate_ths", "power_w", "power_price_usd_per_kwh",
    "efficiency_j_per_th", "revenue_usd", "cost_usd", "profit_usd", "margin", "break_even_power_price_usd_per_kwh",
    "payback_months", "roi_usd",
)  # fmt: skip

# The least width, and whether it holds numbers.
_COLUMN: Mapping[str, tuple[int, bool]] = {
    "rank": (70, True), "site": (150, False), "model": (220, False), "client": (170, False), "count": (90, True),
}  # fmt: skip


def many_heading(name: str) -> str:
    """Name a column of the table of lots, with its unit."""
    words = {
        "rank": _("Rank"),
        "site": _("Site"),
        "model": _("Model"),
        "client": _("Client"),
        "efficiency_j_per_th": _("Efficiency") + " [J/TH]",
        "measured": _("Machines measured"),
    }
    if name in words:
        return words[name]
    entry = FORMULAS.get(name) or INPUTS.get(name)
    if entry is None:
        return name
    return _(entry.title) + (f" [{formats.unit_word(entry.unit)}]" if entry.unit else "")


def many_table() -> Component:
    """Give the table of lots; its rows come with the answer."""
    columns = [Column(name, many_heading(name), *_COLUMN.get(name, (118, True))) for name in MANY_COLUMNS]
    return sheet(
        id=ids.CALC_TABLE["many"],
        label=_("Lots, ranked"),
        columns=columns,
        rows=[],
        none=_("No lots yet."),
    )


def many_rows(many: Many) -> list[dict[str, Any]]:
    """Give the lots, ranked."""
    columns = [name for name in MANY_COLUMNS if name in many.table.columns]
    rows = many.table[columns].astype(object).itertuples(index=False)
    return packed([{name: _cell(name, value) for name, value in zip(columns, row, strict=True)} for row in rows])


def many_tiles(many: Many) -> list[Component]:
    """Give what all lots come to as one fleet."""
    sums = many.totals
    if not sums:
        return []
    machines = many.table["count"].sum() if "count" in many.table else len(many.table)
    tone = " hi-tone-good" if sums["profit_usd"] > 0 else " hi-tone-bad"
    return [
        plain_tile(_("Machines"), formats.integer(float(machines))),
        plain_tile(_("Hashrate"), *formats.hashrate_parts(sums.get("hashrate_ths"))),
        plain_tile(_("Power"), *formats.power_parts(sums.get("power_kw", math.nan) * 1e3)),
        plain_tile(_("Revenue a day"), formats.money(sums["revenue_usd"], 0)),
        plain_tile(_("Cost a day"), formats.money(sums["cost_usd"], 0)),
        plain_tile(_("Profit a day"), formats.money(sums["profit_usd"], 0), "", tone),
        plain_tile(_("Margin"), formats.percent(sums["margin"])),
        plain_tile(_("Break-even bitcoin price"), formats.money(sums["break_even_price_usd"], 0)),
    ]


def refused_lines(refused: Sequence[tuple[int, RowRefusal]]) -> Component | None:
    """Say which lines were not taken, and why."""
    if not refused:
        return None
    return html.Details(
        [
            html.Summary(_("{count} lines were not taken", count=len(refused)), className="hi-tone-warn"),
            html.Ul([html.Li(_("Line {line}: {why}", line=line, why=refusal(why))) for line, why in refused[:100]]),
        ],
        open=True,
    )


def _cell(name: str, value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(value, value)
    number = float(value) if value is not None else math.nan
    if name in ("rank", "count", "power_w"):
        return Cell(number, formats.integer(number))
    if name in ("hashrate_ths", "efficiency_j_per_th"):
        return Cell(number, formats.decimal(number, 1))
    entry = FORMULAS.get(name) or INPUTS.get(name)
    return Cell(number, amount(number, entry.unit if entry else ""))
