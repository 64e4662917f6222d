"""The frame around every page: sidebar, top bar, stores, toasts, the list of shortcuts."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from flask_wtf.csrf import generate_csrf

from core.access import Actor, Permission, Role, allowed
from dashboard import i18n, ids, registry
from dashboard.auth import current_actor, current_session
from dashboard.components.icons import icon
from dashboard.i18n import _
from services import live

POLL_MS = 5000


def title_row(title: str, meaning: str, action: Any = None) -> Component:
    """Give the row under the top bar: name, one line of meaning, the primary action."""
    words = html.Div([html.H1(title, className="hi-title"), html.P(meaning, className="hi-title__meaning")])
    return html.Div(
        [words, *([html.Div(action, className="hi-title__action")] if action else [])], className="hi-title-row"
    )


def page_name(name: str) -> str:
    """Give the name of a page in the reader's language."""
    names = {
        "Farm": _("Farm"),
        "Machines": _("Machines"),
        "Machine": _("Machine"),
        "Market": _("Market"),
        "Audit log": _("Audit log"),
        "Welcome": _("Welcome"),
        "Account": _("Account"),
        "Analytics": _("Analytics"),
        "Calculator": _("Calculator"),
        "Catalogue of machines": _("Catalogue of machines"),
        "Forecasts": _("Forecasts"),
    }
    return names.get(name, name)


def group_name(group: str) -> str:
    """Give the name of a group of the sidebar."""
    names = {
        "operate": _("Operate"),
        "analyse": _("Analyse"),
        "business": _("Business"),
        "trust": _("Trust"),
        "admin": _("Admin"),
    }
    return names[group]


def role_name(role: Role) -> str:
    """Give the name of a role."""
    names = {
        Role.OWNER: _("Owner"),
        Role.ADMIN: _("Administrator"),
        Role.USER: _("Staff"),
        Role.CLIENT: _("Client"),
        Role.GUEST: _("Guest"),
    }
    return names[role]


def shell() -> Component:
    """Give the frame for the person who loads the page."""
    actor = current_actor()
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.LANGUAGE, data=i18n.language()),
            dcc.Store(id=ids.SITE, storage_type="session"),
            dcc.Store(id=ids.LIVE),
            dcc.Store(id=ids.DATA_VERSION),
            dcc.Store(id=ids.PAUSED, data=False),
            dcc.Store(id=ids.TOASTS),
            *(
                dcc.Store(id=sink)
                for sink in (
                    ids.LIVE_SHOWN,
                    ids.LANGUAGE_APPLIED,
                    ids.SEARCHED,
                    ids.MENU_TOGGLED,
                    ids.NAVIGATED,
                    ids.ARRIVED,
                )
            ),
            dcc.Interval(id=ids.TICK, interval=POLL_MS),
            html.A(_("Skip to content"), href="#page", className="hi-skip", id=ids.SKIP_LINK),
            html.Div(sidebar(actor), id=ids.SIDEBAR, className="hi-sidebar"),
            html.Div(
                [
                    html.Header(top_bar(actor), id=ids.TOPBAR, className="hi-topbar"),
                    # Filled by shell.js with the words of the age chip, so that they change with the language.
                    html.Div(id="live-banner", className="hi-livebar hi-hidden", role="status"),
                    html.Main(skeleton(), id=ids.PAGE, className="hi-page", tabIndex="-1"),
                ],
                className="hi-body",
            ),
            html.Div(id="toast-area", className="hi-toasts", role="status", **{"aria-live": "polite"}),
            html.Div(className="hi-scrim", id="scrim"),
        ],
        id=ids.SHELL,
        className="hi-shell",
    )


def skeleton() -> Component:
    """Give the grey shapes that stand where a page will be."""
    lines = [html.Div(className="hi-skeleton hi-skeleton--title"), html.Div(className="hi-skeleton hi-skeleton--strip")]
    return html.Div(
        [*lines, html.Div(className="hi-skeleton hi-skeleton--body")], className="hi-loading", **{"aria-busy": "true"}
    )


def sidebar(actor: Actor) -> list[Component]:
    """Give the groups and pages that the actor may see."""
    found: list[Component] = [
        html.Div(
            [
                html.Span(className="hi-logo", **{"aria-hidden": "true"}),
                html.Span("HashInsight", className="hi-brand__name"),
            ],
            className="hi-brand",
        )
    ]
    for group in registry.GROUPS:
        pages = sorted(
            (page for page in registry.PAGES.values() if page.group == group and page.open_to(actor)),
            key=lambda page: page.order,
        )
        if not pages:
            continue
        links = [
            html.Li(
                dcc.Link(
                    [icon(page.icon), html.Span(page_name(page.name), className="hi-nav__word")],
                    href=page.path,
                    className="hi-nav__link",
                    title=page_name(page.name),
                )
            )
            for page in pages
        ]
        found.append(
            html.Div([html.H2(group_name(group), className="hi-nav__group"), html.Ul(links)], className="hi-nav")
        )
    found.append(
        html.Button(
            [icon("panel"), html.Span(_("Collapse"), className="hi-nav__word")],
            id=ids.MENU_TOGGLE,
            className="hi-nav__collapse",
            title=_("Collapse or open the sidebar"),
            type="button",
        )
    )
    return found


def top_bar(actor: Actor) -> list[Component]:
    """Give site switch, search, live chips, language and person."""
    left: list[Component] = [
        html.Button(
            icon("menu"),
            id="open-menu",
            className="hi-iconbutton hi-only-phone",
            title=_("Open the menu"),
            type="button",
            **{"aria-label": _("Open the menu")},
        )
    ]
    if allowed(actor, Permission.FARM_READ):
        options = [
            # Not the empty value: dbc.Select keeps that one for a placeholder and would show it, blank.
            {"label": _("All sites"), "value": ids.ALL_SITES},
            *({"label": name, "value": code} for code, name in live.sites()),
        ]
        left.append(
            html.Label(
                [
                    html.Span(_("Site"), className="hi-visually-hidden"),
                    # The browser's own list: dcc.Dropdown keeps a focusable part that is hidden from screen readers.
                    dbc.Select(options=options, value=ids.ALL_SITES, id=ids.SITE_SWITCH, class_name="hi-site"),
                ],
                className="hi-site-label",
            )
        )
    if allowed(actor, Permission.FARM_READ) or allowed(actor, Permission.OWN_MACHINES_READ):
        left.append(
            html.Div(
                [
                    icon("search"),
                    # Not dcc.Input, which moves the caret while somebody types fast.
                    dbc.Input(
                        id=ids.SEARCH,
                        type="search",
                        placeholder=_("Find a machine"),
                        debounce=True,
                        class_name="hi-search__field",
                        autocomplete="off",
                    ),
                    html.Kbd("/", className="hi-kbd"),
                ],
                className="hi-search",
            )
        )
    chips = html.Div(_chips(actor), className="hi-chips")
    return [*left, html.Div(className="hi-topbar__gap"), chips, _languages(), _person(actor), _shortcuts()]


def _chips(actor: Actor) -> list[Component]:
    reads = allowed(actor, Permission.FARM_READ) or allowed(actor, Permission.OWN_MACHINES_READ)
    found: list[Component] = [
        html.Span(
            _("Simulated farm"),
            id="chip-simulated",
            className="hi-chip hi-chip--warn hi-hidden",
            title=_("These machines are a simulation; no figure here is of a real farm."),
        )
    ]
    found.append(
        html.Span(
            [
                html.Span("BTC", className="hi-chip__label"),
                html.Span("–", className="hi-chip__value"),
                html.Span(
                    [icon("stale"), html.Span(_("stale")), html.Span(className="hi-chip__since")],
                    className="hi-chip__old",
                ),
            ],
            id=ids.CHIP_BTC,
            className="hi-chip hi-chip--btc",
            title=_("No price yet: no market source has been collected."),
            **{
                "data-unknown": _("No price yet: no market source has been collected."),
                "data-source": _("Source: {source}", source="{source}"),
                "data-consensus": _("median of {n} exchanges", n="{n}"),
                "data-age": _("{n} s ago"),
                "data-minutes": _("{n} min ago"),
                "data-hours": _("{n} h ago"),
            },
        )
    )
    if reads:
        found.append(
            html.Button(
                [icon("pulse"), html.Span("–", className="hi-chip__value")],
                id=ids.CHIP_AGE,
                className="hi-chip hi-chip--age",
                type="button",
                title=_("Age of the newest sweep. Press to pause live updates."),
                **{
                    "aria-pressed": "false",
                    "data-age": _("{n} s ago"),
                    "data-minutes": _("{n} min ago"),
                    "data-paused": _("paused"),
                    "data-none": _("no sweep yet"),
                    "data-lost": _("connection lost"),
                    "data-paused-long": _("Live updates are paused. The figures stand still until you go on."),
                    "data-lost-long": _("The connection is lost. These are the last figures received; trying again."),
                    "data-resume": _("Go on"),
                },
            )
        )
    if allowed(actor, Permission.FARM_READ):
        found.append(
            dcc.Link(
                [icon("bell"), html.Span("–", className="hi-chip__value")],
                href="/hosting/machines?view=attention",
                id=ids.CHIP_ALERTS,
                className="hi-chip hi-chip--alerts",
                title=_("Open alerts"),
            )
        )
    return found


def _languages() -> Component:
    buttons = [
        html.Button(
            label,
            id=f"language-{key}",
            type="button",
            lang=tag,
            className="hi-lang__button",
            **{"aria-pressed": "true" if key == i18n.language() else "false"},
        )
        for key, (label, tag, _locale) in i18n.LANGUAGES.items()
    ]
    return html.Div(buttons, className="hi-lang", role="group", **{"aria-label": _("Language")})


def _person(actor: Actor) -> Component:
    current_session()
    name = actor.name if actor.person_id is not None else _("Guest")
    items: list[Component] = [
        html.Div([html.Strong(name), html.Span(role_name(actor.role))], className="hi-person__who")
    ]
    if actor.person_id is not None:
        items.append(dcc.Link([icon("user"), _("Account")], href="/account", className="hi-menu__item"))
    items.append(
        html.Button(
            [icon("keyboard"), _("Keyboard shortcuts")], id="open-shortcuts", type="button", className="hi-menu__item"
        )
    )
    sign_out = html.Form(
        [
            dcc.Input(type="hidden", name="csrf_token", value=generate_csrf()),
            html.Button([icon("logout"), _("Sign out")], type="submit", className="hi-menu__item"),
        ],
        method="POST",
        action="/logout",
    )
    items.append(sign_out)
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    return html.Details(
        [html.Summary(initials, className="hi-person__face", title=name), html.Div(items, className="hi-menu")],
        className="hi-person",
        id="person",
        **{"data-close": _("Close")},
    )


def _shortcuts() -> Component:
    rows = [
        ("/", _("Find a machine")),
        ("g h", _("Go to the farm")),
        ("g m", _("Go to the machines")),
        ("[", _("Previous page")),
        ("]", _("Next page")),
        ("Esc", _("Close what is open")),
        ("?", _("Show this list")),
    ]
    table = html.Table(
        html.Tbody(
            [html.Tr([html.Th(html.Kbd(keys, className="hi-kbd"), scope="row"), html.Td(what)]) for keys, what in rows]
        )
    )
    switch = html.Label(
        [
            dcc.Checklist(
                [{"label": _("Single-key shortcuts"), "value": "on"}], ["on"], id=ids.SHORTCUT_SWITCH, persistence=True
            )
        ]
    )
    return html.Div(
        [
            html.Div(
                [
                    html.H2(_("Keyboard shortcuts")),
                    table,
                    switch,
                    html.Button(_("Close"), type="button", className="hi-button hi-button--wide", id="close-shortcuts"),
                ],
                className="hi-dialog__box",
            )
        ],
        id=ids.SHORTCUTS,
        className="hi-dialog hi-hidden",
        role="dialog",
        **{"aria-modal": "true", "aria-label": _("Keyboard shortcuts")},
    )
