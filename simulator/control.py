"""The hand behind the farm: a small HTTP door on loopback through which faults are made on demand."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import orjson

from simulator.farm import SimMachine
from simulator.server import Fleet


class Control(asyncio.Protocol):
    """POST /fault {host|asset_id, kind, seconds}, POST /clear, GET /machines/<host or asset id>."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.gathered = b""

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        self.gathered += data
        head, end, body = self.gathered.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode("latin-1").split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
        if len(body) < length:
            return
        method, path = lines[0].split(" ")[:2]
        try:
            code, answer = 200, self.act(method, urlsplit(path).path, body[:length])
        except (KeyError, ValueError, TypeError) as error:
            code, answer = 400, {"error": f"{type(error).__name__}: {error}"}
        text = orjson.dumps(answer)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\nConnection: close"
        self.transport.write(f"HTTP/1.1 {code} X\r\n{kind}\r\n\r\n".encode() + text)
        self.transport.close()

    def act(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """Do what is asked."""
        if method == "GET" and path.startswith("/machines/"):
            machine = self._find(path.removeprefix("/machines/"))
            view = self.fleet.view(machine)
            return {
                "asset_id": machine.asset_id,
                "dialect": machine.dialect,
                "asleep": view.asleep,
                "hashrate_ths": view.ths,
                "power_w": view.watts,
                "uptime_s": view.elapsed,
                "wire": self.fleet.fault(machine),
                "physical": self.fleet.faults.physical.get(machine.index),
            }
        if method == "POST" and path == "/clear":
            self.fleet.faults.clear()
            return {"cleared": True}
        if method == "POST" and path == "/fault":
            wanted = orjson.loads(body)
            machine = self._find(wanted.get("host") or wanted["asset_id"])
            self.fleet.faults.begin(machine.index, wanted["kind"], float(wanted.get("seconds", 600)))
            return {"asset_id": machine.asset_id, "kind": wanted["kind"]}
        raise ValueError(f"no such thing: {method} {path}")

    def _find(self, name: str) -> SimMachine:
        found = [each for each in self.fleet.farm.machines if name in (each.asset_id, each.host)]
        if len(found) != 1:
            raise KeyError(name)
        return found[0]
