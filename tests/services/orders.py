"""Giving orders in tests, and looking at what became of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import text

from core.access import Role
from db.session import transaction
from services import commands
from tests.farm import Place


def order(place: Place, miner: int, action: str = "stop", key: str | None = None) -> uuid.UUID:
    return commands.command_miner(place.actor(Role.USER), miner, action, key or uuid.uuid4().hex)


def row(command_id: uuid.UUID) -> Any:
    with transaction() as session:
        return session.execute(text("SELECT * FROM command WHERE id = :id"), {"id": command_id}).one()


def change(command_id: uuid.UUID, assignment: str) -> None:
    with transaction() as session:
        session.execute(text(f"UPDATE command SET {assignment} WHERE id = :id"), {"id": command_id})


def audits(command_id: uuid.UUID) -> list[tuple[str, str, str]]:
    with transaction() as session:
        found = session.execute(
            text("SELECT action, outcome, after->>'state' FROM audit_log WHERE after->>'command' = :id ORDER BY id"),
            {"id": str(command_id)},
        ).all()
    return [(action, outcome, state) for action, outcome, state in found]


def happened(command_id: uuid.UUID) -> list[str]:
    with transaction() as session:
        return list(
            session.execute(
                text("SELECT kind FROM event WHERE payload->>'command' = :id ORDER BY id"), {"id": str(command_id)}
            ).scalars()
        )


def confirm(place: Place) -> int:
    with transaction() as session:
        return commands.confirm(session, place.site_id, dt.datetime.now(dt.UTC))
