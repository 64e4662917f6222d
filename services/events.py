"""Domain events: written in the transaction of the change, delivered after commit, at least once and in order."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.session import transaction
from gateways import cache

CHANNEL = "events"
BATCH = 500


def emit(
    session: Session,
    kind: str,
    *,
    site_id: int | None = None,
    miner_id: int | None = None,
    person_id: int | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    """Write an event into the caller's transaction."""
    session.execute(
        text(
            "INSERT INTO event (kind, site_id, miner_id, person_id, payload) "
            "VALUES (:kind, :site_id, :miner_id, :person_id, :payload)"
        ),
        {
            "kind": kind,
            "site_id": site_id,
            "miner_id": miner_id,
            "person_id": person_id,
            "payload": orjson.dumps(payload or {}).decode(),
        },
    )


def deliver() -> int:
    """Publish what has not been delivered; a publisher that dies leaves its batch for the next."""
    delivered = 0
    while True:
        with transaction() as session:
            rows = session.execute(
                text(
                    "SELECT id, at, kind, site_id, miner_id, person_id, payload FROM event "
                    "WHERE delivered_at IS NULL ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED"
                ),
                {"batch": BATCH},
            ).all()
            if not rows:
                return delivered
            pipe = cache.client().pipeline(transaction=False)
            for row in rows:
                pipe.publish(CHANNEL, orjson.dumps(row._asdict()))
            pipe.execute()
            session.execute(
                text("UPDATE event SET delivered_at = now() WHERE id = ANY(:ids)"), {"ids": [row.id for row in rows]}
            )
            delivered += len(rows)
