"""Long jobs of one person: queued, run by a worker, watched, cancelled, fetched.

The row is the truth and a task only says "look at it": a lost task costs a wait until `recover`, and a doubled one
finds nothing to claim. A worker that dies stops beating; its job is run again, and after three starts it has failed.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from core.access import Actor, Denied, Permission, Role, require
from db.session import transaction
from gateways import queue
from services import audit, exports, forecasts

log = logging.getLogger(__name__)

DEAD_AFTER = dt.timedelta(seconds=60)
TASK_LOST_AFTER = dt.timedelta(seconds=20)
KEEP_CONTENT = dt.timedelta(days=1)
MAX_ATTEMPTS = 3
MAX_OPEN = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What a job does: who may, how it is called in the audit log, and the work, which may make a file."""

    permission: Permission
    action: str
    work: Callable[[Actor, dict[str, Any], Callable[[float], None]], exports.File | None]


KINDS: dict[str, Kind] = {
    "machines_xlsx": Kind(Permission.EXPORT, "export", exports.machines_xlsx),
    "machines_csv": Kind(Permission.EXPORT, "export", exports.machines_csv),
    "forecast_fit": Kind(Permission.FORECASTS_READ, "forecast.fitted", forecasts.fit),
    "forecast_evaluation": Kind(Permission.EVALUATE, "forecast.evaluated", forecasts.evaluate),
}


class TooMany(Exception):
    """The person has as many jobs open as he may."""


class NoSuchJob(LookupError):
    """There is no such job, or it is another's: the answer is the same."""


class Cancelled(Exception):
    """Somebody asked for the end of the job, or another worker has taken it over."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far a job is. `error` is a code: worker_lost, not_allowed or failed."""

    id: uuid.UUID
    kind: str
    state: str
    progress: float
    error: str | None
    file_name: str | None
    size: int | None
    cancelling: bool

    @property
    def open(self) -> bool:
        """Tell whether it still moves."""
        return self.state in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Content:
    """What a finished job made."""

    file_name: str
    media_type: str
    content: bytes


def start(actor: Actor, kind: str, params: dict[str, Any]) -> uuid.UUID:
    """Take a job on; gives its id."""
    what = KINDS[kind]
    require(actor, what.permission)
    with transaction() as session:
        if actor.person_id is not None:
            # Two clicks at once wait for each other here, so that both count.
            session.execute(text("SELECT 1 FROM person WHERE id = :me FOR NO KEY UPDATE"), {"me": actor.person_id})
        held = text("SELECT count(*) FROM job WHERE person_id = :me AND state IN ('queued', 'running')")
        if session.execute(held, {"me": actor.person_id}).scalar_one() >= MAX_OPEN:
            raise TooMany
        job_id: uuid.UUID = session.execute(
            text(
                "INSERT INTO job (kind, person_id, actor, params) VALUES (:kind, :me, CAST(:actor AS jsonb), CAST(:params AS jsonb))"
                " RETURNING id"
            ),
            {"kind": kind, "me": actor.person_id, "actor": _written(actor), "params": orjson.dumps(params).decode()},
        ).scalar_one()
        audit.record(session, actor, what.action, kind, "ok", after={"job": str(job_id), "query": params.get("query")})
    _wake(job_id)
    return job_id


def run(job_id: str | uuid.UUID) -> str | None:
    """Do a job's work; gives how it ended, or None when there was nothing to do for this caller."""
    with transaction() as session:
        claimed = session.execute(
            text(
                "UPDATE job SET state = 'running', attempts = attempts + 1, beat_at = now(), progress = 0"
                " WHERE id = :id AND attempts < :most AND NOT cancel_requested"
                " AND (state = 'queued' OR (state = 'running' AND beat_at < now() - CAST(:dead_after AS interval)))"
                " RETURNING id, kind, person_id, actor, params, attempts"
            ),
            {"id": str(job_id), "most": MAX_ATTEMPTS, "dead_after": DEAD_AFTER},
        ).one_or_none()
    if claimed is None:
        return None

    def progress(share: float) -> None:
        with transaction() as session:
            going = session.execute(
                text(
                    "UPDATE job SET progress = :share, beat_at = now() WHERE id = :id AND state = 'running'"
                    " AND attempts = :attempt RETURNING cancel_requested"
                ),
                {"share": min(max(share, 0.0), 1.0), "id": claimed.id, "attempt": claimed.attempts},
            ).scalar()
        if going is not False:
            raise Cancelled

    try:
        actor = _actor_now(claimed.person_id, claimed.actor)
        kind = KINDS[claimed.kind]
        require(actor, kind.permission)
        made = kind.work(actor, claimed.params, progress)
        if made is None:
            return _finish(claimed, "done")
        return _finish(claimed, "done", file_name=made.name, media_type=made.media_type, content=made.content)
    except Cancelled:
        return _finish(claimed, "cancelled")
    except Denied:
        return _finish(claimed, "failed", error="not_allowed")
    except Exception:
        log.exception("job %s (%s) failed", claimed.id, claimed.kind)
        return _finish(claimed, "failed", error="failed")


def cancel(actor: Actor, job_id: str | uuid.UUID) -> None:
    """End one's own job: at once while it waits, at its next step while it runs."""
    with transaction() as session:
        found = session.execute(
            text(
                "UPDATE job SET cancel_requested = true,"
                " finished_at = CASE WHEN state = 'queued' THEN now() ELSE finished_at END,"
                " state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END"
                " WHERE id = :id AND person_id = :me AND state IN ('queued', 'running') RETURNING kind"
            ),
            {"id": _id(job_id), "me": actor.person_id},
        ).scalar()
        if found:
            audit.record(session, actor, "job.cancelled", found, "ok", after={"job": str(job_id)})


def status(actor: Actor, job_id: str | uuid.UUID) -> Status:
    """Give how far one's own job is."""
    with transaction() as session:
        row = session.execute(
            text(
                "SELECT id, kind, state, progress, error, file_name, length(content) AS size,"
                " cancel_requested AS cancelling FROM job WHERE id = :id AND person_id = :me"
            ),
            {"id": _id(job_id), "me": actor.person_id},
        ).one_or_none()
    if row is None:
        raise NoSuchJob(str(job_id))
    return Status(**row._asdict())


def newest_open(actor: Actor, kinds: Iterable[str]) -> Status | None:
    """Give one's own newest job of these kinds that still moves: whoever comes back to a page finds it there."""
    with transaction() as session:
        found = session.execute(
            text(
                "SELECT id FROM job WHERE person_id = :me AND kind = ANY(:kinds) AND state IN ('queued', 'running')"
                " ORDER BY created_at DESC LIMIT 1"
            ),
            {"me": actor.person_id, "kinds": list(kinds)},
        ).scalar()
    return None if found is None else status(actor, found)


def content(actor: Actor, job_id: str | uuid.UUID) -> Content:
    """Give what one's own finished job made."""
    with transaction() as session:
        row = session.execute(
            text(
                "SELECT kind, file_name, media_type, content FROM job"
                " WHERE id = :id AND person_id = :me AND state = 'done' AND content IS NOT NULL"
            ),
            {"id": _id(job_id), "me": actor.person_id},
        ).one_or_none()
    if row is None:
        raise NoSuchJob(str(job_id))
    require(actor, KINDS[row.kind].permission)
    return Content(row.file_name, row.media_type, bytes(row.content))


def recover() -> dict[str, int]:
    """Wake jobs whose task or worker was lost, fail those that killed three, forget files that nobody fetched."""
    values = {"dead_after": DEAD_AFTER, "most": MAX_ATTEMPTS, "lost_after": TASK_LOST_AFTER, "keep": KEEP_CONTENT}
    with transaction() as session:
        dead = "state = 'running' AND beat_at < now() - CAST(:dead_after AS interval)"
        cancelled = session.execute(
            text(f"UPDATE job SET state = 'cancelled', finished_at = now() WHERE {dead} AND cancel_requested"), values
        )
        failed = session.execute(
            text(
                "UPDATE job SET state = 'failed', error = 'worker_lost', finished_at = now()"
                f" WHERE {dead} AND attempts >= :most"
            ),
            values,
        )
        waiting = (
            session.execute(
                text(
                    f"SELECT id FROM job WHERE ({dead}) OR"
                    " (state = 'queued' AND created_at < now() - CAST(:lost_after AS interval)) ORDER BY created_at"
                ),
                values,
            )
            .scalars()
            .all()
        )
        session.execute(
            text(
                "UPDATE job SET content = NULL WHERE content IS NOT NULL AND finished_at < now() - CAST(:keep AS interval)"
            ),
            values,
        )
    for job_id in waiting:
        _wake(job_id)
    return {"cancelled": cancelled.rowcount, "failed": failed.rowcount, "woken": len(waiting)}  # type: ignore[attr-defined]


def _finish(claimed: Any, state: str, **values: Any) -> str:
    # Only the worker that holds the newest claim writes: one that was thought dead and is not changes nothing.
    given = {"error": None, "file_name": None, "media_type": None, "content": None, **values}
    with transaction() as session:
        session.execute(
            text(
                "UPDATE job SET state = :state, finished_at = now(), progress = CASE WHEN :state = 'done' THEN 1 ELSE progress END,"
                " error = :error, file_name = :file_name, media_type = :media_type, content = :content"
                " WHERE id = :id AND state = 'running' AND attempts = :attempt"
            ),
            {"state": state, "id": claimed.id, "attempt": claimed.attempts, **given},
        )
    return state


def _written(actor: Actor) -> str:
    return orjson.dumps({"name": actor.name, "ip": actor.ip, "request_id": actor.request_id}).decode()


def _actor_now(person_id: int | None, written: dict[str, Any]) -> Actor:
    """Give the person with the role he has now: what he may not do any more, his job may not either."""
    with transaction() as session:
        person = session.execute(
            text("SELECT role, client_id FROM person WHERE id = :id AND disabled_at IS NULL"), {"id": person_id}
        ).one_or_none()
    if person is None:
        return Actor(Role.GUEST, name=str(written.get("name", "")))
    return Actor(
        Role(person.role),
        person_id,
        person.client_id,
        str(written["name"]),
        written.get("ip"),
        written.get("request_id"),
    )


def _id(job_id: str | uuid.UUID) -> uuid.UUID:
    try:
        return job_id if isinstance(job_id, uuid.UUID) else uuid.UUID(job_id)
    except (ValueError, AttributeError, TypeError) as error:
        raise NoSuchJob(str(job_id)) from error


def _wake(job_id: uuid.UUID) -> None:
    try:
        queue.send("jobs.run", str(job_id), queue="jobs", expires=TASK_LOST_AFTER.total_seconds() * 6)
    except Exception as error:  # the row is committed: with the broker away the job is late, not lost
        log.warning("job %s could not be queued now: %s", job_id, error)
