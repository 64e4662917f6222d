"""The corner menu that every chart has: pictures by the browser, files by the server, table, full screen."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.i18n import _

PICTURES = ("png", "svg")


def chart_menu(*, name: str, title: str, files: bool = True) -> Component:
    """Give the menu of one chart. It is a `details`, so it opens and closes without any script of ours."""
    made = {"csv": _("CSV"), "xlsx": _("Excel"), "pptx": _("PowerPoint")} if files else {}
    pictures = {"png": _("PNG picture"), "svg": _("SVG picture")}
    return html.Details(
        [
            html.Summary("⋯", className="hi-chart__menu-button", **{"aria-label": _("Menu of the chart: %s") % title}),
            html.Div(
                [
                    *(html.Button(pictures[kind], type="button", **{"data-chart-picture": kind}) for kind in PICTURES),
                    *(
                        html.Button(word, id=ids.chart_export(name, kind), n_clicks=0, type="button")
                        for kind, word in made.items()
                    ),
                    html.Hr(),
                    html.Button(_("Show as table"), id=ids.chart_part("as-table", name), n_clicks=0, type="button"),
                    html.Button(_("Full screen"), type="button", **{"data-chart-full-screen": "true"}),
                ],
                className="hi-chart__menu-list",
            ),
        ],
        className="hi-chart__menu",
    )
