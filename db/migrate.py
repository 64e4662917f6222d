"""Bring a database to the newest schema; alembic configured in code, so that there is no ini file to keep in step."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """Give alembic its settings for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Run every migration that the database does not have yet."""
    command.upgrade(config(url), revision)
