"""One's own account: who one is here, and where one is signed in."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.access import Permission
from dashboard import formats
from dashboard.auth import current_actor
from dashboard.components.shell import role_name, title_row
from dashboard.i18n import _
from dashboard.registry import register
from services import sessions

register(__name__, path="/account", name="Account", permission=Permission.OWN_ACCOUNT)


def layout(**_query: object) -> Component:
    """Show the open sessions."""
    actor = current_actor()
    head = html.Thead(html.Tr([html.Th(word, scope="col") for word in (_("Signed in"), _("Last active"), _("Address"), _("Browser"))]))
    body = html.Tbody(
        [
            html.Tr(
                [
                    html.Td(formats.instant(row["created_at"])),  # type: ignore[arg-type]
                    html.Td(formats.ago(row["active_at"])),  # type: ignore[arg-type]
                    html.Td(str(row["ip"] or formats.DASH)),
                    html.Td(str(row["user_agent"] or formats.DASH), className="hi-wrap"),
                ]
            )
            for row in sessions.mine(actor)
        ]
    )
    return html.Div(
        [
            title_row(_("Account"), f"{actor.name} · {role_name(actor.role)}"),
            html.Section([html.H2(_("Where you are signed in"), className="hi-panel__title"), html.Div(html.Table([head, body], className="hi-table"), className="hi-scroll")], className="hi-panel"),
        ]
    )
