"""What the shell polls: a few figures and the version of the farm's data. Pages ask for more only when it has moved."""

from __future__ import annotations

import time

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError

from core.access import Permission
from dashboard.auth import current_actor
from dashboard.cache import under_version
from gateways import cache
from services import live

blueprint = Blueprint("live", __name__)
ROUTES = {"live.poll": Permission.SHELL}


@blueprint.get("/live")
def poll() -> ResponseReturnValue:
    """Give the live figures; the same for everybody of a role, so they are made once a version."""
    actor = current_actor()
    try:
        version, market_version = cache.farm_version(), cache.market_version()
    except RedisError:
        version = market_version = -1
    figures = under_version("live", actor.role.value, market_version, make=lambda: live.status(actor))
    answer = jsonify({**figures, "version": version, "market_version": market_version, "now": time.time()})
    answer.headers["Cache-Control"] = "no-store"
    return answer
