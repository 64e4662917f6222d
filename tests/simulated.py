"""A simulated farm as a process of its own, on free ports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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
