"""The rules that are watched: those that come with the product, and those that people made.

A rule is the team's, whoever made it: its signals are everybody's events.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.market.refusals import Refusal
from core.signals import Mode, Plan, Rule, rule_from_json, rule_to_json
from core.signals.builtin import BUILT_IN
from core.signals.form import Condition, Fault, rule_of
from db.session import transaction
from services import audit

log = logging.getLogger(__name__)

OWN = "own-"
MAX_NAME = 60
MAX_RULES = 30
MAX_HOLDING_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class Watched:
    """A rule with its name and how it is traded to see what it is worth.

    Attributes
    ----------
    key : str
        What addresses and events call it.
    title : str
        A key of gettext where it is built in, the words of whoever made it otherwise.
    rule : Rule
        Over daily bars.
    plan : Plan
    author : str or None
        Who made it; None for those that come with the product.
    """

    key: str
    title: str
    rule: Rule
    plan: Plan
    author: str | None = None

    @property
    def own(self) -> bool:
        """Tell whether somebody here made it."""
        return self.author is not None


def watched(session: Session) -> list[Watched]:
    """Give all rules, the built-in ones first."""
    own = session.execute(
        text(
            "SELECT signal_rule.id, signal_rule.name, rule, holding_days, person.name AS author"
            " FROM signal_rule JOIN person ON person.id = person_id ORDER BY lower(signal_rule.name)"
        )
    ).all()
    return [
        *(Watched(each.name, each.title, each.rule, each.plan) for each in BUILT_IN.values()),
        *(found for row in own if (found := _read(row)) is not None),
    ]


def _read(row: Any) -> Watched | None:
    # A rule that an older version kept must not take all others with it.
    try:
        return Watched(f"{OWN}{row.id}", row.name, rule_from_json(row.rule), Plan(row.holding_days), row.author)
    except ValueError as error:
        log.warning("the rule %r cannot be read any more: %s", row.name, error)
        return None


def rules(actor: Actor) -> list[Watched]:
    """Give all rules to those who see their records."""
    require(actor, Permission.ANALYTICS_READ)
    with transaction() as session:
        return watched(session)


def made_of(actor: Actor, conditions: Sequence[Condition], mode: Mode, holding_days: float | None) -> Watched:
    """Give the rule of some conditions, to be tried and not kept.

    Raises
    ------
    Refusal
        Where they are no rule.
    """
    require(actor, Permission.SIGNALS_WRITE)
    if holding_days is None or holding_days != int(holding_days) or not 1 <= holding_days <= MAX_HOLDING_DAYS:
        raise Refusal(Fault.HOLDING, most=MAX_HOLDING_DAYS)
    return Watched("", "", rule_of(conditions, mode), Plan(int(holding_days)), author="")


def keep(actor: Actor, name: str, made: Watched) -> str:
    """Keep a rule under a name; gives its key.

    Raises
    ------
    Refusal
        Without a name, where it is taken, or where there are too many.
    """
    require(actor, Permission.SIGNALS_WRITE)
    title = " ".join(name.split())[:MAX_NAME]
    if not title:
        raise Refusal(Fault.NO_NAME)
    plain: dict[str, Any] = rule_to_json(made.rule)
    days = made.plan.holding_bars
    try:
        with transaction() as session:
            if session.execute(text("SELECT count(*) FROM signal_rule")).scalar_one() >= MAX_RULES:
                raise Refusal(Fault.MANY, most=MAX_RULES)
            key = session.execute(
                text(
                    "INSERT INTO signal_rule (name, person_id, rule, holding_days)"
                    " VALUES (:name, :person, CAST(:rule AS jsonb), :days) RETURNING id"
                ),
                {"name": title, "person": actor.person_id, "rule": orjson.dumps(plain).decode(), "days": days},
            ).scalar_one()
            after = {"rule": plain, "holding_days": days}
            audit.record(session, actor, "signal.rule_made", title, "ok", after=after)
    except IntegrityError as error:
        raise Refusal(Fault.TAKEN) from error
    return f"{OWN}{key}"


def delete(actor: Actor, key: str) -> str:
    """Delete a rule that somebody made; gives its name. What it announced stays announced.

    Raises
    ------
    Refusal
        Where there is none.
    """
    require(actor, Permission.SIGNALS_WRITE)
    number = key.removeprefix(OWN)
    if not (key.startswith(OWN) and number.isdecimal() and len(number) < 19):
        raise Refusal(Fault.GONE)
    with transaction() as session:
        row = session.execute(
            text("DELETE FROM signal_rule WHERE id = :id RETURNING name, rule, holding_days"), {"id": int(number)}
        ).first()
        if row is None:
            raise Refusal(Fault.GONE)
        before = {"rule": row.rule, "holding_days": row.holding_days}
        audit.record(session, actor, "signal.rule_deleted", row.name, "ok", before=before)
    return str(row.name)
