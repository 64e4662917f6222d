"""What stands around the grid: views as tabs, filters as chips, sums, pager.

The address holds the whole state, so that most of it is buttons that carry the address they lead to (`data-search`,
followed by assets/js/grid.js): they work with the back button and cost no callback of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.hosting.columns import ANY_ALERT, COLUMNS, DEFAULT_SORT, UNASSIGNED, Op
from core.hosting.filters import PAGE_SIZE, Filter, GridQuery, Sort, parse, serialise
from core.hosting.grid_views import BUILT_IN, same_view
from dashboard import ids
from dashboard.components.grid import column_title, mode_words, state_words
from dashboard.components.icons import icon
from dashboard.components.vocabulary import alert_word
from dashboard.formats import decimal, hashrate_parts, integer, power_parts
from dashboard.i18n import _, n_
from services.grid import Totals
from services.views import View


def search_of(query: GridQuery) -> str:
    """Give the part of the address after the path."""
    written = serialise(query)
    return f"?{written}" if written else ""


def view_name(key: str) -> str:
    """Name a view that everybody has."""
    known = {
        "all": _("All"),
        "attention": _("Needs attention"),
        "offline": _("Offline"),
        "hot": _("Hot"),
        "unassigned": _("Unassigned"),
        "repair": _("In repair"),
    }
    return known[key]


def tabs(query: GridQuery, views: Sequence[View], *, built_in: Sequence[str], may_save: bool) -> list[Component]:
    """Give the views as tabs; the one on the screen is marked, and says when it has been changed."""
    active = query.view or next((key for key in built_in if same_view(query, BUILT_IN[key])), "")
    found = [
        _tab(view_name(key), replace(BUILT_IN[key], view="" if key == "all" else key), key == active, query)
        for key in built_in
    ]
    for view in views:
        hint = None if view.own else _("Shared by {name}", name=view.owner)
        held = replace(parse(view.query), view=str(view.id), page=1)
        found.append(_tab(view.name, held, str(view.id) == active, query, shared=view.shared, hint=hint))
    if may_save:
        found.append(
            html.Button(
                [icon("save"), _("Save view")],
                type="button",
                className="hi-tab hi-tab--save",
                **{"data-opens": ids.GRID_VIEW_PANEL, "aria-haspopup": "dialog"},
            )
        )
    return found


def _tab(
    name: str, held: GridQuery, active: bool, query: GridQuery, *, shared: bool = False, hint: str | None = None
) -> Component:
    changed = active and not same_view(query, held)
    inside: list[Any] = [name]
    if shared:
        inside.append(icon("share"))
    if changed:
        inside.append(html.Span("•", className="hi-tab__changed", title=_("Changed since it was saved")))
    return html.Button(
        inside,
        type="button",
        title=hint,
        className=f"hi-tab{' is-active' if active else ''}",
        **{"data-search": search_of(held), **({"aria-current": "true"} if active else {})},
    )


def order_list(query: GridQuery) -> Component:
    """Give every order that the grid knows, as the browser's own list."""
    options = [
        {"label": f"{column_title(column.key)} {arrow}", "value": f"{sign}{column.key}"}
        for column in COLUMNS.values()
        if column.sortable
        for sign, arrow in (("", "↑"), ("-", "↓"))
    ]
    return dbc.Select(id=ids.GRID_ORDER, options=options, value=order_of(query), class_name="hi-site")


def order_of(query: GridQuery) -> str:
    """Give the value of that list for a query: its first order."""
    first = query.sort[0] if query.sort else Sort(DEFAULT_SORT)
    return f"{'-' if first.descending else ''}{first.column}"


def chips(query: GridQuery, names: dict[str, dict[str, str]], site_name: str | None) -> list[Component]:
    """Give one chip for each filter: press it to change it, its cross to take it away."""
    found: list[Component] = []
    if site_name is not None and query.filter_of("site") is None:
        found.append(
            html.Span(
                [html.Span(_("Site"), className="hi-fchip__name"), site_name],
                className="hi-fchip hi-fchip--fixed",
                title=_("Chosen at the top of the page"),
            )
        )
    if query.q:
        found.append(_chip(_("Search"), query.q, None, replace(query, q="", page=1)))
    for item in query.filters:
        found.append(
            _chip(column_title(item.column), filter_words(item, names), item.column, query.without_filter(item.column))
        )
    if query.q or query.filters:
        cleared = replace(query, q="", filters=(), page=1, view="")
        found.append(
            html.Button(
                _("Clear all"), type="button", className="hi-fchip__clear", **{"data-search": search_of(cleared)}
            )
        )
    return found


def _chip(name: str, words: str, column: str | None, without: GridQuery) -> Component:
    label = [html.Span(name, className="hi-fchip__name"), html.Span(words, className="hi-fchip__words")]
    body = (
        html.Button(
            label, id=ids.grid_edit(column), type="button", className="hi-fchip__body", title=_("Change this filter")
        )
        if column
        else html.Span(label, className="hi-fchip__body")
    )
    cross = html.Button(
        icon("close"),
        type="button",
        className="hi-fchip__cross",
        **{"data-search": search_of(without), "aria-label": _("Remove the filter on {name}", name=name)},
    )
    return html.Span([body, cross], className="hi-fchip")


def filter_words(item: Filter, names: dict[str, dict[str, str]]) -> str:
    """Say a filter."""
    unit = COLUMNS[item.column].unit
    if item.op is Op.ABSENT:
        return _("absent")
    if item.op is Op.PRESENT:
        return _("present")
    if item.op is Op.RANGE:
        low, high = (None if bound is None else _short(bound) for bound in (item.low, item.high))
        words = f"≥ {low}" if high is None else f"≤ {high}" if low is None else f"{low}–{high}"
        return f"{words} {unit}".strip()
    if item.op is Op.ANY_OF:
        named = [value_name(item.column, value, names) for value in item.values]
        return ", ".join(named[:3]) + (f" +{len(named) - 3}" if len(named) > 3 else "")
    if item.op is Op.EQUALS:
        return f"= {item.text}"
    return item.text if item.op is Op.WITHIN else _("contains {text}", text=item.text)


def value_name(column: str, value: str, names: dict[str, dict[str, str]]) -> str:
    """Name a value of an ENUM column."""
    known = {
        "state": state_words(),
        "mode": mode_words(),
        "alert": {ANY_ALERT: _("any"), **({value: alert_word(value)} if value != ANY_ALERT else {})},
        "client": {UNASSIGNED: _("unassigned"), **names.get("client", {})},
    }
    return known.get(column, names.get(column, {})).get(value, value)


def _short(bound: float) -> str:
    return decimal(bound, 0 if bound == int(bound) else 4 if abs(bound) < 1 else 2)


def summary(counted: Totals) -> list[Component]:
    """Give the sum of what matches."""
    parts = [(integer(counted.machines), n_("machine", "machines", counted.machines))]
    if counted.hashrate_ths is not None:
        parts += [hashrate_parts(counted.hashrate_ths), power_parts(counted.power_w)]
    return [html.Span([html.Strong(number), f" {unit}"], className="hi-gridbar__sum") for number, unit in parts if unit]


def pager(query: GridQuery, counted: Totals) -> list[Component]:
    """Give the pager: where we are, the ends, a step either way, and any page by its number."""
    page, pages = min(query.page, counted.pages), counted.pages
    first, last = (page - 1) * PAGE_SIZE + 1, min(page * PAGE_SIZE, counted.machines)
    place = (
        _("{first}–{last} of {all}", first=integer(first), last=integer(last), all=integer(counted.machines))
        if counted.machines
        else _("No machine")
    )

    def step(symbol: str, name: str, to: int, word: str) -> Component:
        return html.Button(
            icon(symbol),
            type="button",
            disabled=to == page or not 1 <= to <= pages,
            className="hi-iconbutton",
            title=name,
            **{
                "aria-label": name,
                "data-step": word,
                "data-search": search_of(replace(query, page=min(max(to, 1), pages))),
            },
        )

    return [
        html.Span(place, className="hi-pager__place", **{"aria-live": "polite"}),
        html.Span(
            [
                step("first", _("First page"), 1, "first"),
                step("previous", _("Previous page ([)"), page - 1, "previous"),
                html.Label(
                    [
                        html.Span(_("Page"), className="hi-pager__word"),
                        dcc.Input(
                            id=ids.GRID_JUMP,
                            type="text",
                            inputMode="numeric",
                            value=str(page),
                            debounce=True,
                            maxLength=7,
                            className="hi-pager__field",
                            autoComplete="off",
                        ),
                        html.Span(_("of {pages}", pages=integer(pages)), className="hi-pager__word"),
                    ],
                    className="hi-pager__jump",
                ),
                step("next", _("Next page (])"), page + 1, "next"),
                step("last", _("Last page"), pages, "last"),
            ],
            className="hi-pager__steps",
            role="group",
            **{"aria-label": _("Pages")},
        ),
    ]
