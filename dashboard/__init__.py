"""The web application: Dash behind one gate, pages and callbacks that each name their permission."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import secrets
from typing import Any

from dash import Dash, html, set_props
from flask import Flask
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from settings import Settings, settings

log = logging.getLogger(__name__)

KNOWN_SECRETS = ("secret", "changeme", "hashinsight")
MIN_SECRET = 32

INDEX = """<!DOCTYPE html>
<html lang="{lang}" data-bs-theme="dark" data-ag-theme-mode="dark">
<head>{%metas%}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark"><meta name="theme-color" content="#1a1d2e">
<title>{%title%}</title><link rel="icon" href="/assets/favicon.svg">{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


class BadSecret(RuntimeError):
    """The key that signs cookies is missing, short or known to everybody."""


def secret_key(now: Settings) -> str:
    """Give the signing key, or refuse to start outside the demo without a good one."""
    key = now.secret_key.get_secret_value() if now.secret_key else ""
    if now.demo and not key:
        return secrets.token_hex(32)
    if len(key) < MIN_SECRET or any(known in key.lower() for known in KNOWN_SECRETS):
        raise BadSecret(f"HASHINSIGHT_SECRET_KEY needs {MIN_SECRET} characters or more that nobody can guess")
    return key


class HashInsight(Dash):  # type: ignore[misc]
    """Dash with the page's language in its first tag."""

    def interpolate_index(self, **parts: Any) -> str:
        """Write `lang` before the page is parsed, so that screen readers and fonts are right from the first paint."""
        from dashboard import i18n

        page = str(super().interpolate_index(**parts))
        return page.replace('lang="{lang}"', f'lang="{i18n.LANGUAGES[i18n.language()][1]}"', 1)


def create_app() -> HashInsight:
    """Make the application; refuses to start with a callback, page or route that nobody may be told about."""
    from dashboard import auth, cache, guard, i18n, registry, routes
    from dashboard.components.shell import shell

    now = settings()
    server = Flask("hashinsight", static_folder=None, template_folder="dashboard/templates")
    server.root_path = str(now.root)
    server.secret_key = secret_key(now)
    server.config["HASHINSIGHT_DEMO"] = now.demo
    app = HashInsight(
        "hashinsight",
        server=server,
        assets_folder=str(now.root / "assets"),
        assets_ignore=r".*\.(svg|txt|md)$|login\.css",
        use_pages=False,
        suppress_callback_exceptions=True,
        title="HashInsight",
        update_title=None,
        index_string=INDEX,
        on_error=_report,
        serve_locally=True,
        use_async=False,
    )
    cache.bind(server)
    auth.Gate(app)
    guard.install(server, app)
    guard.trust_proxies(server, now.trusted_proxies)
    routes.add_routes(server)
    for package in ("dashboard.pages", "dashboard.callbacks"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")
    _warm_up(app)
    app.layout = shell
    registry.refuse_undeclared(app.callback_map)
    _refuse_unlisted(server, routes.ROUTES)
    server.config["CSP"] = guard.CSP.format(hashes=" ".join(f"'{item.strip(chr(39))}'" for item in app.csp_hashes()))
    i18n.translations("zh")
    return app


def _report(error: Exception) -> Any:
    """Turn a failed callback into a toast with the request id; refusals stay what they are."""
    from flask import g

    from dashboard import ids
    from dashboard.components.toast import toast
    from dashboard.i18n import _

    if isinstance(error, (HTTPException, CSRFError)):
        raise error
    request_id = getattr(g, "request_id", "-")
    log.error("callback of request %s failed", request_id, exc_info=error)
    said = _("Something went wrong on our side. Nothing was changed. Request {id}.", id=request_id)
    set_props(ids.TOASTS, {"data": toast(said, kind="bad")})


def _warm_up(app: HashInsight) -> None:
    # The first concurrent requests of a fresh app fail without this (plotly/dash#3971). Dash looks at the layout while
    # it sets itself up; the real one needs a person, so that it gets an empty one to look at.
    app.layout = html.Div()
    with app.server.test_client() as client:
        client.get("/login")


def _refuse_unlisted(server: Flask, listed: dict[str, Any]) -> None:
    for rule in server.url_map.iter_rules():
        ours = not rule.endpoint.startswith(("/", "_dash", "assets")) and "." in rule.endpoint
        if ours and rule.endpoint not in listed and not rule.endpoint.startswith("_dash"):
            raise RuntimeError(f"the route {rule.rule} ({rule.endpoint}) declares no permission")
