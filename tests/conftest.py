"""What every test may ask for: a migrated scratch database, a Redis, settings, a farm, the whole product, a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrate import upgrade
from settings import Settings, settings
from supervisor import embedded
from tests.scratch import forget_connections, scratch_database


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A directory that the PostgreSQL of a root user may enter (pytest's own is closed to everybody else)."""
    made = Path(tempfile.mkdtemp(prefix="hashinsight-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(scratch: Path) -> Iterator[tuple[str, str]]:
    """Addresses of PostgreSQL and Redis: those of the environment when both are given, else embedded ones."""
    given = (os.environ.get("HASHINSIGHT_DATABASE_URL"), os.environ.get("HASHINSIGHT_REDIS_URL"))
    if given[0] and given[1]:
        yield given[0], given[1]
        return
    data_dir = scratch / "servers"
    data_dir.mkdir()
    started = embedded.start(data_dir)
    yield given[0] or started.cluster.url(), given[1] or started.store.url
    started.stop()


@pytest.fixture(scope="session")
def database_url(servers: tuple[str, str]) -> Iterator[str]:
    """A scratch database of this run, migrated to the newest schema; dropped at the end."""
    with scratch_database(servers[0]) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: tuple[str, str]) -> str:
    """Address of the Redis, without a database number."""
    return servers[1]


@pytest.fixture(scope="session")
def app_settings(database_url: str, redis_url: str, scratch: Path) -> Iterator[Settings]:
    """Settings of this process pointing at the scratch servers, with every cache that holds a connection emptied.

    For the whole run, because a process can make the web application only once.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HASHINSIGHT_DATABASE_URL", database_url)
        environment.setenv("HASHINSIGHT_REDIS_URL", redis_url)
        environment.setenv("HASHINSIGHT_DATA_DIR", str(scratch / "data"))
        environment.setenv("HASHINSIGHT_SECRET_KEY", "8Vb2rQyX0pLm5TzKc7Nd3WfHs9GjEuAo")
        forget_connections()
        yield settings()
        forget_connections()
