"""The asynchronous CGMiner client: thousands of machines at once, none able to hurt the rest.

A hanging, slow or endless machine costs one time-out beside all others. Running out of file descriptors, or of time on
our own processor, is our fault and is never read as a machine's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from itertools import chain

import uvloop

from core.hosting.reading import Reading
from gateways.miners import target as errors
from gateways.miners.ask import Asker, AskFailed, Limits, descriptors_for
from gateways.miners.dialects import BY_KEY, Dialect
from gateways.miners.read import read_replies
from gateways.miners.target import Outcome, Target
from gateways.miners.wire import CUT_SHORT, MALFORMED

# What tells any dialect apart, in one connection.
FIRST_CONTACT = ("version", "summary", "stats", "pools", "devs")
SINGLE = "single"  # the profile of a machine that takes one command a connection


async def ask_machine(target: Target, asker: Asker) -> Outcome:
    """Ask one machine all that its dialect has to say; the first time, find out which that is."""
    key, _slash, profile = (target.dialect or "").partition("/")
    outcome = Outcome(target.key, dialect=target.dialect)
    conversation = _Conversation(target, asker, BY_KEY.get(key), profile == SINGLE)
    began = asker.now()
    try:
        await conversation.hold(outcome)
    except AskFailed as failure:
        outcome.error = failure.kind
        outcome.reading = None
    outcome.seconds = asker.now() - began
    return outcome


class _Conversation:
    """What is asked of one machine in one sweep, one connection where it goes well."""

    __slots__ = ("asker", "deadline", "dialect", "single", "target")

    def __init__(self, target: Target, asker: Asker, dialect: Dialect | None, single: bool) -> None:
        self.target = target
        self.asker = asker
        self.dialect = dialect
        self.single = single
        # However many connections it takes: a machine that answers each of ten commands at the last moment ends here.
        self.deadline = asker.now() + 2 * (asker.limits.connect_timeout_s + asker.limits.read_timeout_s)

    async def hold(self, outcome: Outcome) -> None:
        """Fill the outcome; raises `AskFailed` where the machine did not answer."""
        commands = self.dialect.commands if self.dialect else FIRST_CONTACT
        await self._take(outcome, commands)
        if outcome.error in (errors.CUT, errors.UNREADABLE):
            await self._take(outcome, commands)  # a second chance costs little and mends most
        if not self.single and (outcome.error == errors.UNREADABLE or self._answered_one_only(outcome)):
            await self._try_single(outcome, commands)
        reading = outcome.reading
        if reading is None or reading.dialect is None:
            return
        dialect = BY_KEY[reading.dialect]
        if dialect is not self.dialect:
            self.dialect = dialect
            missing = [command for command in dialect.commands if command not in commands]
            if missing:
                await self._add(outcome, missing)
        outcome.dialect = f"{dialect.key}/{SINGLE}" if self.single else dialect.key

    async def _take(self, outcome: Outcome, commands: Sequence[str]) -> None:
        outcome.replies = await self._ask(commands)
        reading = read_replies(outcome.replies)
        outcome.reading, outcome.error = reading, None
        if _is_cut(outcome.replies, reading.problems):
            # Half a reply read as a whole one would be boards lost and fans stopped.
            outcome.reading, outcome.error = None, errors.CUT
        elif not reading.good:
            outcome.reading, outcome.error = None, errors.UNREADABLE

    async def _try_single(self, outcome: Outcome, commands: Sequence[str]) -> None:
        """Ask one by one: it took the join for one unknown command, answered its first only or garbled the whole."""
        other = Outcome(outcome.key)
        self.single = True
        try:
            await self._take(other, commands)
        except AskFailed:
            other.error = errors.UNREADABLE
        before = outcome.reading
        if other.reading is None or (before is not None and _told(other.reading) <= _told(before)):
            self.single = False
            return
        outcome.reading, outcome.error, outcome.replies = other.reading, None, other.replies

    async def _add(self, outcome: Outcome, commands: Sequence[str]) -> None:
        """Ask what the first contact left out; what is known already stays if that fails."""
        try:
            replies = outcome.replies | await self._ask(commands)
        except AskFailed:
            return
        reading = read_replies(replies)
        if reading.good:
            outcome.reading, outcome.replies = reading, replies

    def _answered_one_only(self, outcome: Outcome) -> bool:
        """Tell whether a new machine took a join for its first command: the reply then names none of them."""
        if self.dialect is not None:
            return False
        raw = b"".join(outcome.replies.values()).lstrip()
        return raw[:1] == b"{" and not any(f'"{command}"'.encode() in raw for command in FIRST_CONTACT)

    async def _ask(self, commands: Sequence[str]) -> dict[str, bytes]:
        if not self.single:
            joined = "+".join(commands)
            return {joined: await self._ask_one(joined)}
        replies: dict[str, bytes] = {}
        for command in commands:
            try:
                replies[command] = await self._ask_one(command)
            except AskFailed as failure:
                if not replies or failure.kind == errors.TIMEOUT:
                    raise
        return replies

    async def _ask_one(self, command: str) -> bytes:
        # A machine not yet known is asked in both words, since each kind ignores the other's.
        keys = (self.dialect.request_key,) if self.dialect else ("command", "cmd")
        body = ",".join(f'"{key}":"{command}"' for key in keys)
        return await self.asker.ask(self.target.host, self.target.port, f"{{{body}}}".encode(), self.deadline)


def _is_cut(replies: dict[str, bytes], problems: list[str]) -> bool:
    return any(problem.endswith((CUT_SHORT, MALFORMED)) for problem in problems) and any(
        not raw.endswith(b"\0") for raw in replies.values()
    )


def _told(reading: Reading) -> int:
    """Tell how much a reading says."""
    return sum(bool(getattr(reading, item.name)) for item in fields(reading) if item.name != "problems")


async def _sweep(targets: Sequence[Target], limits: Limits, on_result: Callable[[Outcome], None]) -> None:
    waiting: Iterator[Target] = iter(targets)
    async with Asker(limits) as asker:

        async def work(first: Target) -> None:
            for target in chain((first,), waiting):
                on_result(await ask_machine(target, asker))

        workers = min(descriptors_for(limits.concurrency), len(targets))
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                target = next(waiting, None)
                if target is None:
                    break
                group.create_task(work(target))


def sweep(targets: Sequence[Target], on_result: Callable[[Outcome], None], limits: Limits | None = None) -> None:
    """Ask every machine and hand over each outcome as it comes; `on_result` must be quick."""
    if targets:
        uvloop.run(_sweep(targets, limits or Limits(), on_result))
