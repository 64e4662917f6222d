"""Small machines on real sockets, each with one way of behaving; the client under test knows nothing of them."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways import machines

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Machine"], Any]


class Machine:
    """What a machine was asked, and how many connections it took."""

    def __init__(self, replies: dict[str, bytes], *, joins: bool = True, key: str = "command") -> None:
        self.replies = {name: json.loads(raw.rstrip(b"\0")) for name, raw in replies.items()}
        self.joins = joins
        self.key = key
        self.asked: list[str] = []

    def answer(self, request: bytes) -> bytes:
        """Answer as cgminer does: joined where it joins, an error for what it does not know."""
        command = json.loads(request).get(self.key, "")
        self.asked.append(command)
        if "+" in command and self.joins:
            parts = {part: [self._one(part)] for part in command.split("+")}
            return json.dumps(parts | {"id": 1}).encode() + b"\0"
        return json.dumps(self._one(command)).encode() + b"\0"

    def _one(self, command: str) -> dict[str, Any]:
        refused = {"STATUS": [{"STATUS": "E", "Code": 14, "Msg": "Invalid command"}], "id": 1}
        found: dict[str, Any] = self.replies.get(command, refused)
        return found


async def healthy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    writer.write(machine.answer(await reader.read(65536)))


async def without_nul(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    writer.write(machine.answer(await reader.read(65536))[:-1])


async def keeps_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    writer.write(machine.answer(await reader.read(65536)) + b"\r\n")
    await asyncio.sleep(60)


async def hanging(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _machine: Machine) -> None:
    await asyncio.sleep(60)


async def byte_at_a_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    for byte in machine.answer(await reader.read(65536)):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    whole = machine.answer(await reader.read(65536))
    writer.write(whole[: len(whole) // 2])


async def silent_close(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, machine: Machine) -> None:
    machine.answer(await reader.read(65536))


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    machine.answer(await reader.read(65536))
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def oversized(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    machine.answer(await reader.read(65536))
    writer.write(b'{"SUMMARY":[{"pad":"' + b"x" * (3 << 20))
    await writer.drain()


async def glued(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    writer.write(machine.answer(await reader.read(65536)).replace(b"}, {", b"}{"))


async def noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    machine.answer(await reader.read(65536))
    writer.write(b"\x16\x03\x01HTTP/1.1 400 Bad Request\r\n\r\n\0")


async def wide(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
    writer.write(machine.answer(await reader.read(65536)).rstrip(b"\0").decode().encode("utf-16"))


def cut_once() -> Behave:
    """Give a behaviour that fails the first time only."""
    seen: list[int] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
        seen.append(1)
        await (cut if len(seen) == 1 else healthy)(reader, writer, machine)

    return behave


def held(released: threading.Event, *, drip: bool) -> Behave:
    """Give a behaviour that never answers, or gives a byte now and then, until it is released."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, machine: Machine) -> None:
        whole = machine.answer(await reader.read(65536))
        sent = 0
        while not released.is_set():
            if drip and sent < len(whole) - 1:
                writer.write(whole[sent : sent + 1])
                sent += 1
            await asyncio.sleep(0.01)

    return behave


class Farm:
    """Machines by address, served by a loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []
        self.open = 0
        self.most = 0

    def add(self, behave: Behave, machine: Machine | None = None, host: str = "127.0.0.1") -> tuple[str, int]:
        """Serve one more machine and give its address."""
        return asyncio.run_coroutine_threadsafe(self._add(behave, machine or stock(), host), self.loop).result(10)

    async def _add(self, behave: Behave, machine: Machine, host: str) -> tuple[str, int]:
        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.open += 1
            self.most = max(self.most, self.open)
            try:
                await behave(reader, writer, machine)
                await writer.drain()
            except (ConnectionError, asyncio.CancelledError):
                pass
            finally:
                self.open -= 1
                writer.close()

        server = await asyncio.start_server(meet, host, 0, backlog=4096, limit=1 << 20)
        self._servers.append(server)
        return host, server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close every socket and end the thread."""
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


@contextmanager
def farm() -> Iterator[Farm]:
    """Serve machines for the length of a block."""
    made = Farm()
    try:
        yield made
    finally:
        made.stop()


def stock(**more: Any) -> Machine:
    """Give a stock Antminer as recorded, with a version that tells so."""
    version = {"VERSION": [{"BMMiner": "1.0.0", "Type": "Antminer S19 Pro", "Miner": "49.0.1.3"}], "id": 1}
    return Machine(machines.STOCK | {"version": json.dumps(version).encode()}, **more)


@contextmanager
def black_hole() -> Iterator[tuple[str, int]]:
    """Give an address that answers no SYN: a listener whose queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        try:
            yield address
        finally:
            for filler in fillers:
                filler.close()


def free_port() -> int:
    """Give a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
