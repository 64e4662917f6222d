"""One engine a process, and one way to open a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from settings import settings


class NoDatabase(RuntimeError):
    """No database URL is set: nothing was started with `make run` and nothing was configured."""


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Give the engine of this process; made at first use, so that each forked worker has its own."""
    url = settings().database_url
    if not url:
        raise NoDatabase("HASHINSIGHT_DATABASE_URL is not set; start the product with `make run` or set it")
    url = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    made = create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True, pool_recycle=1800)
    event.listen(made, "connect", _become_app_role)
    return made


def _become_app_role(connection: Any, _record: object) -> None:
    # The login may own the tables; the role it works under cannot change the audit log and is under row security.
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hashinsight_app")
    connection.commit()


@contextmanager
def glance() -> Iterator[Connection]:
    """Give a connection for one statement that reads: without BEGIN and COMMIT it goes to the server once, not thrice."""
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def transaction(client_id: int | None = None) -> Iterator[Session]:
    """Open a session and commit it at the end, or roll all of it back when the block raises.

    With a `client_id`, row-level security hides every other client's machines for the length of the transaction.
    """
    with sessionmaker(engine(), expire_on_commit=False)() as session, session.begin():
        if client_id is not None:
            session.execute(text("SELECT set_config('hashinsight.client_id', :id, true)"), {"id": str(client_id)})
        yield session
