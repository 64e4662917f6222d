"""Sessions on the server: the cookie holds a random token, the table its hash; nothing of a person is in the cookie."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor, Permission, Role, require
from db.session import glance, transaction
from services import audit

IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=8)
TOKEN_BYTES = 32
MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """A live session: who, and how he likes it."""

    actor: Actor
    language: str | None
    token_hash: bytes
    preferences: dict[str, object]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def begin(session: Session, person_id: int | None, ip: str | None, user_agent: str | None, language: str | None) -> str:
    """Open a session (a guest's has no person) and give its token, which is stored nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(
        text(
            "INSERT INTO web_session (token_hash, person_id, language, ip, user_agent) "
            "VALUES (:hash, :person_id, :language, :ip, :agent)"
        ),
        {
            "hash": _hash(token),
            "person_id": person_id,
            "language": language,
            "ip": ip,
            "agent": (user_agent or "")[:MAX_AGENT],
        },
    )
    return token


_FIND = text(
    """
    SELECT held.person_id, coalesce(held.language, person.language) AS language, person.role, person.client_id,
           person.name, coalesce(person.preferences, '{}') AS preferences
    FROM web_session held LEFT JOIN person ON person.id = held.person_id
    WHERE held.token_hash = :hash AND held.created_at > now() - CAST(:absolute AS interval)
      AND held.active_at > now() - CAST(:idle AS interval) AND (held.person_id IS NULL OR person.disabled_at IS NULL)
    """
)


def find(token: str, ip: str | None, request_id: str | None) -> Signed | None:
    """Give the live session of a token. Role and disabling are read anew each time: they bind at the next request."""
    hashed = _hash(token)
    with glance() as database:
        row = database.execute(_FIND, {"hash": hashed, "absolute": ABSOLUTE, "idle": IDLE}).one_or_none()
    if row is None:
        return None
    if row.person_id is None:
        actor = Actor(role=Role.GUEST, name="guest", ip=ip, request_id=request_id)
    else:
        actor = Actor(Role(row.role), row.person_id, row.client_id, row.name, ip, request_id)
    return Signed(actor, row.language, hashed, dict(row.preferences))


def touch(token_hash: bytes) -> None:
    """Say that a person, not a poll, was here."""
    with transaction() as session:
        session.execute(text("UPDATE web_session SET active_at = now() WHERE token_hash = :hash"), {"hash": token_hash})


def end(signed: Signed) -> None:
    """Sign out."""
    with transaction() as session:
        session.execute(text("DELETE FROM web_session WHERE token_hash = :hash"), {"hash": signed.token_hash})
        audit.record(session, signed.actor, "logout", None, "ok")


def end_others(actor: Actor, keep: bytes) -> int:
    """End every other session of the same person; gives how many there were."""
    require(actor, Permission.OWN_ACCOUNT)
    with transaction() as session:
        gone = session.execute(
            text("DELETE FROM web_session WHERE person_id = :id AND token_hash <> :keep RETURNING 1"),
            {"id": actor.person_id, "keep": keep},
        ).all()
        audit.record(session, actor, "sessions.end_others", None, "ok", after={"ended": len(gone)})
    return len(gone)


def mine(actor: Actor, current: bytes | None = None) -> list[dict[str, object]]:
    """Give one's own sessions, newest first; `current` is the hash of the one that asks."""
    require(actor, Permission.OWN_ACCOUNT)
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT created_at, active_at, ip, user_agent, token_hash IS NOT DISTINCT FROM :current AS here "
                "FROM web_session WHERE person_id = :id AND created_at > now() - CAST(:absolute AS interval) "
                "AND active_at > now() - CAST(:idle AS interval) ORDER BY active_at DESC LIMIT 50"
            ),
            {"id": actor.person_id, "current": current, "absolute": ABSOLUTE, "idle": IDLE},
        )
        return [dict(row) for row in rows.mappings()]


def set_language(signed: Signed, language: str) -> None:
    """Remember the language for the session and for the person."""
    require(signed.actor, Permission.SHELL)
    with transaction() as session:
        session.execute(
            text("UPDATE web_session SET language = :language WHERE token_hash = :hash"),
            {"language": language, "hash": signed.token_hash},
        )
        if signed.actor.person_id is not None:
            session.execute(
                text("UPDATE person SET language = :language WHERE id = :id"),
                {"language": language, "id": signed.actor.person_id},
            )


def set_preference(actor: Actor, name: str, value: bool) -> None:
    """Remember one of a person's own switches."""
    require(actor, Permission.OWN_ACCOUNT)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE person SET preferences = preferences || "
                "jsonb_build_object(CAST(:name AS text), CAST(:value AS boolean)) WHERE id = :id"
            ),
            {"name": name, "value": value, "id": actor.person_id},
        )


def tidy() -> None:
    """Forget sessions that are over and old sign-in attempts."""
    with transaction() as session:
        session.execute(
            text(
                "DELETE FROM web_session WHERE created_at < now() - CAST(:absolute AS interval) "
                "OR active_at < now() - CAST(:idle AS interval)"
            ),
            {"absolute": ABSOLUTE, "idle": IDLE},
        )
        session.execute(text("DELETE FROM sign_in_attempt WHERE at < now() - interval '1 day'"))
