"""What forecasts are made of, the newest of each model, and the newest evaluation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.queries.frame import frame

ARRAYS = ("mean", "low80", "high80", "low95", "high95")

# A source that still tells comes before a longer history that has ended; dollars before a dollar's coin.
_SOURCE = text("""
SELECT source, symbol FROM market_candle WHERE interval = '1d' AND at >= :since AND at < :until
    AND (CAST(:source AS text) IS NULL OR source = :source)
GROUP BY source, symbol
ORDER BY max(at) >= :fresh DESC, round(count(*)::numeric / 100) DESC, symbol = 'BTC-USD' DESC, source LIMIT 1
""")

_CLOSES = """
SELECT at + interval '1 day' AS at, close::float8 AS close FROM market_candle
WHERE source = :source AND symbol = :symbol AND interval = '1d' AND at >= :since AND at < :until ORDER BY at
"""

_EPOCHS = """
SELECT at, value::float8 AS difficulty, source FROM market_point
WHERE kind = 'epoch_difficulty' AND at >= :since ORDER BY at
"""

# The first height of the epoch that was seen, and the last one before it, for the time of its first block.
_AROUND = text("""
(SELECT at, value::bigint AS height FROM market_point
 WHERE kind = 'height' AND at >= :since AND value < :height ORDER BY at DESC LIMIT 1)
UNION ALL
(SELECT at, value::bigint AS height FROM market_point
 WHERE kind = 'height' AND at >= :since AND value >= :height ORDER BY at LIMIT 1)
ORDER BY height
""")

_STORE = text(f"""
INSERT INTO price_forecast (model, horizon_days, fitted_at, source, symbol, first_at, last_at, bars, last_price_usd,
    {", ".join(ARRAYS)})
VALUES (:model, :horizon_days, :fitted_at, :source, :symbol, :first_at, :last_at, :bars, :last_price_usd,
    {", ".join(f":{name}" for name in ARRAYS)})
ON CONFLICT (model, horizon_days) DO UPDATE SET fitted_at = excluded.fitted_at, source = excluded.source,
    symbol = excluded.symbol, first_at = excluded.first_at, last_at = excluded.last_at, bars = excluded.bars,
    last_price_usd = excluded.last_price_usd, {", ".join(f"{name} = excluded.{name}" for name in ARRAYS)}
""")

_EVALUATION = text("""
INSERT INTO forecast_evaluation (evaluated_at, person_id, horizon_days, origins, first_origin_at, last_origin_at,
    source, symbol, verdict, best)
VALUES (:evaluated_at, :person_id, :horizon_days, :origins, :first_origin_at, :last_origin_at, :source, :symbol,
    :verdict, :best) RETURNING id
""")

_SCORE = text("""
INSERT INTO forecast_score (evaluation_id, model, mae, skill, p_value, coverage80, coverage95, step_mae, step_skill,
    step_coverage80, step_coverage95)
VALUES (:evaluation_id, :model, :mae, :skill, :p_value, :coverage80, :coverage95, :step_mae, :step_skill,
    :step_coverage80, :step_coverage95)
""")

_NEWEST = text("""
SELECT * FROM forecast_evaluation WHERE horizon_days = :horizon_days ORDER BY evaluated_at DESC, id DESC LIMIT 1
""")


def closes(
    session: Session, since: dt.datetime, until: dt.datetime, fresh: dt.datetime, source: str | None = None
) -> tuple[str, str, pd.DataFrame]:
    """Give a source, its symbol and its daily closes by the time of the close; the longest that told after `fresh`."""
    window = {"since": since, "until": until}
    best = session.execute(_SOURCE, {**window, "fresh": fresh, "source": source}).first()
    found = (best.source, best.symbol) if best else ("", "")
    bars = frame(session, _CLOSES, {**window, "source": found[0], "symbol": found[1]})
    return *found, bars.assign(at=pd.to_datetime(bars["at"], utc=True))


def epochs(session: Session, since: dt.datetime) -> pd.DataFrame:
    """Give the difficulty of each epoch with the time of its first block."""
    found = frame(session, _EPOCHS, {"since": since})
    return found.assign(at=pd.to_datetime(found["at"], utc=True))


def around(session: Session, height: int, since: dt.datetime) -> list[Any]:
    """Give the last height below one that was seen, and the first that is not below it, with their times."""
    return list(session.execute(_AROUND, {"height": height, "since": since}))


def forecast(session: Session, model: str, horizon_days: int) -> Any | None:
    """Give the stored forecast."""
    asked = {"model": model, "horizon_days": horizon_days}
    return session.execute(
        text("SELECT * FROM price_forecast WHERE model = :model AND horizon_days = :horizon_days"), asked
    ).one_or_none()


def fits(session: Session) -> dict[tuple[str, int], tuple[dt.datetime, str]]:
    """Give which forecasts there are, up to which close, and of which source."""
    rows = session.execute(text("SELECT model, horizon_days, last_at, source FROM price_forecast"))
    return {(row.model, row.horizon_days): (row.last_at, row.source) for row in rows}


def store_forecast(session: Session, values: dict[str, Any]) -> None:
    """Store a forecast over the one before it."""
    session.execute(_STORE, values)


def evaluation(session: Session, horizon_days: int) -> tuple[Any, list[Any]] | None:
    """Give the newest evaluation of a horizon with its scores."""
    found = session.execute(_NEWEST, {"horizon_days": horizon_days}).one_or_none()
    if found is None:
        return None
    scores = session.execute(text("SELECT * FROM forecast_score WHERE evaluation_id = :id"), {"id": found.id})
    return found, list(scores)


def evaluated(session: Session) -> dict[int, dt.datetime]:
    """Give when each horizon was evaluated last."""
    rows = session.execute(
        text("SELECT horizon_days, max(evaluated_at) AS at FROM forecast_evaluation GROUP BY horizon_days")
    )
    return {row.horizon_days: row.at for row in rows}


def store_evaluation(session: Session, values: dict[str, Any], scores: list[dict[str, Any]]) -> int:
    """Store an evaluation with its scores; gives its number."""
    made: int = session.execute(_EVALUATION, values).scalar_one()
    session.execute(_SCORE, [{**score, "evaluation_id": made} for score in scores])
    return made
