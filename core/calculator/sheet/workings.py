"""The workings of one machine: what was set, the results of a day, and the months of its plan, every one a formula."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from core.calculator.cash import Rates
from core.calculator.formulas import FORMULAS
from core.calculator.inputs import INPUTS, Plan, Scenario, shape_of, value_of
from core.calculator.projection import project
from core.calculator.sheet import day, months
from core.calculator.sheet.cells import Cell
from core.calculator.sheet.layout import TITLES, Entry, Sheet


def sheet(scenario: Scenario, plan: Plan) -> Sheet:
    """Give the workings of one scenario and its plan.

    Raises
    ------
    ValueError
        If one of them holds an array.
    """
    if shape_of(scenario, plan):
        raise ValueError("a sheet is of one machine or one fleet, not of arrays of them")
    names = [name for name, each in INPUTS.items() if not each.choices]
    cells = {name: Cell(name, float(value_of(scenario, plan, name))) for name in names}
    cells["stop_at_a_loss"] = Cell("stop_at_a_loss", float(plan.stop_at_a_loss))
    given = SimpleNamespace(**cells)
    inputs = [
        Entry(name, each.title, each.unit, str(getattr(scenario, name, "") or getattr(plan, name, "")))
        if each.choices
        else Entry(name, each.title, each.unit, float(cells[name].value))
        for name, each in INPUTS.items()
    ]
    inputs.append(Entry("stop_at_a_loss", *TITLES["stop_at_a_loss"], float(plan.stop_at_a_loss)))
    results = tuple(day.entries(scenario, given))
    columns = months.Months(scenario, plan, given).made.values()
    return Sheet(tuple(inputs), (*results, *_returns(scenario, plan)), tuple(columns))


def _returns(scenario: Scenario, plan: Plan) -> Iterator[Entry]:
    found, rows = project(scenario, plan), plan.months + 1
    formulas = {
        "npv_usd": "SUMPRODUCT([m_cash_usd:]/(1+discount_rate)^([month:]/12))",
        "irr_yearly": 'IFERROR((1+IRR([m_cash_usd:],0.01))^12-1,"")',
        "payback_months": (
            "IF(INDEX([m_covered_usd:],1)>=0,0,IFERROR(MATCH(TRUE,INDEX([m_covered_usd:]>=0,0),0)-2"
            "-INDEX([m_covered_usd:],MATCH(TRUE,INDEX([m_covered_usd:]>=0,0),0)-1)"
            "/INDEX([m_running_usd:],MATCH(TRUE,INDEX([m_covered_usd:]>=0,0),0)),"
            f'IF(SUM([m_cash_usd:])>=0,{plan.months},"")))'
        ),
        "roi_usd": 'IFERROR(SUM([m_cash_usd:])/(outlay_usd*count),"")',
        "roi_btc": (
            "IFERROR((SUM([m_held_btc:])+SUMPRODUCT([m_running_usd:]/[m_price_usd:])"
            f"+(resale_usd*count-INDEX([m_owed_usd:],{rows}))/INDEX([m_price_usd:],{rows}))"
            '/(outlay_usd*count/price_usd),"")'
        ),
        "held_btc": "SUM([m_held_btc:])",
    }
    if found.irr_rates != Rates.ONE:
        formulas["irr_yearly"] = ""  # a spreadsheet would show one of several, or search in vain
    for name, formula in formulas.items():
        named = FORMULAS[name]
        yield Entry(name, named.title, named.unit, float(getattr(found, name)), formula)
