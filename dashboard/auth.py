"""The gate: every request has an actor, and what is not public needs a session.

dash-auth's stock gate trusts the pathname in the posted body; this one looks at the session and at nothing else, and
the permission of the page or callback is checked where it is served.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote, urlsplit

from dash import Dash
from dash_auth.auth import Auth
from flask import Flask, abort, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from core.access import Actor
from core.access.actor import ANONYMOUS
from dashboard import i18n
from services import sessions

COOKIE = "hi_session"
SECURE_COOKIE = "__Host-hi_session"
# Served to anybody: nothing in them is anybody's.
PUBLIC = ("/login", "/guest", "/first-owner", "/language", "/health", "/favicon.ico", "/_favicon.ico")
PUBLIC_FOLDERS = ("/assets/", "/_dash-component-suites/")
LANGUAGE_COOKIE = "hi_language"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Gate(Auth):  # type: ignore[misc]
    """Deny by default."""

    def __init__(self, app: Dash) -> None:
        super().__init__(app)

    def is_authorized(self) -> bool:
        """Tell whether the request has a session."""
        return getattr(g, "signed", None) is not None

    def login_request(self) -> ResponseReturnValue:
        """Send a page's reader to the sign-in page; anything else is refused."""
        if request.method == "GET" and (request.path == "/" or "text/html" in request.headers.get("Accept", "")):
            return redirect(f"/login?next={quote(request.full_path.rstrip('?'))}")
        abort(401)

    def _protect(self) -> None:
        server: Flask = self.app.server

        @server.before_request
        def know_the_caller() -> ResponseReturnValue | None:
            g.request_id = secrets.token_hex(8)
            g.signed = None
            refuse_cross_site()
            if request.path == "/health" or request.path.startswith(PUBLIC_FOLDERS):
                return None
            token = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)
            if token:
                try:
                    g.signed = sessions.find(token, request.remote_addr, g.request_id)
                except OperationalError:
                    # Without the database nobody can be known: fail closed, and say so.
                    abort(503)
            i18n.use(chosen_language())
            if request.path in PUBLIC or self.is_authorized():
                return None
            return self.login_request()

        # First of all checks: before CSRF, so that a stranger learns nothing from the difference.
        server.before_request_funcs[None].insert(0, server.before_request_funcs[None].pop())


def refuse_cross_site() -> None:
    """Refuse a write that another site's page sends."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        abort(403)


def chosen_language() -> str:
    """Give the language: of the session or person, of the cookie, of the browser."""
    signed = getattr(g, "signed", None)
    if signed is not None and signed.language:
        return str(signed.language)
    held = request.cookies.get(LANGUAGE_COOKIE)
    if held in i18n.LANGUAGES:
        return str(held)
    return request.accept_languages.best_match(list(i18n.LANGUAGES)) or i18n.DEFAULT


def current_actor() -> Actor:
    """Give the actor of this request; a stranger is a guest without a session."""
    signed = getattr(g, "signed", None)
    return signed.actor if signed is not None else ANONYMOUS


def current_session() -> sessions.Signed:
    """Give the session of this request; 401 where there is none."""
    signed: Any = getattr(g, "signed", None)
    if signed is None:
        abort(401)
    return signed  # type: ignore[no-any-return]


def cookie_name() -> str:
    """Give the name of the session cookie: bound to the host where the connection is encrypted."""
    return SECURE_COOKIE if request.is_secure else COOKIE


def safe_next(wanted: str | None) -> str:
    """Give a local path to go to; anything else goes home."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    if any(ord(char) < 32 or char == "\\" for char in wanted) or urlsplit(wanted).netloc:
        return "/"
    return wanted


def is_demo() -> bool:
    """Tell whether this is the demo with its public accounts."""
    return bool(current_app.config["HASHINSIGHT_DEMO"])
