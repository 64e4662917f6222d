"""The popovers of the grid: the filter of one column, the columns themselves, and saving a view."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.hosting.columns import COLUMNS, Kind, Op
from core.hosting.filters import MAX_TEXT, Filter, GridQuery
from dashboard import ids
from dashboard.components.grid import column_title
from dashboard.components.icons import icon
from dashboard.formats import integer
from dashboard.i18n import _

# value of an option, its name, and how many machines have it (None: not counted)
Option = tuple[str, str, int | None]


def filter_panel() -> Component:
    """Give the popover that opens under "+ Filter": the columns, and the editor of the chosen one."""
    columns = [
        html.Button(column_title(key), id=ids.grid_edit(key), type="button", className="hi-pop__item")
        for key in COLUMNS
    ]
    return html.Div(
        [
            html.Div([html.P(_("Filter by"), className="hi-pop__title"), *columns], className="hi-pop__list"),
            html.Div(
                html.P(_("Choose a column."), className="hi-muted"), id=ids.GRID_EDITOR, className="hi-pop__editor"
            ),
        ],
        id=ids.GRID_FILTER_PANEL,
        className="hi-pop hi-pop--filter hi-hidden",
        role="dialog",
        **{"aria-label": _("Filter")},
    )


def editor(key: str, held: Filter | None, options: Sequence[Option]) -> list[Component]:
    """Give the fields of a column's filter, filled with what it is now."""
    column = COLUMNS[key]
    presence = held.op.value if held and held.op in (Op.ABSENT, Op.PRESENT) else ""
    return [
        html.P(
            column_title(key) + (f" [{column.unit}]" if column.unit and column.kind is not Kind.TIME else ""),
            className="hi-pop__title",
        ),
        *_FIELDS[column.kind](key, held, options),
        html.Div(
            [
                dbc.RadioItems(
                    id=ids.grid_part("presence"),
                    options=[
                        {"label": _("by value"), "value": ""},
                        {"label": _("absent"), "value": Op.ABSENT.value},
                        {"label": _("present"), "value": Op.PRESENT.value},
                    ],
                    value=presence,
                    inline=True,
                    className="hi-pop__presence",
                )
            ]
        ),
        html.Div(
            html.Button(_("Apply filter"), id=ids.GRID_APPLY, type="button", className="hi-button hi-button--primary"),
            className="hi-pop__actions",
        ),
    ]


def _text_fields(_key: str, held: Filter | None, _options: Sequence[Option]) -> list[Component]:
    op = Op.EQUALS.value if held and held.op is Op.EQUALS else Op.CONTAINS.value
    return [
        dbc.RadioItems(
            id=ids.grid_part("op"),
            options=[
                {"label": _("contains"), "value": Op.CONTAINS.value},
                {"label": _("equals"), "value": Op.EQUALS.value},
            ],
            value=op,
            inline=True,
            className="hi-pop__presence",
        ),
        _field("text", _("Text"), held.text if held else "", "text"),
    ]


def _range_fields(key: str, held: Filter | None, _options: Sequence[Option]) -> list[Component]:
    names = (_("From"), _("To"))
    if COLUMNS[key].kind is Kind.TIME:
        names = (_("At least so long ago [min]"), _("At most so long ago [min]"))
    bounds = (held.low, held.high) if held else (None, None)
    fields = zip(("low", "high"), names, bounds, strict=True)
    return [
        html.Div(
            [_field(part, name, "" if value is None else f"{value:g}", "decimal") for part, name, value in fields],
            className="hi-pop__range",
        )
    ]


def _set_fields(_key: str, held: Filter | None, options: Sequence[Option]) -> list[Component]:
    labels = [
        {
            "label": html.Span(
                [
                    html.Span(name, className="hi-pop__option"),
                    html.Span("" if count is None else integer(count), className="hi-muted"),
                ],
                className="hi-pop__optionrow",
            ),
            "value": value,
        }
        for value, name, count in options
    ]
    return [
        dbc.Checklist(
            id=ids.grid_part("values"),
            options=labels,
            value=list(held.values) if held else [],
            className="hi-pop__checks",
        )
    ]


def _network_fields(_key: str, held: Filter | None, _options: Sequence[Option]) -> list[Component]:
    return [
        _field("text", _("Address or network"), held.text if held else "", "text"),
        html.P(_("For example 10.1.0.0/16, or one address."), className="hi-muted"),
    ]


_FIELDS = {
    Kind.TEXT: _text_fields,
    Kind.NUMBER: _range_fields,
    Kind.TIME: _range_fields,
    Kind.ENUM: _set_fields,
    Kind.IP: _network_fields,
}


def _field(part: str, name: str, value: str, mode: str) -> Component:
    return html.Label(
        [
            html.Span(name, className="hi-field__name"),
            dcc.Input(
                id=ids.grid_part(part),
                type="text",
                inputMode=mode,
                value=value,
                maxLength=MAX_TEXT,
                className="hi-field__input",
                autoComplete="off",
            ),
        ],
        className="hi-field",
    )


def column_panel(query: GridQuery) -> Component:
    """Give the popover that shows and hides columns."""
    return html.Div(
        [
            html.P(_("Columns"), className="hi-pop__title"),
            dbc.Checklist(
                id=ids.GRID_COLUMNS,
                options=[{"label": column_title(key), "value": key, "disabled": key == "asset_id"} for key in COLUMNS],
                value=list(query.shown),
                className="hi-pop__checks hi-pop__checks--two",
            ),
            html.P(_("Drag the headings in the grid to put them in order."), className="hi-muted"),
        ],
        id="grid-column-panel",
        className="hi-pop hi-pop--columns hi-hidden",
        role="dialog",
        **{"aria-label": _("Columns")},
    )


def view_panel() -> Component:
    """Give the popover that saves, renames, shares and deletes a view."""
    return html.Div(
        [
            html.P(_("Save what you see as a view"), className="hi-pop__title"),
            html.Label(
                [
                    html.Span(_("Name of the view"), className="hi-field__name"),
                    dcc.Input(
                        id=ids.GRID_VIEW_NAME,
                        type="text",
                        value="",
                        maxLength=40,
                        className="hi-field__input",
                        autoComplete="off",
                    ),
                ],
                className="hi-field",
            ),
            dbc.Checklist(
                id=ids.GRID_VIEW_SHARED,
                options=[{"label": _("Share it with the team"), "value": "shared"}],
                value=[],
                className="hi-pop__checks",
            ),
            html.Div(
                [
                    html.Button(
                        _("Save as new view"),
                        id=ids.GRID_VIEW_SAVE,
                        type="button",
                        className="hi-button hi-button--primary",
                    ),
                    html.Button(
                        _("Update view"), id=ids.GRID_VIEW_UPDATE, type="button", className="hi-button hi-hidden"
                    ),
                    html.Button(
                        [icon("trash"), _("Delete view")],
                        id=ids.GRID_VIEW_DELETE,
                        type="button",
                        className="hi-button hi-hidden",
                    ),
                ],
                className="hi-pop__actions",
            ),
        ],
        id=ids.GRID_VIEW_PANEL,
        className="hi-pop hi-pop--view hi-hidden",
        role="dialog",
        **{"aria-label": _("Save view")},
    )
