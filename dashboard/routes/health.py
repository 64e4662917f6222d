"""How the product is, for a load balancer or a person with curl; public, and quick even when a part hangs."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from core.access import Permission
from services.health import health

blueprint = Blueprint("health", __name__)
ROUTES = {"health.show": Permission.PUBLIC}


@blueprint.get("/health")
def show() -> ResponseReturnValue:
    """Give the state of every part; 503 when one is down."""
    found = health()
    answer = jsonify(found.as_json())
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if found.well else 503
