"""A simulated farm as a process of its own: on free ports, or on the real ones for clients that know no others."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from simulator.farm import Farm, SimMachine, build
from supervisor.net import answers, free_port
from supervisor.plans import ROOT
from tests.product import wait_until


@dataclass(frozen=True)
class SimulatedFarm:
    """Where it listens and which machines it has."""

    port: int
    http_port: int
    control_port: int
    inventory: dict[str, Any]


@contextmanager
def simulated_farm(*, miners: int, seed: int, speed_up: float = 60.0) -> Iterator[SimulatedFarm]:
    """Run a farm without random faults for the length of the block."""
    port, http_port, control_port = free_port(), free_port(), free_port()
    who = ["--miners", str(miners), "--seed", str(seed), "--port", str(port), "--http-port", str(http_port)]
    command = [sys.executable, "-m", "simulator"]
    inventory = subprocess.run([*command, "inventory", *who], cwd=ROOT, capture_output=True, check=True, timeout=60)
    how = ["--control-port", str(control_port), "--speed-up", str(speed_up), "--fault-rate", "0"]
    process = subprocess.Popen([*command, "serve", *who, *how], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(control_port) or process.poll() is not None, "the simulated farm")
        assert process.poll() is None, "the simulated farm ended at its start"
        yield SimulatedFarm(port, http_port, control_port, json.loads(inventory.stdout))
    finally:
        process.terminate()
        process.wait(20)


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


def wished_port(wanted: int) -> int:
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


@contextmanager
def simulated_on_real_ports() -> Iterator[Simulated]:
    """Run one on the true ports where they are free, whose faults come only when they are asked for."""
    made = Simulated(build(MINERS, SEED), wished_port(4028), wished_port(80), free_port())
    command = [
        sys.executable, "-m", "simulator", "serve", "--miners", str(MINERS), "--seed", str(SEED), "--fault-rate", "0",
        "--port", str(made.port), "--http-port", str(made.http_port), "--control-port", str(made.control_port),
        "--speed-up", "60",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert f"{MINERS} machines" in line, line
        wait_until(lambda: answers(made.control_port), "the simulated farm")
        yield made
        process.terminate()
        process.wait(10)
