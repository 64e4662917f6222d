"""How each market source is: when it was asked and answered last, its newest quote, and why it failed."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute("""
        CREATE TABLE market_source (
            source text NOT NULL, part text NOT NULL, asked_at timestamptz NOT NULL, answered_at timestamptz,
            failures integer NOT NULL DEFAULT 0, failed_at timestamptz, failure text, detail text,
            resting_until timestamptz, symbol text, price numeric, quoted_at timestamptz, verdict text,
            CONSTRAINT pk_market_source PRIMARY KEY (source, part),
            CONSTRAINT ck_market_source_part CHECK (part IN ('spot', 'network', 'candles', 'epochs')),
            CONSTRAINT ck_market_source_failures CHECK (failures >= 0)
        )""")
