"""Operate / Farm: the whole farm at a glance, what needs attention, and what changed."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission
from dashboard import ids
from dashboard.components.charts import chart, range_picker
from dashboard.components.heatmap import heat_map
from dashboard.components.kpi import kpi_skeletons
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register

KPIS = 6

register(
    __name__,
    path="/hosting",
    name="Farm",
    group="operate",
    permission=Permission.FARM_READ,
    icon="farm",
    order=1,
)


def layout(**_query: object) -> Component:
    """Give the page without its figures: they come with the first answer."""
    return html.Div(
        [
            title_row(_("Farm"), _("Live figures of all machines, and what costs money now.")),
            html.Div(kpi_skeletons(KPIS), id=ids.FARM_KPIS, className="hi-kpis"),
            html.Div(
                [
                    heat_map(),
                    html.Div(
                        [
                            _list(_("Needs attention"), ids.FARM_ATTENTION, "hi-farm__attention"),
                            _list(_("In the last hour"), ids.FARM_CHANGES, "hi-farm__changes"),
                        ],
                        className="hi-farm__side",
                    ),
                ],
                className="hi-farm__top",
            ),
            html.Div(
                [html.H2(_("Over time"), className="hi-section"), range_picker(id=ids.FARM_RANGE, chosen="24h")],
                className="hi-chartbar",
            ),
            html.Div(
                [
                    html.Div(
                        chart(name="farm-hashrate", title=_("Hashrate of the farm"), tall=True),
                        className="hi-chart--wide",
                    ),
                    chart(name="farm-power", title=_("Power of the farm")),
                    chart(name="farm-temperature", title=_("Machine temperature")),
                ],
                className="hi-charts",
            ),
            dcc.Store(id=ids.FARM_DRAWN),
        ],
        className="hi-farm",
    )


def _list(title: str, id: str, class_name: str) -> Component:
    waiting = [html.Div(className="hi-skeleton-line") for _number in range(4)]
    return html.Section(
        [html.H2(title, className="hi-panel__title"), html.Div(waiting, id=id, className="hi-list__body")],
        className=f"hi-panel hi-list {class_name}",
    )
