"""The catalogue says how each of its figures is sourced; models that came with a later release are added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.calculator.catalogue import models

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MODEL = sa.text("""
INSERT INTO miner_model (name, manufacturer, cooling, hashrate_ths, power_w, status, release_year, agreeing, notes, source)
VALUES (:name, :manufacturer, :cooling, :hashrate_ths, :power_w, :status, :release_year, :agreeing, :notes, :source)
ON CONFLICT (name) DO UPDATE SET manufacturer = excluded.manufacturer, cooling = excluded.cooling,
    hashrate_ths = excluded.hashrate_ths, power_w = excluded.power_w, status = excluded.status,
    release_year = excluded.release_year, agreeing = excluded.agreeing, notes = excluded.notes, source = excluded.source
""")


def upgrade() -> None:
    """Add the columns, and bring the catalogue up to what comes with the product."""
    op.execute("""
        ALTER TABLE miner_model ADD COLUMN release_year smallint, ADD COLUMN agreeing smallint NOT NULL DEFAULT 0,
            ADD COLUMN notes text NOT NULL DEFAULT '', ADD COLUMN source text NOT NULL DEFAULT ''
    """)
    for model in models():
        values = {name: getattr(model, name) for name in model.__slots__}
        op.get_bind().execute(_MODEL, values | {"status": model.status.value})
