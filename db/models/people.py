"""People, their server-side sessions and their saved views."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, Str, UtcTime


class Person(Base):
    """Somebody who signs in. E-mail is stored lower-case."""

    __tablename__ = "person"
    id: Mapped[Key]
    email: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    role: Mapped[Str]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    password_hash: Mapped[Str | None]
    language: Mapped[Str | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[UtcTime | None]
    demo: Mapped[bool] = mapped_column(server_default="false")
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'admin', 'user', 'client')", name="role"),
        CheckConstraint("(role = 'client') = (client_id IS NOT NULL)", name="client"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )


class WebSession(Base):
    """A session: the cookie holds a random token, this table its SHA-256. A guest's has no person."""

    __tablename__ = "web_session"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    language: Mapped[Str | None]
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    active_at: Mapped[UtcTime] = mapped_column(server_default=func.now())  # polling does not move it
    ip: Mapped[Str | None]
    user_agent: Mapped[Str | None]
    __table_args__ = (Index(None, "person_id"), Index(None, "created_at"))


class SignInAttempt(Base):
    """Failed sign-ins by account and by address: what the growing delay is reckoned from."""

    __tablename__ = "sign_in_attempt"
    id: Mapped[Key]
    at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    email: Mapped[Str]
    ip: Mapped[Str | None]
    __table_args__ = (Index(None, "email", "at"), Index(None, "ip", "at"))


class SavedView(Base):
    """A grid as somebody likes it: filters, sort and columns, as the query string of its URL."""

    __tablename__ = "saved_view"
    id: Mapped[Key]
    page: Mapped[Str]
    name: Mapped[Str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    shared: Mapped[bool] = mapped_column(server_default="false")
    query: Mapped[Str]
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("page", "person_id", "name"),)


class OneTimeToken(Base):
    """A token that is used once, by its purpose; only the hash is here."""

    __tablename__ = "one_time_token"
    purpose: Mapped[Str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
