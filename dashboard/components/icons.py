"""Icons: one span, drawn by CSS from a file of ours, so that they take the colour of the text beside them."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def icon(name: str) -> Component:
    """Give an icon; it says nothing to a screen reader, the word beside it does."""
    return html.Span(className=f"hi-icon hi-icon--{name}", **{"aria-hidden": "true"})
