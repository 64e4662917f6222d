"""A running job says that it lives, so that one whose worker was killed is found and run again."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sign of life and the count of starts."""
    op.execute("ALTER TABLE job ADD COLUMN beat_at timestamptz, ADD COLUMN attempts smallint NOT NULL DEFAULT 0")
    op.execute("CREATE INDEX ix_job_open ON job (state) WHERE state IN ('queued', 'running')")
