"""The corner menu of every chart: files and tables out of the figure on the screen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import ALL, MATCH, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from core.access import Permission
from core.reporting import FORMATS, Unreadable, Wording, read_figure
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.charts import table_of
from dashboard.i18n import _
from dashboard.registry import guarded
from dashboard.views import simulated
from services import charts


@guarded(
    Output(ids.chart_part("download", MATCH), "data"),
    Input(ids.chart_export(MATCH, ALL), "n_clicks"),
    State(ids.chart_part("graph", MATCH), "figure"),
    permission=Permission.EXPORT,
    prevent_initial_call=True,
)
def export_chart(clicks: list[int], figure: Any) -> Any:
    """Hand out the chart as a file."""
    kind = ctx.triggered_id.get("kind") if isinstance(ctx.triggered_id, dict) else None
    if not any(clicks) or kind not in FORMATS:
        raise PreventUpdate
    now = dt.datetime.now(dt.UTC)
    try:
        file = charts.export(current_actor(), figure, kind, _wording(), now)
    except Unreadable as error:
        raise PreventUpdate from error
    return dcc.send_bytes(file.content, f"{file.title} {now:%Y-%m-%d}.{file.extension}", type=file.media_type)


@guarded(
    Output(ids.chart_part("table", MATCH), "children"),
    Output(ids.chart_part("table", MATCH), "hidden"),
    Output(ids.chart_part("as-table", MATCH), "children"),
    Input(ids.chart_part("as-table", MATCH), "n_clicks"),
    State(ids.chart_part("graph", MATCH), "figure"),
    State(ids.chart_part("table", MATCH), "hidden"),
    permission=Permission.SHELL,
    prevent_initial_call=True,
)
def show_as_table(clicks: int, figure: Any, hidden: bool) -> tuple[Any, bool, str]:
    """Show the figure as a table below it, or take the table away."""
    if not clicks:
        raise PreventUpdate
    if not hidden:
        return None, True, _("Show as table")
    try:
        return table_of(read_figure(figure)), False, _("Hide the table")
    except Unreadable:
        return html.P(_("There is no data to show as a table."), className="hi-muted"), False, _("Hide the table")


def _wording() -> Wording:
    return Wording(
        chart=_("Chart"),
        data=_("Data"),
        exported=_("Exported {time}"),
        alt=_("Chart: {title}. Series: {series}"),
        source=simulated.origin(),
    )
