"""One simulator process for all wire tests: real sockets on their real ports where they are free, else on others."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.farm import Farm, SimMachine, build

MINERS, SEED = 240, 30  # so many that each dialect has more than thirty


@dataclass
class Simulated:
    """A running simulator and what is in it."""

    farm: Farm
    port: int
    http_port: int
    control_port: int

    def one(self, dialect: str, number: int = 0) -> SimMachine:
        return [machine for machine in self.farm.machines if machine.dialect == dialect][number]

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", data=data)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return dict(json.load(answer))

    def fault(self, machine: SimMachine, kind: str, seconds: float = 60) -> None:
        self.control("/fault", {"host": machine.host, "kind": kind, "seconds": seconds})

    def ask(self, machine: SimMachine, request: bytes, timeout_s: float = 5) -> bytes:
        with socket.create_connection((machine.host, self.port), timeout=timeout_s) as sock:
            sock.sendall(request)
            parts = []
            while chunk := sock.recv(65_536):
                parts.append(chunk)
        return b"".join(parts)


def free_port(wanted: int) -> int:
    """Give the wanted port, or another where it is taken or not allowed."""
    for port in (wanted, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("0.0.0.0", port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise RuntimeError("no free port")


@pytest.fixture(scope="session")
def simulated() -> Iterator[Simulated]:
    """A farm whose faults come only when they are asked for."""
    made = Simulated(build(MINERS, SEED), free_port(4028), free_port(80), free_port(0))
    command = [
        sys.executable, "-m", "simulator", "serve", "--miners", str(MINERS), "--seed", str(SEED), "--fault-rate", "0",
        "--port", str(made.port), "--http-port", str(made.http_port), "--control-port", str(made.control_port),
        "--speed-up", "60",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert f"{MINERS} machines" in line, line
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                made.control("/clear", {})
                break
            except OSError:
                time.sleep(0.05)
        yield made
        process.terminate()
        process.wait(10)
