"""Bars, indicators and signals on a real database: closed bars only, gaps stay gaps, a signal is news exactly once."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor, Denied, Role
from core.signals.builtin import BUILT_IN
from db.session import transaction
from services import analytics

USER = Actor(role=Role.USER)
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NOW = MIDNIGHT + dt.timedelta(hours=7)
DAYS = 400


def store(session: Session, closes: list[float], interval: str = "1d", step: dt.timedelta = DAY) -> None:
    """Store bars of which the last one has just closed, and one that still runs."""
    for back, close in enumerate(reversed(closes), 1):
        _bar(session, interval, MIDNIGHT - back * step, close)
    _bar(session, interval, MIDNIGHT, 1e6)


def _bar(session: Session, interval: str, at: dt.datetime, close: float) -> None:
    session.execute(
        text(
            "INSERT INTO market_candle (source, symbol, interval, at, open, high, low, close, volume)"
            " VALUES ('kraken', 'BTC-USD', :i, :at, :c, :c, :c, :c, 1)"
        ),
        {"i": interval, "at": at, "c": close},
    )


@pytest.fixture
def falling_then_up(app_settings: Any) -> None:
    """Prices that fall for 399 days and rise on the last one: RSI leaves its bottom at that close."""
    with transaction() as session:
        for table in ("market_point", "market_candle", "signal_fired", "signal_rule"):
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM event WHERE kind = 'signal.fired'"))
        store(session, [*np.linspace(200_000, 100_000, DAYS - 1).tolist(), 108_000.0])
    analytics._kept.cache_clear()
    analytics._record.cache_clear()


def test_only_closed_bars_are_looked_at(falling_then_up: None) -> None:
    found = analytics.bars(USER, "1d", None, NOW)
    assert len(found.frame) == DAYS
    assert found.frame["close"].iloc[-1] == 108_000
    assert (found.source, found.symbol) == ("kraken", "BTC-USD")


def test_a_day_that_is_missing_is_a_gap(falling_then_up: None) -> None:
    with transaction() as session:
        session.execute(text("DELETE FROM market_candle WHERE at = :at"), {"at": MIDNIGHT - 10 * DAY})
    analytics._kept.cache_clear()
    frame = analytics.bars(USER, "1d", None, NOW).frame
    assert len(frame) == DAYS
    assert np.isnan(frame["close"].iloc[-10])
    assert np.isnan(analytics.indicator(analytics.bars(USER, "1d", None, NOW), "sma", {"length": 5})["sma"].iloc[-8])


def test_the_network_is_absent_where_nobody_told_it(falling_then_up: None) -> None:
    found = analytics.bars(USER, "1d", None, NOW)
    assert found.frame["difficulty"].isna().all()
    assert analytics.indicator(found, "puell", {})["puell"].isna().all()


def test_the_miners_own_are_made_of_days(falling_then_up: None) -> None:
    with transaction() as session:
        store(session, [1.0, 2.0, 3.0], "1h", dt.timedelta(hours=1))
    with pytest.raises(ValueError, match="made of days"):
        analytics.indicator(analytics.bars(USER, "1h", None, NOW), "puell", {})


def test_a_signal_that_has_just_fired_is_announced_once(falling_then_up: None) -> None:
    assert analytics.announce(NOW) == ["rsi_oversold"]
    assert analytics.announce(NOW) == []
    assert analytics.announce(NOW + dt.timedelta(hours=2)) == []
    assert announced() == [("rsi_oversold", (MIDNIGHT - DAY).isoformat())]


def test_a_signal_of_long_ago_is_no_news(falling_then_up: None) -> None:
    assert analytics.announce(NOW + dt.timedelta(days=9)) == []
    assert announced() == []


def test_a_process_that_dies_between_mark_and_event_leaves_neither(falling_then_up: None) -> None:
    killed = multiprocessing.get_context("fork").Process(target=_die_at_the_event)
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert announced() == []
    assert analytics.announce(NOW) == ["rsi_oversold"]
    assert len(announced()) == 1


def _die_at_the_event() -> None:
    from db import session

    session.engine.cache_clear()
    analytics.events.emit = lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)
    analytics.announce(NOW)


def announced() -> list[tuple[str, str]]:
    with transaction() as session:
        rows = (
            session.execute(text("SELECT payload FROM event WHERE kind = 'signal.fired' ORDER BY id")).scalars().all()
        )
        return [(row["rule"], row["bar_at"]) for row in rows]


def test_every_rule_has_its_record_or_says_that_there_is_none(falling_then_up: None) -> None:
    bars, found = analytics.standings(USER, NOW)
    assert [each.watched.key for each in found] == list(BUILT_IN)
    oversold = next(each for each in found if each.watched.key == "rsi_oversold")
    assert oversold.fired_at[-1] == MIDNIGHT - DAY
    assert bars.source == "kraken"


@pytest.mark.parametrize("role", [Role.GUEST, Role.CLIENT])
def test_analytics_are_for_staff(app_settings: Any, role: Role) -> None:
    actor = Actor(role=role, client_id=1 if role is Role.CLIENT else None)
    for verb in (
        lambda: analytics.bars(actor, "1d", None, NOW),
        lambda: analytics.standings(actor, NOW),
        lambda: analytics.sources(actor),
    ):
        with pytest.raises(Denied):
            verb()
