"""Controls of a desk: fields whose values stand in the address. assets/js/desk.js carries them there as people type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.icons import icon


def desk(*, controls: Sequence[Component], answer: Sequence[Component], label: str, fold: str) -> Component:
    """Give the two columns of a page on which one asks and sees: controls left, folded above the answer on a phone."""
    return html.Div(
        [
            html.Aside(
                html.Details(
                    [html.Summary([icon("panel"), fold], className="hi-desk__fold hi-button"), html.Div(controls)],
                    open=True,
                    className="hi-desk__box",
                ),
                className="hi-desk__controls",
                **{"aria-label": label},
            ),
            html.Div(answer, className="hi-desk__answer"),
        ],
        className="hi-desk",
    )


def group(*, title: str, fields: Sequence[Component], opened: bool = False) -> Component:
    """Give fields under a heading that folds."""
    return html.Details(
        [html.Summary(title, className="hi-fields__title"), html.Div(fields, className="hi-fields__body")],
        open=opened,
        className="hi-fields",
    )


def number_field(
    *, name: str, title: str, unit: str, value: float | None, low: float, high: float, share: bool = False
) -> Component:
    """Give a number's field; `value` is what was set, nothing where it is left open; a share is shown in per cent."""
    if share:
        unit, low, high = "%", low * 100, high * 100
        value = None if value is None else float(f"{value * 100:.12g}")
    return _field(
        name,
        title,
        unit,
        dbc.Input(
            id=ids.desk_field(name),
            type="number",
            value=value,
            min=low,
            max=high,
            step="any",
            autocomplete="off",
            class_name="hi-field__input",
        ),
        share=share,
    )


def choice_field(*, name: str, title: str, options: Mapping[str, str], value: str, usual: str) -> Component:
    """Give a list to choose one of; the `usual` one is not said in the address."""
    listed = [{"value": key, "label": word} for key, word in options.items()]
    return _field(
        name,
        title,
        "",
        dbc.Select(id=ids.desk_field(name), options=listed, value=value, class_name="hi-field__input"),
        usual=usual,
    )


def text_field(*, name: str, title: str, value: str, rows: int) -> Component:
    """Give a field for many words or numbers."""
    return _field(
        name, title, "", dbc.Textarea(id=ids.desk_field(name), value=value, rows=rows, class_name="hi-field__input")
    )


def offered_field(*, name: str, title: str, value: str, offered: str, usual: str = "") -> Component:
    """Give a field for a name; `offered` is the id of the list of names that one sees while typing."""
    return _field(
        name,
        title,
        "",
        dbc.Input(
            id=ids.desk_field(name),
            type="search",
            value=value,
            list=offered,
            autocomplete="off",
            class_name="hi-field__input",
        ),
        usual=usual,
    )


def flag_field(*, name: str, title: str, value: bool, usual: bool) -> Component:
    """Give a box to tick; how it `usual`ly stands is not said in the address."""
    return html.Div(
        dbc.Checkbox(id=ids.desk_field(name), value=value, label=title),
        className="hi-field hi-field--flag",
        **{"data-usual": "yes" if usual else "no"},
    )


def _field(name: str, title: str, unit: str, inside: Any, *, usual: str = "", share: bool = False) -> Component:
    return html.Div(
        html.Label(
            [
                html.Span(
                    [title, html.Span(unit, className="hi-field__unit") if unit else None], className="hi-field__title"
                ),
                inside,
                html.Span(id=ids.desk_hint(name), className="hi-field__hint"),
            ]
        ),
        id=ids.desk_row(name),
        className="hi-field",
        **{"data-usual": usual, "data-share": "yes" if share else "no"},
    )
