"""One's own account: who one is here, and where one is signed in."""

from __future__ import annotations

import datetime as dt
import re

from dash import html
from dash.development.base_component import Component

from core.access import Permission
from dashboard import formats, ids
from dashboard.auth import current_actor, current_session
from dashboard.components.shell import role_name, title_row
from dashboard.i18n import _
from dashboard.registry import register
from services import sessions

register(__name__, path="/account", name="Account", permission=Permission.OWN_ACCOUNT)

# The first that is found; the order matters, for most browsers name those they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str | None) -> str:
    """Give the name of a browser and its system, as far as it tells."""
    said = user_agent or ""
    found = [next((name for mark, name in table if re.search(mark, said)), None) for table in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or formats.DASH


def layout(**_query: object) -> Component:
    """Show who one is and the open sessions."""
    actor = current_actor()
    return html.Div(
        [
            title_row(_("Account"), f"{actor.name} · {role_name(actor.role)}"),
            html.Section(session_list(), id=ids.ACCOUNT_SESSIONS, className="hi-panel"),
        ]
    )


def session_list() -> list[Component]:
    """Give the open sessions, and the way to end all but this one."""
    rows = sessions.mine(current_actor(), current_session().token_hash)
    words = (_("Browser"), _("Address"), _("Signed in"), _("Last active"))
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(word, scope="col") for word in words])),
            html.Tbody([_row(row) for row in rows]),
        ],
        className="hi-table",
    )
    others = len(rows) - 1
    end = html.Button(
        _("Sign out {n} other sessions", n=formats.integer(others)) if others > 0 else _("No other sessions"),
        id=ids.ACCOUNT_END_OTHERS,
        type="button",
        className="hi-button",
        disabled=others <= 0,
    )
    head = html.Div(
        [html.H2(_("Where you are signed in"), className="hi-panel__title"), end], className="hi-panel__head"
    )
    return [
        head,
        html.Div(
            table, className="hi-scroll", tabIndex="0", role="region", **{"aria-label": _("Where you are signed in")}
        ),
    ]


def _row(row: dict[str, object]) -> Component:
    signed_in, active, agent = row["created_at"], row["active_at"], row["user_agent"]
    assert isinstance(signed_in, dt.datetime)
    assert isinstance(active, dt.datetime)
    here = [html.Span(_("this one"), className="hi-tag")] if row["here"] else []
    return html.Tr(
        [
            html.Td(
                [browser_name(str(agent) if agent else None), *here], title=str(agent or ""), className="hi-nowrap"
            ),
            html.Td(str(row["ip"] or formats.DASH)),
            html.Td(formats.instant(signed_in), className="hi-nowrap"),
            html.Td(formats.ago(active), title=formats.instant(active), className="hi-nowrap"),
        ]
    )
