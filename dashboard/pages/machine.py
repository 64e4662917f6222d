"""Operate / Machine: one machine, what it does, what it did, and what it can be told."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from werkzeug.exceptions import NotFound

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.charts import chart, range_picker
from dashboard.components.command_dialog import command_dialog
from dashboard.components.states import empty
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views import machine as views

register(
    __name__,
    path="/hosting/machine/<miner_id>",
    name="Machine",
    permission=Permission.OWN_MACHINES_READ,
)


def layout(miner_id: str | None = None, **_query: object) -> Component:
    """Give the page of a machine that this actor may see; any other does not exist."""
    try:
        key = views.miner_key(miner_id)
        page = views.page(current_actor(), key)
    except NotFound:
        return empty(
            title=_("No such machine"),
            why=_("There is no machine at this address, or it is not yours to see."),
            link=_("Go to the machines"),
            href="/hosting/machines",
        )
    return html.Div(
        [
            page.head,
            html.Div(page.banner, id=ids.MACHINE_BANNER, **{"aria-live": "polite"}),
            html.Div(
                [
                    _panel(_("Live values"), html.Div(page.values, id=ids.MACHINE_VALUES)),
                    _panel(_("Identity"), html.Div(page.identity, id=ids.MACHINE_IDENTITY)),
                ],
                className="hi-machine__facts",
            ),
            _panel(_("Boards"), html.Div(page.boards, id=ids.MACHINE_BOARDS)),
            html.Div(
                [html.H2(_("Over time"), className="hi-section"), range_picker(id=ids.MACHINE_RANGE, chosen="24h")],
                className="hi-chartbar",
            ),
            html.Div(
                [
                    html.Div(
                        chart(name="machine-hashrate", title=_("Hashrate of the machine"), tall=True),
                        className="hi-chart--wide",
                    ),
                    chart(name="machine-power", title=_("Power of the machine")),
                    chart(name="machine-temperature", title=_("Temperatures of the machine")),
                    chart(name="machine-board-hashrate", title=_("Hashrate by board")),
                    chart(name="machine-board-temperature", title=_("Temperature by board")),
                ],
                className="hi-charts",
            ),
            html.Div(
                [
                    _panel(
                        _("Operations"), html.Div(page.operations, id=ids.MACHINE_OPERATIONS, **{"aria-live": "polite"})
                    ),
                    _panel(_("Events"), html.Div(page.events, id=ids.MACHINE_EVENTS)),
                ],
                className="hi-machine__history",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(_("Last reply, as it came"), className="hi-panel__title"),
                            html.Button(
                                _("Show"), id=ids.MACHINE_RAW_SHOW, n_clicks=0, className="hi-button", type="button"
                            ),
                        ],
                        className="hi-chartbar",
                    ),
                    html.Div(id=ids.MACHINE_RAW),
                ],
                className="hi-panel",
            ),
            command_dialog(),
            dcc.Store(id=ids.MACHINE_KEY, data=key),
            dcc.Store(id=ids.MACHINE_DRAWN),
            dcc.Interval(id=ids.COMMAND_POLL, interval=1000, disabled=not page.busy),
        ],
        className="hi-machine",
    )


def _panel(title: str, inside: Component) -> Component:
    return html.Section([html.H2(title, className="hi-panel__title"), inside], className="hi-panel")
