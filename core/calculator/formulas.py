"""Every result with its equation, so that a person can check it: one table, read by pages, rankings and charts.

Equations are in symbols, which are the same in every language; `SYMBOLS` says what each of them stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.calculator.daily import daily
from core.calculator.hosting import HOSTING_SCHEMES
from core.calculator.inputs import Plan, Scenario
from core.calculator.loans import LOAN_KINDS
from core.calculator.numbers import Array
from core.calculator.pools import POOL_SCHEMES
from core.calculator.projection import project


class Part(StrEnum):
    """What gives a result."""

    DAILY = "daily"
    PROJECTION = "projection"


@dataclass(frozen=True, slots=True)
class Formula:
    """One result.

    Attributes
    ----------
    name : str
        Attribute of `Daily` or `Projection`.
    title : str
        English title, a key of gettext.
    unit : str
    equation : str
        In the keys of `SYMBOLS`.
    source : str
        Where the equation is from, as one cites it; empty where it is arithmetic.
    part : Part
    more_is_better : bool
    scheme : str
        "pool", "hosting" or "loan": the table whose scheme says how one of its symbols comes about.
    """

    name: str
    title: str
    unit: str
    equation: str
    source: str = ""
    part: Part = Part.DAILY
    more_is_better: bool = True
    scheme: str = ""

    def lines(self, scenario: Scenario, plan: Plan) -> tuple[str, ...]:
        """Give its equation, and that of the scheme which it leaves open."""
        return (self.equation, _SCHEMES[self.scheme](scenario, plan)) if self.scheme else (self.equation,)


def symbols(equation: str) -> tuple[str, ...]:
    """Give the symbols of an equation, each once, in the order in which they come."""
    return tuple(dict.fromkeys(each for each in _SYMBOL.findall(equation) if each in SYMBOLS))


_SYMBOL = re.compile(r"[A-Za-zΣστ]+(?:_[A-Za-z0-9]+)?")
_SCHEMES: Mapping[str, Callable[[Scenario, Plan], str]] = {
    "pool": lambda scenario, plan: POOL_SCHEMES[scenario.pool_scheme].equation,
    "hosting": lambda scenario, plan: HOSTING_SCHEMES[scenario.hosting_scheme].equation,
    "loan": lambda scenario, plan: LOAN_KINDS[plan.loan_kind].equation,
}

# Symbol: title, a key of gettext, and unit.
SYMBOLS: Mapping[str, tuple[str, str]] = {
    "H": ("Hashrate of all machines", "H/s"),
    "W": ("Power of all machines", "kW"),
    "D": ("Difficulty", ""),
    "S": ("Subsidy of a block", "BTC"),
    "F": ("Fees of a block", "BTC"),
    "R": ("What a pool pays for the hashes of a block", "BTC"),
    "f": ("Pool fee", ""),
    "f_F": ("Pool fee on transaction fees", ""),
    "s": ("Stale shares", ""),
    "u": ("Share of the time running", ""),
    "p": ("Bitcoin price", "USD/BTC"),
    "B": ("Coins a day", "BTC/day"),
    "V": ("Revenue a day", "USD/day"),
    "P": ("Power at the wall", "kW"),
    "PUE": ("PUE", ""),
    "P_0": ("Fixed load of the site", "kW"),
    "E": ("Energy a day", "kWh/day"),
    "e": ("Power price", "USD/kWh"),
    "d": ("Demand charge", "USD/kW/month"),
    "h": ("Hosting rate", ""),
    "n": ("Machines", ""),
    "C_p": ("Power cost a day", "USD/day"),
    "C_h": ("Hosting cost a day", "USD/day"),
    "C": ("Cost a day", "USD/day"),
    "C_x": ("Costs a day that no price of energy changes", "USD/day"),
    "G": ("Profit a day", "USD/day"),
    "τ": ("Income tax", ""),
    "CF_k": ("Cash flow of month k; CF_0 is the outlay less the loan", "USD"),
    "Σ_k": ("Sum over the months", ""),
    "IRR": ("Internal rate of return a year", ""),
    "r": ("Discount rate a year", ""),
    "T_k": ("Sum of the cash flows up to month k", "USD"),
    "k": ("Month", ""),
    "O": ("Outlay", "USD"),
    "p_k": ("Bitcoin price of month k", "USD/BTC"),
    "B_k": ("Coins of month k", "BTC"),
    "σ": ("Share of the coins held", ""),
    "A": ("Payment of a month", "USD"),
    "K": ("Loan", "USD"),
    "i": ("Interest a month", ""),
    "N": ("Term of the loan", "months"),
}

LUXOR = "Luxor Hashrate Index, “Hashprice”"
WIKI = "Bitcoin wiki, “Difficulty”"
FINANCE = "Brealey, Myers & Allen, “Principles of Corporate Finance”"

FORMULAS: Mapping[str, Formula] = {
    each.name: each
    for each in (
        Formula("btc", "Coins", "BTC/day", "B = H·(1 − s)·u·86400 / (D·2³²)·R", WIKI, scheme="pool"),
        Formula("revenue_usd", "Revenue", "USD/day", "V = B·p"),
        Formula("energy_kwh", "Energy", "kWh/day", "E = (W·PUE + P_0)·24·u", more_is_better=False),
        Formula("power_cost_usd", "Power cost", "USD/day", "C_p = E·e + P·d / 30.4375", more_is_better=False),
        Formula("hosting_cost_usd", "Hosting cost", "USD/day", "C_h", more_is_better=False, scheme="hosting"),
        Formula("cost_usd", "Cost", "USD/day", "C = C_p + C_h", more_is_better=False),
        Formula("profit_usd", "Profit", "USD/day", "G = V − C"),
        Formula("tax_usd", "Tax", "USD/day", "τ·max(G, 0)", more_is_better=False),
        Formula("net_usd", "Profit after tax", "USD/day", "G − τ·max(G, 0)"),
        Formula("margin", "Margin", "", "G / V"),
        Formula("hashprice_usd_per_ph_day", "Hashprice", "USD/PH/day", "10¹⁵·86400 / (D·2³²)·(S + F)·p", LUXOR),
        Formula(
            "hashcost_usd_per_ph_day", "Hashcost", "USD/PH/day", "C / (H·u / 10¹⁵)", LUXOR, more_is_better=False
        ),
        Formula("break_even_power_price_usd_per_kwh", "Break-even power price", "USD/kWh", "(V − C_x) / E"),
        Formula("break_even_price_usd", "Break-even bitcoin price", "USD/BTC", "C / B", more_is_better=False),
        Formula("break_even_difficulty", "Break-even difficulty", "", "D·V / C"),
        Formula(
            "payback_months", "Payback", "months", "k − 1 − T_k−1 / CF_k, T_k−1 < 0 ≤ T_k", FINANCE, Part.PROJECTION,
            more_is_better=False,
        ),
        Formula("npv_usd", "Net present value", "USD", "Σ_k CF_k / (1 + r)^(k/12)", FINANCE, Part.PROJECTION, scheme="loan"),
        Formula(
            "irr_yearly", "Internal rate of return a year", "", "Σ_k CF_k / (1 + IRR)^(k/12) = 0", FINANCE,
            Part.PROJECTION,
        ),
        Formula("roi_usd", "Return in dollars", "", "Σ_k CF_k / O", FINANCE, Part.PROJECTION),
        Formula(
            "roi_btc", "Return in bitcoin", "", "(Σ_k (CF_k / p_k) + σ·Σ_k B_k) / (O / p)", "", Part.PROJECTION
        ),
        Formula("held_btc", "Coins held", "BTC", "σ·Σ_k B_k", "", Part.PROJECTION),
    )
}  # fmt: skip


def result(scenario: Scenario, plan: Plan, name: str) -> Array:
    """Give one result by its name, an array of the shape of the scenario and the plan.

    Raises
    ------
    ValueError
        If there is no result of that name.
    """
    formula = FORMULAS.get(name)
    if formula is None:
        raise ValueError(f"there is no result {name!r}; there are {', '.join(FORMULAS)}")
    given = daily(scenario) if formula.part is Part.DAILY else project(scenario, plan)
    return np.asarray(getattr(given, name), dtype=np.float64)
