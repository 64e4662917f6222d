"""How each part is: asked side by side, each within a time limit, so that one hanging part cannot hide the others.

Anybody may ask, so an answer is kept for a second and a part that still hangs is not asked again.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import asdict, dataclass
from typing import Any

import psycopg2
from redis.exceptions import RedisError

from db.queries import health as query
from gateways import cache
from settings import VERSION, settings

log = logging.getLogger(__name__)

PATIENCE_S = 0.6
KEEP_S = 1.0
# A process beats every 10 s; three missed beats are no accident.
BEAT_LIMIT_S = 35.0
CLOCK = "beat"
LONG_JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: up or down, how old its last sign of life is [s], and why it is down."""

    state: str
    age_s: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """All parts and the last sweep."""

    parts: dict[str, Part]
    last_sweep: dict[str, Any] | None

    @property
    def well(self) -> bool:
        """Tell whether every part is up."""
        return all(part.state == "up" for part in self.parts.values())

    def as_json(self) -> dict[str, Any]:
        """Give what `/health` answers."""
        return {
            "status": "ok" if self.well else "down",
            "version": VERSION,
            "parts": {name: asdict(part) for name, part in self.parts.items()},
            "last_sweep": self.last_sweep,
        }


class Asker:
    """Asks one thing in a thread of its own; at most one question is under way."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self._question = question
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._asked: Future[Any] | None = None

    def start(self) -> None:
        """Ask, unless the last question is still unanswered."""
        if self._asked is None or self._asked.done():
            self._asked = self._pool.submit(self._question)

    def answer(self, until: float) -> Any:
        """Give the answer; raises `TooSlow` when it is not there by then, or what the question raised."""
        assert self._asked is not None
        return self._asked.result(max(0.0, until - time.monotonic()))


_lock = threading.Lock()
_kept: tuple[float, Health] | None = None


def health() -> Health:
    """Give the state of every part, not older than a second."""
    global _kept
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] > KEEP_S:
            _kept = (time.monotonic(), _look())
        return _kept[1]


def _sweeps() -> dict[str, Any] | None:
    return query.last_sweep(str(settings().database_url))


def _beats() -> dict[str, float]:
    client = cache.client()
    names = [name.decode() for name in client.scan_iter("beat:*", count=1000)]
    values = client.mget(names) if names else []
    return {
        name.partition(":")[2]: float(value) for name, value in zip(names, values, strict=True) if value is not None
    }


_database = Asker(_sweeps)
_redis = Asker(_beats)


def _look() -> Health:
    until = time.monotonic() + PATIENCE_S
    _database.start()
    _redis.start()
    parts: dict[str, Part] = {}
    sweep = None
    try:
        sweep = _database.answer(until)
        parts["database"] = Part("up", 0.0)
    except (psycopg2.Error, TooSlow) as error:
        parts["database"] = _down(error)
    try:
        parts.update({"redis": Part("up", 0.0), **processes(_redis.answer(until), time.time())})
    except (RedisError, cache.NoRedis, TooSlow) as error:
        parts["redis"] = _down(error)
        parts.update({name: Part("unknown", None, "told by redis, which is down") for name in ("worker", CLOCK)})
    if (simulator := _simulator()) is not None:
        parts["simulator"] = simulator
    return Health(parts, sweep)


def processes(beats: dict[str, float], now: float) -> dict[str, Part]:
    """Judge the heartbeats: the clock, the worker of long jobs, and the newest of the workers that ask machines."""
    workers = [at for name, at in beats.items() if name not in (CLOCK, LONG_JOBS)]
    found = {"worker": max(workers, default=None), LONG_JOBS: beats.get(LONG_JOBS), CLOCK: beats.get(CLOCK)}
    return {name: _judge(at, now) for name, at in found.items()}


def _judge(at: float | None, now: float) -> Part:
    if at is None:
        return Part("down", None, "never seen")
    age_s = round(max(0.0, now - at), 1)
    if age_s > BEAT_LIMIT_S:
        return Part("down", age_s, "no heartbeat")
    return Part("up", age_s)


def _simulator() -> Part | None:
    """Tell how the supervisor sees the simulated farm; None where there is none."""
    if not settings().demo:
        return None
    file = settings().data_dir / "children.json"
    try:
        entry = json.loads(file.read_text()).get("simulator")
        age_s = max(0.0, dt.datetime.now().timestamp() - file.stat().st_mtime)
    except (OSError, ValueError):
        return None
    if entry is None:
        return None
    if entry["pid"] is None:
        return Part("down", round(age_s, 1), "it ended and is being started again")
    return Part("up", 0.0)


def _down(error: Exception) -> Part:
    log.warning("health: %s", error or type(error).__name__)
    # The error's own words name hosts and users: they go to the log, not to anybody who asks.
    return Part("down", None, "no answer in time" if isinstance(error, TooSlow) else "does not answer")
