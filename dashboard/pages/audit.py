"""Trust / Audit: who did what, newest first, and whether the chain of the log is whole."""

from __future__ import annotations

import re

from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission, Role
from dashboard import formats
from dashboard.auth import current_actor
from dashboard.components.icons import icon
from dashboard.components.shell import role_name, title_row
from dashboard.i18n import _
from dashboard.registry import register
from services import audit_log

register(
    __name__, path="/audit", name="Audit log", group="trust", permission=Permission.AUDIT_READ, icon="audit", order=1
)


def layout(page: str = "1", **_query: object) -> Component:
    """Show one page of the log."""
    number = int(page) if re.fullmatch("[1-9][0-9]{0,5}", page) else 1
    log = audit_log.page(current_actor(), number)
    chain = (
        html.P(
            [icon("check"), _("The chain of {n} entries is whole.", n=formats.integer(log.total))], className="hi-good"
        )
        if log.first_bad is None
        else html.P([icon("warning"), _("The chain is broken at entry {n}.", n=log.first_bad)], className="hi-bad")
    )
    outcomes = {"ok": _("done"), "denied": _("denied"), "failed": _("failed")}
    words = (_("No."), _("Time"), _("Who"), _("Role"), _("Action"), _("Object"), _("Outcome"), _("Address"))
    rows = [
        html.Tr(
            [
                html.Td(formats.integer(row.id), className="hi-num"),
                html.Td(formats.instant(row.at), className="hi-nowrap"),
                html.Td(row.actor_name, className="hi-nowrap"),
                html.Td(role_name(Role(row.role)), className="hi-nowrap"),
                html.Td(html.Code(row.action)),
                html.Td(row.object or formats.DASH, className="hi-wrap"),
                html.Td(
                    outcomes.get(row.outcome, row.outcome), className=f"hi-nowrap hi-outcome hi-outcome--{row.outcome}"
                ),
                html.Td(row.ip or formats.DASH),
            ]
        )
        for row in log.entries.itertuples()
    ]
    table = html.Table(
        [html.Thead(html.Tr([html.Th(word, scope="col") for word in words])), html.Tbody(rows)],
        className="hi-table hi-table--wide",
    )
    steps = []
    if number > 1:
        steps.append(dcc.Link(_("Newer"), href=f"/audit?page={number - 1}", className="hi-button", refresh=True))
    steps.append(
        html.Span(_("Page {n} of {m}", n=formats.integer(number), m=formats.integer(log.pages)), className="hi-muted")
    )
    if number < log.pages:
        steps.append(dcc.Link(_("Older"), href=f"/audit?page={number + 1}", className="hi-button", refresh=True))
    return html.Div(
        [
            title_row(_("Audit log"), _("Every action that changes something, and every one that was refused.")),
            chain,
            html.Section(
                html.Div(table, className="hi-scroll", tabIndex="0", role="region", **{"aria-label": _("Audit log")}),
                className="hi-panel",
            ),
            html.Nav(steps, className="hi-steps", **{"aria-label": _("Pages")}),
        ]
    )
