"""The sheet recalculated by a reader of formulas that knows nothing of the calculator, beside the product's results."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from openpyxl.formula import Tokenizer

from core.calculator import HOSTING_SCHEMES, LOAN_KINDS, POOL_SCHEMES, Plan, daily, project
from core.calculator.sheet import Sheet, rendered, sheet
from tests.core.calculator.toy import one_block_a_month, scenario

ASKED: dict[str, Any] = {
    "hashrate_ths": 200, "power_w": 3500, "count": 10, "price_usd": 200_000, "difficulty": 1.5e14, "block_height": 1_049_000,
    "fees_btc": 0.05, "pool_fee": 0.02, "pool_fee_on_fees": 0.03, "stale_share": 0.01, "power_price_usd_per_kwh": 0.055,
    "demand_usd_per_kw_month": 4, "pue": 1.05, "fixed_kw": 2, "uptime": 0.95, "tax_rate": 0.21,
}  # fmt: skip
TERMS: dict[str, Any] = {
    "months": 30, "outlay_usd": 3000, "resale_usd": 400, "other_usd_per_month": 50, "loan_share": 0.4, "loan_rate": 0.10,
    "loan_months": 23.5, "hodl_share": 0.2, "depreciation_months": 36, "capital_gains_tax_rate": 0.15, "price_growth": 0.25,
    "difficulty_growth": 0.35, "halving_reaction": 0.1, "discount_rate": 0.12,
}  # fmt: skip


class Recalculated:
    """Every cell by its formula alone, row by row, in the arithmetic of a spreadsheet: nothing is taken from values."""

    def __init__(self, made: Sheet) -> None:
        self.names: dict[str, Any] = {each.name: each.value for each in made.inputs}
        self.rows = len(made.months[0].values)
        self.cells: dict[tuple[str, int], float] = {}
        self.columns = {each.name: each for each in made.months}
        self.results: dict[str, float] = {}
        behind = [each for each in made.results if "[" in each.formula or not each.formula]
        for entry in made.results:
            if entry not in behind:
                self.names[entry.name] = self.results[entry.name] = self.evaluated(entry.formula, 0)
        for entry in behind:
            if entry.formula:
                self.results[entry.name] = self.evaluated(entry.formula, 0)

    def cell(self, name: str, row: int) -> float:
        key = (name, row)
        if key not in self.cells:
            column = self.columns[name]
            formula = column.formula if row else column.first
            self.cells[key] = self.evaluated(formula, row) if formula else 0.0  # an empty cell counts as nothing
        return self.cells[key]

    def evaluated(self, formula: str, row: int) -> Any:
        def place(name: str, how: str) -> str:
            return f"whole('{name}')" if how == ":" else f"cell('{name}', {row - (how == '^')})"

        python = rendered(formula, place).replace("^", "**").replace('""', "nan")
        python = re.sub(r"(?<![<>=])=(?!=)", "==", python)
        functions = {
            "cell": self.cell,
            "whole": lambda name: np.array([self.cell(name, each) for each in range(self.rows)]),
            "nan": math.nan,
            "INT": np.floor, "MAX": max, "MIN": min, "SUM": np.sum, "SUMPRODUCT": np.sum, "ROUNDUP": lambda x, _: np.ceil(x),
            "AND": lambda *each: all(each), "IF": lambda test, one, two: one if test else two,
            "IFERROR": lambda value, other: value if np.ndim(value) == 0 and np.isfinite(value) else other,
            "INDEX": lambda values, at: values if at == 0 else values[int(at) - 1] if at > 0 else math.nan,
            "MATCH": lambda wanted, values, _: float(np.argmax(values)) + 1 if np.any(values) else math.nan,
            "TRUE": True,
            "IRR": _monthly_rate,
        }  # fmt: skip
        with np.errstate(all="ignore"):
            names = {name: np.float64(value) for name, value in self.names.items() if not isinstance(value, str)}
            return eval(python, {"__builtins__": {}}, {**functions, **names})


def _monthly_rate(cash: np.ndarray, _guess: float) -> float:
    low, high = -0.9, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        worth = sum(flow / (1 + middle) ** month for month, flow in enumerate(cash))
        low, high = (middle, high) if worth > 0 else (low, middle)
    return low


CASES = [
    *({"pool_scheme": each} for each in POOL_SCHEMES),
    *({"hosting_scheme": each, "hosting_rate": 0.08} for each in HOSTING_SCHEMES),
    *({"loan_kind": each} for each in LOAN_KINDS),
    {"loan_rate": 0.0},
    {"depreciation_months": 0.0},
    {"depreciation_months": 10.5},
    {"loan_months": 60.0},
    {"stop_at_a_loss": True, "power_price_usd_per_kwh": 0.085},
    {"block_height": 840_000},
    {"outlay_usd": 0.0},
    {"uptime": 0.0},
    {"months": 1},
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case.values())))
def test_formulas_and_values_and_the_product_say_the_same(case: dict[str, Any]) -> None:
    asked = scenario(**ASKED | {name: value for name, value in case.items() if name not in Plan.__dataclass_fields__})
    plan = Plan(**TERMS | {name: value for name, value in case.items() if name in Plan.__dataclass_fields__})
    made, day, months = sheet(asked, plan), daily(asked), project(asked, plan)
    again = Recalculated(made)
    for entry in made.results:
        product = getattr(day, entry.name, getattr(months, entry.name, None))
        if product is not None:
            assert entry.value == pytest.approx(float(product), nan_ok=True, rel=1e-9), entry.name
        if entry.formula:
            assert float(again.results[entry.name]) == pytest.approx(entry.value, nan_ok=True, rel=1e-7), entry.name
    for column in made.months:
        for row in range(1, plan.months + 1):
            assert again.cell(column.name, row) == pytest.approx(column.values[row], rel=1e-9, abs=1e-6), column.name
    columns = {each.name: each.values for each in made.months}
    assert columns["m_cash_usd"] == pytest.approx(months.cash_usd, rel=1e-9)
    assert columns["m_cumulated_usd"] == pytest.approx(months.cumulated_usd, rel=1e-9)
    assert columns["m_btc"][1:] == pytest.approx(months.btc, rel=1e-9)
    assert columns["m_cost_usd"][1:] == pytest.approx(months.cost_usd, rel=1e-9)
    assert columns["m_tax_usd"][1:] == pytest.approx(months.tax_usd, rel=1e-9)


def test_every_formula_is_one_to_a_spreadsheet() -> None:
    made = sheet(scenario(**ASKED), Plan(**TERMS))
    formulas = [each.formula for each in made.results]
    formulas += [formula for each in made.months for formula in (each.first, each.formula)]
    names = {each.name for each in (*made.inputs, *made.results)}
    for formula in filter(None, formulas):
        tokens = Tokenizer("=" + rendered(formula, lambda name, how: "A1:A9" if how == ":" else "A1")).items
        used = {each.value for each in tokens if each.type == "OPERAND" and each.subtype == "RANGE"}
        assert used - {"A1", "A1:A9"} <= names, formula


def test_payback_of_a_round_figure_is_found_by_its_formula() -> None:
    made = sheet(one_block_a_month(), Plan(months=12, outlay_usd=10_000))
    assert Recalculated(made).results["payback_months"] == pytest.approx(3.2)


def test_where_there_are_several_rates_or_none_there_is_no_formula() -> None:
    made = sheet(one_block_a_month(), Plan(months=3, outlay_usd=0.0))
    rate = next(each for each in made.results if each.name == "irr_yearly")
    assert rate.formula == ""
    assert math.isnan(rate.value)


def test_choices_are_texts_and_switches_are_numbers() -> None:
    inputs = {each.name: each.value for each in sheet(scenario(pool_scheme="solo"), Plan(stop_at_a_loss=True)).inputs}
    assert (inputs["pool_scheme"], inputs["loan_kind"], inputs["stop_at_a_loss"]) == ("solo", "annuity", 1.0)


def test_a_sheet_is_of_one_machine() -> None:
    with pytest.raises(ValueError, match="one machine"):
        sheet(scenario(price_usd=np.ones(2)), Plan())
