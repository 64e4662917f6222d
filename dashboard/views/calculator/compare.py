"""Machines beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from core.calculator import (
    FORMULAS,
    Plan,
    Scenario,
    daily,
    project,
    varied,
)
from core.calculator.batch import best as best_of
from core.calculator.batch import results
from core.calculator.question import OUTLAY_USD_PER_TH, Origin
from dashboard import formats
from dashboard.components import desk_figures as drawn
from dashboard.components import figures
from dashboard.components.figures import Figure, Line
from dashboard.components.icons import icon
from dashboard.i18n import _
from dashboard.views.calculator.words import amount, cooling_word, status_word, unknown_figure
from services.calculator import Desk

IN_COMPARISON = (
    "revenue_usd", "cost_usd", "profit_usd", "margin", "hashcost_usd_per_ph_day", "break_even_power_price_usd_per_kwh",
    "break_even_price_usd", "payback_months", "npv_usd", "irr_yearly", "roi_usd",
)  # fmt: skip

MARKED = tuple(name for name in IN_COMPARISON if name not in ("revenue_usd", "cost_usd"))


def compared(desk: Desk) -> tuple[Scenario, Plan] | None:
    """Give the machines of a comparison as one scenario of arrays."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None or not desk.compared:
        return None
    hashrate = np.array([model.hashrate_ths for model in desk.compared])
    values: dict[str, Any] = {
        "hashrate_ths": hashrate,
        "power_w": np.array([model.power_w for model in desk.compared]),
    }
    if desk.asked.origins["outlay_usd"] is not Origin.GIVEN:
        values["outlay_usd"] = hashrate * OUTLAY_USD_PER_TH
    return varied(scenario, plan, values)


def compared_table(desk: Desk) -> pd.DataFrame | None:
    """Give every result of the machines beside each other; None without a machine or a market."""
    scenario = desk.asked.scenario
    if scenario is None or not desk.compared:
        return None
    rows = pd.DataFrame(
        {
            "model": [model.name for model in desk.compared],
            "hashrate_ths": [model.hashrate_ths for model in desk.compared],
            "power_w": [model.power_w for model in desk.compared],
        },
        index=[model.name for model in desk.compared],
    )
    if desk.asked.origins["outlay_usd"] is not Origin.GIVEN:
        rows["outlay_usd"] = rows["hashrate_ths"] * OUTLAY_USD_PER_TH
    return results(rows, scenario, desk.asked.plan)


def comparison(desk: Desk) -> Component:
    """Give machines beside each other, the best of each row marked."""
    table, models = compared_table(desk), desk.compared
    if table is None:
        return html.P(_("Choose machines on the left."), className="hi-muted")
    marks = best_of(table, MARKED)
    sheet = [
        (_("Hashrate"), [formats.hashrate(m.hashrate_ths) for m in models], None),
        (_("Power of the machine"), [formats.power(m.power_w) for m in models], None),
        (_("Efficiency"), [formats.efficiency(m.efficiency_j_per_th) for m in models], None),
        (_("Cooling"), [cooling_word(m.cooling) for m in models], None),
        (_("Year"), [str(m.release_year or formats.DASH) for m in models], None),
        (_("Data sheets"), [status_word(m.status) for m in models], None),
    ]
    for name in IN_COMPARISON:
        formula = FORMULAS[name]
        words = [amount(float(value), formula.unit) for value in table[name]]
        unit = formats.unit_word(formula.unit) if formula.unit.endswith("/day") else ""
        sheet.append((_(formula.title) + (f" [{unit}]" if unit else ""), words, marks.get(name)))
    head = html.Tr(
        [html.Th(_("Result"), scope="col"), *(html.Th(m.name, scope="col", className="hi-num") for m in models)]
    )
    body = [
        html.Tr(
            [
                html.Th(title, scope="row"),
                *(
                    html.Td(
                        [
                            html.Span([icon("star"), _("best")], className="hi-best") if model.name == mark else None,
                            word,
                        ],
                        className="hi-num",
                    )
                    for model, word in zip(models, words, strict=True)
                ),
            ]
        )
        for title, words, mark in sheet
    ]
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(body)], className="hi-table hi-compared"),
        className="hi-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": _("Machines beside each other")},
    )


def comparison_figures(desk: Desk) -> tuple[Figure, Figure]:
    """Draw the profit of each machine a day, and their cash flows."""
    made = compared(desk)
    if made is None:
        said = unknown_figure(desk) if desk.asked.absent else figures.words(_("Choose machines on the left."))
        return said, said
    names = [model.name for model in desk.compared]
    day, months = daily(made[0]), project(*made)
    profit = np.broadcast_to(day.profit_usd, (len(names),))
    cash = np.broadcast_to(months.cumulated_usd, (desk.asked.plan.months + 1, len(names)))
    return (
        drawn.bars(
            title=_("Profit a day by machine"),
            unit=formats.unit_word("USD/day"),
            names=names,
            values=profit,
            name=_("Profit"),
            written=[formats.money(float(each)) for each in profit],
        ),
        drawn.lines_over_numbers(
            title=_("Cumulated cash flow by machine"),
            x_title=_("Months from today"),
            unit="USD",
            x=np.arange(len(cash), dtype=float),
            lines=[Line(name, cash[:, place], place) for place, name in enumerate(names)],
            decimals=0,
        ),
    )
