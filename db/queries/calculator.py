"""What the calculator asks the database: the catalogue, days that have been, and the fleet by model and owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.queries.frame import frame

# A REAL turned into a double shows digits that nobody wrote; by way of numeric it has those it was written with.
_MODELS = """
SELECT name, manufacturer, cooling, hashrate_ths::numeric::float8 AS hashrate_ths, power_w::numeric::float8 AS power_w,
    status, release_year, agreeing, notes, source
FROM miner_model
"""
_ORDER = " ORDER BY array_position(ARRAY['agree', 'majority', 'unverified', 'disputed'], status), manufacturer, name"


def models(session: Session) -> list[Any]:
    """Give the catalogue, the surest models first."""
    return list(session.execute(text(_MODELS + _ORDER)))


def models_named(session: Session, names: Sequence[str]) -> list[Any]:
    """Give the models of these names."""
    return list(session.execute(text(_MODELS + " WHERE name = ANY(:names)"), {"names": list(names)}))


def keep_model(session: Session, values: dict[str, Any]) -> None:
    """Change a model, or add it."""
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    taken = ", ".join(f"{name} = excluded.{name}" for name in values if name != "name")
    session.execute(
        text(f"INSERT INTO miner_model ({names}) VALUES ({places}) ON CONFLICT (name) DO UPDATE SET {taken}"), values
    )


def model_changes(session: Session, prefix: str) -> list[Any]:
    """Give who changed which model to what, the newest first."""
    return list(
        session.execute(
            text(
                "SELECT at, actor_name, object, before, after FROM audit_log WHERE action = 'model.changed'"
                " AND starts_with(object, :prefix) ORDER BY id DESC LIMIT 200"
            ),
            {"prefix": prefix},
        )
    )


def days(session: Session, source: str, symbol: str, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """Give closing prices by day: at, price_usd. None is made up for a day that is missing."""
    return frame(
        session,
        """
        SELECT at, close::float8 AS price_usd FROM market_candle
        WHERE source = :source AND symbol = :symbol AND interval = '1d' AND at >= :since AND at < :until ORDER BY at
        """,
        {"source": source, "symbol": symbol, "since": since, "until": until},
    )


def fees_by_day(session: Session, since: dt.datetime) -> pd.DataFrame:
    """Give the fees of a block by day, as they were told: day, fees_btc."""
    return frame(
        session,
        """
        SELECT date_trunc('day', at, 'UTC') AS day, avg(value)::float8 AS fees_btc FROM market_point
        WHERE kind = 'fees_btc_per_block' AND at >= :since GROUP BY 1 ORDER BY 1
        """,
        {"since": since},
    )


def fleet(session: Session, site: str | None) -> pd.DataFrame:
    """Give the active machines by site, model and owner, with the mean of what those that hash say of themselves."""
    return frame(
        session,
        """
        SELECT site.name AS site, model.name AS model, coalesce(client.name, '') AS client, count(*)::float8 AS count,
            coalesce(avg(newest.hashrate_ths) FILTER (WHERE hashing), max(model.hashrate_ths))::float8 AS hashrate_ths,
            coalesce(avg(newest.power_w) FILTER (WHERE hashing), max(model.power_w))::float8 AS power_w,
            max(site.power_price_usd_per_kwh)::float8 AS power_price_usd_per_kwh, max(site.pue)::float8 AS pue,
            count(*) FILTER (WHERE hashing)::float8 AS measured
        FROM miner JOIN site ON site.id = miner.site_id
        LEFT JOIN miner_model model ON model.id = miner.model_id LEFT JOIN client ON client.id = miner.client_id
        LEFT JOIN miner_state newest ON newest.miner_id = miner.id
        CROSS JOIN LATERAL (SELECT newest.state IN ('online', 'stale') AND newest.hashrate_ths > 0
            AND newest.power_w > 0 AS hashing) told
        WHERE miner.lifecycle = 'active' AND (CAST(:site AS text) IS NULL OR site.code = :site)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        {"site": site},
    )
