"""Signing in by e-mail and password, with a delay that grows and nobody who can lock another out for good."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor, Role
from core.access.actor import ANONYMOUS
from db.session import transaction
from services import audit, sessions

MIN_PASSWORD, MAX_PASSWORD = 12, 128
HASHES_WAITING = 6  # of the web server's threads: the rest is for those who are in
HASHES_AT_ONCE = 2  # 19 MiB each: a storm of sign-ins must not take the machine's memory
FREE_TRIES_ACCOUNT, FREE_TRIES_ADDRESS = 5, 20
WINDOW_S, MAX_DELAY_S = 900, 60
FIRST_OWNER_KEY = "first-owner"

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_slots = BoundedSemaphore(HASHES_AT_ONCE)
_queue = BoundedSemaphore(HASHES_AT_ONCE + HASHES_WAITING)


class SignInRefused(Exception):
    """Wrong name or password, or too many tries: `retry_after_s` is then above 0."""

    def __init__(self, retry_after_s: int = 0) -> None:
        super().__init__("sign-in refused")
        self.retry_after_s = retry_after_s


class Busy(Exception):
    """More people sign in at this moment than may wait for it."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo; its password is public and exists nowhere else."""

    email: str
    name: str
    role: Role
    password: str
    client: str | None = None


DEMO_ACCOUNTS = (
    DemoAccount("owner@hashinsight.demo", "Olivia Owner", Role.OWNER, "demo-owner-2140"),
    DemoAccount("admin@hashinsight.demo", "Adrian Admin", Role.ADMIN, "demo-admin-2140"),
    DemoAccount("operator@hashinsight.demo", "Uma Operator", Role.USER, "demo-operator-2140"),
    DemoAccount("client@hashinsight.demo", "Carl Client", Role.CLIENT, "demo-client-2140", "HALDEN"),
)


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _verify(stored: str | None, password: str) -> bool:
    if not _queue.acquire(blocking=False):
        raise Busy
    try:
        with _slots:
            # An unknown name costs the same time as a wrong password.
            return _hasher.verify(stored or _dummy_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _queue.release()


def hash_password(password: str) -> str:
    """Hash a password; raises ValueError for one that is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise ValueError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, this one {len(password)}")
    with _slots:
        return _hasher.hash(password)


def sign_in(email: str, password: str, ip: str | None, agent: str | None, request_id: str | None) -> tuple[str, Role]:
    """Open a session and give its token and the role; raises `SignInRefused`, and `Busy` in a storm of sign-ins."""
    address = email.strip().lower()[:200]
    with transaction() as session:
        wait_s = _wait_s(session, address, ip)
        row = session.execute(
            text(
                "SELECT id, name, role, client_id, password_hash, language FROM person "
                "WHERE email = :email AND disabled_at IS NULL"
            ),
            {"email": address},
        ).one_or_none()
    if wait_s > 0:
        audit.record_alone(_stranger(ip, request_id), "login", address, "denied")
        raise SignInRefused(wait_s)
    if not _verify(row.password_hash if row else None, password[:MAX_PASSWORD]) or row is None:
        with transaction() as session:
            session.execute(
                text("INSERT INTO sign_in_attempt (email, ip) VALUES (:email, :ip)"), {"email": address, "ip": ip}
            )
            audit.record(session, _stranger(ip, request_id), "login", address, "failed")
        raise SignInRefused
    actor = Actor(Role(row.role), row.id, row.client_id, row.name, ip, request_id)
    with transaction() as session:
        session.execute(
            text("DELETE FROM sign_in_attempt WHERE email = :email AND ip IS NOT DISTINCT FROM :ip"),
            {"email": address, "ip": ip},
        )
        if _hasher.check_needs_rehash(row.password_hash):
            session.execute(
                text("UPDATE person SET password_hash = :hash WHERE id = :id"),
                {"hash": hash_password(password), "id": row.id},
            )
        token = sessions.begin(session, row.id, ip, agent, row.language)
        audit.record(session, actor, "login", address, "ok")
    return token, actor.role


def enter_as_guest(ip: str | None, agent: str | None, language: str | None) -> str:
    """Open a guest's session and give its token."""
    with transaction() as session:
        return sessions.begin(session, None, ip, agent, language)


def _stranger(ip: str | None, request_id: str | None) -> Actor:
    return Actor(role=ANONYMOUS.role, name="anonymous", ip=ip, request_id=request_id)


def _wait_s(session: Session, email: str, ip: str | None) -> int:
    """Give how long to wait. Tries count per account and address together, and per address: a stranger's tries
    delay the stranger, not the owner of the account who comes from elsewhere."""
    row = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE email = :email) AS account, count(*) AS address, "
            "extract(epoch FROM now() - max(at)) AS since FROM sign_in_attempt "
            "WHERE ip IS NOT DISTINCT FROM :ip AND at > now() - make_interval(secs => :window)"
        ),
        {"email": email, "ip": ip, "window": WINDOW_S},
    ).one()
    over = max(row.account - FREE_TRIES_ACCOUNT, row.address - FREE_TRIES_ADDRESS)
    if over < 0:
        return 0
    return max(0, int(min(MAX_DELAY_S, 2 ** min(over + 1, 10)) - float(row.since or 0) + 0.999))


def ensure_demo_accounts() -> list[tuple[str, str, str]]:
    """Make the demo's accounts, one a role; gives (e-mail, role, password). Only ever called in the demo."""
    with transaction() as session:
        known = set(session.execute(text("SELECT email FROM person WHERE demo")).scalars())
        for account in DEMO_ACCOUNTS:
            if account.email in known:
                continue
            client_id = None
            if account.client:
                client_id = session.execute(
                    text("SELECT id FROM client WHERE code = :code"), {"code": account.client}
                ).scalar()
                if client_id is None:
                    continue
            session.execute(
                text(
                    "INSERT INTO person (email, name, role, client_id, password_hash, demo) "
                    "VALUES (:email, :name, :role, :client_id, :hash, true) ON CONFLICT (email) DO NOTHING"
                ),
                {
                    "email": account.email,
                    "name": account.name,
                    "role": account.role.value,
                    "client_id": client_id,
                    "hash": hash_password(account.password),
                },
            )
    return [(account.email, account.role.value, account.password) for account in DEMO_ACCOUNTS]


def first_owner_token() -> str | None:
    """Give a one-time token that makes the first Owner, or None when there is an Owner already.

    A new token voids the one before; only its hash is stored.
    """
    with transaction() as session:
        if session.execute(text("SELECT 1 FROM person WHERE role = 'owner' AND disabled_at IS NULL LIMIT 1")).scalar():
            return None
        token = secrets.token_urlsafe(32)
        session.execute(
            text(
                "INSERT INTO one_time_token (purpose, token_hash) VALUES (:purpose, :hash) "
                "ON CONFLICT (purpose) DO UPDATE SET token_hash = excluded.token_hash, created_at = now()"
            ),
            {"purpose": FIRST_OWNER_KEY, "hash": hashlib.sha256(token.encode()).digest()},
        )
    return token


def become_first_owner(token: str, email: str, name: str, password: str, ip: str | None) -> None:
    """Make the first Owner; raises `SignInRefused` for a token that is wrong, used or older than a day."""
    hashed = hash_password(password)
    with transaction() as session:
        taken = session.execute(
            text(
                "DELETE FROM one_time_token WHERE purpose = :purpose AND token_hash = :hash "
                "AND created_at > now() - interval '1 day' RETURNING purpose"
            ),
            {"purpose": FIRST_OWNER_KEY, "hash": hashlib.sha256(token.encode()).digest()},
        ).scalar()
        if taken is None:
            raise SignInRefused
        person_id = session.execute(
            text(
                "INSERT INTO person (email, name, role, password_hash) "
                "VALUES (:email, :name, 'owner', :hash) RETURNING id"
            ),
            {"email": email.strip().lower(), "name": name.strip()[:100] or email, "hash": hashed},
        ).scalar_one()
        actor = Actor(Role.OWNER, person_id, None, name, ip)
        audit.record(session, actor, "owner.first", email.strip().lower(), "ok")
