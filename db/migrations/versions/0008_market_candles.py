"""Candles of every source, what no source has, and when and on whose word a market point was stored."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns."""
    op.execute(
        "ALTER TABLE market_point ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN basis text[]"
    )
    op.execute("""
        CREATE TABLE market_candle (
            source text NOT NULL, symbol text NOT NULL, interval text NOT NULL, at timestamptz NOT NULL,
            open numeric, high numeric, low numeric, close numeric NOT NULL, volume numeric,
            seen_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_market_candle PRIMARY KEY (source, symbol, interval, at),
            CONSTRAINT ck_market_candle_prices CHECK (close > 0 AND low <= least(open, close) AND high >= greatest(open, close))
        )""")
    op.execute("""
        CREATE TABLE market_hole (
            source text NOT NULL, symbol text NOT NULL, interval text NOT NULL, first timestamptz NOT NULL,
            last timestamptz NOT NULL, seen_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_market_hole PRIMARY KEY (source, symbol, interval, first),
            CONSTRAINT ck_market_hole_order CHECK (first <= last)
        )""")
