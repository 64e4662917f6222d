"""What stands around every request: headers, limits, error pages with a request id."""

from __future__ import annotations

import logging
from typing import Any

from dash import Dash, get_app
from flask import Flask, Response, abort, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import i18n
from services import audit

log = logging.getLogger(__name__)

MAX_BODY = 8 << 20  # a chart that is exported travels as the figure it is
CALLBACK_PATH = "/_dash-update-component"

csrf = CSRFProtect()


def trust_proxies(server: Flask, count: int) -> None:
    """Believe the caller's address and scheme from so many proxies of ours; from none, what a header says is a stranger's."""
    if count:
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def install(server: Flask, app: Dash) -> None:
    """Put all of it around the server."""
    server.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the Origin check of the gate covers it, and works behind a proxy
        SESSION_COOKIE_NAME="hi_csrf",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    csrf.init_app(server)
    server.before_request(_check_body)
    server.after_request(lambda answer: _headers(server, answer))
    server.register_error_handler(CSRFError, _csrf_error)
    server.register_error_handler(HTTPException, _http_error)
    server.register_error_handler(OperationalError, _database_error)
    server.register_error_handler(Exception, _error)


def _check_body() -> None:
    """Refuse what no browser of ours sends, before Dash stumbles over it."""
    if request.path != CALLBACK_PATH or request.method != "POST":
        return
    if not request.is_json:
        abort(415)
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        abort(400)
    known = get_app().callback_map.get(body["output"])
    if known is None or not _has_shape(body, known):
        abort(400)


def _has_shape(body: dict[str, Any], known: dict[str, Any]) -> bool:
    """Tell whether the body has as many inputs and states as the callback, each of them a value with its id."""
    for name in ("inputs", "state"):
        given, wanted = body.get(name, []), known.get(name, [])
        if not isinstance(given, list) or len(given) != len(wanted):
            return False
        if not all(
            isinstance(part, list) or (isinstance(part, dict) and "id" in part and "property" in part) for part in given
        ):
            return False
    changed = body.get("changedPropIds", [])
    return isinstance(changed, list) and all(isinstance(item, str) for item in changed) and "outputs" in body


def _headers(server: Flask, answer: Response) -> Response:
    answer.headers["X-Request-Id"] = getattr(g, "request_id", "-")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Content-Security-Policy"] = server.config.get("CSP", CSP_BEFORE_WARM_UP)
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if answer.mimetype == "text/html" and request.method == "GET" and answer.status_code == 200:
        # Dash's renderer reads this cookie and sends it back as X-CSRFToken.
        answer.set_cookie("_csrf_token", generate_csrf(), samesite="Lax", secure=request.is_secure)
        answer.headers["Cache-Control"] = "no-store"
    return answer


CSP = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
CSP_BEFORE_WARM_UP = CSP.format(hashes="")


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    # Of a session only: strangers could fill the log with it.
    if getattr(g, "signed", None) is not None:
        audit.record_alone(g.signed.actor, "csrf", request.path, "denied")
    return _http_error(error)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    return _answer(error.code or 500)


def _database_error(error: OperationalError) -> ResponseReturnValue:
    log.error("request %s failed: the database does not answer", getattr(g, "request_id", "-"))
    return _answer(503)


def _error(error: Exception) -> ResponseReturnValue:
    log.exception("request %s failed: %s %s", getattr(g, "request_id", "-"), request.method, request.path)
    return _answer(500)


def _answer(code: int) -> ResponseReturnValue:
    request_id = getattr(g, "request_id", "-")
    words = {
        400: i18n._("This request could not be read."),
        401: i18n._("Please sign in."),
        403: i18n._("Your role does not allow this."),
        404: i18n._("There is nothing at this address."),
        413: i18n._("That is too large."),
        415: i18n._("This kind of content is not accepted here."),
        429: i18n._("Too many tries. Wait a moment."),
        503: i18n._("The database does not answer. Nothing was changed; try again in a minute."),
    }
    said = words.get(code, i18n._("Something went wrong on our side. Nothing was changed."))
    if "text/html" in request.headers.get("Accept", "") and request.path != CALLBACK_PATH:
        page = render_template(
            "error.html", _=i18n._, lang=i18n.LANGUAGES[i18n.language()][1], code=code, said=said, request_id=request_id
        )
        return page, code
    body: dict[str, Any] = {"error": said, "request_id": request_id}
    return jsonify(body), code
