"""Orders to machines: asked for, sent, and proven by readings; no death of a process loses one or doubles a reboot.

A command's way: queued -> sending (under a lease) -> sent -> confirmed, or failed, or expired. The row is the truth;
a task only says "look at it now", so a lost task costs a wait until `recover`, and a doubled one does nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.access.actor import SYSTEM
from core.hosting.commands import SAFE_TO_REPEAT, TIME_TO_PROVE, Action, Evidence, proven
from core.hosting.reading import Mode
from db.session import transaction
from gateways import miners, queue
from services import audit, events, market
from settings import settings

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)  # longer than miners.send_command can take
RETRY_AFTER = dt.timedelta(seconds=10)
TASK_LOST_AFTER = dt.timedelta(seconds=20)
MAX_ATTEMPTS = 3
KEY_LENGTH = range(8, 101)


class Refusal(StrEnum):
    """Why a machine is not commanded."""

    UNKNOWN = "unknown"
    NOT_ACTIVE = "not_active"
    ALREADY_COMMANDED = "already_commanded"
    KEY_REUSED = "key_reused"
    BAD_REQUEST = "bad_request"


class CommandRefused(Exception):
    """The order was not taken; nothing was written and nothing is sent."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do, before anybody confirms it."""

    miner_id: int
    asset_id: str
    action: Action
    site: str
    power_w: float | None
    nameplate_w: float | None
    hashrate_ths: float | None
    usd_per_hour: float | None  # what its hashrate earns; None until price and difficulty are known
    refusal: Refusal | None


def preview(actor: Actor, miner_id: int, action: str) -> Preview:
    """Say what the order would touch, and whether it would be refused."""
    require(actor, Permission.COMMAND)
    with transaction(actor.client_id) as session:
        machine = _machine(session, miner_id, lock=False)
        usd_per_th_hour = market.usd_per_th_hour(session)
        known = usd_per_th_hour is not None and machine.hashrate_ths is not None
        return Preview(
            miner_id=miner_id,
            asset_id=machine.asset_id,
            action=_action(action),
            site=machine.site_code,
            power_w=machine.power_w,
            nameplate_w=machine.nameplate_w,
            hashrate_ths=machine.hashrate_ths,
            usd_per_hour=usd_per_th_hour * machine.hashrate_ths if known else None,
            refusal=_refusal(session, machine),
        )


def command_miner(actor: Actor, miner_id: int, action: str, idempotency_key: str) -> uuid.UUID:
    """Order one machine; the same key again gives the same command and orders nothing."""
    require(actor, Permission.COMMAND)
    order = _action(action)
    if not isinstance(idempotency_key, str) or len(idempotency_key) not in KEY_LENGTH:
        raise CommandRefused(Refusal.BAD_REQUEST)
    key = f"{actor.person_id}:{idempotency_key}"  # nobody meets another's key
    with transaction(actor.client_id) as session:
        machine = _machine(session, miner_id, lock=True)
        known = session.execute(
            text("SELECT id, miner_id, action FROM command WHERE idempotency_key = :key"), {"key": key}
        ).one_or_none()
        if known is not None:
            if (known.miner_id, known.action) != (miner_id, order.value):
                raise CommandRefused(Refusal.KEY_REUSED)
            found: uuid.UUID = known.id
            return found
        refusal = _refusal(session, machine)
        if refusal is not None:
            raise CommandRefused(refusal)
        command_id: uuid.UUID = session.execute(
            text(
                "INSERT INTO command"
                " (idempotency_key, miner_id, site_id, action, requested_by, uptime_before_s, deadline_at)"
                " VALUES (:key, :miner_id, :site_id, :action, :person_id, :uptime_s, now() + :time_to_prove)"
                " RETURNING id"
            ),
            {
                "key": key,
                "miner_id": miner_id,
                "site_id": machine.site_id,
                "action": order.value,
                "person_id": actor.person_id,
                "uptime_s": machine.uptime_s,
                "time_to_prove": TIME_TO_PROVE[order],
            },
        ).scalar_one()
        before = {"state": machine.state, "mode": machine.mode, "power_w": machine.power_w}
        after = {"command": str(command_id), "state": "queued"}
        audit.record(session, actor, f"machine.{order.value}", machine.asset_id, "ok", before=before, after=after)
        _emit(session, "requested", machine, command_id, order, person_id=actor.person_id)
    _wake(command_id, machine.site_code)
    return command_id


def dispatch(command_id: str | uuid.UUID) -> str | None:
    """Claim a command, send it and write down what came of it; None when there is nothing to do for this caller."""
    claimed = _claim(command_id)
    if claimed is None:
        return None
    order = Action(claimed.action)
    if claimed.interrupted and order not in SAFE_TO_REPEAT:
        # The sender died between sending and writing: whether the machine heard it, its uptime will say.
        return _record(claimed, "sent", error="sender lost; not sent again")
    target = miners.Target(
        key=claimed.miner_id,
        host=claimed.host,
        port=claimed.port,
        dialect=claimed.dialect,
        http_port=claimed.http_port or settings().miner_http_port,
    )
    try:
        reply = miners.send_command(target, order)
    except miners.CommandFailed as failure:
        if failure.sent and order not in SAFE_TO_REPEAT:
            return _record(claimed, "sent", error=str(failure))
        again = claimed.attempts < MAX_ATTEMPTS
        return _record(claimed, "queued" if again else "failed", error=str(failure))
    return _record(claimed, "sent", reply=str(reply))


def recover() -> dict[str, int]:
    """Expire what nothing proved in time, and send anew the tasks of what is due: lost, retried or left by the dead."""
    with transaction() as session:
        expired = session.execute(
            text(
                "UPDATE command SET state = 'expired', leased_until = NULL"
                " FROM miner LEFT JOIN miner_state newest ON newest.miner_id = miner.id"
                " WHERE command.state IN ('queued', 'sending', 'sent') AND deadline_at <= now()"
                " AND NOT (command.state = 'sending' AND leased_until > now())"
                " AND miner.id = command.miner_id"
                " RETURNING command.id, command.miner_id, command.site_id, command.action, miner.asset_id,"
                " newest.state AS machine_state, newest.mode, newest.read_at"
            )
        ).all()
        for row in expired:
            said = {
                "machine_state": row.machine_state,
                "mode": row.mode,
                "read_at": row.read_at.isoformat() if row.read_at else None,
            }
            _finish(session, "expired", row, outcome="failed", **said)
        due = session.execute(
            text(
                "SELECT command.id, site.code FROM command JOIN site ON site.id = command.site_id"
                " WHERE (command.state = 'queued' AND coalesce(leased_until, requested_at + :lost_after) <= now())"
                " OR (command.state = 'sending' AND leased_until <= now()) ORDER BY requested_at"
            ),
            {"lost_after": TASK_LOST_AFTER},
        ).all()
    for command_id, site_code in due:
        _wake(command_id, site_code)
    return {"expired": len(expired), "sent_again": len(due)}


def confirm(session: Session, site_id: int, now: dt.datetime) -> int:
    """After a sweep, in its transaction or after it: confirm the sent commands that the newest readings prove."""
    confirmed = 0
    for row in session.execute(_SENT, {"site_id": site_id}).all():
        evidence = Evidence(
            sent_at=row.sent_at,
            read_at=row.read_at,
            mode=Mode(row.mode) if row.mode in set(Mode) else None,
            hashrate_ths=row.hashrate_ths,
            expected_hashrate_ths=row.expected_hashrate_ths,
            power_w=row.power_w,
            nameplate_w=row.nameplate_w,
            uptime_s=row.uptime_s,
            uptime_before_s=row.uptime_before_s,
        )
        if not proven(Action(row.action), evidence):
            continue
        session.execute(
            text("UPDATE command SET state = 'confirmed', confirmed_at = :now, error = NULL WHERE id = :id"),
            {"now": now, "id": row.id},
        )
        _finish(session, "confirmed", row, outcome="ok", mode=row.mode, hashrate_ths=row.hashrate_ths)
        confirmed += 1
    return confirmed


_SENT = text(
    "SELECT command.id, command.miner_id, command.site_id, command.action, command.sent_at, command.uptime_before_s,"
    " miner.asset_id, newest.read_at, newest.mode, newest.hashrate_ths, newest.expected_hashrate_ths, newest.power_w,"
    " newest.uptime_s, coalesce(newest.power_limit_w, miner_model.power_w) AS nameplate_w"
    " FROM command JOIN miner ON miner.id = command.miner_id"
    " JOIN miner_state newest ON newest.miner_id = miner.id AND newest.read_at > command.sent_at"
    " LEFT JOIN miner_model ON miner_model.id = miner.model_id"
    " WHERE command.site_id = :site_id AND command.state = 'sent' FOR UPDATE OF command SKIP LOCKED"
)


def _wake(command_id: uuid.UUID, site_code: str) -> None:
    # The row is committed: with the broker away the order is late, not lost, because `recover` looks for it.
    try:
        queue.send(
            "commands.dispatch", str(command_id), queue=f"site.{site_code}", expires=TASK_LOST_AFTER.total_seconds()
        )
    except Exception as error:
        log.warning("command %s could not be queued now: %s", command_id, error)


def _action(action: str) -> Action:
    try:
        return Action(action)
    except ValueError as error:
        raise CommandRefused(Refusal.BAD_REQUEST) from error


def _machine(session: Session, miner_id: int, *, lock: bool) -> Row[Any]:
    # The lock makes two orders to one machine wait for each other; a sweep only reads `miner` and is not held up.
    machine = session.execute(
        text(
            "SELECT miner.id AS miner_id, miner.asset_id, miner.lifecycle, miner.site_id, site.code AS site_code,"
            " newest.state, newest.mode, newest.power_w, newest.hashrate_ths, newest.uptime_s,"
            " model.power_w AS nameplate_w FROM miner JOIN site ON site.id = miner.site_id"
            " LEFT JOIN miner_model model ON model.id = miner.model_id"
            " LEFT JOIN miner_state newest ON newest.miner_id = miner.id WHERE miner.id = :id"
            + (" FOR NO KEY UPDATE OF miner" if lock else "")
        ),
        {"id": miner_id},
    ).one_or_none()
    if machine is None:
        raise CommandRefused(Refusal.UNKNOWN)
    return machine


def _refusal(session: Session, machine: Row[Any]) -> Refusal | None:
    if machine.lifecycle != "active":
        return Refusal.NOT_ACTIVE
    busy = session.execute(
        text("SELECT 1 FROM command WHERE miner_id = :id AND state IN ('queued', 'sending', 'sent') LIMIT 1"),
        {"id": machine.miner_id},
    ).scalar()
    return Refusal.ALREADY_COMMANDED if busy else None


def _claim(command_id: str | uuid.UUID) -> Row[Any] | None:
    with transaction() as session:
        return session.execute(
            text(
                "WITH due AS (SELECT id, state FROM command WHERE id = :id AND deadline_at > now()"
                "  AND ((state = 'queued' AND coalesce(leased_until, now()) <= now())"
                "   OR (state = 'sending' AND leased_until <= now())) FOR UPDATE SKIP LOCKED)"
                " UPDATE command SET state = 'sending', attempts = attempts + 1, leased_until = now() + :lease,"
                "  sent_at = CASE WHEN due.state = 'sending' THEN sent_at ELSE now() END,"
                "  uptime_before_s = CASE WHEN due.state = 'sending' THEN uptime_before_s"
                "   ELSE coalesce(newest.uptime_s, uptime_before_s) END"
                " FROM due, miner LEFT JOIN miner_state newest ON newest.miner_id = miner.id"
                " WHERE command.id = due.id AND miner.id = command.miner_id"
                " RETURNING command.id, command.miner_id, command.site_id, command.action, command.attempts,"
                "  miner.asset_id, miner.host, miner.port, miner.http_port, newest.dialect, due.state = 'sending' AS interrupted"
            ),
            {"id": str(command_id), "lease": LEASE},
        ).one_or_none()


def _record(claimed: Row[Any], state: str, *, reply: str | None = None, error: str | None = None) -> str:
    """Write the result, unless another sender took the command over after this one's lease ended."""
    with transaction() as session:
        written = session.execute(
            text(
                "UPDATE command SET state = :state, reply = :reply, error = :error,"
                " leased_until = CASE WHEN :state = 'queued' THEN now() + :retry_after END,"
                " sent_at = CASE WHEN :state = 'sent' THEN sent_at END"
                " WHERE id = :id AND state = 'sending' AND attempts = :attempts"
            ),
            {
                "state": state,
                "reply": reply,
                "error": error,
                "retry_after": RETRY_AFTER,
                "id": claimed.id,
                "attempts": claimed.attempts,
            },
        ).rowcount  # type: ignore[attr-defined]
        if written and state != "queued":
            _finish(session, state, claimed, outcome="ok" if state == "sent" else "failed", reply=reply, error=error)
    return state


def _finish(session: Session, state: str, row: Row[Any], *, outcome: str, **said: Any) -> None:
    after = {"command": str(row.id), "state": state, **said}
    audit.record(session, SYSTEM, f"machine.{row.action}", row.asset_id, outcome, after=after)
    _emit(session, state, row, row.id, Action(row.action), **said)


def _emit(session: Session, what: str, machine: Row[Any], command_id: uuid.UUID, action: Action, **said: Any) -> None:
    person_id = said.pop("person_id", None)
    payload = {"command": str(command_id), "action": action.value, "asset_id": machine.asset_id, **said}
    events.emit(
        session,
        f"command.{what}",
        site_id=machine.site_id,
        miner_id=machine.miner_id,
        person_id=person_id,
        payload=payload,
    )
