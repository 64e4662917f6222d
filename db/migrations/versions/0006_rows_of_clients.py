"""Row-level security for all that hangs on a machine: a query that forgot the client still gives him his own rows only.

The sums of sites are nobody's single machine: a client sees none of them. The settings are init plans, read once a
query; where no client is set, the rest of the condition is never looked at.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_MACHINES = ("miner_state", "command", "event", "alert", "telemetry", "telemetry_5m", "telemetry_1h", "telemetry_1d")
OF_SITES = ("site_sample", "site_5m", "site_1h", "site_1d")
NO_CLIENT = "(SELECT nullif(current_setting('hashinsight.client_id', true), '')) IS NULL"


def upgrade() -> None:
    """Put the policies up."""
    for table in OF_MACHINES:
        _protect(table, f"{NO_CLIENT} OR miner_id IN (SELECT id FROM miner)")
    for table in OF_SITES:
        _protect(table, NO_CLIENT)


def _protect(table: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY client_scope ON {table} TO hashinsight_app USING ({condition})")
