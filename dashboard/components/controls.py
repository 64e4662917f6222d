"""Controls of a desk: fields whose values stand in the address. assets/js/desk.js carries them there as people type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
import orjson
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.icons import icon


@dataclass(frozen=True, slots=True)
class Said:
    """What a field says of itself from the first paint on, so that nothing moves when the answer comes.

    Attributes
    ----------
    placeholder : str
        What it stands for while it is empty.
    hint : str
        Where that comes from, or why what was typed is not taken.
    state : str
        Class that hides it (``is-out``) or marks it (``is-refused``).
    """

    placeholder: str = ""
    hint: str = ""
    state: str = ""


def told(says: Mapping[str, Said]) -> dict[str, tuple[str, str, str]]:
    """Give what fields say now, as one value: a value for each field would have Dash redraw the page for each."""
    return {name: (each.placeholder, each.hint, each.state) for name, each in says.items()}


def stores(page: str) -> tuple[Component, Component]:
    """Give what carries to the fields of a page what they say."""
    return dcc.Store(id=ids.desk_said(page)), dcc.Store(id=ids.desk_told(page))


def names_offered(*, id: str, names: Sequence[str]) -> Component:
    """Give the list of names that fields offer while one types; the browser makes it, a name is no component."""
    return html.Datalist(id=id, **{"data-offers": orjson.dumps(list(names)).decode()})


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
    *,
    page: str,
    name: str,
    title: str,
    unit: str,
    value: float | None,
    low: float,
    high: float,
    said: Said,
    share: bool = False,
) -> Component:
    """Give a number's field; `value` is what was set, nothing where it is left open; a share is shown in per cent."""
    if share:
        unit, low, high = "%", low * 100, high * 100
        value = None if value is None else float(f"{value * 100:.12g}")
    return _field(
        page,
        name,
        title,
        unit,
        dbc.Input(
            id=ids.desk_field(page, name),
            type="number",
            value=value,
            min=low,
            max=high,
            step="any",
            placeholder=said.placeholder,
            autocomplete="off",
            class_name="hi-field__input",
        ),
        said,
        share=share,
    )


def choice_field(
    *, page: str, name: str, title: str, options: Mapping[str, str], value: str, usual: str, said: Said
) -> Component:
    """Give a list to choose one of; the `usual` one is not said in the address."""
    listed = [{"value": key, "label": word} for key, word in options.items()]
    return _field(
        page,
        name,
        title,
        "",
        dbc.Select(id=ids.desk_field(page, name), options=listed, value=value, class_name="hi-field__input"),
        said,
        usual=usual,
    )


def text_field(*, page: str, name: str, title: str, value: str, rows: int, said: Said) -> Component:
    """Give a field for many words or numbers."""
    inside = dbc.Textarea(id=ids.desk_field(page, name), value=value, rows=rows, class_name="hi-field__input")
    return _field(page, name, title, "", inside, said)


def offered_field(
    *, page: str, name: str, title: str, value: str, offered: str, said: Said, usual: str = ""
) -> Component:
    """Give a field for a name; `offered` is the id of the list of names that one sees while typing."""
    return _field(
        page,
        name,
        title,
        "",
        dbc.Input(
            id=ids.desk_field(page, name),
            type="search",
            value=value,
            list=offered,
            autocomplete="off",
            class_name="hi-field__input",
        ),
        said,
        usual=usual,
    )


def flag_field(*, page: str, name: str, title: str, value: bool, usual: bool) -> Component:
    """Give a box to tick; how it `usual`ly stands is not said in the address."""
    return html.Div(
        dbc.Checkbox(id=ids.desk_field(page, name), value=value, label=title),
        className="hi-field hi-field--flag",
        **{"data-usual": "yes" if usual else "no"},
    )


def _field(
    page: str, name: str, title: str, unit: str, inside: Any, said: Said, *, usual: str = "", share: bool = False
) -> Component:
    return html.Div(
        html.Label(
            [
                html.Span(
                    [title, html.Span(unit, className="hi-field__unit") if unit else None], className="hi-field__title"
                ),
                inside,
                html.Span(said.hint, className="hi-field__hint"),
            ]
        ),
        className=f"hi-field {said.state}".strip(),
        **{"data-usual": usual, "data-share": "yes" if share else "no"},
    )
