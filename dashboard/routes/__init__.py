"""Plain Flask routes: what must work without Dash, and what Dash cannot do. Each module has a `blueprint` and its table
of permissions; an unlisted route is refused at start."""

from __future__ import annotations

from flask import Flask

from core.access import Permission
from dashboard.routes import live, sign_in

# Every endpoint of ours and who may use it; Dash's own are behind the gate and, call by call, behind `guarded`.
ROUTES: dict[str, Permission] = {**sign_in.ROUTES, **live.ROUTES}
MODULES = [sign_in, live]

try:
    from dashboard.routes import health

    MODULES.append(health)
    ROUTES.update(health.ROUTES)
except ImportError:
    pass
try:
    from dashboard.routes import jobs

    MODULES.append(jobs)
    ROUTES.update(jobs.ROUTES)
except ImportError:
    pass


def add_routes(server: Flask) -> None:
    """Add every blueprint."""
    for module in MODULES:
        server.register_blueprint(module.blueprint)
