"""One machine: the results with their formulas, the cash flow to payback, and what it hangs on."""

from __future__ import annotations

import math

import numpy as np
from dash import html
from dash.development.base_component import Component

from core.calculator import (
    FORMULAS,
    INPUTS,
    SYMBOLS,
    Formula,
    Part,
    daily,
    fan,
    heat_map,
    project,
    tornado,
)
from core.calculator.cash import Rates
from core.calculator.daily import ADDING_UP, PERIODS_DAYS
from core.calculator.formulas import symbols
from core.calculator.inputs import value_of
from dashboard import formats
from dashboard.components import desk_figures as drawn
from dashboard.components import figures
from dashboard.components.figures import Figure
from dashboard.i18n import _
from dashboard.views.calculator.words import amount, named, parts, unknown_figure
from services.calculator import Desk

SEED = 20_090_103

HEAT_SIZE = 21

TILES = (
    "profit_usd", "revenue_usd", "hashprice_usd_per_ph_day", "break_even_power_price_usd_per_kwh", "payback_months",
    "npv_usd", "irr_yearly", "roi_usd",
)  # fmt: skip


def tiles(desk: Desk) -> list[Component]:
    """Give the results that one looks at first; each leads to its formula."""
    found, rates = _results(desk)
    return [_tile(FORMULAS[name], found.get(name, math.nan), desk, rates) for name in TILES]


def _tile(formula: Formula, value: float, desk: Desk, rates: int | None) -> Component:
    known = math.isfinite(value)
    signed = formula.name in ("profit_usd", "npv_usd", "roi_usd", "irr_yearly")
    tone = (" hi-tone-good" if value > 0 else " hi-tone-bad" if value < 0 else "") if known and signed else ""
    number, unit = parts(value, formula.unit)
    unit = _("a day") if formula.unit == "USD/day" and known else unit
    return html.A(
        [
            html.Div(_(formula.title), className="hi-kpi__label"),
            html.Div(
                [
                    html.Span(number, className="hi-kpi__value" + tone),
                    html.Span(unit, className="hi-kpi__unit"),
                ],
                className="hi-kpi__number",
            ),
        ],
        href=f"#formula-{formula.name}",
        className="hi-kpi",
        title=formula.equation if known else why_absent(formula.name, desk, rates),
    )


def _results(desk: Desk) -> tuple[dict[str, float], int | None]:
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return {}, None
    day, months = daily(scenario), project(scenario, plan)
    found = {
        name: float(getattr(day if formula.part is Part.DAILY else months, name)) for name, formula in FORMULAS.items()
    }
    return found, int(months.irr_rates)


def why_absent(name: str, desk: Desk, rates: int | None) -> str:
    """Say why a result is absent."""
    if name == "payback_months":
        return _("The plan does not earn back what is laid out.")
    if name == "irr_yearly":
        several = rates == Rates.SEVERAL
        return _("Several rates fit this cash flow, so that none is the answer.") if several else _("No rate fits.")
    if desk.asked.absent:
        return _("Not known: {names}.", names=named(desk.asked.absent))
    return _("Nothing to divide by: something it needs is zero.")


def results_table(desk: Desk) -> Component:
    """Give every result: what adds up by day, month and year, the rest once, and the formula of each."""
    found, rates = _results(desk)
    periods = list(PERIODS_DAYS)
    words = {"day": _("a day"), "month": _("a month"), "year": _("a year")}
    rows = []
    for name, formula in FORMULAS.items():
        value = found.get(name, math.nan)
        if name in ADDING_UP:
            unit = formula.unit.removesuffix("/day")
            cells = [
                html.Td(amount(value * PERIODS_DAYS[period], unit), className="hi-num", **{"data-label": words[period]})
                for period in periods
            ]
        else:
            reason = None if math.isfinite(value) or not found else why_absent(name, desk, rates)
            cells = [html.Td(amount(value, formula.unit), colSpan=3, className="hi-num", title=reason)]
        rows.append(html.Tr([html.Th(_formula(formula, desk), scope="row"), *cells], id=f"formula-{name}"))
    head = [html.Th(_("Result"), scope="col")]
    head += [html.Th(words[period], scope="col", className="hi-num") for period in periods]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="hi-table hi-results")


def _formula(formula: Formula, desk: Desk) -> Component:
    scenario = desk.asked.scenario
    lines = formula.lines(scenario, desk.asked.plan) if scenario is not None else (formula.equation,)
    # As text and not as a list: Dash asks each of its components at every change of any of them.
    explained = [
        f"{symbol}\u2002{_(SYMBOLS[symbol][0])}"
        + (f" [{formats.unit_word(SYMBOLS[symbol][1])}]" if SYMBOLS[symbol][1] else "")
        for symbol in dict.fromkeys(symbol for line in lines for symbol in symbols(line))
    ]
    return html.Details(
        [
            html.Summary([_(formula.title), html.Span(formats.unit_word(formula.unit), className="hi-field__unit")]),
            html.Div(
                [
                    html.Code("\n".join(lines), className="hi-formula"),
                    html.P("\n".join(explained), className="hi-symbols"),
                    html.P(_("Source: {source}", source=formula.source), className="hi-muted")
                    if formula.source
                    else None,
                ]
            ),
        ],
        className="hi-formula__box",
    )


def cash(desk: Desk) -> tuple[Figure, str]:
    """Draw the cumulated cash flow to payback as a fan over paths of price and difficulty, and say how likely it is."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return unknown_figure(desk), ""
    found = fan(scenario, plan, desk.asked.spread, seed=SEED)
    names = [f"{level * 100:.0f} %" for level in found.levels]
    names[2] = _("median of {paths} paths", paths=formats.integer(found.paths))
    figure = drawn.fan_over_months(
        title=_("Cumulated cash flow"),
        months_title=_("Months from today"),
        unit="USD",
        quantiles=found.cumulated_usd,
        names=names,
        expected=project(scenario, plan).cumulated_usd,
        middle=_("even growth"),
    )
    note = _(
        "{share} of {paths} drawn paths pay back within {months} months. Bands: the middle 50 % and 90 % of the paths. "
        "No path is a forecast.",
        share=formats.percent(found.paid_back_share, 0),
        paths=formats.integer(found.paths),
        months=plan.months,
    )
    return figure, note


def tornado_figure(desk: Desk) -> Figure:
    """Draw what a result hangs on."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return unknown_figure(desk)
    name = desk.question.text("result")
    formula = FORMULAS[name]
    found = tornado(scenario, plan, name)
    shown = [bar for bar in found.bars if math.isfinite(bar.width) and bar.width > 0]
    if not shown:
        return figures.words(_("This result has no value here, so that nothing moves it."))
    ends = [(_end(bar.name, bar.low), _end(bar.name, bar.high)) for bar in shown]
    return drawn.swings(
        title=_("What {result} depends on", result=_(formula.title)),
        unit=_("Change of {result}", result=_(formula.title))
        + (f" [{formats.unit_word(formula.unit)}]" if formula.unit else ""),
        names=[_axis(bar.name) for bar in shown],
        low=np.array([bar.result_low - found.base for bar in shown]),
        high=np.array([bar.result_high - found.base for bar in shown]),
        low_name=_("input lower"),
        high_name=_("input higher"),
        ends=ends,
    )


def _end(name: str, value: float) -> str:
    asked = INPUTS[name]
    if asked.share:
        return formats.percent(value)
    if abs(value) >= 1e6:
        return formats.compact(value)
    return formats.decimal(value, 0 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4)


def heat_figure(desk: Desk) -> Figure:
    """Draw a result over two inputs."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return unknown_figure(desk)
    name, across, up = (desk.question.text(each) for each in ("result", "across", "up"))
    if across == up:
        return figures.words(_("Choose two different inputs."))
    x, y = _span(desk, across), _span(desk, up)
    z = heat_map(scenario, plan, name, (across, x), (up, y))
    formula = FORMULAS[name]
    scale = 100.0 if not formula.unit and name not in ("break_even_difficulty",) else 1.0
    return drawn.pairs(
        title=_("{result} over two inputs", result=_(formula.title)),
        unit=formats.unit_word(formula.unit) or ("%" if scale == 100.0 else ""),
        x=x * _scale(across),
        y=y * _scale(up),
        z=z * scale,
        x_title=_axis(across),
        y_title=_axis(up),
        here=(_value(desk, across) * _scale(across), _value(desk, up) * _scale(up)),
        here_name=_("as set"),
        signed=bool(np.nanmin(z) < 0 < np.nanmax(z)) if np.isfinite(z).any() else False,
    )


def _scale(name: str) -> float:
    return 100.0 if INPUTS[name].share else 1.0


def _axis(name: str) -> str:
    unit = "%" if INPUTS[name].share else formats.unit_word(INPUTS[name].unit)
    return _(INPUTS[name].title) + (f" [{unit}]" if unit else "")


def _value(desk: Desk, name: str) -> float:
    if desk.asked.scenario is None:
        return math.nan
    return float(value_of(desk.asked.scenario, desk.asked.plan, name))


def _span(desk: Desk, name: str) -> np.ndarray:
    asked, value = INPUTS[name], _value(desk, name)
    far = max(asked.swing * 2, 0.1) if asked.absolute else abs(value) * 0.6 or 1.0
    low, high = max(value - far, asked.low), min(value + far, asked.high)
    return np.linspace(low, high, HEAT_SIZE)
