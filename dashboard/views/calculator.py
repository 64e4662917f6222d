"""What the calculator's pages show of one question: words, figures and tables, in the reader's language."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from core.calculator import (
    FORMULAS,
    HOSTING_SCHEMES,
    INPUTS,
    SYMBOLS,
    Formula,
    Part,
    Plan,
    Scenario,
    curtail,
    daily,
    earned,
    fan,
    heat_map,
    project,
    tornado,
    varied,
)
from core.calculator.batch import best as best_of
from core.calculator.batch import results
from core.calculator.cash import Rates
from core.calculator.catalogue import Model, Status
from core.calculator.daily import ADDING_UP, PERIODS_DAYS
from core.calculator.formulas import symbols
from core.calculator.inputs import value_of
from core.calculator.question import CHOICES, NUMBERS, OUTLAY_USD_PER_TH, Origin, Refusal
from core.market.refusals import Refusal as RowRefusal
from dashboard import formats
from dashboard.components import desk_figures as drawn
from dashboard.components import figures
from dashboard.components.figures import Figure, Line
from dashboard.components.icons import icon
from dashboard.i18n import _, language
from services.calculator import Days, Desk, Many
from services.market import Fact, Snapshot

SEED = 20_090_103
HEAT_SIZE = 21
TILES = (
    "profit_usd", "revenue_usd", "hashprice_usd_per_ph_day", "break_even_power_price_usd_per_kwh", "payback_months",
    "npv_usd", "irr_yearly", "roi_usd",
)  # fmt: skip
IN_COMPARISON = (
    "revenue_usd", "cost_usd", "profit_usd", "margin", "hashcost_usd_per_ph_day", "break_even_power_price_usd_per_kwh",
    "break_even_price_usd", "payback_months", "npv_usd", "irr_yearly", "roi_usd",
)  # fmt: skip
MARKED = tuple(name for name in IN_COMPARISON if name not in ("revenue_usd", "cost_usd"))


def status_word(status: Status) -> str:
    """Say how well a model's figures are sourced."""
    words = {
        Status.AGREE: _("all data sheets agree"),
        Status.MAJORITY: _("most data sheets agree"),
        Status.UNVERIFIED: _("one data sheet only"),
        Status.DISPUTED: _("data sheets contradict each other"),
    }
    return words[status]


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


def named(names: Sequence[str]) -> str:
    """Name inputs, one after the other."""
    return _(", ").join(_(NUMBERS[name].title) for name in names)


# ---- around every tab


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


def source_name(source: str) -> str:
    """Name a source as it calls itself."""
    known = {
        "consensus": _("median of exchanges"),
        "mempool_space": "mempool.space",
        "blockchain_info": "Blockchain.info",
        "coingecko": "CoinGecko",
        "okx": "OKX",
        "binance": "Binance",
        "kraken": "Kraken",
        "coinbase": "Coinbase",
    }
    return known.get(source, source)


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


_TOLD_AS_ASSUMED = (
    "power_price_usd_per_kwh", "pool_fee", "uptime", "pue", "discount_rate", "difficulty_growth", "months",
    "price_volatility", "difficulty_volatility", "correlation",
)  # fmt: skip


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


# ---- one machine


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
                html.Td(amount(value * PERIODS_DAYS[period], unit), className="hi-num", title=amount(value, unit))
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
    explained = [
        html.Li(
            [html.Code(symbol), " ", _(SYMBOLS[symbol][0]), f" [{SYMBOLS[symbol][1]}]" if SYMBOLS[symbol][1] else ""]
        )
        for symbol in dict.fromkeys(symbol for line in lines for symbol in symbols(line))
    ]
    return html.Details(
        [
            html.Summary([_(formula.title), html.Span(formula.unit, className="hi-field__unit")]),
            html.Div(
                [
                    *(html.P(html.Code(line), className="hi-formula") for line in lines),
                    html.Ul(explained, className="hi-symbols"),
                    html.P(_("Source: {source}", source=formula.source), className="hi-muted")
                    if formula.source
                    else None,
                ]
            ),
        ],
        className="hi-formula__box",
    )


def _absent_figure(desk: Desk) -> Figure:
    return figures.words(_("Not known: {names}.", names=named(desk.asked.absent)))


def cash_figure(desk: Desk) -> Figure:
    """Draw the cumulated cash flow to payback as a fan over paths of price and difficulty."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return _absent_figure(desk)
    found = fan(scenario, plan, desk.asked.spread, seed=SEED)
    names = [f"{level * 100:.0f} %" for level in found.levels]
    names[2] = _("median of {paths} paths", paths=formats.integer(found.paths))
    return drawn.fan_over_months(
        title=_("Cumulated cash flow"),
        months_title=_("Months from today"),
        unit="USD",
        quantiles=found.cumulated_usd,
        names=names,
        expected=project(scenario, plan).cumulated_usd,
        middle=_("even growth"),
    )


def cash_note(desk: Desk) -> str:
    """Say how likely the plan pays back, and when."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return ""
    found = fan(scenario, plan, desk.asked.spread, seed=SEED)
    share = formats.percent(found.paid_back_share, 0)
    return _(
        "{share} of {paths} drawn paths pay back within {months} months. Bands: the middle 50 % and 90 % of the paths. "
        "No path is a forecast.",
        share=share,
        paths=formats.integer(found.paths),
        months=plan.months,
    )


def tornado_figure(desk: Desk) -> Figure:
    """Draw what a result hangs on."""
    scenario, plan = desk.asked.scenario, desk.asked.plan
    if scenario is None:
        return _absent_figure(desk)
    name = desk.question.text("result")
    formula = FORMULAS[name]
    found = tornado(scenario, plan, name)
    shown = [bar for bar in found.bars if math.isfinite(bar.width) and bar.width > 0]
    if not shown:
        return figures.words(_("This result has no value here, so that nothing moves it."))
    ends = [(_end(bar.name, bar.low), _end(bar.name, bar.high)) for bar in shown]
    return drawn.swings(
        title=_("What {result} hangs on", result=_(formula.title)),
        unit=_("Change of {result}", result=_(formula.title)) + (f" [{formula.unit}]" if formula.unit else ""),
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
        return _absent_figure(desk)
    name, across, up = (desk.question.text(each) for each in ("result", "across", "up"))
    if across == up:
        return figures.words(_("Choose two different inputs."))
    x, y = _span(desk, across), _span(desk, up)
    z = heat_map(scenario, plan, name, (across, x), (up, y))
    formula = FORMULAS[name]
    scale = 100.0 if not formula.unit and name not in ("break_even_difficulty",) else 1.0
    return drawn.pairs(
        title=_("{result} over two inputs", result=_(formula.title)),
        unit=formula.unit or ("%" if scale == 100.0 else ""),
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
    unit = "%" if INPUTS[name].share else INPUTS[name].unit
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


# ---- machines beside each other


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


def comparison(desk: Desk) -> Component:
    """Give machines beside each other, the best of each row marked."""
    made = compared(desk)
    if made is None:
        return html.P(_("Choose machines on the left."), className="hi-muted")
    import pandas as pd

    models = desk.compared
    rows = pd.DataFrame(
        {"hashrate_ths": [m.hashrate_ths for m in models], "power_w": [m.power_w for m in models]},
        index=[m.name for m in models],
    )
    if desk.asked.origins["outlay_usd"] is not Origin.GIVEN:
        rows["outlay_usd"] = rows["hashrate_ths"] * OUTLAY_USD_PER_TH
    scenario = desk.asked.scenario
    if scenario is None:
        return html.P(_("Choose machines on the left."), className="hi-muted")
    table = results(rows, scenario, desk.asked.plan)
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
        unit = formula.unit if formula.unit.endswith("/day") else ""
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
                            word,
                            html.Span([icon("star"), _("best")], className="hi-best") if model.name == mark else None,
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


def cooling_word(cooling: str) -> str:
    """Name how a machine is cooled."""
    return {"air": _("air"), "hydro": _("water"), "immersion": _("immersion")}[cooling]


def comparison_figures(desk: Desk) -> tuple[Figure, Figure]:
    """Draw the profit of each machine a day, and their cash flows."""
    made = compared(desk)
    if made is None:
        said = _absent_figure(desk) if desk.asked.absent else figures.words(_("Choose machines on the left."))
        return said, said
    names = [model.name for model in desk.compared]
    day, months = daily(made[0]), project(*made)
    profit = np.broadcast_to(day.profit_usd, (len(names),))
    cash = np.broadcast_to(months.cumulated_usd, (desk.asked.plan.months + 1, len(names)))
    return (
        drawn.bars(
            title=_("Profit a day by machine"),
            unit="USD/day",
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


# ---- days that have been


def past(desk: Desk, days: Days, zone: str) -> tuple[list[Component], Figure, Figure, str]:
    """Give what the machines would have earned: the sums, two figures, and what is not known."""
    scenario = desk.asked.scenario
    if scenario is None or days.frame.empty:
        said = _absent_figure(desk) if desk.asked.absent else figures.words(_("No stored prices reach back so far."))
        return [], said, said, ""
    frame = days.frame
    at = frame["at"].astype("int64").to_numpy(float) / (1e9 if frame["at"].dt.unit == "ns" else 1e6)
    price = frame["price_usd"].to_numpy(float)
    found = earned(scenario, price, frame["difficulty"].to_numpy(float), frame["subsidy_btc"], frame["fees_btc"])
    cost = np.nancumsum(found.cost_usd, axis=0)
    known = price[np.isfinite(price)]
    held = found.cumulated_btc * np.where(np.isfinite(price), price, known[-1] if known.size else np.nan) - cost
    common: dict[str, Any] = {
        "at": at, "time_zone": zone, "time_title": _("Day"), "language": language(), "decimals": 0, "step_s": 86_400.0,
    }  # fmt: skip
    earned_so_far = figures.lines_over_time(
        title=_("Earned so far"),
        unit="USD",
        lines=[
            Line(_("coins sold each day"), found.cumulated_usd, 0),
            Line(_("coins kept, at each day's price"), held, 1, dashed=True),
        ],
        **common,
    )
    by_day = figures.lines_over_time(
        title=_("Revenue and cost by day"),
        unit="USD/day",
        lines=[Line(_("Revenue"), found.revenue_usd, 0), Line(_("Cost"), found.cost_usd, 3)],
        **{**common, "decimals": 2},
    )
    last = len(found.cumulated_btc) - 1
    sums = [
        (_("Coins"), *parts(float(found.cumulated_btc[last]), "BTC")),
        (_("Revenue"), formats.money(float(np.nansum(found.revenue_usd)), 0)),
        (_("Cost"), formats.money(float(cost[last]), 0)),
        (_("Profit"), formats.money(float(found.cumulated_usd[last]), 0)),
        (_("All coins at the last price"), formats.money(float(found.held_value_usd), 0)),
    ]
    notes = [
        _(
            "Prices: {source}. {known} of {all} days are known.",
            source=source_name(days.source),
            known=int(found.days_known),
            all=len(frame),
        )
    ]
    if days.fees_since is None:
        notes.append(_("Fees are not known for these days and count as none."))
    elif days.fees_since > frame["at"].iloc[0]:
        notes.append(
            _("Fees are not known before {day} and count as none until then.", day=f"{days.fees_since:%Y-%m-%d}")
        )
    notes.append(_("Power price, pool and site as set on the left, the same on all days."))
    return [plain_tile(*each) for each in sums], earned_so_far, by_day, " ".join(notes)


def plain_tile(label: str, value: str, unit: str = "", tone: str = "") -> Component:
    """Give one figure with its name."""
    number = [html.Span(value, className="hi-kpi__value" + tone), html.Span(unit, className="hi-kpi__unit")]
    inside = [html.Div(label, className="hi-kpi__label"), html.Div(number, className="hi-kpi__number")]
    return html.Div(inside, className="hi-kpi")


# ---- off when power is dear


def curtailment(desk: Desk, prices: Sequence[float] | None) -> tuple[list[Component], Figure, Figure, str]:
    """Give always on against off when power is dear."""
    scenario = desk.asked.scenario
    if scenario is None:
        said = _absent_figure(desk)
        return [], said, said, ""
    if HOSTING_SCHEMES[scenario.hosting_scheme].replaces_power:
        said = figures.words(_("An all-in price of energy is the same in every hour: there is nothing to curtail."))
        return [], said, said, ""
    if prices is None and scenario.power_deviation_usd_per_kwh is None:
        said = figures.words(_("Paste hourly prices below, or choose a power price by the time of the day."))
        return [], said, said, ""
    adders, restart = desk.question.number("adders_usd_per_mwh") or 0.0, desk.question.number("restart_minutes") or 0.0
    found = curtail(
        scenario,
        None if prices is None else np.asarray(prices, dtype=float),
        adders_usd_per_mwh=adders,
        restart_minutes=restart,
    )
    hours = found.hours_known
    if prices is None:
        base = float(np.asarray(scenario.power_price_usd_per_kwh))
        shown = (base + np.asarray(scenario.power_deviation_usd_per_kwh)) * 1e3
    else:
        shown = np.asarray(prices, dtype=float)
    at = np.arange(len(shown), dtype=float)
    by_hour = drawn.lines_over_numbers(
        title=_("Power price by the hour"),
        x_title=_("Hour"),
        unit="USD/MWh",
        x=at,
        lines=[
            Line(_("runs"), np.where(found.runs, shown, np.nan), 2),
            Line(_("stands still"), np.where(found.runs, np.nan, shown), 5),
        ],
        steps=True,
        levels=[(found.strike_usd_per_mwh, _("strike price"))] if math.isfinite(found.strike_usd_per_mwh) else (),
    )
    sides = drawn.bars(
        title=_("Profit: always on against curtailed"),
        unit=_("USD in {hours} h", hours=hours),
        names=[_("Always on"), _("Curtailed")],
        values=np.array([found.always_on.profit_usd, found.curtailed.profit_usd]),
        name=_("Profit"),
        written=[formats.money(found.always_on.profit_usd), formats.money(found.curtailed.profit_usd)],
    )
    tone = " hi-tone-good" if found.gain_usd > 0 else " hi-tone-bad" if found.gain_usd < 0 else ""
    sums = [
        plain_tile(_("Strike price"), *parts(found.strike_usd_per_mwh, "USD/MWh")),
        plain_tile(
            _("Hours off"),
            formats.integer(found.hours_stopped),
            _(
                "of {hours} ({share})",
                hours=formats.integer(hours),
                share=formats.percent(found.hours_stopped / hours, 0),
            )
            if hours
            else "",
        ),
        plain_tile(_("Always on"), formats.money(found.always_on.profit_usd)),
        plain_tile(_("Curtailed"), formats.money(found.curtailed.profit_usd)),
        plain_tile(_("Gain"), formats.money(found.gain_usd), "", tone),
        plain_tile(_("Gain without the best week"), formats.money(found.gain_without_best_week_usd)),
    ]
    note = _(
        "Of {hours} known hours. An hour is run where its price is not above the strike price; demand charges and costs "
        "by size are the same in both.",
        hours=formats.integer(hours),
    )
    return sums, by_hour, sides, note


# ---- many machines

MANY_COLUMNS = (
    "rank", "site", "model", "client", "count", "hashrate_ths", "power_w", "power_price_usd_per_kwh",
    "efficiency_j_per_th", "revenue_usd", "cost_usd", "profit_usd", "margin", "break_even_power_price_usd_per_kwh",
    "payback_months", "roi_usd",
)  # fmt: skip
ROWS_SHOWN = 200


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
    return _(entry.title) + (f" [{entry.unit}]" if entry.unit else "")


def many_table(many: Many) -> Component:
    """Give the lots, ranked, and what they come to."""
    if many.table.empty:
        return html.P(_("No lot to reckon with yet."), className="hi-muted")
    columns = [name for name in MANY_COLUMNS if name in many.table.columns]
    shown = many.table.head(ROWS_SHOWN)
    body = [
        html.Tr([_cell(name, value) for name, value in zip(columns, row, strict=True)])
        for row in shown[columns].astype(object).itertuples(index=False)
    ]
    head = html.Tr([html.Th(many_heading(name), scope="col", className=_side(name)) for name in columns])
    more = len(many.table) - len(shown)
    return html.Div(
        [
            html.Div(
                html.Table([html.Thead(head), html.Tbody(body)], className="hi-table hi-table--wide"),
                className="hi-scroll hi-lots",
                tabIndex="0",
                role="region",
                **{"aria-label": _("Lots, ranked")},
            ),
            html.P(_("{count} more rows are in the files.", count=more), className="hi-muted") if more > 0 else None,
        ]
    )


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


def refusal(why: RowRefusal) -> str:
    """Say why something was refused."""
    values = dict(why.values)
    if values.get("column") in NUMBERS:
        values["column"] = _(NUMBERS[str(values["column"])].title)
    return _(why.reason.value, **values)


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


def _side(name: str) -> str:
    return "" if name in ("site", "model", "client") else "hi-num"


def _cell(name: str, value: Any) -> Component:
    if isinstance(value, str):
        return html.Td(value or formats.DASH)
    number = float(value) if value is not None else math.nan
    if name in ("rank", "count", "power_w"):
        return html.Td(formats.integer(number), className="hi-num")
    if name in ("hashrate_ths", "efficiency_j_per_th"):
        return html.Td(formats.decimal(number, 1), className="hi-num")
    entry = FORMULAS.get(name) or INPUTS.get(name)
    return html.Td(amount(number, entry.unit if entry else ""), className="hi-num")


# ---- the catalogue


def models_table(models: Sequence[Model], *, may_edit: bool, sought: str) -> Component:
    """Give the catalogue, each model with its source and how sure it is."""
    from dashboard import ids

    words = sought.lower().split()
    found = [model for model in models if all(word in f"{model.name} {model.manufacturer}".lower() for word in words)]
    titles = [_("Model"), _("Maker"), _("Cooling"), "TH/s", "W", "J/TH", _("Year"), _("Data sheets"), _("Source")]
    head = html.Tr(
        [html.Th(title, scope="col", className="hi-num" if 3 <= at <= 6 else "") for at, title in enumerate(titles)]
    )
    body = [
        html.Tr(
            [
                html.Th(
                    html.Button(model.name, id=ids.model_edit(model.name), type="button", className="hi-link")
                    if may_edit
                    else dcc.Link(model.name, href=f"/calculator?model={model.name}"),
                    scope="row",
                ),
                html.Td(model.manufacturer),
                html.Td(cooling_word(model.cooling)),
                html.Td(formats.decimal(model.hashrate_ths, 1), className="hi-num"),
                html.Td(formats.integer(model.power_w), className="hi-num"),
                html.Td(formats.decimal(model.efficiency_j_per_th, 1), className="hi-num"),
                html.Td(str(model.release_year or formats.DASH), className="hi-num"),
                html.Td(
                    [
                        icon("warning" if model.status is Status.DISPUTED else "check"),
                        html.Span(status_word(model.status)),
                    ],
                    className="hi-sure" + (" hi-tone-warn" if model.status is Status.DISPUTED else ""),
                    title=model.notes or None,
                ),
                html.Td(model.source or formats.DASH, className="hi-muted"),
            ]
        )
        for model in found
    ]
    return html.Div(
        [
            html.P(_("{shown} of {all} models", shown=len(found), all=len(models)), className="hi-muted"),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(body)], className="hi-table hi-table--wide"),
                className="hi-scroll hi-models",
                tabIndex="0",
                role="region",
                **{"aria-label": _("Catalogue of machines")},
            ),
        ]
    )


def may_save(actor: Actor) -> bool:
    """Tell whether somebody may keep scenarios."""
    return actor.person_id is not None and allowed(actor, Permission.VIEWS_WRITE)


def may_edit(actor: Actor) -> bool:
    """Tell whether somebody may change the catalogue."""
    return allowed(actor, Permission.MODELS_WRITE)


def model_changes(changes: Sequence[Any]) -> Component:
    """Give who changed what in the catalogue, the newest first."""
    if not changes:
        return html.P(_("Nobody has changed the catalogue."), className="hi-muted")
    rows = []
    for change in changes:
        before, after = change.before or {}, change.after or {}
        moved = [name for name in after if before.get(name) != after[name] and name not in ("name", "agreeing")]
        said = (
            ", ".join(f"{name}: {before.get(name, formats.DASH)} → {after[name]}" for name in moved)
            if before
            else _("added")
        )
        rows.append(
            html.Tr(
                [
                    html.Td(formats.instant(change.at), className="hi-nowrap"),
                    html.Td(change.actor_name),
                    html.Td(str(change.object).removeprefix("model ")),
                    html.Td(said or _("nothing changed"), className="hi-wrap"),
                ]
            )
        )
    head = html.Tr([html.Th(word, scope="col") for word in (_("Time"), _("Who"), _("Model"), _("Change"))])
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="hi-table"), className="hi-scroll")
