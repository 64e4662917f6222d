"""One sweep of one site: ask every machine, judge what it said, store all of it in one transaction.

A sweep holds an advisory lock of its site for as long as it runs: a second one that comes too early goes home, and a
killed one leaves no lock behind.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from redis.exceptions import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from collectors import store
from collectors.judge import Before, Row, judge
from core.hosting.states import Thresholds
from db.session import engine, transaction
from gateways import cache
from gateways.miners import Limits, Outcome, Target, sweep
from settings import settings

log = logging.getLogger(__name__)

LOCK_CLASS = 0x5357  # "SW": any number that no other advisory lock of ours uses
REPLIES_KEPT_S = 86_400
REPLIES_A_PIPE = 500


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did; `skipped` when the one before still runs."""

    site_code: str
    asked: int = 0
    answered: int = 0
    seconds: float = 0.0
    store_seconds: float = 0.0
    skipped: bool = False


_TARGETS = text(
    """
    SELECT miner.id, miner.host, miner.port, miner.asset_id, site.simulated, model.hashrate_ths AS model_ths,
           model.power_w AS model_w, state.dialect, state.state, state.state_since, state.read_at, state.good_streak,
           state.misses, state.alerts, state.accepted, state.rejected, state.uptime_s, state.firmware, state.mac,
           state.model, state.pool_url, state.mode, state.reject_ratio
    FROM miner JOIN site ON site.id = miner.site_id
    LEFT JOIN miner_model model ON model.id = miner.model_id
    LEFT JOIN miner_state state ON state.miner_id = miner.id
    WHERE miner.site_id = :site_id AND miner.lifecycle = 'active'
    """
)


class NotStored(RuntimeError):
    """The database did not take a sweep; nothing of it is stored, and the next one goes on."""


def sweep_site(site_code: str) -> SweepReport:
    """Sweep one site; raises LookupError for a site that is not there and NotStored when the database fails."""
    try:
        with engine().connect() as holder:
            return _sweep_locked(holder, site_code)
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0]
        log.error("sweep of %s: nothing of it is stored, the next one goes on: %s", site_code, why)
        raise NotStored(f"sweep of {site_code}: {why}") from error


def _sweep_locked(holder: Connection, site_code: str) -> SweepReport:
    site_id = holder.execute(text("SELECT id FROM site WHERE code = :code"), {"code": site_code}).scalar()
    if site_id is None:
        raise LookupError(f"there is no site {site_code!r}")
    key = {"class": LOCK_CLASS, "site": site_id}
    if not holder.execute(text("SELECT pg_try_advisory_lock(:class, :site)"), key).scalar():
        log.warning("sweep of %s: the one before still runs, this one is left out", site_code)
        return SweepReport(site_code, skipped=True)
    holder.commit()
    try:
        return _sweep(site_id, site_code)
    finally:
        try:
            holder.execute(text("SELECT pg_advisory_unlock(:class, :site)"), key)
            holder.commit()
        except DBAPIError:
            holder.invalidate()  # the lock ends with the connection, which must not go back to the pool with it


def _sweep(site_id: int, site_code: str) -> SweepReport:
    started = dt.datetime.now(dt.UTC)
    began = time.perf_counter()
    with transaction() as session:
        befores = {row.id: Before(*row) for row in session.execute(_TARGETS, {"site_id": site_id})}
    now = settings()
    limits = Limits(now.connect_timeout_s, now.read_timeout_s, now.sweep_concurrency)
    thresholds = Thresholds(now.stale_after_s, now.offline_after_s, now.lost_after_s)
    rows: list[Row] = []
    replies: list[tuple[int, dict[str, bytes]]] = []
    failures: Counter[str] = Counter()

    def take(outcome: Outcome) -> None:
        if outcome.error:
            failures[outcome.error] += 1
        rows.append(judge(befores[outcome.key], outcome, started, thresholds))
        if outcome.replies:
            replies.append((outcome.key, outcome.replies))

    sweep(targets(befores.values()), take, limits)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    with transaction() as session:
        store.store(session, site_id, started, rows)
        stored = time.perf_counter() - began
        answered = len(rows) - sum(failures.values())
        store.record(session, site_id, started, len(rows), answered, seconds, stored, dict(failures))
    _publish(started, replies)
    return SweepReport(site_code, len(rows), answered, round(seconds, 3), round(stored, 3))


def targets(befores: Iterable[Before]) -> list[Target]:
    """Give the addresses to ask."""
    return [Target(before.id, before.host, before.port, before.dialect) for before in befores]


def pack(at: dt.datetime, replies: dict[str, bytes]) -> bytes:
    """Give the raw replies as they are kept for the machine's page."""
    texts = {command: raw.decode("utf-8", "replace").rstrip("\0") for command, raw in replies.items()}
    return zlib.compress(orjson.dumps({"at": at.isoformat(), "replies": texts}), 1)


def _publish(at: dt.datetime, replies: list[tuple[int, dict[str, bytes]]]) -> None:
    """Keep the raw replies for a day and say that the data moved; without Redis the sweep is stored all the same."""
    try:
        cache.bump_farm_version()
        for start in range(0, len(replies), REPLIES_A_PIPE):
            pipe = cache.client().pipeline(transaction=False)
            for miner_id, raw in replies[start : start + REPLIES_A_PIPE]:
                pipe.set(f"reply:{miner_id}", pack(at, raw), ex=REPLIES_KEPT_S)
            pipe.execute()
    except RedisError as error:
        log.warning("the sweep is stored, but Redis did not take its raw replies: %s", error)
