"""The state of every part, also while one of them hangs."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest
from sqlalchemy import text

from db.queries.health import last_sweep
from db.session import transaction
from gateways import cache
from services import health
from services.health import Asker, TooSlow, processes
from settings import Settings, settings

NOW = 1_700_000_000.0


@pytest.fixture
def heartbeats(app_settings: Settings) -> Iterator[None]:
    """All processes alive, and an answer that nobody gave before."""
    names = ("farm", "jobs", "beat")
    for name in names:
        cache.client().set(f"beat:{name}", time.time())
    health._kept = None
    yield
    health._kept = None
    cache.client().delete(*(f"beat:{name}" for name in names))


def test_everything_is_up(heartbeats: None) -> None:
    found = health.health()
    assert {name: part.state for name, part in found.parts.items()} == dict.fromkeys(
        ("database", "redis", "worker", "jobs", "beat"), "up"
    )
    assert found.well


def test_processes_are_judged_by_their_last_heartbeat() -> None:
    found = processes({"farm": NOW - 20, "site-tx1": NOW - 5, "jobs": NOW - 60}, NOW)
    assert (found["worker"].state, found["worker"].age_s) == ("up", 5.0)
    assert (found["jobs"].state, found["jobs"].age_s, found["jobs"].reason) == ("down", 60.0, "no heartbeat")
    assert (found["beat"].state, found["beat"].reason) == ("down", "never seen")


def test_clock_that_runs_ahead_is_no_negative_age() -> None:
    assert processes({"beat": NOW + 3}, NOW)["beat"].age_s == 0.0


def test_hanging_database_is_down_and_hides_nothing(heartbeats: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection and says nothing
        url = f"postgresql://nobody@127.0.0.1:{deaf.getsockname()[1]}/x"
        hanging = settings().model_copy(update={"database_url": url})
        monkeypatch.setattr(health, "settings", lambda: hanging)
        monkeypatch.setattr(health, "_database", Asker(health._sweeps))
        found = health.health()
    assert found.parts["database"].reason == "no answer in time"
    assert found.last_sweep is None
    assert found.parts["redis"].state == "up"
    assert not found.well


def test_dead_database_gives_no_address_away(heartbeats: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise psycopg2.OperationalError("connection to server at 10.1.2.3 failed for user secret")

    monkeypatch.setattr(health, "_database", Asker(fail))
    said = str(health.health().as_json())
    assert "does not answer" in said
    assert "10.1.2.3" not in said


def test_part_that_hangs_is_not_asked_a_second_time() -> None:
    asked: list[float] = []
    release = threading.Event()

    def hang() -> None:
        asked.append(time.monotonic())
        release.wait(30)

    asker = Asker(hang)
    for _ in range(3):
        asker.start()
        with pytest.raises(TooSlow):
            asker.answer(time.monotonic())
    release.set()
    assert len(asked) == 1


def test_last_sweep_adds_up_the_newest_of_each_site(app_settings: Settings) -> None:
    at = dt.datetime(2096, 5, 1, 12, 0, tzinfo=dt.UTC)
    before = last_sweep(str(app_settings.database_url)) or {"asked": 0, "answered": 0}
    with transaction() as session:
        for code, sweeps in {
            "health-a": [(1000, 900, 2.5, 0), (100, 99, 0.5, 60)],
            "health-b": [(10, 9, 1.5, 30)],
        }.items():
            site_id = session.execute(
                text("INSERT INTO site (code, name, time_zone) VALUES (:code, :code, 'UTC') RETURNING id"),
                {"code": code},
            ).scalar_one()
            for asked, answered, seconds, offset_s in sweeps:
                session.execute(
                    text(
                        "INSERT INTO sweep (site_id, started_at, finished_at, asked, answered, seconds, store_seconds,"
                        " errors) VALUES (:site_id, :at, :at, :asked, :answered, :seconds, 0.1, '{}')"
                    ),
                    {
                        "site_id": site_id,
                        "at": at + dt.timedelta(seconds=offset_s),
                        "asked": asked,
                        "answered": answered,
                        "seconds": seconds,
                    },
                )
    try:
        found = last_sweep(str(app_settings.database_url))
        assert found is not None
        assert found["asked"] - before["asked"] == 110
        assert found["answered"] - before["answered"] == 108
        assert found["seconds"] >= 1.5
        assert found["at"] == "2096-05-01T12:01:00+00:00"
    finally:
        with transaction() as session:
            session.execute(text("DELETE FROM sweep WHERE site_id IN (SELECT id FROM site WHERE code LIKE 'health-%')"))
            session.execute(text("DELETE FROM site WHERE code LIKE 'health-%'"))
