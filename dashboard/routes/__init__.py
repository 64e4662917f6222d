"""Plain Flask routes: what must work without Dash, and what Dash cannot do. Each module has a `blueprint` and its table
of permissions; an unlisted route is refused at start."""

from __future__ import annotations

from flask import Flask

from core.access import Permission
from dashboard.routes import health, jobs, live, sign_in

MODULES = (sign_in, live, health, jobs)
# Every endpoint of ours and who may use it; Dash's own are behind the gate and, call by call, behind `guarded`.
ROUTES: dict[str, Permission] = {name: wanted for module in MODULES for name, wanted in module.ROUTES.items()}


def add_routes(server: Flask) -> None:
    """Add every blueprint."""
    for module in MODULES:
        server.register_blueprint(module.blueprint)
