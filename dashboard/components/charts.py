"""The one factory of charts: panel, graph, corner menu, table, and the skeleton seen until the data is there."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from core.reporting import Table
from core.reporting.as_csv import x_texts
from dashboard import ids
from dashboard.components import figures
from dashboard.components.chart_menu import chart_menu
from dashboard.components.segments import segments
from dashboard.i18n import _, language

LOCALES = {"en": "en", "zh": "zh-CN"}
ROWS_SHOWN = 400


def chart(
    *, name: str, title: str, note: str = "", tall: bool = False, foot: Component | None = None, files: bool = True
) -> Component:
    """Give a chart's panel: `name` is its place in every id, `title` what people and files call it.

    `foot` stands under the graph; without `files` the menu offers none that the server makes.
    """
    return html.Section(
        [
            html.Div(
                [
                    html.H2(title, className="hi-panel__title"),
                    html.Span(note, className="hi-muted hi-chart__note") if note else None,
                    chart_menu(name=name, title=title, files=files),
                ],
                className="hi-chart__head",
            ),
            html.Div(
                [
                    html.Div(className="hi-chart__skeleton", **{"aria-hidden": "true"}),
                    dcc.Graph(
                        id=ids.chart_part("graph", name),
                        figure=figures.blank(),
                        config=graph_config(language()),
                        responsive=True,
                        className="hi-chart__graph",
                    ),
                ],
                className="hi-chart__body",
                role="group",
                **{"aria-label": title},
            ),
            foot,
            html.Div(id=ids.chart_part("table", name), className="hi-chart__table", hidden=True),
            dcc.Download(id=ids.chart_part("download", name)),
        ],
        className="hi-panel hi-chart" + (" hi-chart--tall" if tall else ""),
        **{"data-title": title, "data-chart": name},
    )


def graph_config(language: str) -> dict[str, object]:
    """Give what every graph is configured with: nothing leaves the house, and the reader's own numbers and months."""
    return {
        "displaylogo": False,
        "displayModeBar": False,
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "responsive": True,
        "scrollZoom": False,
        "doubleClick": "reset",
        "locale": LOCALES[language],
    }


def table_of(table: Table) -> Component:
    """Give the table that a chart shows, newest rows first, cut at a length that a page can bear."""
    places = x_texts(table)
    rows = list(zip(places, *(column.values.tolist() for column in table.columns), strict=True))[::-1]
    shown = rows[:ROWS_SHOWN]
    note = _("The newest %(shown)s of %(all)s rows; the files hold all of them.")
    return html.Div(
        [
            html.Div(
                html.Table(
                    [
                        html.Caption(table.title, className="hi-visually-hidden"),
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th(table.x_title, scope="col"),
                                    *(html.Th(c.heading, scope="col", className="hi-num") for c in table.columns),
                                ]
                            )
                        ),
                        html.Tbody([_row(row) for row in shown]),
                    ],
                    className="hi-table",
                ),
                className="hi-chart__rows",
                tabIndex="0",
                role="region",
                **{"aria-label": table.title},
            ),
            html.P(note % {"shown": len(shown), "all": len(rows)}, className="hi-muted")
            if len(rows) > len(shown)
            else None,
        ]
    )


def range_picker(*, id: str, chosen: str, ranges: tuple[str, ...] = ("1h", "24h", "7d", "30d", "90d")) -> Component:
    """Give the ranges of time that all charts of a page follow."""
    words = {"1h": _("1 h"), "24h": _("24 h"), "7d": _("7 d"), "30d": _("30 d"), "90d": _("90 d")}
    return segments(id=id, words={key: words[key] for key in ranges}, chosen=chosen, label=_("Range of time"))


def _row(row: tuple[str | float, ...]) -> Component:
    place, *values = row
    cells = [html.Td("–" if value != value else f"{value:,.2f}", className="hi-num") for value in values]
    return html.Tr([html.Th(place, scope="row"), *cells])
