"""The words and figures that all parts of the calculator write alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.calculator import (
    FORMULAS,
    HOSTING_SCHEMES,
    INPUTS,
)
from core.calculator.catalogue import Status
from core.calculator.question import NUMBERS
from core.market.refusals import Refusal as RowRefusal
from dashboard import formats
from dashboard.components import figures
from dashboard.components.figures import Figure
from dashboard.i18n import _
from services.calculator import Desk


def status_word(status: Status) -> str:
    """Say how well a model's figures are sourced."""
    words = {
        Status.AGREE: _("all data sheets agree"),
        Status.MAJORITY: _("most data sheets agree"),
        Status.UNVERIFIED: _("one data sheet only"),
        Status.DISPUTED: _("data sheets contradict each other"),
    }
    return words[status]


def cooling_word(cooling: str) -> str:
    """Name how a machine is cooled."""
    return {"air": _("air"), "hydro": _("water"), "immersion": _("immersion")}[cooling]


def choice_word(name: str, value: str) -> str:
    """Name one of the values that an input can be set to."""
    from core.calculator import LOAN_KINDS, POOL_SCHEMES

    tables: Mapping[str, Mapping[str, Any]] = {
        "pool_scheme": POOL_SCHEMES,
        "hosting_scheme": HOSTING_SCHEMES,
        "loan_kind": LOAN_KINDS,
    }
    if name in tables:
        return str(_(tables[name][value].title))
    if name in ("result", "rank"):
        return str(_(FORMULAS[value].title))
    if name in ("across", "up"):
        return str(_(INPUTS[value].title))
    words = {
        "flat": _("One price"),
        "time_of_use": _("By the time of the day"),
        "hourly": _("Hour by hour"),
        "all": _("Every day"),
        "weekdays": _("Monday to Friday"),
        "weekend": _("Saturday and Sunday"),
        "yes": _("yes"),
        "no": _("no"),
    }
    return words[value]


def amount(value: float, unit: str) -> str:
    """Write a result in its unit."""
    number, said = parts(value, unit)
    return number + ("" if said.startswith("/") or not said else " ") + said


def parts(value: float, unit: str) -> tuple[str, str]:
    """Write a result and its unit apart; a day stands in the heading."""
    if value is None or not math.isfinite(value):
        return formats.DASH, ""
    if unit.startswith("USD"):
        digits = 4 if unit == "USD/kWh" else 0 if abs(value) >= 10_000 else 2
        return formats.money(value, digits), unit.removeprefix("USD").replace("/day", "")
    if unit.startswith("BTC"):
        return _apart(formats.btc(value))
    if unit.startswith("kWh"):
        return _apart(formats.energy(value))
    if unit == "months":
        return formats.decimal(value, 1), _("months")
    return (formats.percent(value), "") if abs(value) < 1e4 else (formats.compact(value), "")


def _apart(text: str) -> tuple[str, str]:
    number, _space, unit = text.partition(" ")
    return number, unit


def named(names: Sequence[str]) -> str:
    """Name inputs, one after the other."""
    return _(", ").join(_(NUMBERS[name].title) for name in names)


def refusal(why: RowRefusal) -> str:
    """Say why something was refused."""
    values = dict(why.values)
    if values.get("column") in NUMBERS:
        values["column"] = _(NUMBERS[str(values["column"])].title)
    return _(why.reason.value, **values)


def plain_tile(label: str, value: str, unit: str = "", tone: str = "") -> Component:
    """Give one figure with its name."""
    number = [html.Span(value, className="hi-kpi__value" + tone), html.Span(unit, className="hi-kpi__unit")]
    inside = [html.Div(label, className="hi-kpi__label"), html.Div(number, className="hi-kpi__number")]
    return html.Div(inside, className="hi-kpi")


def unknown_figure(desk: Desk) -> Figure:
    """Give a chart without data that says what is not known."""
    return figures.words(_("Not known: {names}.", names=named(desk.asked.absent)))
