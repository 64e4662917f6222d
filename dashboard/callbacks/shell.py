"""The frame at work: which page, in which language, for which site."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from dash import Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.access import Permission
from dashboard import i18n, ids, registry
from dashboard.auth import current_actor, current_session
from dashboard.components.shell import sidebar, top_bar
from dashboard.components.states import empty
from dashboard.i18n import _
from dashboard.registry import clientside, guarded
from services import audit, sessions


@guarded(
    Output(ids.PAGE, "children"),
    Input(ids.URL, "pathname"),
    Input(ids.LANGUAGE, "data"),
    State(ids.URL, "search"),
    permission=Permission.SHELL,
)
def show_page(path: str | None, _language: str, search: str | None) -> Any:
    """Show the page of the address, to those who may see it."""
    actor = current_actor()
    if not path or path == "/":
        path = registry.home_of(actor)
    found = registry.match(path)
    if found is None:
        return empty(
            title=_("Nothing here"),
            why=_("There is no page at this address."),
            link=_("Go to the start"),
            href="/",
            symbol="search",
        )
    page, variables = found
    if not page.open_to(actor):
        audit.record_alone(actor, page.permissions[0].value, page.path, "denied")
        return empty(
            title=_("Not for your role"),
            why=_("Your role does not open this page."),
            link=_("Go to the start"),
            href="/",
            symbol="lock",
        )
    # A query string must not override what the path says.
    query = dict(parse_qsl((search or "").lstrip("?"))[:60])
    return page.layout(**{**query, **variables})


@guarded(
    Output(ids.LANGUAGE, "data"),
    Output(ids.SIDEBAR, "children"),
    Output(ids.TOPBAR, "children"),
    Output(ids.SKIP_LINK, "children"),
    Input(ids.LANGUAGE_EN, "n_clicks"),
    Input(ids.LANGUAGE_ZH, "n_clicks"),
    prevent_initial_call=True,
    permission=Permission.SHELL,
)
def choose_language(_english: int | None, _chinese: int | None) -> Any:
    """Change the language of everything that is on the screen."""
    if not ctx.triggered or not ctx.triggered[0].get("value"):
        raise PreventUpdate  # the buttons were drawn anew, nobody pressed one
    chosen = str(ctx.triggered_id).removeprefix("language-")
    if chosen not in i18n.LANGUAGES or chosen == i18n.language():
        return no_update
    sessions.set_language(current_session(), chosen)
    i18n.use(chosen)
    actor = current_actor()
    return chosen, sidebar(actor), top_bar(actor), _("Skip to content")


clientside(
    "shell",
    "poll",
    Output(ids.LIVE, "data"),
    Output(ids.DATA_VERSION, "data"),
    Input(ids.TICK, "n_intervals"),
    Input(ids.PAUSED, "data"),
    State(ids.DATA_VERSION, "data"),
)
clientside(
    "shell",
    "show",
    Output(ids.LIVE_SHOWN, "data"),
    Input(ids.LIVE, "data"),
    Input(ids.LANGUAGE, "data"),
    State(ids.PAUSED, "data"),
)
clientside(
    "shell",
    "pause",
    Output(ids.PAUSED, "data"),
    Input(ids.CHIP_AGE, "n_clicks"),
    State(ids.PAUSED, "data"),
    prevent_initial_call=True,
)
clientside("shell", "site", Output(ids.SITE, "data"), Input(ids.SITE_SWITCH, "value"), State(ids.SITE, "data"))
clientside(
    "shell", "keepSite", Output(ids.SITE_SWITCH, "value"), Input(ids.TOPBAR, "children"), State(ids.SITE, "data")
)
clientside(
    "shell",
    "search",
    Output(ids.URL, "href"),
    Output(ids.SEARCHED, "data"),
    Input(ids.SEARCH, "value"),
    prevent_initial_call=True,
)
clientside(
    "shell",
    "navigated",
    Output(ids.NAVIGATED, "data"),
    Input(ids.URL, "pathname"),
    Input(ids.LANGUAGE, "data"),
    Input(ids.SIDEBAR, "children"),
)
clientside("shell", "arrived", Output(ids.ARRIVED, "data"), Input(ids.PAGE, "children"))
clientside(
    "shell",
    "toggleMenu",
    Output(ids.MENU_TOGGLED, "data"),
    Input(ids.MENU_TOGGLE, "n_clicks"),
    prevent_initial_call=True,
)
clientside("shell", "toast", Output("toast-area", "title"), Input(ids.TOASTS, "data"), prevent_initial_call=True)
