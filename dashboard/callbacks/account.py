"""One's own account: end the sessions elsewhere."""

from __future__ import annotations

from typing import Any

from dash import Input, Output
from dash.exceptions import PreventUpdate

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor, current_session
from dashboard.components.toast import toast
from dashboard.i18n import _, n_
from dashboard.pages.account import session_list
from dashboard.registry import guarded
from services import sessions


@guarded(
    Output(ids.ACCOUNT_SESSIONS, "children"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.ACCOUNT_END_OTHERS, "n_clicks"),
    prevent_initial_call=True,
    permission=Permission.OWN_ACCOUNT,
)
def end_other_sessions(clicks: int | None) -> Any:
    """Sign out everywhere but here."""
    if not clicks:
        raise PreventUpdate
    ended = sessions.end_others(current_actor(), current_session().token_hash)
    said = n_("{n} session ended", "{n} sessions ended", ended) if ended else _("No other sessions")
    return session_list(), toast(said, kind="good")
