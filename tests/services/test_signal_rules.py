"""Rules that people make: kept once by name, watched like the others, and gone without a trace in what was announced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.access import Actor, Denied, Role
from core.market.refusals import Refusal
from core.signals import Mode
from core.signals.builtin import BUILT_IN
from core.signals.form import Condition, Relation
from db.session import transaction
from services import analytics, signal_rules
from tests.services.test_analytics import DAY, MIDNIGHT, NOW, announced, falling_then_up  # noqa: F401

CLIMB = (Condition("close", Relation.RISES_ABOVE, number=105_000.0),)


@pytest.fixture
def analyst(falling_then_up: None) -> Iterator[Actor]:  # noqa: F811
    with transaction() as session:
        person = session.execute(
            text("INSERT INTO person (email, name, role) VALUES ('rules@example.org', 'Ada', 'user') RETURNING id")
        ).scalar_one()
    yield Actor(Role.USER, person, None, "Ada")
    with transaction() as session:
        session.execute(text("DELETE FROM signal_rule WHERE person_id = :me"), {"me": person})
        session.execute(text("DELETE FROM person WHERE id = :me"), {"me": person})


def made(actor: Actor, days: float = 5) -> signal_rules.Watched:
    return signal_rules.made_of(actor, CLIMB, Mode.ALL, days)


def test_a_rule_is_kept_watched_announced_once_and_deleted(analyst: Actor) -> None:
    key = signal_rules.keep(analyst, "  Above   105,000 ", made(analyst))
    _bars, standings = analytics.standings(analyst, NOW)
    assert [each.watched.key for each in standings] == [*BUILT_IN, key]
    own = standings[-1]
    assert (own.watched.title, own.watched.author, own.watched.plan.holding_bars) == ("Above 105,000", "Ada", 5)
    assert own.fired_at == (MIDNIGHT - DAY,)  # 399 days fall from 200,000 to 100,000; only the last close rises
    assert set(analytics.announce(NOW)) == {"rsi_oversold", key}
    assert analytics.announce(NOW) == []
    assert signal_rules.delete(analyst, key) == "Above 105,000"
    assert (key, (MIDNIGHT - DAY).isoformat()) in announced()
    assert [each.watched.key for each in analytics.standings(analyst, NOW)[1]] == list(BUILT_IN)
    with pytest.raises(Refusal, match="gone already"):
        signal_rules.delete(analyst, key)


def test_what_was_done_stands_in_the_audit_log(analyst: Actor) -> None:
    key = signal_rules.keep(analyst, "Traced", made(analyst))
    signal_rules.delete(analyst, key)
    with transaction() as session:
        rows = session.execute(
            text("SELECT action, after, before FROM audit_log WHERE object = 'Traced' ORDER BY id")
        ).all()
    assert [row.action for row in rows] == ["signal.rule_made", "signal.rule_deleted"]
    assert rows[0].after == rows[1].before
    assert rows[0].after["rule"]["rule"] == "cross"


def test_one_name_one_rule_and_not_too_many(analyst: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    signal_rules.keep(analyst, "Twice", made(analyst))
    with pytest.raises(Refusal, match="of this name"):
        signal_rules.keep(analyst, "Twice", made(analyst))
    with pytest.raises(Refusal, match="a name"):
        signal_rules.keep(analyst, "   ", made(analyst))
    monkeypatch.setattr(signal_rules, "MAX_RULES", 1)
    with pytest.raises(Refusal, match="there are 1 rules"):
        signal_rules.keep(analyst, "One more", made(analyst))


@pytest.mark.parametrize("days", [None, 0, 2.5, 1001])
def test_a_position_ends(analyst: Actor, days: Any) -> None:
    with pytest.raises(Refusal, match="held for 1 to 1000 days"):
        made(analyst, days)


@pytest.mark.parametrize("key", ["own-", "own-1x", "golden_cross", "own--1", "own-" + "9" * 30, ""])
def test_only_rules_that_people_made_are_deleted(analyst: Actor, key: str) -> None:
    with pytest.raises(Refusal, match="gone already"):
        signal_rules.delete(analyst, key)


def test_a_rule_is_tried_without_being_kept(analyst: Actor) -> None:
    _bars, found = analytics.tried(analyst, made(analyst), NOW)
    assert found is not None
    assert found.fired_at == (MIDNIGHT - DAY,)
    assert len(signal_rules.rules(analyst)) == len(BUILT_IN)


def test_a_rule_that_cannot_be_read_any_more_takes_no_other_with_it(analyst: Actor) -> None:
    key = signal_rules.keep(analyst, "Sound", made(analyst))
    signal_rules.keep(analyst, "Of old", made(analyst))
    with transaction() as session:
        session.execute(text("""UPDATE signal_rule SET rule = '{"rule": "gone"}' WHERE name = 'Of old'"""))
    assert [each.key for each in signal_rules.rules(analyst)] == [*BUILT_IN, key]
    assert key in analytics.announce(NOW)


@pytest.mark.parametrize("role", [Role.GUEST, Role.CLIENT])
def test_rules_are_for_staff(analyst: Actor, role: Role) -> None:
    stranger = Actor(role=role, client_id=1 if role is Role.CLIENT else None)
    kept = made(analyst)
    for verb in (
        lambda: made(stranger),
        lambda: signal_rules.keep(stranger, "Mine", kept),
        lambda: signal_rules.delete(stranger, "own-1"),
        lambda: signal_rules.rules(stranger),
        lambda: analytics.tried(stranger, kept, dt.datetime.now(dt.UTC)),
    ):
        with pytest.raises(Denied):
            verb()
