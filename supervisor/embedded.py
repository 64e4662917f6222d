"""PostgreSQL and Valkey of our own, in one data directory, for those who gave no address of theirs."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from supervisor import postgres, valkey
from supervisor.children import Child, stop
from supervisor.errors import CannotStart
from supervisor.net import free_port

START_PATIENCE_S = 60.0


class Memory:
    """A small JSON file of the data directory, ours alone to read: ports and secrets that stay from start to start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, str | int] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, name: str) -> str | int | None:
        """Give what was kept under a name."""
        return self._values.get(name)

    def keep(self, name: str, value: str | int) -> None:
        """Keep a value; written beside and moved into place, so that a full disk cannot leave half a file."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        draft = self._file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self._values, indent=1))
        draft.replace(self._file)

    def secret(self, name: str) -> str:
        """Give a secret that is made at first use."""
        if not self.get(name):
            self.keep(name, secrets.token_hex(32))
        return str(self.get(name))

    def port(self, name: str, wish: int | None = None, host: str = "127.0.0.1") -> int:
        """Give the port used last time when it is still free, else the wished one, else any."""
        kept = self.get(name)
        port = free_port(int(kept) if kept else wish, host)
        self.keep(name, port)
        return port


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """Both servers, running."""

    cluster: postgres.Cluster
    store: valkey.Store
    children: tuple[Child, Child]

    def stop(self) -> None:
        """Stop both; what they hold stays in the data directory."""
        for child in self.children:
            stop([child])


def cluster_of(data_dir: Path, memory: Memory, *, known: bool = False) -> postgres.Cluster:
    """Give the PostgreSQL cluster of a data directory; a `known` one runs already, on the port that is kept."""
    port = int(memory.get("postgres_port") or 0) if known else memory.port("postgres_port")
    return postgres.Cluster(home=postgres.home_for(data_dir), port=port, password=memory.secret("postgres_password"))


def store_of(data_dir: Path, memory: Memory, *, known: bool = False) -> valkey.Store:
    """Give the Valkey store of a data directory; a `known` one runs already, on the port that is kept."""
    port = int(memory.get("valkey_port") or 0) if known else memory.port("valkey_port")
    return valkey.Store(home=data_dir / "valkey", port=port, password=memory.secret("valkey_password"))


def start(data_dir: Path) -> Embedded:
    """Start both servers and wait until they answer (the tests' way in; the supervisor watches them as well)."""
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    memory = Memory(data_dir / "state.json")
    cluster, store = cluster_of(data_dir, memory), store_of(data_dir, memory)
    cluster.create()
    children = (Child(store.plan(), logs), Child(cluster.plan(), logs))
    for child in children:
        child.start()
    await_ready(children[0], store.answers)
    await_ready(children[1], lambda: database_answers(cluster.url("postgres")))
    ensure_database(cluster)
    return Embedded(cluster=cluster, store=store, children=children)


def await_ready(child: Child, ready: Callable[[], bool], patience_s: float = START_PATIENCE_S) -> None:
    """Wait until a server answers; raises with its last words when it ends or stays silent."""
    deadline = time.monotonic() + patience_s
    while not ready():
        if child.exit_code() is not None:
            raise CannotStart(f"{child.plan.name} ended at its start: {child.last_words()} (log: {child.log})")
        if time.monotonic() > deadline:
            raise CannotStart(f"{child.plan.name} did not answer within {patience_s:.0f} s (log: {child.log})")
        time.sleep(0.03)


def database_answers(url: str, timeout_s: int = 2) -> bool:
    """Tell whether a database accepts a sign-in."""
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=timeout_s).close()
    except psycopg2.OperationalError:
        return False
    return True


def ensure_database(cluster: postgres.Cluster) -> None:
    """Make the product's database when the cluster is new."""
    import psycopg2

    connection = psycopg2.connect(cluster.url("postgres"), connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (postgres.DATABASE,))
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{postgres.DATABASE}"')
    connection.close()
