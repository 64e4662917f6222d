"""All machines behind one listening socket: which of them is meant stands in the local address of the connection.

A machine that refuses cannot truly refuse behind a shared listener: its connection is reset at once (linger 0), which a
client sees as the same kind of failure. Where each machine has ports of its own, one that refuses has closed them.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
from collections.abc import Callable
from typing import Any

import orjson

from simulator.dialects import DIALECTS, whatsminer
from simulator.dialects.view import View, status
from simulator.farm import Farm, SimMachine
from simulator.faults import Faults
from simulator.garble import garble
from simulator.physics import Physics

STEP_S = 2.0
BACKLOG = 8192
MAX_REQUEST = 65_536
SLOW_BYTE_S = 0.25
OVERSIZED = 3 << 20
# Sections of one object carry their name in the text form; the others begin with their number: `POOL=0,URL=..`.
NAMED_SECTIONS = {"SUMMARY", "VERSION", "CONFIG", "POWER", "SESSION", "TEMPCTRL", "FANCTRL"}


class Fleet:
    """The machines with their physics and faults."""

    def __init__(self, farm: Farm, physics: Physics, faults: Faults) -> None:
        self.farm = farm
        self.physics = physics
        self.faults = faults
        self.by_address = {(machine.host, machine.port): machine for machine in farm.machines}
        self.by_web_address = {(machine.host, machine.http_port): machine for machine in farm.machines}
        self.secrets: dict[int, dict[str, Any]] = {}

    def move_web(self, http_port: int) -> None:
        """Take it that all web interfaces are on another port."""
        for machine in self.farm.machines:
            machine.http_port = http_port
        self.by_web_address = {(machine.host, http_port): machine for machine in self.farm.machines}

    def view(self, machine: SimMachine) -> View:
        """Give what the machine knows now."""
        return View(self.physics, machine, self.secrets.setdefault(machine.index, {}))

    def fault(self, machine: SimMachine) -> str | None:
        """Give what is wrong with the machine on the wire; one that restarts is not there."""
        if self.physics.back_s[machine.index] > self.physics.now_s:
            return "refused"
        return self.faults.wire.get(machine.index)

    def answer(self, machine: SimMachine, request: bytes) -> bytes:
        """Answer one request as this machine would, without the closing NUL."""
        view = self.view(machine)
        body = request.strip(b"\0 \r\n\t")
        if not body.startswith(b"{"):
            command, _bar, parameter = body.decode("utf-8", "replace").partition("|")
            return pipe_text(self.reply(view, command.strip().lower(), parameter)).encode()
        try:
            message = orjson.loads(body)
        except orjson.JSONDecodeError:
            return orjson.dumps({"STATUS": status(23, "Invalid JSON", "cgminer", view.now, "E"), "id": 1})
        if machine.dialect == "whatsminer" and "enc" in message:
            return orjson.dumps(whatsminer.write(view, str(message.get("data", ""))))
        command = str(message.get("command") or message.get("cmd") or "")
        return orjson.dumps(self.reply(view, command, str(message.get("parameter", ""))))

    def reply(self, view: View, command: str, parameter: str) -> dict[str, Any]:
        """Give the reply of a command or of several joined by +."""
        answer = DIALECTS[view.machine.dialect]
        if "+" in command and self.faults.wire.get(view.index) != "no_joins":
            joined: dict[str, Any] = {}
            for part in command.split("+"):
                found = answer(view, part, parameter)
                joined[part] = [found if found is not None else self._unknown(view)]
            joined["id"] = 1
            return joined
        found = answer(view, command, parameter)
        return found if found is not None else self._unknown(view)

    def _unknown(self, view: View) -> dict[str, Any]:
        return UNKNOWN.get(view.machine.dialect, _unknown_to_cgminer)(view)


def _unknown_to_cgminer(view: View) -> dict[str, Any]:
    return {"STATUS": status(14, "Invalid command", "cgminer", view.now, "E"), "id": 1}


# Who refuses a command in words of its own.
UNKNOWN: dict[str, Callable[[View], dict[str, Any]]] = {"whatsminer": whatsminer.unknown}


def pipe_text(reply: dict[str, Any]) -> str:
    """Write a reply in the form that came before JSON: `STATUS=S,When=1|SUMMARY,Elapsed=5|`, joined ones as `CMD=..|`."""
    parts = []
    for section, entries in reply.items():
        if not isinstance(entries, list):
            continue
        for entry in entries:
            if isinstance(entry.get("STATUS"), list):
                parts.append(f"CMD={section}|{pipe_text(entry)}")
                continue
            fields = ",".join(f"{key}={value}" for key, value in entry.items())
            parts.append(f"{section},{fields}" if section in NAMED_SECTIONS else fields)
    if not parts:  # a reply that is one flat object
        parts.append(",".join(f"{key}={value}" for key, value in reply.items()))
    return "|".join(part.rstrip("|") for part in parts) + "|"


class Machine(asyncio.Protocol):
    """One connection to one machine."""

    __slots__ = ("fault", "fleet", "gathered", "machine", "transport")

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.gathered = b""
        self.fault: str | None = None
        self.machine: SimMachine | None = None

    def connection_made(self, transport: Any) -> None:
        """Tell by the local address which machine is meant."""
        self.transport = transport
        address = transport.get_extra_info("sockname")[:2]
        self.machine = self.fleet.by_address.get(address)
        self.fault = self.fleet.fault(self.machine) if self.machine else "refused"
        if self.fault == "refused":
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        if self.machine is None or self.fault in ("hanging", "refused"):
            return
        self.gathered += data
        if len(self.gathered) > MAX_REQUEST:
            self.transport.abort()
            return
        if self.gathered.lstrip().startswith(b"{") and not self.gathered.rstrip(b"\0 \r\n").endswith(b"}"):
            return
        body = self.fleet.answer(self.machine, self.gathered)
        self.gathered = b""
        self.send(body)

    def send(self, body: bytes) -> None:
        """Send the reply in the way of the fault, if there is one."""
        if self.fault == "slow":
            asyncio.get_running_loop().call_soon(self._trickle, body + b"\0", 0)
        elif self.fault == "cut":
            self.transport.write(body[: len(body) // 2])
            self.transport.close()
        elif self.fault == "oversized":
            self.transport.write(b'{"SUMMARY":[{"pad":"' + b"x" * OVERSIZED)
        else:
            self.transport.write(garble(self.fault, body) + b"\0")
            self.transport.close()

    def _trickle(self, body: bytes, place: int) -> None:
        if self.transport.is_closing() or place >= len(body):
            self.transport.close()
            return
        self.transport.write(body[place : place + 1])
        asyncio.get_running_loop().call_later(SLOW_BYTE_S, self._trickle, body, place + 1)


class Doors:
    """The listening sockets of machines with ports of their own; one that refuses, or restarts, has none."""

    def __init__(self, fleet: Fleet, web: Callable[[], asyncio.Protocol]) -> None:
        self.fleet = fleet
        self.web = web
        self.open: dict[int, list[asyncio.Server]] = {}

    async def follow(self) -> None:
        """Open and close what the machines' state asks for; raises OSError for a port that is taken."""
        for machine in self.fleet.farm.machines:
            there = self.fleet.fault(machine) != "refused"
            if there and machine.index not in self.open:
                self.open[machine.index] = await self._listen(machine)
            elif not there and machine.index in self.open:
                for server in self.open.pop(machine.index):
                    server.close()

    async def _listen(self, machine: SimMachine) -> list[asyncio.Server]:
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(lambda: Machine(self.fleet), machine.host, machine.port)]
        if machine.dialect == "antminer":
            servers.append(await loop.create_server(self.web, machine.host, machine.http_port))
        return servers


async def serve(fleet: Fleet, bind: str, port: int) -> asyncio.Server:
    """Open the listening socket of all machines."""
    return await asyncio.get_running_loop().create_server(lambda: Machine(fleet), bind, port, backlog=BACKLOG)


def allow_many_files() -> None:
    """Raise the number of open sockets to what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def keep_time(fleet: Fleet, clock: Any, doors: Doors | None = None) -> None:
    """Advance physics and faults with the clock, for ever."""
    while True:
        await asyncio.sleep(STEP_S)
        seconds = min(60.0, max(0.0, clock() - fleet.physics.now_s))
        fleet.physics.step(seconds)
        fleet.faults.step()
        if doors:
            await doors.follow()
