"""Scenarios that are kept: addresses with a name, one's own and those that the team shares."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from dashboard import ids
from dashboard.components.icons import icon
from dashboard.i18n import _
from services import views as saved_views

PAGE = "calculator"


def may_save(actor: Actor) -> bool:
    """Tell whether somebody may keep scenarios."""
    return actor.person_id is not None and allowed(actor, Permission.VIEWS_WRITE)


def links(actor: Actor) -> list[Component]:
    """Give a link for each scenario, and for one's own the button that deletes it."""
    shown = []
    for view in saved_views.of_page(actor, PAGE):
        said = view.name if view.own else f"{view.name} · {view.owner}"
        parts: list[Component] = [dcc.Link(said, href=f"/calculator?{view.query}")]
        if view.own:
            words = _("Delete the scenario {name}", name=view.name)
            parts.append(
                html.Button(
                    icon("close"),
                    id=ids.saved_delete(view.id),
                    type="button",
                    n_clicks=0,
                    className="hi-iconbutton",
                    title=words,
                    **{"aria-label": words},
                )
            )
        shown.append(html.Span(parts, className="hi-saved__one"))
    return shown
