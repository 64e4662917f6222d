"""The embedded PostgreSQL and Valkey: what they hold survives being killed."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from supervisor import embedded, postgres
from supervisor.children import Child
from supervisor.embedded import Embedded, Memory
from supervisor.errors import CannotStart
from tests.product import wait_until


@pytest.fixture(scope="module")
def servers_of_ours(scratch: Path) -> Iterator[Embedded]:
    data_dir = scratch / "killed"
    data_dir.mkdir()
    started = embedded.start(data_dir)
    yield started
    started.stop()


def killed_and_started_again(child: Child) -> None:
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(10)
    child.sweep_up()


def test_killed_valkey_keeps_what_it_answered_for(servers_of_ours: Embedded) -> None:
    store = servers_of_ours.store
    client = redis.Redis.from_url(f"{store.url}/1")
    client.rpush("queue", *range(1000))
    killed_and_started_again(servers_of_ours.children[0])
    servers_of_ours.children[0].start()
    embedded.await_ready(servers_of_ours.children[0], store.answers)
    client = redis.Redis.from_url(f"{store.url}/1")
    assert client.llen("queue") == 1000
    client.close()


def test_killed_postgres_keeps_what_it_committed(servers_of_ours: Embedded) -> None:
    url = servers_of_ours.cluster.url()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT generate_series(1, 10000) AS n")
    connection.close()
    child = servers_of_ours.children[1]
    killed_and_started_again(child)

    def started() -> bool:
        # The killed server's own children may hold its memory for a moment longer.
        if child.exit_code() is not None:
            child.start()
        return embedded.database_answers(url)

    wait_until(started, "PostgreSQL's return", child.last_words, patience_s=60)
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(n) FROM kept")
        assert cursor.fetchone() == (10_000, 50_005_000)
    connection.close()


def test_password_is_asked_for(servers_of_ours: Embedded) -> None:
    wrong = servers_of_ours.cluster.url().replace(servers_of_ours.cluster.password, "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(servers_of_ours.store.url.replace(servers_of_ours.store.password, "wrong")).ping()


def test_stale_pid_of_another_program_does_not_stop_the_start(scratch: Path) -> None:
    home = scratch / "stale"
    (home / "data").mkdir(parents=True)
    file = home / "data" / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{home / 'data'}\n")  # a number that was given to somebody else: to us
    postgres.Cluster(home=home, port=1, password="x").clear_stale_pid()
    assert not file.exists()


def test_secrets_are_ours_alone_and_stay(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    first = Memory(file).secret("key")
    assert Memory(file).secret("key") == first
    assert len(first) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("total_mb,buffers", [(1_024, "128MB"), (4_096, "256MB"), (24_576, "384MB")])
def test_memory_is_shared_by_the_size_of_the_machine(total_mb: int, buffers: str) -> None:
    assert postgres.memory_settings(total_mb)["shared_buffers"] == buffers


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give the cluster to another user")
def test_root_puts_the_cluster_where_nobody_can_enter(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ROOT_HOME", scratch / "var")
    closed = scratch / "closed"
    closed.mkdir(mode=0o700)
    home = postgres.home_for(closed)
    assert home.parent == scratch / "var"
    assert (closed / "postgres").resolve() == home
    assert postgres.home_for(closed) == home
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_server_that_ends_at_its_start_says_why(scratch: Path) -> None:
    data_dir = scratch / "broken"
    (data_dir / "logs").mkdir(parents=True)
    memory = Memory(data_dir / "state.json")
    store = embedded.store_of(data_dir, memory)
    plan = store.plan()
    (store.home / "valkey.conf").write_text("no-such-setting 1\n")
    child = Child(plan, data_dir / "logs")
    child.start()
    with pytest.raises(CannotStart, match="valkey ended at its start"):
        embedded.await_ready(child, store.answers)
