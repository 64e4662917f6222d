"""Analyse / Calculator: what machines earn under the market, the pool and the site that one sets; the address is the question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from core.calculator.question import parse
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.calculator_controls import PAGE, controls, field
from dashboard.components.charts import chart
from dashboard.components.controls import desk, stores
from dashboard.components.icons import icon
from dashboard.components.kpi import kpi_skeletons
from dashboard.components.shell import title_row
from dashboard.components.states import empty
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views import simulated
from dashboard.views.calculator import saved
from dashboard.views.calculator.compare import comparison
from dashboard.views.calculator.controls import banner, market_line
from dashboard.views.calculator.curtail import is_priced
from dashboard.views.calculator.many import many_table
from dashboard.views.calculator.single import tiles
from services import calculator
from services.calculator import Desk

register(
    __name__, path="/calculator", name="Calculator", group="analyse", permission=Permission.CALCULATE,
    icon="calculator", order=20,
)  # fmt: skip
register(__name__, path="/calculator/<tab>", name="Calculator", permission=Permission.CALCULATE)

NEEDS = {"many": Permission.CALCULATE_MANY}


def layout(tab: str = "single", **query: str) -> Component:
    """Give one tab; what is asked is filled in from the address, the answer comes after."""
    actor = current_actor()
    if tab not in BODIES or not allowed(actor, NEEDS.get(tab, Permission.CALCULATE)):
        return empty(
            title=_("Nothing here"),
            why=_("There is no page at this address, or it is not for your role."),
            link=_("Go to the calculator"),
            href="/calculator",
            symbol="search",
        )
    now = dt.datetime.now(dt.UTC)
    asked = calculator.desk(actor, parse(urlencode(query)), now)
    names = [model.name for model in calculator.models(actor)]
    return html.Div(
        [
            title_row(
                _("Calculator"),
                _("What a machine earns and costs, and when it pays back. The address holds every input: share it."),
                _actions(actor, tab),
            ),
            _tabs(actor, tab),
            html.Div(saved.links(actor), id=ids.CALC_SAVED, className="hi-saved"),
            html.Div(banner(asked), id=ids.CALC_BANNER, **{"aria-live": "polite"}),
            html.Div(
                market_line(asked.market, now),
                id=ids.CALC_MARKET,
                className="hi-told-row",
                role="group",
                **{"aria-label": _("The market now")},
            ),
            desk(
                controls=controls(tab, asked, names, now),
                answer=BODIES[tab](asked, now),
                label=_("What is asked"),
                fold=_("What is asked"),
            ),
            dcc.Store(id=ids.CALC_SAVED_CHANGED),
            dcc.Store(id=ids.CALC_DRAWN_FOR),
            *stores(PAGE),
            dcc.Download(id=ids.CALC_DOWNLOAD),
        ],
        className="hi-calculator hi-stack",
    )


def _tabs(actor: Actor, chosen: str) -> Component:
    words = {
        "single": _("One machine"),
        "compare": _("Compare"),
        "many": _("Many machines"),
        "past": _("History"),
        "curtail": _("Curtailment"),
    }
    links = [
        html.A(
            words[tab],
            href="/calculator" if tab == "single" else f"/calculator/{tab}",
            className="hi-desk__tab",
            **{"data-keeps-search": "yes", **({"aria-current": "page"} if tab == chosen else {})},
        )
        for tab in BODIES
        if allowed(actor, NEEDS.get(tab, Permission.CALCULATE))
    ]
    links.append(dcc.Link(_("Catalogue"), href="/calculator-models", className="hi-desk__tab"))
    return html.Nav(links, className="hi-desk__tabs", **{"aria-label": _("Parts of the calculator")})


def _actions(actor: Actor, tab: str) -> Component:
    shown: list[Any] = [simulated.tag()]
    if tab == "single":
        words = [icon("download"), _("Excel with formulas")]
        shown.append(html.Button(words, id=ids.CALC_SHEET, type="button", n_clicks=0, className="hi-button"))
    if tab == "compare":
        words = [icon("download"), "Excel"]
        shown.append(html.Button(words, id=ids.CALC_COMPARED_XLSX, type="button", n_clicks=0, className="hi-button"))
    if saved.may_save(actor):
        shown.append(
            html.Details(
                [
                    html.Summary([icon("save"), _("Save scenario")], className="hi-button"),
                    html.Div(
                        [
                            dbc.Input(
                                id=ids.CALC_SAVE_NAME,
                                placeholder=_("Name of the scenario"),
                                maxlength=40,
                                class_name="hi-field__input",
                            ),
                            dbc.Checkbox(id=ids.CALC_SAVE_SHARED, label=_("Share with the team"), value=False),
                            html.Button(
                                _("Save scenario"),
                                id=ids.CALC_SAVE,
                                type="button",
                                n_clicks=0,
                                className="hi-button hi-button--primary",
                            ),
                        ],
                        className="hi-menu hi-saved__form",
                    ),
                ],
                className="hi-export",
            )
        )
    return html.Div(shown, className="hi-desk__actions")


def _single(asked: Desk, now: dt.datetime) -> list[Component]:
    return [
        html.Div(tiles(asked), id=ids.CALC_KPIS["single"], className="hi-kpis"),
        chart(name="calc-cash", title=_("Cumulated cash flow to payback"), tall=True),
        html.P(id=ids.CALC_NOTE["single"], className="hi-muted"),
        html.Div([field("result", asked, now)], className="hi-desk__row"),
        chart(name="calc-tornado", title=_("What the result depends on"), tall=True),
        html.Div([field("across", asked, now), field("up", asked, now)], className="hi-desk__row"),
        chart(name="calc-heat", title=_("The result over two inputs"), tall=True),
        _panel(_("All results, with their formulas"), html.Div(id=ids.CALC_RESULTS, className="hi-scroll")),
    ]


def _compare(asked: Desk, _now: dt.datetime) -> list[Component]:
    return [
        _panel(_("Machines beside each other"), html.Div(comparison(asked), id=ids.CALC_TABLE["compare"])),
        chart(name="calc-compare-profit", title=_("Profit a day by machine")),
        chart(name="calc-compare-cash", title=_("Cumulated cash flow by machine"), tall=True),
    ]


def _past(_asked: Desk, _now: dt.datetime) -> list[Component]:
    return [
        html.Div(kpi_skeletons(5), id=ids.CALC_KPIS["past"], className="hi-kpis"),
        chart(name="calc-past", title=_("Earned so far"), tall=True),
        chart(name="calc-past-days", title=_("Revenue and cost by day")),
        html.P(id=ids.CALC_NOTE["past"], className="hi-muted"),
    ]


def _curtail(asked: Desk, _now: dt.datetime) -> list[Component]:
    return [
        _panel(
            _("Hourly market prices"),
            html.Div(
                [
                    html.P(
                        _("One price an hour [USD/MWh], up to a year: paste a column. They stay on this page only."),
                        className="hi-muted",
                    ),
                    dbc.Textarea(
                        id=ids.CALC_HOURS_TEXT, rows=4, placeholder="31.2\n28.9\n145.0\n…", class_name="hi-field__input"
                    ),
                    html.Div(
                        html.Button(
                            _("Use these prices"),
                            id=ids.CALC_HOURS_READ,
                            type="button",
                            n_clicks=0,
                            className="hi-button",
                        ),
                        className="hi-desk__actions",
                    ),
                    dcc.Store(id=ids.CALC_HOURS),
                ],
                className="hi-stack",
            ),
        ),
        html.Div(kpi_skeletons(6) if is_priced(asked) else [], id=ids.CALC_KPIS["curtail"], className="hi-kpis"),
        chart(name="calc-hours", title=_("Power price by the hour"), tall=True),
        chart(name="calc-sides", title=_("Profit: always on against curtailed")),
        html.P(id=ids.CALC_NOTE["curtail"], className="hi-muted"),
    ]


def _many(_asked: Desk, _now: dt.datetime) -> list[Component]:
    return [
        _panel(
            _("Which machines"),
            html.Div(
                [
                    html.P(
                        _(
                            "Paste lots, one a line: model, how many, power price, outlay. A first line may name the columns."
                        ),
                        className="hi-muted",
                    ),
                    dbc.Textarea(
                        id=ids.CALC_LOTS_TEXT,
                        rows=5,
                        placeholder="Antminer S21 (200 TH)\t120\t0.055\t2600",
                        class_name="hi-field__input",
                    ),
                    html.Div(
                        [
                            html.Button(
                                _("Calculate these"),
                                id=ids.CALC_LOTS_READ,
                                type="button",
                                n_clicks=0,
                                className="hi-button hi-button--primary",
                            ),
                            html.Button(
                                [icon("machines"), _("The live fleet, by model and client")],
                                id=ids.CALC_LOTS_FLEET,
                                type="button",
                                n_clicks=0,
                                className="hi-button",
                            ),
                        ],
                        className="hi-desk__actions",
                    ),
                    html.Label(
                        dcc.Upload(
                            html.Span(_("Drop a CSV or Excel file here, or press to choose one"), className="hi-drop"),
                            id=ids.CALC_LOTS_FILE,
                            accept=".csv,.txt,.xlsx",
                            max_size=calculator.MAX_FILE_BYTES,
                        )
                    ),
                    html.Div(id=ids.CALC_LOTS_SAID, role="status", **{"aria-live": "polite"}),
                ],
                className="hi-stack",
            ),
        ),
        html.Div(id=ids.CALC_KPIS["many"], className="hi-kpis"),
        _panel(
            _("Lots, ranked"),
            html.Div(
                [
                    html.Div(
                        [
                            html.Button(
                                [icon("download"), "Excel"],
                                id=ids.CALC_LOTS_XLSX,
                                type="button",
                                n_clicks=0,
                                className="hi-button",
                            ),
                            html.Button(
                                [icon("download"), "CSV"],
                                id=ids.CALC_LOTS_CSV,
                                type="button",
                                n_clicks=0,
                                className="hi-button",
                            ),
                        ],
                        className="hi-desk__actions",
                    ),
                    many_table(),
                ],
                className="hi-stack",
            ),
        ),
        dcc.Store(id=ids.CALC_LOTS),
    ]


BODIES: dict[str, Callable[[Desk, dt.datetime], list[Component]]] = {
    "single": _single,
    "compare": _compare,
    "many": _many,
    "past": _past,
    "curtail": _curtail,
}


def _panel(title: str, inside: Component) -> Component:
    return html.Section([html.H2(title, className="hi-panel__title"), inside], className="hi-panel")
