"""The schedule is one table, every task of it exists, and the farm's worker stays light."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from types import ModuleType

import pytest
from redis import Redis
from sqlalchemy import text

from collectors import telemetry
from db.session import transaction
from gateways import cache, queue
from settings import Settings
from tests.farm import make_place
from tests.scratch import forget_connections


@pytest.fixture
def tasks(app_settings: Settings) -> ModuleType:
    """The module reads the addresses when it is imported: only now are there any."""
    return importlib.import_module("tasks")


def test_every_entry_of_the_schedule_is_a_task_that_expires_before_its_next_turn(tasks: ModuleType) -> None:
    for task, period_s, queue_name, expires_s in tasks.SCHEDULE.values():
        assert task in tasks.app.tasks
        assert 0 < expires_s < period_s
        assert queue_name in ("farm", "jobs")


def test_tasks_survive_the_death_of_their_worker_and_speak_json_only(tasks: ModuleType) -> None:
    conf = tasks.app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert list(conf.accept_content) == ["json"]
    assert conf.task_serializer == "json"
    assert conf.task_ignore_result
    limits = [task.time_limit or conf.task_time_limit for task in tasks.app.tasks.values()]
    # A task that outlived the visibility timeout would be given to a second worker while the first still works.
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert all(limits)


def test_the_farms_worker_loads_nothing_that_only_pages_need(app_settings: Settings) -> None:
    farm = "collectors.telemetry, collectors.rollups, collectors.partitions, services.commands, services.events"
    code = f"import sys, tasks, {farm}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=app_settings.root
    ).stdout.split()
    assert not {"dash", "flask", "pandas", "plotly", "scipy", "statsmodels", "pyasic"} & set(loaded)


def test_every_site_gets_its_sweep_on_its_own_queue(
    tasks: ModuleType, app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place()
    sent: dict[str, tuple[str, float]] = {}
    monkeypatch.setattr(
        tasks.sweep, "apply_async", lambda args, queue, expires: sent.__setitem__(args[0], (queue, expires))
    )
    tasks.sweep_all()
    assert sent[place.code] == (f"site.{place.code}", app_settings.sweep_period_s * 0.9)
    with transaction() as session:
        assert set(sent) == set(session.execute(text("SELECT code FROM site")).scalars())


def test_a_sweep_that_was_not_stored_ends_its_task_quietly(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_code: str) -> None:
        raise telemetry.NotStored("the database is away")

    monkeypatch.setattr(telemetry, "sweep_site", away)
    tasks.sweep("x")


def test_a_task_whose_database_is_away_says_so_once_and_again_when_it_is_back(
    tasks: ModuleType, app_settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tasks"):
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("HASHINSIGHT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
            forget_connections()
            for _turn in range(3):
                tasks.recover_jobs()
                tasks.recover_commands()
        forget_connections()
        for _turn in range(2):
            tasks.recover_jobs()
            tasks.recover_commands()
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(" ")[0] for line in said] == ["jobs.recover", "commands.recover"] * 2
    assert all("has to wait" in line and "Connection refused" in line and "\n" not in line for line in said[:2])
    assert all(line.endswith("works again") for line in said[2:])


def test_an_error_of_our_own_is_never_swallowed(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_code: str) -> None:
        raise ValueError("ours")

    monkeypatch.setattr(telemetry, "sweep_site", wrong)
    with pytest.raises(ValueError, match="ours"):
        tasks.sweep("x")


def test_a_task_sent_by_name_waits_on_its_queue(app_settings: Settings) -> None:
    broker = cache.client(cache.BROKER)
    before = broker.llen("site.nowhere-yet")
    queue.send("farm.sweep", "nowhere-yet", queue="site.nowhere-yet", expires=1)
    assert broker.llen("site.nowhere-yet") == before + 1  # type: ignore[operator]
    broker.delete("site.nowhere-yet")


def test_each_purpose_has_its_own_redis_database(app_settings: Settings) -> None:
    numbers = [cache.CACHE, cache.BROKER, cache.RESULTS, cache.NONCES]
    assert numbers == [0, 1, 2, 3]
    clients: list[Redis] = [cache.client(number) for number in numbers]
    assert [client.connection_pool.connection_kwargs["db"] for client in clients] == numbers
    assert all(client.connection_pool.connection_kwargs["socket_timeout"] for client in clients)
