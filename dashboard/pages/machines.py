"""Operate / Machines: every machine, live, filtered and sorted by the address bar."""

from __future__ import annotations

from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission, allowed
from core.hosting.filters import MAX_TEXT, parse
from core.hosting.grid_views import expand
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.grid import grid, skeleton_rows
from dashboard.components.grid_bar import order_list
from dashboard.components.grid_editor import column_panel, filter_panel, view_panel
from dashboard.components.icons import icon
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register

register(
    __name__,
    path="/hosting/machines",
    name="Machines",
    group="operate",
    permission=(Permission.FARM_READ, Permission.OWN_MACHINES_READ),
    icon="machines",
    order=2,
)


def layout(**query: object) -> Component:
    """Give the page without rows. Columns and order are set from the address at once, or the grid would jump."""
    asked = expand(parse(urlencode([(key, str(query[key])) for key in ("sort", "columns", "view") if key in query])))
    return html.Div(
        [
            title_row(
                _("Machines"),
                _("Every machine, live. The address holds what you see: share it."),
                _export(may=allowed(current_actor(), Permission.EXPORT)),
            ),
            html.Div(id=ids.GRID_TABS, className="hi-tabs", role="group", **{"aria-label": _("Views")}),
            html.Div(
                [
                    html.Div(
                        [
                            icon("search"),
                            # Not dcc.Input, which moves the caret while somebody types fast.
                            dbc.Input(
                                id=ids.GRID_SEARCH,
                                type="search",
                                placeholder=_("Machine, serial, MAC, IP, model, client"),
                                maxlength=MAX_TEXT,
                                autocomplete="off",
                                class_name="hi-search__field",
                            ),
                        ],
                        className="hi-search hi-gridbar__search",
                    ),
                    html.Div(
                        [
                            html.Div(id=ids.GRID_CHIPS, className="hi-fchips"),
                            html.Button(
                                [icon("plus"), _("Filter")],
                                type="button",
                                className="hi-button hi-gridbar__add",
                                **{"data-opens": ids.GRID_FILTER_PANEL, "aria-haspopup": "dialog"},
                            ),
                        ],
                        className="hi-gridbar__filters",
                    ),
                    html.Div(id=ids.GRID_SUMMARY, className="hi-gridbar__sums", **{"aria-live": "polite"}),
                    html.Button(
                        [icon("columns"), html.Span(_("Columns"), className="hi-gridbar__word")],
                        type="button",
                        className="hi-button hi-gridbar__columns",
                        **{"data-opens": "grid-column-panel", "aria-haspopup": "dialog"},
                    ),
                    # Cards have no headings to press: a phone sorts by this list.
                    html.Label(
                        [html.Span(_("Sort by"), className="hi-visually-hidden"), order_list(asked)],
                        className="hi-site-label hi-gridbar__order",
                    ),
                    filter_panel(),
                    column_panel(asked),
                    view_panel(),
                ],
                className="hi-gridbar",
            ),
            html.Div(
                [
                    grid(query=asked),
                    html.Div(skeleton_rows(), id=ids.GRID_STATUS, className="hi-grid__status"),
                    html.Div(id=ids.GRID_CARDS, className="hi-cards"),
                ],
                className="hi-grid",
            ),
            html.Div(id=ids.GRID_PAGER, className="hi-pager"),
            html.Div(id=ids.JOB_PANEL, className="hi-job", role="status", **{"aria-live": "polite"}),
            dcc.Store(id=ids.GRID_SHOWN),
            dcc.Store(id=ids.GRID_SYNCED),
            dcc.Store(id=ids.GRID_EDITED),
            dcc.Store(id=ids.GRID_VIEWS_CHANGED),
            dcc.Store(id=ids.JOB),
            dcc.Store(id=ids.JOB_FETCHED),
            dcc.Interval(id=ids.JOB_POLL, interval=1000, disabled=True),
        ],
        className="hi-machines",
    )


def _export(*, may: bool) -> Component | None:
    if not may:
        return None
    return html.Details(
        [
            html.Summary([icon("download"), _("Export")], className="hi-button"),
            html.Div(
                [
                    html.Button(
                        _("Excel, all that match"), id=ids.GRID_EXPORT_XLSX, type="button", className="hi-menu__item"
                    ),
                    html.Button(
                        _("CSV, all that match"), id=ids.GRID_EXPORT_CSV, type="button", className="hi-menu__item"
                    ),
                ],
                className="hi-menu",
            ),
        ],
        className="hi-export",
    )
