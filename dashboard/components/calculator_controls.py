"""The calculator's fields, made from the core's table of inputs: a new input is a line there and its place here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from core.calculator.question import (
    ASSUMED,
    BANDS,
    CHOICES,
    COMPARED,
    NUMBERS,
)
from dashboard import formats
from dashboard.components.controls import (
    choice_field,
    flag_field,
    group,
    names_offered,
    number_field,
    offered_field,
    text_field,
)
from dashboard.i18n import _
from dashboard.views.calculator.controls import said
from dashboard.views.calculator.words import choice_word
from services.calculator import Desk

PAGE = "calculator"
OFFERED = "catalogue-names"

_MACHINE = ("hashrate_ths", "power_w", "count")
_MARKET = ("price_usd", "difficulty", "fees_btc", "block_height")
_POOL = ("pool_scheme", "pool_fee", "pool_fee_on_fees", "stale_share")
_BANDS = tuple(
    f"band{number}_{part}" for number in range(1, BANDS + 1) for part in ("from", "to", "usd_per_kwh", "days")
)
_POWER = ("tariff", "power_price_usd_per_kwh", *_BANDS, "hours", "demand_usd_per_kw_month", "pue", "fixed_kw", "uptime")
_HOSTING = ("hosting_scheme", "hosting_rate")
_MONEY = ("outlay_usd", "resale_usd", "other_usd_per_month", "tax_rate", "depreciation_months", "discount_rate")
_LOAN = ("loan_share", "loan_kind", "loan_rate", "loan_months")
_COINS = ("hodl_share", "capital_gains_tax_rate")
_AHEAD = (
    "months", "price_growth", "difficulty_growth", "halving_reaction", "stop_at_a_loss", "price_volatility",
    "difficulty_volatility", "correlation",
)  # fmt: skip


def controls(tab: str, desk: Desk, names: Sequence[str], now: dt.datetime) -> list[Component]:
    """Give the fields of a tab, with what the question sets in them and what stands for the rest."""
    first = {
        "single": ("model", *_MACHINE),
        "compare": COMPARED,
        "many": ("rank",),
        "past": ("model", *_MACHINE, "since_days"),
        "curtail": ("model", *_MACHINE, "adders_usd_per_mwh", "restart_minutes"),
    }[tab]
    ahead = tab in ("single", "compare", "many")
    market = () if tab == "past" else _MARKET
    groups: list[tuple[str, Sequence[str], bool]] = [
        (_("Machines") if tab in ("compare", "many") else _("Machine"), first, True),
        (_("Market"), market, True),
        (_("Power and site"), _POWER, True),
        (_("Pool"), _POOL, False),
        (_("Hosting"), _HOSTING, False),
        (_("Money and taxes"), _MONEY if ahead else (), tab == "single"),
        (_("Loan"), _LOAN if ahead else (), False),
        (_("Coins held"), _COINS if ahead else (), False),
        (_("Months ahead"), _AHEAD if ahead else (), tab == "single"),
    ]
    return [
        *(
            group(title=title, fields=[field(name, desk, now) for name in fields], opened=opened)
            for title, fields, opened in groups
            if fields
        ),
        names_offered(id=OFFERED, names=names),
    ]


def field(name: str, desk: Desk, now: dt.datetime) -> Component:
    """Give one field."""
    question, says = desk.question, said(desk, name, now)
    if name in NUMBERS:
        asked, value = NUMBERS[name], question.given.get(name)
        return number_field(
            page=PAGE,
            name=name,
            title=_(asked.title),
            unit=formats.unit_word(asked.unit),
            value=value if isinstance(value, float) else None,
            low=asked.low,
            high=asked.high,
            share=asked.share,
            said=says,
        )
    if name == "stop_at_a_loss":
        title = _("Switch off in months in which energy costs more than it earns")
        return flag_field(page=PAGE, name=name, title=title, value=question.text(name) == "yes", usual=True)
    if name == "hours":
        title = _("Prices of 24 or 168 hours [USD/kWh]")
        return text_field(page=PAGE, name=name, title=title, value=question.text(name), rows=4, said=says)
    if name in CHOICES:
        options = CHOICES[name]
        usual = str(ASSUMED.get(name) or _first(name))
        words = {option: choice_word(name, option) for option in options}
        return choice_field(
            page=PAGE,
            name=name,
            title=_choice_title(name),
            options=words,
            value=question.text(name) or usual,
            usual=usual,
            said=says,
        )
    return offered_field(
        page=PAGE,
        name=name,
        title=_("Model") if name == "model" else _("Machine {number}", number=name[-1]),
        value=str(question.given.get(name, ASSUMED.get(name, ""))),
        offered=OFFERED,
        usual=str(ASSUMED.get(name, "")),
        said=says,
    )


def _first(name: str) -> str:
    usual: Mapping[str, str] = {"pool_scheme": "fpps", "hosting_scheme": "own", "loan_kind": "annuity"}
    return usual.get(name, CHOICES[name][0])


def _choice_title(name: str) -> str:
    words = {
        "pool_scheme": _("Pool scheme"),
        "hosting_scheme": _("Hosting"),
        "loan_kind": _("Loan"),
        "tariff": _("Power price is"),
        "result": _("Result"),
        "rank": _("Rank by"),
        "across": _("Across"),
        "up": _("Upwards"),
    }
    return words[name] if name in words else _("Days")
