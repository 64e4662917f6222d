"""What says that numbers are made up: on the pages that show them, and in the files that leave with them."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import _
from services import market


def tag() -> Component | None:
    """Give the mark of a page whose prices are simulated; None where they are real."""
    if not market.is_simulated():
        return None
    return html.Span(
        _("Simulated market"),
        className="hi-chip hi-chip--warn",
        title=_("These prices come from a simulated market; none of them is a real price."),
    )


def origin() -> str:
    """Say in a file whose numbers these are."""
    return _("HashInsight, simulated data") if market.is_simulated() else "HashInsight"
