"""Alembic's entry: one connection, one transaction for all migrations, guarded against two starters at once."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from db.models import Base

# Any fixed number: it only has to be the same in every process that migrates.
MIGRATION_LOCK = 0x4841_5348


def run() -> None:
    """Migrate online; offline SQL scripts are not something we ship."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            context.run_migrations()


run()
