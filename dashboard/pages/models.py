"""Analyse / Catalogue of machines: every model with its figures, whose they are, and how sure; an administrator edits it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission
from core.calculator.catalogue import COOLING, Status
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views.calculator.catalogue import changes, may_edit, models_table
from dashboard.views.calculator.words import cooling_word, status_word
from services import calculator

register(__name__, path="/calculator-models", name="Catalogue of machines", permission=Permission.CALCULATE)


def layout(**_query: object) -> Component:
    """Give the catalogue, and for those who may the editor and what was changed."""
    actor = current_actor()
    edits, count = may_edit(actor), len(calculator.models(actor))
    return html.Div(
        [
            title_row(
                _("Catalogue of machines"),
                _("Data sheets of SHA-256 machines. A machine's own word comes before it wherever one can be asked."),
                dcc.Link(_("To the calculator"), href="/calculator", className="hi-button"),
            ),
            html.Section(
                [
                    html.Label(
                        [
                            html.Span(_("Search a model or maker"), className="hi-visually-hidden"),
                            dbc.Input(
                                id=ids.MODELS_SEARCH,
                                type="search",
                                placeholder=_("Search a model or maker"),
                                class_name="hi-field__input",
                            ),
                        ]
                    ),
                    html.P(
                        _("{shown} of {all} models", shown=count, all=count),
                        id=ids.MODELS_COUNT,
                        className="hi-muted",
                        role="status",
                        **{"data-words": _("{shown} of {all} models", shown="{shown}", all=count)},
                    ),
                    models_table(actor),
                    dcc.Store(id=ids.MODELS_SOUGHT),
                ],
                className="hi-panel hi-stack",
            ),
            *(_editor() if edits else ()),
        ],
        className="hi-stack",
    )


def _editor() -> tuple[Component, Component]:
    fields = [
        _field("name", _("Model"), dbc.Input(id=ids.model_part("name"), maxlength=80)),
        _field("manufacturer", _("Maker"), dbc.Input(id=ids.model_part("manufacturer"), maxlength=40)),
        _field(
            "cooling",
            _("Cooling"),
            dbc.Select(
                id=ids.model_part("cooling"),
                options=[{"value": each, "label": cooling_word(each)} for each in COOLING],
                value="air",
            ),
        ),
        _field(
            "hashrate_ths",
            _("Hashrate") + " [TH/s]",
            dbc.Input(id=ids.model_part("hashrate_ths"), type="number", step="any"),
        ),
        _field(
            "power_w",
            _("Power of the machine") + " [W]",
            dbc.Input(id=ids.model_part("power_w"), type="number", step="any"),
        ),
        _field(
            "status",
            _("Data sheets"),
            dbc.Select(
                id=ids.model_part("status"),
                options=[{"value": each.value, "label": status_word(each)} for each in Status],
                value=Status.UNVERIFIED.value,
            ),
        ),
        _field("release_year", _("Year"), dbc.Input(id=ids.model_part("release_year"), type="number", step=1)),
        _field("source", _("Source"), dbc.Input(id=ids.model_part("source"), maxlength=200)),
        _field("notes", _("Notes"), dbc.Input(id=ids.model_part("notes"), maxlength=300)),
    ]
    save = html.Button(
        _("Save the model"), id=ids.MODELS_SAVE, type="button", n_clicks=0, className="hi-button hi-button--primary"
    )
    editor = html.Section(
        [
            html.H2(_("Change a model, or add one"), className="hi-panel__title"),
            html.P(_("Press a model's name above to take it in here. A new name adds a model."), className="hi-muted"),
            html.Div(fields, className="hi-desk__row"),
            html.Div(save, className="hi-desk__actions"),
        ],
        className="hi-panel hi-stack",
    )
    changed = html.Section(
        [
            html.H2(_("What was changed"), className="hi-panel__title"),
            html.Div(changes(current_actor()), id=ids.MODELS_CHANGES),
        ],
        className="hi-panel",
    )
    return editor, changed


def _field(name: str, title: str, inside: Component) -> Component:
    inside.class_name = "hi-field__input"
    return html.Div(
        html.Label([html.Span(title, className="hi-field__title"), inside]), className="hi-field", id=f"model-{name}"
    )
