"""What a page shows when it has nothing to show: why, and the one thing to do about it."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.icons import icon


def empty(
    *, title: str, why: str, link: str | None = None, href: str | None = None, symbol: str = "circle"
) -> Component:
    """Give an empty or refused state."""
    action = [dcc.Link(link, href=href, className="hi-button")] if link and href else []
    return html.Div([icon(symbol), html.H2(title), html.P(why), *action], className="hi-empty", role="status")
