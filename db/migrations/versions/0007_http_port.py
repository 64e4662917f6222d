"""A machine's own web port: behind a forwarding router, and on systems with a single loopback address, each has another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL stands for the port of the settings."""
    op.add_column("miner", sa.Column("http_port", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_miner_http_port"), "miner", "http_port BETWEEN 1 AND 65535")
