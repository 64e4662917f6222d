"""What stands around a question: the market it is asked in, and what a field that is left open stands for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.calculator import (
    HOSTING_SCHEMES,
)
from core.calculator.question import CHOICES, NUMBERS, OUTLAY_USD_PER_TH, Origin, Refusal
from dashboard import formats
from dashboard.components.controls import Said
from dashboard.components.icons import icon
from dashboard.components.market_words import source_name
from dashboard.i18n import _
from dashboard.views.calculator.words import named
from services.calculator import Desk
from services.market import Fact, Snapshot

_TOLD_AS_ASSUMED = (
    "power_price_usd_per_kwh", "pool_fee", "uptime", "pue", "discount_rate", "difficulty_growth", "months",
    "price_volatility", "difficulty_volatility", "correlation",
)  # fmt: skip


def banner(desk: Desk) -> Component | None:
    """Say what keeps the calculator from an answer, and what of the address it could not take."""
    said: list[str] = []
    if desk.asked.absent:
        said.append(
            _("No answer yet: {names} is not known. Set it on the left.", names=named(desk.asked.absent))
            if len(desk.asked.absent) == 1
            else _("No answer yet: {names} are not known. Set them on the left.", names=named(desk.asked.absent))
        )
    unknown = desk.question.text("model")
    if unknown and desk.model is None:
        said.append(_("{name} is not in the catalogue: set its hashrate and power.", name=unknown))
    if not said:
        return None
    return html.Div([icon("warning"), html.Span(" ".join(said))], className="hi-banner hi-banner--warn", role="status")


def market_line(snapshot: Snapshot, now: dt.datetime) -> list[Component]:
    """Say what the market's numbers are, whose, and how old."""
    told = [
        (_("Bitcoin price"), snapshot.price, lambda fact: formats.money(fact.value, 0)),
        (_("Difficulty"), snapshot.difficulty, lambda fact: formats.compact(float(fact.value))),
        (_("Block height"), snapshot.height, lambda fact: formats.integer(float(fact.value))),
        (_("Fees of a block"), snapshot.fees, lambda fact: f"{formats.decimal(float(fact.value), 4)} BTC"),
    ]
    return [_told(title, fact, write, now) for title, fact, write in told]


def _told(title: str, fact: Fact | None, write: Any, now: dt.datetime) -> Component:
    if fact is None:
        return html.Span(
            [html.Span(title, className="hi-muted"), " ", formats.DASH],
            className="hi-told",
            title=_("No source has told it yet."),
        )
    age = formats.ago(fact.at, now)
    return html.Span(
        [
            html.Span(title, className="hi-muted"),
            " ",
            html.Strong(write(fact)),
            " ",
            html.Span(
                [icon("stale") if fact.stale else None, f"{source_name(fact.source)} · {age}"],
                className="hi-told__source" + (" hi-tone-warn" if fact.stale else ""),
            ),
        ],
        className="hi-told",
        title=(_("Stale: no source has answered since. ") if fact.stale else "") + formats.instant(fact.at),
    )


def hint(desk: Desk, name: str, now: dt.datetime) -> str:
    """Say under a field where its value comes from, or why the one that was typed is not taken."""
    refused = desk.question.refused.get(name)
    if refused is not None:
        asked = NUMBERS.get(name)
        scale = 100.0 if asked and asked.share else 1.0
        low, high = (asked.low * scale, asked.high * scale) if asked else (0.0, 0.0)
        words = {
            Refusal.NOT_A_NUMBER: _("Not a number: not taken."),
            Refusal.TOO_LOW: _("Less than {low}: not taken.", low=f"{low:g}"),
            Refusal.TOO_HIGH: _("More than {high}: not taken.", high=f"{high:g}"),
            Refusal.UNKNOWN: _("Unknown: not taken."),
            Refusal.HOURS: _("Up to 168 numbers are needed: not taken."),
            Refusal.BAND: _("A band needs from, to and a price, and ends at another hour: not taken."),
        }
        return words[refused]
    value, origin = desk.asked.values.get(name), desk.asked.origins.get(name)
    if origin is None or origin in (Origin.GIVEN, Origin.ABSENT):
        return ""
    if origin is Origin.MODEL:
        return _("data sheet")
    if origin is Origin.MARKET:
        fact = {
            "price_usd": desk.market.price,
            "difficulty": desk.market.difficulty,
            "block_height": desk.market.height,
            "fees_btc": desk.market.fees,
        }[name]
        return f"{source_name(fact.source)} · {formats.ago(fact.at, now)}" if fact else ""
    if name == "outlay_usd":
        return _("assumed: {price} a TH/s", price=formats.money(OUTLAY_USD_PER_TH, 0))
    return _("assumed") if value and name in _TOLD_AS_ASSUMED else ""


def placeholder(desk: Desk, name: str) -> str:
    """Give what a field that is left open stands for."""
    value = desk.asked.values.get(name)
    if not isinstance(value, float):
        return ""
    if NUMBERS[name].share:
        value *= 100
    if abs(value) >= 1e9:
        return formats.compact(value)
    return formats.integer(value) if abs(value) >= 1e4 else f"{value:.5g}"


def hidden_rows(desk: Desk) -> set[str]:
    """Give the fields that mean nothing under what was chosen."""
    values, gone = desk.asked.values, set()
    tariff = values["tariff"]
    if tariff != "time_of_use":
        gone |= {name for name in (*NUMBERS, *CHOICES) if name.startswith("band")}
    if tariff == "hourly":
        gone.add("power_price_usd_per_kwh")
    else:
        gone.add("hours")
    if values["hosting_scheme"] == "own":
        gone.add("hosting_rate")
    if values["pool_scheme"] != "pps_plus":
        gone.add("pool_fee_on_fees")
    if HOSTING_SCHEMES[str(values["hosting_scheme"])].replaces_power:
        gone |= {"demand_usd_per_kw_month"}
    if not values["loan_share"]:
        gone |= {"loan_kind", "loan_rate", "loan_months"}
    if not values["hodl_share"]:
        gone.add("capital_gains_tax_rate")
    return gone


def said(desk: Desk, name: str, now: dt.datetime) -> Said:
    """Give what a field says of itself."""
    out = "is-out" if name in hidden_rows(desk) else ""
    refused = "is-refused" if name in desk.question.refused else ""
    shown = placeholder(desk, name) if name in NUMBERS else ""
    return Said(shown, hint(desk, name, now), f"{out} {refused}".strip())
