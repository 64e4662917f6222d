"""The audit log: who did what to which thing, and how it ended. Rows are chained by the database and never change."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor
from db.session import transaction

MAX_TEXT = 300

_INSERT = text(
    "INSERT INTO audit_log (actor_id, actor_name, role, ip, action, object, outcome, before, after, request_id) VALUES "
    "(:actor_id, :actor_name, :role, :ip, :action, :object, :outcome, :before, :after, :request_id)"
)


def record(
    session: Session,
    actor: Actor,
    action: str,
    object: str | None,
    outcome: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write a row into the caller's transaction: it stands if and only if the change does."""
    session.execute(
        _INSERT,
        {
            "actor_id": actor.person_id,
            "actor_name": one_line(actor.name),
            "role": actor.role.value,
            "ip": actor.ip,
            "action": action,
            "object": one_line(object) if object else None,
            "outcome": outcome,
            "before": orjson.dumps(before).decode() if before is not None else None,
            "after": orjson.dumps(after).decode() if after is not None else None,
            "request_id": actor.request_id,
        },
    )


def record_alone(actor: Actor, action: str, object: str | None, outcome: str) -> None:
    """Write a row of its own, for what was refused and changed nothing."""
    with transaction() as session:
        record(session, actor, action, object, outcome)


def one_line(value: str) -> str:
    """Give text without line breaks or control characters, so that no field can fake a second entry."""
    return "".join(char if char.isprintable() else " " for char in value)[:MAX_TEXT]
