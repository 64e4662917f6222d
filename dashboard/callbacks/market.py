"""Keep the market page live, its address in step with its controls, and take people's histories."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Input, Output, State
from dash.exceptions import PreventUpdate

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components import figures
from dashboard.registry import clientside, guarded
from dashboard.views import market as views

MARKET = Permission.MARKET_READ


@guarded(
    Output(ids.MARKET_TILES, "children"),
    Output(ids.MARKET_SOURCES, "children"),
    Input(ids.MARKET_VERSION, "data"),
    permission=MARKET,
    prevent_initial_call=True,
)
def refresh_market(_version: Any) -> tuple[Any, Any]:
    """Bring the newest numbers and how their sources are."""
    actor, now = current_actor(), dt.datetime.now(dt.UTC)
    return views.tiles(actor, now), views.sources(actor, now)


@guarded(
    *(Output(ids.chart_part("graph", f"market-{name}"), "figure") for name in views.CHARTS),
    *(Output(ids.market_note(name), "children") for name in views.CHARTS),
    Output(ids.MARKET_DRAWN, "data"),
    Input(ids.MARKET_VERSION, "data"),
    Input(ids.MARKET_RANGE, "data"),
    Input(ids.MARKET_SERIES, "data"),
    Input(ids.MARKET_SOURCE, "value"),
    State(ids.MARKET_DRAWN, "data"),
    permission=MARKET,
)
def refresh_market_charts(_version: Any, window: Any, series: Any, source: Any, drawn: Any) -> list[Any]:
    """Draw the charts, or only move their lines where the same ones stand there already."""
    choice = views.choice(window, series, source)
    made, notes = views.charts(current_actor(), choice, dt.datetime.now(dt.UTC))
    *shown, here = figures.drawn_or_moved(made, str(choice), drawn)
    return [*shown, *notes, here]


@guarded(
    Output(ids.MARKET_REPORT, "children"),
    Output(ids.MARKET_SOURCE, "options"),
    Output(ids.MARKET_UPLOAD, "contents"),
    Input(ids.MARKET_UPLOAD, "contents"),
    State(ids.MARKET_UPLOAD, "filename"),
    State(ids.MARKET_BARS, "data"),
    State(ids.MARKET_SOURCE, "value"),
    permission=Permission.MARKET_WRITE,
    prevent_initial_call=True,
)
def import_history(contents: Any, file_name: Any, interval: Any, source: Any) -> tuple[Any, Any, None]:
    """Take a history out of the file that was chosen; the field is emptied, so that the same file can come again."""
    if not contents:
        raise PreventUpdate
    actor = current_actor()
    report = views.take_history(actor, contents, file_name, interval, dt.datetime.now(dt.UTC))
    return report, views.source_options(actor, source), None


clientside(
    "market", "version", Output(ids.MARKET_VERSION, "data"), Input(ids.LIVE, "data"), State(ids.MARKET_VERSION, "data")
)
clientside("market", "follow", Output(ids.MARKET_FOLLOWED, "data"), Input(ids.URL, "search"), prevent_initial_call=True)
