"""The catalogue of machines, and who changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from core.calculator.catalogue import Model, Status
from dashboard import formats, ids
from dashboard.components.icons import icon
from dashboard.i18n import _
from dashboard.views.calculator.words import cooling_word, status_word
from services import calculator


def may_edit(actor: Actor) -> bool:
    """Tell whether somebody may change the catalogue."""
    return allowed(actor, Permission.MODELS_WRITE)


def found(actor: Actor, sought: str) -> Component:
    """Give the models of a name or maker, each with its source and how sure it is."""
    return _models_table(calculator.models(actor), may_edit=may_edit(actor), sought=sought)


def changes(actor: Actor) -> Component:
    """Give who changed what in the catalogue, the newest first."""
    return _changes_table(calculator.model_changes(actor))


def _models_table(models: Sequence[Model], *, may_edit: bool, sought: str) -> Component:
    words = sought.lower().split()
    found = [model for model in models if all(word in f"{model.name} {model.manufacturer}".lower() for word in words)]
    titles = [_("Model"), _("Maker"), _("Cooling"), "TH/s", "W", "J/TH", _("Year"), _("Data sheets"), _("Source")]
    head = html.Tr(
        [html.Th(title, scope="col", className="hi-num" if 3 <= at <= 6 else "") for at, title in enumerate(titles)]
    )
    body = [
        html.Tr(
            [
                html.Th(
                    html.Button(model.name, id=ids.model_edit(model.name), type="button", className="hi-link")
                    if may_edit
                    else dcc.Link(model.name, href=f"/calculator?{urlencode({'model': model.name})}"),
                    scope="row",
                ),
                html.Td(model.manufacturer),
                html.Td(cooling_word(model.cooling)),
                html.Td(formats.decimal(model.hashrate_ths, 1), className="hi-num"),
                html.Td(formats.integer(model.power_w), className="hi-num"),
                html.Td(formats.decimal(model.efficiency_j_per_th, 1), className="hi-num"),
                html.Td(str(model.release_year or formats.DASH), className="hi-num"),
                html.Td(
                    [
                        icon("warning" if model.status is Status.DISPUTED else "check"),
                        html.Span(status_word(model.status)),
                    ],
                    className="hi-sure" + (" hi-tone-warn" if model.status is Status.DISPUTED else ""),
                    title=model.notes or None,
                ),
                html.Td(model.source or formats.DASH, className="hi-muted"),
            ]
        )
        for model in found
    ]
    return html.Div(
        [
            html.P(_("{shown} of {all} models", shown=len(found), all=len(models)), className="hi-muted"),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(body)], className="hi-table hi-table--wide"),
                className="hi-scroll hi-models",
                tabIndex="0",
                role="region",
                **{"aria-label": _("Catalogue of machines")},
            ),
        ]
    )


def _changes_table(changes: Sequence[Any]) -> Component:
    if not changes:
        return html.P(_("Nobody has changed the catalogue."), className="hi-muted")
    rows = []
    for change in changes:
        before, after = change.before or {}, change.after or {}
        moved = [name for name in after if before.get(name) != after[name] and name not in ("name", "agreeing")]
        said = (
            ", ".join(f"{name}: {before.get(name, formats.DASH)} → {after[name]}" for name in moved)
            if before
            else _("added")
        )
        rows.append(
            html.Tr(
                [
                    html.Td(formats.instant(change.at), className="hi-nowrap"),
                    html.Td(change.actor_name),
                    html.Td(str(change.object).removeprefix("model ")),
                    html.Td(said or _("nothing changed"), className="hi-wrap"),
                ]
            )
        )
    head = html.Tr([html.Th(word, scope="col") for word in (_("Time"), _("Who"), _("Model"), _("Change"))])
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="hi-table"), className="hi-scroll")
