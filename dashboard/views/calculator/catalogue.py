"""The catalogue of machines, and who changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from core.calculator.catalogue import Model, Status
from dashboard import formats, ids
from dashboard.components.sheet import Cell, Column, packed, sheet
from dashboard.i18n import _
from dashboard.views.calculator.words import cooling_word, status_word
from services import calculator


def may_edit(actor: Actor) -> bool:
    """Tell whether somebody may change the catalogue."""
    return allowed(actor, Permission.MODELS_WRITE)


def models(actor: Actor) -> list[dict[str, Any]]:
    """Give the rows of all models, each with its source and how sure it is; a press edits one, or reckons with it."""
    edits = may_edit(actor)
    return packed([_row(model, edits=edits) for model in calculator.models(actor)])


def models_table(actor: Actor) -> Component:
    """Give the table of all models."""
    columns = [
        Column("name", _("Model"), 230, pinned=True),
        Column("manufacturer", _("Maker"), 110),
        Column("cooling", _("Cooling"), 100),
        Column("hashrate_ths", "TH/s", 90, number=True),
        Column("power_w", "W", 90, number=True),
        Column("efficiency_j_per_th", "J/TH", 90, number=True),
        Column("release_year", _("Year"), 80, number=True),
        Column("status", _("Data sheets"), 230),
        Column("source", _("Source"), 320),
    ]
    return sheet(
        id=ids.MODELS_TABLE,
        label=_("Catalogue of machines"),
        columns=columns,
        rows=models(actor),
        none=_("No model matches."),
    )


def changes(actor: Actor) -> Component:
    """Give who changed what in the catalogue, the newest first."""
    return _changes_table(calculator.model_changes(actor))


def _row(model: Model, *, edits: bool) -> dict[str, Cell]:
    opens = "" if edits else f"/calculator?{urlencode({'model': model.name})}"
    disputed = model.status is Status.DISPUTED
    year = model.release_year
    return {
        "name": Cell(model.name, model.name, href=opens, sends=model.name if edits else ""),
        "manufacturer": Cell(model.manufacturer, model.manufacturer),
        "cooling": Cell(model.cooling, cooling_word(model.cooling)),
        "hashrate_ths": Cell(model.hashrate_ths, formats.decimal(model.hashrate_ths, 1)),
        "power_w": Cell(model.power_w, formats.integer(model.power_w)),
        "efficiency_j_per_th": Cell(model.efficiency_j_per_th, formats.decimal(model.efficiency_j_per_th, 1)),
        "release_year": Cell(year, str(year or formats.DASH)),
        "status": Cell(
            list(Status).index(model.status),
            status_word(model.status),
            tone="hi-tone-warn" if disputed else "",
            why=model.notes or "",
        ),
        "source": Cell(model.source, model.source or formats.DASH, tone="hi-muted", why=model.source or ""),
    }


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
