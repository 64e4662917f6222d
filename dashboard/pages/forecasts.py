"""Analyse / Forecasts: what price, difficulty and hashprice may do, with the record of every model beside it."""

from __future__ import annotations

from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission, allowed
from dashboard import formats, ids
from dashboard.auth import current_actor
from dashboard.components.charts import chart
from dashboard.components.forecast_parts import fact_skeletons
from dashboard.components.forecast_words import read
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views import forecasts as views
from dashboard.views import simulated
from services.forecasts import NIGHTLY_ORIGINS, ORIGINS

register(
    __name__,
    path="/forecasts",
    name="Forecasts",
    group="analyse",
    permission=Permission.FORECASTS_READ,
    icon="forecast",
    order=40,
)


def layout(**query: str) -> Component:
    """Give the page with its choices and what the models' record says; the figures come with the first answer."""
    actor, asked = current_actor(), read(urlencode(query))
    return html.Div(
        [
            title_row(
                _("Forecasts"),
                _("What price, difficulty and hashprice may do, how sure that is, and how good the models have been."),
                simulated.tag(),
            ),
            html.Div(
                [
                    html.Aside(
                        views.controls(actor, asked), id=ids.FORECAST_CONTROLS,
                        className="hi-panel hi-forecast__controls", **{"aria-label": _("What is forecast")},
                    ),
                    html.Div(
                        [
                            html.Div(views.verdict(actor, asked), id=ids.FORECAST_VERDICT, role="status"),
                            html.Div(fact_skeletons(4), id=ids.FORECAST_FACTS, className="hi-forecast__facts"),
                            html.Div(
                                [
                                    chart(name="forecast", title=_("Past and forecast"), tall=True),
                                    html.P(id=ids.FORECAST_TOLD, className="hi-forecast__told"),
                                ],
                                className="hi-forecast__chart",
                            ),
                            html.Div(id=ids.FORECAST_TABLE),
                            # Beside the button that begins most of them, and nothing above jumps when it comes.
                            html.Div(id=ids.FORECAST_JOB_PANEL, role="status", **{"aria-live": "polite"}),
                            _scores(),
                        ],
                        className="hi-forecast__answer",
                    ),
                ],
                className="hi-forecast__desk",
            ),
            dcc.Store(id=ids.FORECAST_DRAWN),
            dcc.Store(id=ids.FORECAST_STORED),
            dcc.Store(id=ids.FORECAST_JOB),
            dcc.Interval(id=ids.FORECAST_JOB_POLL, interval=1000, disabled=True),
        ],
        className="hi-forecast",
    )  # fmt: skip


def _scores() -> Component:
    """Give the place of the evaluation; who may not start one sees its results alone."""
    may = allowed(current_actor(), Permission.EVALUATE)
    options = [{"label": _("{n} forecasts", n=formats.integer(count)), "value": count} for count in ORIGINS]
    start = html.Div(
        [
            html.Label(
                [
                    html.Span(_("How many forecasts from the past are scored"), className="hi-visually-hidden"),
                    dbc.Select(
                        id=ids.FORECAST_ORIGINS, options=options, value=NIGHTLY_ORIGINS, class_name="hi-forecast__origins"
                    ),
                ]
            ),
            html.Button(
                _("Run the evaluation"), id=ids.FORECAST_RUN, n_clicks=0, type="button",
                className="hi-button hi-button--primary",
            ),
        ],
        className="hi-forecast__run" + ("" if may else " hi-hidden"),
    )  # fmt: skip
    return html.Div(
        [
            html.Section(
                [
                    html.Div(
                        [html.H2(_("How good the models have been"), className="hi-panel__title"), start],
                        className="hi-panel__head",
                    ),
                    html.Div(id=ids.FORECAST_SCORE_TABLE),
                ],
                className="hi-panel",
            ),
            html.Div(
                [
                    chart(name="forecast-skill", title=_("Skill by the day ahead")),
                    chart(name="forecast-coverage", title=_("Share inside the ranges by the day ahead")),
                ],
                id=ids.FORECAST_SCORE_CHARTS,
                className="hi-charts",
            ),
        ],
        id=ids.FORECAST_SCORES,
        className="hi-forecast__scores",
    )
