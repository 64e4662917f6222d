"""One question over one connection, with one clock for all of them."""

from __future__ import annotations

import asyncio
import errno
import resource
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateways.miners import target as errors
from gateways.miners.wire import MAX_BYTES

DESCRIPTORS_KEPT = 100
TICK_S = 0.05
STALL_S = 0.5  # a busy loop is late by less
PATIENCE_S = 60.0  # how long we wait for file descriptors of our own
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class AskFailed(Exception):
    """One request had no answer; `kind` is one of the failures in `gateways.miners.target`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs [s] and how many machines are asked at once."""

    connect_timeout_s: float = 2.0
    read_timeout_s: float = 3.0
    concurrency: int = 1500


class _Reply(asyncio.Protocol):
    """One connection: write, gather until NUL or the end, close."""

    __slots__ = ("_chunks", "_done", "_request", "_size", "_transport", "_wide")

    def __init__(self, request: bytes, done: asyncio.Future[bytes]) -> None:
        self._request = request
        self._done = done
        self._chunks: list[bytes] = []
        self._size = 0
        self._wide = False
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self._chunks:
            # In UTF-16 every other byte is NUL: such a reply ends with its connection.
            self._wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in data[:2]
        self._chunks.append(data)
        self._size += len(data)
        if self._size > MAX_BYTES:
            self._finish(AskFailed(errors.OVERSIZED))
        elif b"\0" in data and not self._wide:
            self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done.done():
            return
        if isinstance(exc, ConnectionError) and not self._chunks:
            self._done.set_exception(AskFailed(errors.REFUSED))
        elif exc is not None or not self._chunks:
            self._done.set_exception(AskFailed(errors.CUT))
        else:
            self._done.set_result(b"".join(self._chunks))

    def _finish(self, failure: AskFailed | None) -> None:
        if not self._done.done():
            if failure:
                self._done.set_exception(failure)
            else:
                self._done.set_result(b"".join(self._chunks))
        if self._transport is not None:
            self._transport.abort() if failure else self._transport.close()  # type: ignore[attr-defined]


class _Watch:
    """The time that one question still has."""

    __slots__ = ("deadline", "expired", "task")

    def __init__(self, task: asyncio.Task[object], deadline: float) -> None:
        self.task = task
        self.deadline = deadline
        self.expired = False


class Asker:
    """Asks questions. One tick looks after all their deadlines, on a clock that stands still while we ourselves do:

    when our own process was kept from running, the answers lie waiting in their sockets, and no machine was late.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._loop = asyncio.get_running_loop()
        self._watches: set[_Watch] = set()
        self._lost = 0.0
        self._expected = self._loop.time() + TICK_S
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._tick()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def now(self) -> float:
        """Give the time on the clock of deadlines [s]."""
        return self._loop.time() - self._lost

    def _tick(self) -> None:
        now = self._loop.time()
        late = now - self._expected
        if late > STALL_S:
            self._lost += late
        self._expected = now + TICK_S
        self._timer = self._loop.call_at(self._expected, self._tick)
        now -= self._lost
        for watch in [watch for watch in self._watches if watch.deadline <= now]:
            watch.expired = True
            watch.task.cancel()
            self._watches.discard(watch)

    async def ask(self, host: str, port: int, request: bytes, deadline: float) -> bytes:
        """Send one request and give the whole raw reply; raises `AskFailed`."""
        patience = self._loop.time() + PATIENCE_S
        wait_s = 0.05
        while True:
            try:
                return await self._ask(host, port, request, deadline)
            except OSError as error:
                if error.errno not in _OURS:
                    raise AskFailed(errors.UNREACHABLE) from None
                if self._loop.time() > patience:
                    raise
                # Others give their sockets back within their time-outs; this machine's own time has not begun.
                await asyncio.sleep(wait_s)
                deadline += wait_s
                wait_s = min(1.0, wait_s * 2)

    async def _ask(self, host: str, port: int, request: bytes, deadline: float) -> bytes:
        done: asyncio.Future[bytes] = self._loop.create_future()
        transport: asyncio.BaseTransport | None = None
        task = asyncio.current_task()
        assert task is not None
        watch = _Watch(task, min(deadline, self.now() + self.limits.connect_timeout_s))
        self._watches.add(watch)
        try:
            transport, _protocol = await self._loop.create_connection(lambda: _Reply(request, done), host, port)
            # One limit for the whole reply, not one a chunk: a machine that sends a byte a second is a hanging one.
            watch.deadline = min(deadline, self.now() + self.limits.read_timeout_s)
            return await done
        except asyncio.CancelledError:
            if not watch.expired:
                raise
            task.uncancel()
            raise AskFailed(errors.TIMEOUT) from None
        except TimeoutError:  # the system's own, after its SYNs
            raise AskFailed(errors.TIMEOUT) from None
        except ConnectionError:
            raise AskFailed(errors.REFUSED) from None
        except (ValueError, OverflowError):  # no host or port at all
            raise AskFailed(errors.UNREACHABLE) from None
        finally:
            self._watches.discard(watch)
            if transport is not None and not transport.is_closing():
                transport.abort()  # type: ignore[attr-defined]
            if done.done() and not done.cancelled():
                done.exception()


def descriptors_for(concurrency: int) -> int:
    """Raise the soft limit of open files and give the concurrency that fits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency * 2 + DESCRIPTORS_KEPT
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(concurrency, (soft - DESCRIPTORS_KEPT) // 2))
