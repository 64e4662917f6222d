"""The asynchronous CGMiner client: thousands of machines at once, each with its own time limits, none able to hurt the rest.

A hanging, slow or endless machine costs one time-out beside all others; running out of file descriptors is our fault and
is never read as a machine's.
"""

from __future__ import annotations

import asyncio
import errno
import resource
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson
import uvloop

from gateways.miners import target as errors
from gateways.miners.dialects import BY_KEY, Dialect
from gateways.miners.read import read_replies
from gateways.miners.target import Outcome, Target
from gateways.miners.wire import MAX_BYTES

# What tells any dialect apart, in one connection.
FIRST_CONTACT = ("version", "summary", "stats", "pools", "devs")
DESCRIPTORS_KEPT = 100


class AskFailed(Exception):
    """One request had no answer; `kind` is one of the failures in `gateways.miners.target`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class OutOfDescriptors(AskFailed):
    """This process may open no more sockets: wait and try again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs [s] and how many machines are asked at once."""

    connect_timeout_s: float = 2.0
    read_timeout_s: float = 3.0
    concurrency: int = 1500


class _Ask(asyncio.Protocol):
    """One connection: write, gather until NUL or the end, close."""

    __slots__ = ("_chunks", "_done", "_request", "_size", "_transport")

    def __init__(self, request: bytes, done: asyncio.Future[bytes]) -> None:
        self._request = request
        self._done = done
        self._chunks: list[bytes] = []
        self._size = 0
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._size += len(data)
        if self._size > MAX_BYTES:
            self._finish(AskFailed(errors.OVERSIZED))
        elif data.endswith(b"\0"):
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


async def ask(host: str, port: int, request: bytes, limits: Limits) -> bytes:
    """Send one request and give the whole raw reply; raises `AskFailed`."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()
    transport: asyncio.BaseTransport | None = None
    try:
        async with asyncio.timeout(limits.connect_timeout_s):
            transport, _protocol = await loop.create_connection(lambda: _Ask(request, done), host, port)
        # One limit for the whole reply, not one a chunk: a machine that sends a byte a second is a hanging one.
        async with asyncio.timeout(limits.read_timeout_s):
            return await done
    except TimeoutError:
        raise AskFailed(errors.TIMEOUT) from None
    except ConnectionError:
        raise AskFailed(errors.REFUSED) from None
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS):
            raise OutOfDescriptors(errors.UNREACHABLE) from None
        raise AskFailed(errors.UNREACHABLE) from None
    finally:
        if transport is not None and not transport.is_closing():
            transport.abort()  # type: ignore[attr-defined]
        if done.done() and not done.cancelled():
            done.exception()


def encode(command: str, dialect: Dialect | None, parameter: str | None = None) -> bytes:
    """Give the request bytes; a machine not yet known is asked in both words, since each ignores the other's."""
    keys = ("command", "cmd") if dialect is None else (dialect.request_key,)
    body: dict[str, str] = dict.fromkeys(keys, command)
    if parameter is not None:
        body["parameter"] = parameter
    return orjson.dumps(body)


async def _patient_ask(target: Target, request: bytes, limits: Limits) -> bytes:
    for wait_s in (0.05, 0.2, 0.8, 2.0):
        try:
            return await ask(target.host, target.port, request, limits)
        except OutOfDescriptors:
            await asyncio.sleep(wait_s)
    return await ask(target.host, target.port, request, limits)


async def _ask_commands(target: Target, commands: Sequence[str], dialect: Dialect | None, limits: Limits, single: bool) -> dict[str, bytes]:
    if not single:
        joined = "+".join(commands)
        return {joined: await _patient_ask(target, encode(joined, dialect), limits)}
    replies = {}
    for command in commands:
        try:
            replies[command] = await _patient_ask(target, encode(command, dialect), limits)
        except AskFailed:
            if not replies:
                raise
    return replies


async def ask_machine(target: Target, limits: Limits) -> Outcome:
    """Ask one machine all that its dialect has to say; the first time, find out which that is."""
    outcome = Outcome(target.key, dialect=target.dialect)
    key, _slash, profile = (target.dialect or "").partition("/")
    dialect = BY_KEY.get(key)
    single = profile == "single"
    try:
        outcome.replies = await _ask_commands(target, dialect.commands if dialect else FIRST_CONTACT, dialect, limits, single)
        reading = read_replies(outcome.replies)
        if not single and not reading.good:
            # It took the joined request for one unknown command, or garbled the joined reply.
            replies = await _ask_commands(target, dialect.commands if dialect else FIRST_CONTACT, dialect, limits, True)
            second = read_replies(replies)
            if second.good:
                single, reading, outcome.replies = True, second, replies
        if reading.dialect and reading.dialect != key:
            dialect = BY_KEY[reading.dialect]
            replies = await _ask_commands(target, dialect.commands, dialect, limits, single)
            second = read_replies(replies)
            if second.good:
                reading, outcome.replies = second, replies
        if reading.dialect:
            outcome.dialect = f"{reading.dialect}/single" if single else reading.dialect
        outcome.reading = reading if reading.good else None
        outcome.error = None if reading.good else errors.UNREADABLE
    except AskFailed as failure:
        outcome.error = failure.kind
    return outcome


def descriptors_for(concurrency: int) -> int:
    """Raise the soft limit of open files and give the concurrency that fits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency * 2 + DESCRIPTORS_KEPT
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(concurrency, (soft - DESCRIPTORS_KEPT) // 2))


async def _sweep(targets: Sequence[Target], limits: Limits, on_result: Callable[[Outcome], None]) -> None:
    waiting: Iterator[Target] = iter(targets)

    async def work() -> None:
        for target in waiting:
            on_result(await ask_machine(target, limits))

    await asyncio.gather(*(work() for _ in range(min(descriptors_for(limits.concurrency), len(targets)))))


def sweep(targets: Sequence[Target], on_result: Callable[[Outcome], None], limits: Limits | None = None) -> None:
    """Ask every machine and hand over each outcome as it comes; `on_result` must be quick."""
    if targets:
        uvloop.run(_sweep(targets, limits or Limits(), on_result))
