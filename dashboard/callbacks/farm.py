"""Keep the farm page live: everything hangs on the data version, so that nothing is asked while nothing moved."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Input, Output, State

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.cache import drawn_under_version
from dashboard.components import figures
from dashboard.i18n import _, language
from dashboard.registry import clientside, guarded
from dashboard.views import farm as farm_views

FARM = Permission.FARM_READ


@guarded(
    Output(ids.FARM_KPIS, "children"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    permission=FARM,
)
def refresh_kpis(_version: Any, site: str | None) -> Any:
    """Bring the newest figures."""
    actor, now = current_actor(), dt.datetime.now(dt.UTC)
    [tiles] = drawn_under_version("kpis", site, language(), make=lambda: (farm_views.kpis(actor, site, now),))
    return tiles


@guarded(
    Output(ids.FARM_ATTENTION, "children"),
    Output(ids.FARM_CHANGES, "children"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    permission=FARM,
)
def refresh_lists(_version: Any, site: str | None) -> Any:
    """Bring what needs attention and what changed."""
    actor, now = current_actor(), dt.datetime.now(dt.UTC)
    return drawn_under_version("lists", site, language(), make=lambda: farm_views.lists(actor, site, now))


@guarded(
    Output(ids.FARM_HEAT_PLAN, "data"),
    Output(ids.FARM_HEAT_VALUES, "data"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    State(ids.FARM_HEAT_PLAN, "data"),
    permission=FARM,
)
def refresh_heat(_version: Any, site: str | None, plan: Any) -> tuple[Any, Any]:
    """Bring the values of the cells; their places only when they are not there yet or have changed."""
    return farm_views.heat(current_actor(), site, plan)


@guarded(
    Output(ids.chart_part("graph", "farm-hashrate"), "figure"),
    Output(ids.chart_part("graph", "farm-power"), "figure"),
    Output(ids.chart_part("graph", "farm-temperature"), "figure"),
    Output(ids.FARM_DRAWN, "data"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    Input(ids.FARM_RANGE, "data"),
    State(ids.FARM_DRAWN, "data"),
    permission=FARM,
)
def refresh_charts(_version: Any, site: str | None, window: str, drawn: Any) -> list[Any]:
    """Draw the charts, or only move their lines where the same ones stand there already."""
    made = farm_views.charts(current_actor(), site, window, dt.datetime.now(dt.UTC))
    return figures.drawn_or_moved(made, f"{site}:{window}", drawn)


@guarded(
    Output(ids.FARM_HEAT_TABLE, "children"),
    Output(ids.FARM_HEAT_AS_TABLE, "children"),
    Input(ids.FARM_HEAT_AS_TABLE, "n_clicks"),
    State(ids.SITE, "data"),
    permission=FARM,
    prevent_initial_call=True,
)
def show_racks_as_table(clicks: int, site: str | None) -> tuple[Any, str]:
    """Show the racks as a table below the map, or take the table away."""
    if not clicks or clicks % 2 == 0:
        return None, _("Show as table")
    return farm_views.rack_table(current_actor(), site), _("Hide the table")


clientside(
    "heatmap",
    "draw",
    Output(ids.FARM_HEAT_DRAWN, "data"),
    Input(ids.FARM_HEAT_PLAN, "data"),
    Input(ids.FARM_HEAT_VALUES, "data"),
    Input(ids.FARM_HEAT_MEASURE, "data"),
)
