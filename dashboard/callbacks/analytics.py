"""The analytics page at work: a change of the address brings the chart; the records come by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Input, Output

from core.access import Permission
from core.indicators import INDICATORS
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.analytics_figure import figure
from dashboard.components.controls import told
from dashboard.registry import clientside, guarded
from dashboard.views import analytics as views
from services import analytics

READ = Permission.ANALYTICS_READ
PAGE = "analytics"

clientside("desk", "follow", Output(ids.ANALYTICS_FOLLOWED, "data"), Input(ids.URL, "search"))
clientside("desk", "say", Output(ids.desk_told(PAGE), "data"), Input(ids.desk_said(PAGE), "data"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@guarded(
    Output(ids.chart_part("graph", "analytics"), "figure"),
    Output(ids.ANALYTICS_CHART, "className"),
    Output(ids.ANALYTICS_TOLD, "children"),
    Output(ids.desk_said(PAGE), "data"),
    Input(ids.URL, "search"),
    Input(ids.ANALYTICS_FOLLOWED, "data"),
    permission=READ,
)
def show_chart(search: Any, _followed: Any) -> Any:
    """Bring the chart, and hide the parameters of what is not drawn."""
    asked = views.read(search)
    found = views.drawn(current_actor(), asked, _now())
    says = {
        f"{each.name}-{parameter.name}": views.parameter_said(asked, each, parameter)
        for each in INDICATORS.values()
        for parameter in each.parameters
    }
    return (
        figure(asked, found),
        f"hi-analytics__chart hi-panes-{min(found.panes, 8)}",
        views.told(found),
        told(says),
    )


@guarded(
    Output(ids.ANALYTICS_SIGNALS, "children"),
    Input(ids.URL, "pathname"),
    permission=READ,
)
def show_signals(_path: Any) -> Any:
    """Bring the rules with their records."""
    return views.signals(*analytics.standings(current_actor(), _now()))
