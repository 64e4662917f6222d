"""A history out of somebody's file: taken with a report, refused with a reason, on record, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.access import Actor, Denied, Role
from core.market.csv_history import NotAHistory
from core.market.refusals import Reason
from db.session import transaction
from services import audit, market_sources
from services.market_sources import MAX_UPLOAD_BYTES, TooLarge
from settings import Settings

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ANALYST = Actor(Role.USER, name="analyst of the import", ip="10.1.2.3")
GOOD = b"Date,Open,High,Low,Close\n2020-01-01,7200,7250,7150,7210\n2020-01-02,7210,7300,7200,7280\n"


@pytest.fixture(autouse=True)
def empty_market(app_settings: Settings) -> Iterator[None]:
    def empty() -> None:
        with transaction() as session:
            session.execute(text("DELETE FROM market_candle"))

    empty()
    yield
    empty()


def stored() -> list[Any]:
    with transaction() as session:
        rows = session.execute(text("SELECT source, symbol, interval, close FROM market_candle ORDER BY at"))
        return [(row.source, row.symbol, row.interval, float(row.close)) for row in rows]


def last_audit() -> Any:
    with transaction() as session:
        return session.execute(
            text("SELECT action, object, outcome, after, ip FROM audit_log WHERE actor_name = :name ORDER BY id DESC"),
            {"name": ANALYST.name},
        ).first()


def take(content: bytes, name: str = "my prices.csv", interval: str = "1d") -> Any:
    return market_sources.import_history(ANALYST, content, name, interval, NOW)


def test_a_good_file_is_taken_and_on_record() -> None:
    source, history = take(GOOD)
    assert (source, len(history.candles), history.refused) == ("my-prices", 2, [])
    assert stored() == [("file:my-prices", "BTC-USD", "1d", 7210.0), ("file:my-prices", "BTC-USD", "1d", 7280.0)]
    row = last_audit()
    assert (row.action, row.object, row.outcome, row.ip) == ("market.imported", "file:my-prices", "ok", "10.1.2.3")
    assert row.after == {
        "interval": "1d",
        "bars": 2,
        "refused": 0,
        "first": "2020-01-01T00:00:00+00:00",
        "last": "2020-01-02T00:00:00+00:00",
    }


def test_the_same_file_twice_is_stored_once() -> None:
    take(GOOD)
    take(GOOD)
    assert len(stored()) == 2


def test_bad_rows_are_refused_by_line_and_hurt_no_other() -> None:
    _source, history = take(b"Date,Close\n2020-01-01,7210\n2020-01-02,minus\n2030-01-01,1\n")
    assert [(line, why.reason) for line, why in history.refused] == [(3, Reason.NOT_A_NUMBER), (4, Reason.NOT_ENDED)]
    assert len(stored()) == 1
    assert last_audit().after["refused"] == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", Reason.NO_TEXT),
        (b"PK\x03\x04\x14\x00\x00\x00", Reason.NO_TEXT),
        ("日期,价格\n".encode("utf-16"), Reason.NO_TEXT),
        (b"", Reason.EMPTY),
        (b"<html><body>Sign in</body></html>", Reason.NO_HEADER),
        (b"name,age\nA,3\n", Reason.NO_HEADER),
    ],
)
def test_what_is_no_history_is_refused_as_a_whole_and_on_record(content: bytes, reason: Reason) -> None:
    with pytest.raises(NotAHistory) as refused:
        take(content)
    assert refused.value.reason is reason
    assert stored() == []
    assert (last_audit().action, last_audit().outcome) == ("market.imported", "failed")


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(TooLarge):
        take(GOOD + b" " * MAX_UPLOAD_BYTES)
    assert stored() == []


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_clients_and_guests_bring_nothing(role: Role) -> None:
    actor = Actor(role, None if role is Role.GUEST else 1, 1 if role is Role.CLIENT else None)
    with pytest.raises(Denied):
        market_sources.import_history(actor, GOOD, "x.csv", "1d", NOW)
    assert stored() == []


def test_bars_and_their_record_stand_or_fall_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(RuntimeError):
        take(GOOD)
    assert stored() == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("../../etc/passwd", "passwd"),
        ("<script>alert(1)</script>.csv", "script"),
        ("", "file"),
        ("...", "file"),
        ("价格.csv", "价格"),
        ("a" * 200 + ".csv", "a" * 60),
    ],
)
def test_a_file_s_name_is_only_a_name(name: str, source: str) -> None:
    found, _history = take(GOOD, name)
    assert found == source
