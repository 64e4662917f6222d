"""Commands, domain events, the audit log and long jobs: what must survive the death of any process."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, Small, Str, UtcTime

COMMAND_STATES = ("queued", "sending", "sent", "confirmed", "failed", "expired")
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")


class Command(Base):
    """One order to one machine, from the click to the reading that proves it."""

    __tablename__ = "command"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    idempotency_key: Mapped[Str] = mapped_column(unique=True)
    miner_id: Mapped[int] = mapped_column(ForeignKey("miner.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    action: Mapped[Str]  # start, stop, reboot
    state: Mapped[Str] = mapped_column(server_default="queued")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    leased_until: Mapped[UtcTime | None]  # a sender that died gives the command back when this has passed
    sent_at: Mapped[UtcTime | None]
    confirmed_at: Mapped[UtcTime | None]
    deadline_at: Mapped[UtcTime]  # unconfirmed after this: expired
    attempts: Mapped[Small] = mapped_column(server_default="0")
    uptime_before_s: Mapped[int | None]
    reply: Mapped[Str | None]
    error: Mapped[Str | None]
    __table_args__ = (
        CheckConstraint("action IN ('start', 'stop', 'reboot')", name="action"),
        CheckConstraint(f"state IN {COMMAND_STATES}", name="state"),
        Index(None, "miner_id", "requested_at"),
        Index("ix_command_open", "state", postgresql_where=text("state IN ('queued', 'sending', 'sent')")),
    )


class Event(Base):
    """A domain event, written in the transaction of its change (outbox) and delivered after commit."""

    __tablename__ = "event"
    id: Mapped[Key]
    at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    kind: Mapped[Str]  # miner.state_changed, alert.opened, command.confirmed ...
    site_id: Mapped[int | None]
    miner_id: Mapped[int | None]
    person_id: Mapped[int | None]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    delivered_at: Mapped[UtcTime | None]
    __table_args__ = (
        Index(None, "at"),
        Index(None, "miner_id", "at"),
        Index("ix_event_undelivered", "id", postgresql_where=text("delivered_at IS NULL")),
    )


class AuditLog(Base):
    """Append-only and hash-chained; a trigger computes `hash` from the row and `prev_hash`."""

    __tablename__ = "audit_log"
    id: Mapped[Key]
    at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    actor_id: Mapped[int | None]
    actor_name: Mapped[Str]
    role: Mapped[Str]
    ip: Mapped[Str | None]
    action: Mapped[Str]
    object: Mapped[Str | None]
    outcome: Mapped[Str]  # ok, denied, failed
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_id: Mapped[Str | None]
    prev_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (Index(None, "at"), Index(None, "action"))


class Job(Base):
    """A long piece of work of one person, with progress and cancel: exports, evaluations."""

    __tablename__ = "job"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    kind: Mapped[Str]  # key of services.jobs.KINDS
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[Str] = mapped_column(server_default="queued")
    progress: Mapped[float] = mapped_column(server_default="0")  # 0..1
    cancel_requested: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    finished_at: Mapped[UtcTime | None]
    beat_at: Mapped[UtcTime | None]  # the worker's last sign of life
    attempts: Mapped[Small] = mapped_column(server_default="0")
    error: Mapped[Str | None]
    file_name: Mapped[Str | None]
    media_type: Mapped[Str | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        CheckConstraint(f"state IN {JOB_STATES}", name="state"),
        Index(None, "person_id", "created_at"),
        Index("ix_job_open", "state", postgresql_where=text("state IN ('queued', 'running')")),
    )
