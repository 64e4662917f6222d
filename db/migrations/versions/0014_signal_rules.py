"""Rules that people made of their own."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute("""
        CREATE TABLE signal_rule (
            id bigint GENERATED ALWAYS AS IDENTITY,
            name text NOT NULL,
            person_id bigint NOT NULL,
            rule jsonb NOT NULL,
            holding_days integer NOT NULL,
            made_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_signal_rule PRIMARY KEY (id),
            CONSTRAINT fk_signal_rule_person_id_person FOREIGN KEY (person_id) REFERENCES person (id),
            CONSTRAINT uq_signal_rule_name UNIQUE (name),
            CONSTRAINT ck_signal_rule_holding_days CHECK (holding_days > 0)
        )""")
