"""What the market says: without data frames, because the farm's workers ask it too."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.calculator import hashprice_usd_per_ph_day


def usd_per_th_hour(session: Session) -> float | None:
    """Give what 1 TH/s earns an hour at the newest price, difficulty and reward; None until all three are known."""
    rows = session.execute(
        text(
            "SELECT DISTINCT ON (kind) kind, value FROM market_point"
            " WHERE kind IN ('btc_usd', 'difficulty', 'block_reward_btc') ORDER BY kind, at DESC"
        )
    ).all()
    newest = {kind: float(value) for kind, value in rows}
    if len(newest) < 3:
        return None
    return hashprice_usd_per_ph_day(newest["difficulty"], newest["block_reward_btc"], newest["btc_usd"]) / 24_000.0
