"""Send a task by its name, after the transaction that asked for it has been committed."""

from __future__ import annotations

from functools import lru_cache

from celery import Celery

from gateways import cache


@lru_cache(maxsize=1)
def _producer() -> Celery:
    return Celery("hashinsight-producer", broker=cache.url(cache.BROKER))


def send(name: str, *args: object, queue: str, expires: float | None = None) -> None:
    """Put a task on its queue; raises when the broker is away (the caller's rows are already safe)."""
    _producer().send_task(name, args=args, queue=queue, expires=expires, ignore_result=True, retry=False)
