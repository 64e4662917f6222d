"""Which signals were announced, so that each is news once."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute("""
        CREATE TABLE signal_fired (
            rule text NOT NULL, bar_at timestamptz NOT NULL, source text NOT NULL,
            announced_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_signal_fired PRIMARY KEY (rule, bar_at)
        )""")
