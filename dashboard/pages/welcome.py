"""The start for those who have no other page: guests."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.access import Permission, Role
from dashboard.auth import current_actor
from dashboard.components.shell import title_row
from dashboard.components.states import empty
from dashboard.i18n import _
from dashboard.registry import register

register(__name__, path="/welcome", name="Welcome", permission=Permission.SHELL)


def layout(**_query: object) -> Component:
    """Say what a guest can see; who came here by the address alone is sent to his own start."""
    if current_actor().role is not Role.GUEST:
        return empty(
            title=_("You are signed in"),
            why=_("This page is for guests."),
            link=_("Go to the start"),
            href="/",
            symbol="user",
        )
    return html.Div(
        [
            title_row(_("Welcome"), _("You are here as a guest.")),
            empty(
                title=_("Public pages"),
                why=_("Guests see what is public. The farm, its machines and its clients need an account."),
                symbol="user",
            ),
        ]
    )
