"""What the top bar shows: how old the data is, how many alerts are open, what a bitcoin costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import text

from core.access import Actor, Permission, allowed
from db.session import transaction
from services import market

_FARM = text(
    """
    SELECT (SELECT min(newest) FROM (SELECT max(finished_at) AS newest FROM sweep GROUP BY site_id) latest) AS swept_at,
           (SELECT count(*) FROM alert WHERE closed_at IS NULL) AS alerts,
           (SELECT bool_or(simulated) FROM site) AS simulated
    """
)


def status(actor: Actor) -> dict[str, Any]:
    """Give the live figures that the actor may see; absent ones are None."""
    with transaction() as session:
        coin = market.newest(session, market.PRICE, dt.datetime.now(dt.UTC))
        farm = session.execute(_FARM).one()
    found: dict[str, Any] = {
        "simulated": bool(farm.simulated),
        "btc_usd": float(coin.value) if coin else None,
        "btc_at": coin.at.timestamp() if coin else None,
        "btc_source": coin.source if coin else None,
        "btc_voices": len(coin.basis) if coin else None,
        "btc_stale_after_s": market.stale_after_s(market.PRICE),
    }
    if allowed(actor, Permission.FARM_READ) or allowed(actor, Permission.OWN_MACHINES_READ):
        found["swept_at"] = farm.swept_at.timestamp() if farm.swept_at else None
    if allowed(actor, Permission.FARM_READ):
        found["alerts"] = farm.alerts
    return found


def sites() -> list[tuple[str, str]]:
    """Give code and name of every site."""
    with transaction() as session:
        return [(row.code, row.name) for row in session.execute(text("SELECT code, name FROM site ORDER BY id"))]
