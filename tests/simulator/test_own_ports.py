"""A farm whose machines share one address: each has two ports of its own, and one that refuses has closed them."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.hosting.commands import Action
from gateways import miners
from gateways.miners import Limits, Outcome, Target
from simulator.farm import Farm, SimMachine, build
from tests.product import wait_until
from tests.simulated import wished_port

MINERS, SEED = 240, 30  # so many that each dialect is there
LIMITS = Limits(connect_timeout_s=2.0, read_timeout_s=2.0, concurrency=200)


@dataclass(frozen=True)
class OwnPorts:
    """The farm and the hand behind it."""

    farm: Farm
    control_port: int

    def one(self, dialect: str, number: int = 0) -> SimMachine:
        return [machine for machine in self.farm.machines if machine.dialect == dialect][number]

    def ask(self, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", data=data)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return dict(json.load(answer))

    def fault(self, machine: SimMachine, kind: str) -> None:
        self.ask("/fault", {"asset_id": machine.asset_id, "kind": kind, "seconds": 600})


def free_block(size: int) -> int:
    """Give the beginning of so many free ports."""
    for base in range(21_000, 32_000 - size, size):
        held = []
        try:
            for port in range(base, base + size):
                sock = socket.socket()
                held.append(sock)
                sock.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for sock in held:
                sock.close()
        return base
    raise RuntimeError("no free block of ports")


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPorts]:
    base, control = free_block(2 * MINERS), wished_port(0)
    command = [
        sys.executable, "-m", "simulator", "serve", "--miners", str(MINERS), "--seed", str(SEED), "--fault-rate", "0",
        "--base-port", str(base), "--control-port", str(control), "--speed-up", "30",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"127.0.0.1, ports from {base}" in process.stdout.readline()
        yield OwnPorts(build(MINERS, SEED, base_port=base), control)
        process.terminate()


def swept(machines: list[SimMachine]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    targets = [Target(machine.index, machine.host, machine.port) for machine in machines]
    miners.sweep(targets, lambda outcome: found.__setitem__(outcome.key, outcome), LIMITS)
    return found


def connects(port: int) -> int:
    with socket.socket() as sock:
        sock.settimeout(2)
        return sock.connect_ex(("127.0.0.1", port))


def test_every_machine_has_its_own_address_and_says_who_it_is(own: OwnPorts) -> None:
    assert len({(machine.host, machine.port) for machine in own.farm.machines}) == MINERS
    found = swept(own.farm.machines)
    for machine in own.farm.machines:
        outcome = found[machine.index]
        assert outcome.error is None, (machine.asset_id, outcome)
        assert outcome.reading is not None
        assert (outcome.dialect or "").partition("/")[0] == machine.dialect
        assert outcome.reading.worker == machine.worker
        assert outcome.reading.hashrate_ths == pytest.approx(machine.model.hashrate_ths, rel=0.1)


def test_a_sweep_among_broken_machines_reads_every_healthy_one(own: OwnPorts) -> None:
    kinds = {"refused": "refused", "hanging": "timeout", "slow": "timeout", "cut": "cut", "oversized": "oversized"}
    tolerated = ("glued", "missing_comma", "bad_escape", "nan", "wrong_types", "wrong_encoding")
    broken = {machine.index: kind for machine, kind in zip(own.farm.machines, (*kinds, *tolerated), strict=False)}
    for machine in own.farm.machines[: len(broken)]:
        own.fault(machine, broken[machine.index])
    refused = own.farm.machines[0]
    wait_until(lambda: connects(refused.port) == errno.ECONNREFUSED, "the refused machine's door to close")
    try:
        found = swept(own.farm.machines)
    finally:
        own.ask("/clear", {})
    assert len(found) == MINERS
    assert all(found[machine.index].reading for machine in own.farm.machines if machine.index not in broken)
    said = {kind: found[index].error for index, kind in broken.items() if kind in kinds}
    assert said == {**kinds, "cut": said["cut"]}
    assert said["cut"] in ("cut", "unreadable", None)  # half a reply may still hold a reading
    assert Counter(found[index].error for index, kind in broken.items() if kind in tolerated) == {None: len(tolerated)}
    wait_until(lambda: connects(refused.port) == 0, "the refused machine's door to open again")


def test_a_stock_antminer_is_stopped_by_its_own_web_port(own: OwnPorts) -> None:
    machine = own.one("antminer", 1)
    target = Target(machine.index, machine.host, machine.port, "antminer", http_port=machine.http_port)
    miners.send_command(target, Action.STOP)
    wait_until(lambda: own.ask(f"/machines/{machine.asset_id}")["asleep"] is True, "the machine to sleep")
    neighbour = own.one("antminer", 2)
    assert own.ask(f"/machines/{neighbour.asset_id}")["asleep"] is False


@pytest.mark.parametrize("dialect", ["luxos", "whatsminer", "avalon"])
def test_a_machine_that_restarts_leaves_the_wire_and_comes_back_anew(own: OwnPorts, dialect: str) -> None:
    machine = own.one(dialect)
    [before] = swept([machine]).values()
    assert before.reading is not None
    assert (before.reading.uptime_s or 0) > 3000
    miners.send_command(Target(machine.index, machine.host, machine.port, dialect), Action.REBOOT)
    wait_until(lambda: connects(machine.port) == errno.ECONNREFUSED, "the machine to leave")
    wait_until(lambda: connects(machine.port) == 0, "the machine to come back")
    [after] = swept([machine]).values()
    assert after.reading is not None
    assert after.reading.uptime_s is not None
    assert after.reading.uptime_s < 120  # Whatsminers count from the start of their system, some seconds earlier
    assert (after.reading.accepted or 0) < 10


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        taken = sock.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "simulator", "serve", "--miners", "3", "--base-port", str(taken)],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode != 0
    assert f"simulator: port {taken} cannot be opened" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("verb", ["serve", "inventory"])
def test_more_machines_than_ports_are_a_sentence(verb: str) -> None:
    # 65,536 - 65,000 ports are 268 pairs.
    command = [sys.executable, "-m", "simulator", verb, "--miners", "269", "--base-port", "65000"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "from port 65000 on there is room for 268 machines" in ended.stderr
    fits = subprocess.run(
        [*command[:3], "inventory", "--miners", "268", "--base-port", "65000"], capture_output=True, timeout=60
    )
    assert max(machine["http_port"] for machine in json.loads(fits.stdout)["machines"]) == 65_535
