"""Domain events: with the change or not at all, delivered after commit, in order, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from db.session import transaction
from gateways import cache
from services import events
from settings import Settings
from tests.farm import Place, make_place


@pytest.fixture
def place(app_settings: Settings) -> Place:
    events.deliver()
    return make_place()


@pytest.fixture
def heard(app_settings: Settings) -> Iterator[Any]:
    """Give what a listener has heard so far."""
    listener = cache.client().pubsub(ignore_subscribe_messages=True)
    listener.subscribe(events.CHANNEL)
    listener.get_message(timeout=2)

    def so_far() -> list[dict[str, Any]]:
        found = []
        while message := listener.get_message(timeout=0.3):
            found.append(orjson.loads(message["data"]))
        return found

    yield so_far
    listener.close()


def waiting(place: Place) -> int:
    with transaction() as session:
        found = session.execute(
            text("SELECT count(*) FROM event WHERE site_id = :site AND delivered_at IS NULL"), {"site": place.site_id}
        )
        return int(found.scalar_one())


def emit(place: Place, *kinds: str) -> None:
    with transaction() as session:
        for kind in kinds:
            events.emit(session, kind, site_id=place.site_id, payload={"kind": kind, "名": "矿机"})


def test_events_are_heard_once_and_in_order(place: Place, heard: Any) -> None:
    kinds = [f"test.{number}" for number in range(12)]
    emit(place, *kinds)
    assert events.deliver() == 12
    assert [event["kind"] for event in heard()] == kinds
    assert events.deliver() == 0
    assert heard() == []


def test_an_event_tells_what_and_where_and_when(place: Place, heard: Any) -> None:
    emit(place, "test.one")
    events.deliver()
    [event] = heard()
    assert event["payload"] == {"kind": "test.one", "名": "矿机"}
    assert event["site_id"] == place.site_id
    assert event["at"].startswith("20")


def test_a_change_that_is_rolled_back_has_no_event(place: Place, heard: Any) -> None:
    with transaction() as session:
        events.emit(session, "test.never", site_id=place.site_id)
        session.rollback()
    assert events.deliver() == 0
    assert heard() == []


def test_without_redis_they_wait(place: Place, heard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    emit(place, "test.a", "test.b")
    with monkeypatch.context() as patch:
        patch.setattr(cache, "client", lambda *_: Redis(port=1, socket_connect_timeout=0.2))
        with pytest.raises(RedisError):
            events.deliver()
    assert waiting(place) == 2
    assert events.deliver() == 2
    assert [event["kind"] for event in heard()] == ["test.a", "test.b"]


def test_more_than_a_batch_is_delivered_in_one_call(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 3)
    emit(place, *[f"test.{number}" for number in range(8)])
    assert events.deliver() == 8
    assert waiting(place) == 0


def test_what_another_deliverer_has_in_hand_is_left_to_it(place: Place) -> None:
    emit(place, "test.a")
    with transaction() as other:
        other.execute(text("SELECT 1 FROM event WHERE site_id = :site FOR UPDATE"), {"site": place.site_id})
        assert events.deliver() == 0
    assert events.deliver() == 1
