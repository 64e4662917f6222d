"""Scratch databases, and forgetting the connections of another one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from sqlalchemy.engine import make_url

from db import session
from gateways import cache, queue
from settings import settings


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """Make an empty database on the given server; drop it at the end, whoever is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(server_url, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def forget_connections() -> None:
    """Empty every cache of this process that remembers settings or connections."""
    if session.engine.cache_info().currsize:
        session.engine().dispose()
    for remembered in (session.engine, cache.client, queue._producer, settings):
        remembered.cache_clear()


def _execute(server_url: str, statement: str) -> None:
    connection = psycopg2.connect(make_url(server_url).set(database="postgres").render_as_string(hide_password=False))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
