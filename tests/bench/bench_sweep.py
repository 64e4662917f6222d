"""The sweep: healthy, with sick machines, ten times as large; beside a bare epoll loop and beside pyasic."""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from gateways.miners import Limits, Outcome, Target, sweep
from simulator.farm import Farm, build
from supervisor.net import answers, free_port
from tests.bench.floor import ask_all
from tests.bench.measure import Row, timed
from tests.bench.world import MINERS, SEED

REFUSED_SHARE, HANGING_SHARE = 0.05, 0.01
PYASIC_MACHINES = 60


@contextmanager
def farm_of(miners: int) -> Iterator[tuple[Farm, int]]:
    """Run the simulator in a process of its own; gives the farm and its control port."""
    port, control = free_port(4028, "0.0.0.0"), free_port()
    command = [
        sys.executable, "-m", "simulator", "serve", "--miners", str(miners), "--seed", str(SEED), "--fault-rate", "0",
        "--port", str(port), "--control-port", str(control), "--http-port", str(free_port(80, "0.0.0.0")),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while not answers(control):
                time.sleep(0.05)
            yield build(miners, SEED, port), control
        finally:
            process.terminate()


def known(farm: Farm) -> list[Target]:
    """Give the machines as the second sweep knows them."""
    return [Target(machine.index, machine.host, machine.port, machine.dialect) for machine in farm.machines]


def measure() -> Iterator[Row]:
    """Give the rows of the sweep."""
    with farm_of(MINERS) as (farm, control):
        machines = known(farm)
        yield from _healthy(farm, machines)
        yield from _against_pyasic(farm, machines)
        yield from _sick(farm, machines, control)
    with farm_of(60_000) as (farm, _control):
        found: list[str | None] = []
        seconds = timed(lambda: sweep(known(farm), lambda outcome: found.append(outcome.error)), runs=1, warm_up=0)
        failed = sum(error is not None for error in found)
        yield Row("sweep of 60,000 machines", seconds[0], "s", "<= 45 s", seconds[0] <= 45, note=f"{failed} unanswered")


def _healthy(farm: Farm, machines: list[Target]) -> Iterator[Row]:
    failed: list[str] = []

    def take(outcome: Outcome) -> None:
        if outcome.error:
            failed.append(outcome.error)

    request = orjson.dumps({"command": "summary+stats+pools+version"})
    addresses = [(machine.host, machine.port) for machine in farm.machines]
    ours, floor = [], []
    for _round in range(5):
        # In turns, so that both meet the same machine at the same moment.
        ours += timed(lambda: sweep(machines, take), runs=1, warm_up=0)
        floor += timed(lambda: ask_all(addresses, request), runs=1, warm_up=0)
    median, bare = statistics.median(ours), statistics.median(floor)
    yield Row(
        "sweep of 6,000 healthy machines", median, "s", "<= 3 s, <= 3x", median <= 3 and median <= 3 * bare, bare,
        "bare epoll loop", f"{len(failed)} unanswered in all", ours,
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Row("resident memory after it", peak, "MB", "<= 250 MB", peak <= 250)


def _against_pyasic(farm: Farm, machines: list[Target]) -> Iterator[Row]:
    began = time.process_time()
    sweep(machines, lambda outcome: None)
    ours = (time.process_time() - began) / len(machines) * 1000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyasic

        if farm.machines[0].port != 4028:
            yield Row(
                "CPU a machine",
                ours,
                "ms",
                ">= 20x less than pyasic",
                None,
                note="port 4028 is taken: pyasic asks no other",
            )
            return
        # Machines of every dialect, in the farm's own proportions.
        some = [machine.host for machine in farm.machines[:: len(farm.machines) // PYASIC_MACHINES]]

        async def read_all() -> float:
            miners = [await pyasic.get_miner(host) for host in some]
            start = time.process_time()
            for miner in miners:
                if miner is not None:
                    await miner.get_data()
            return (time.process_time() - start) / len(some) * 1000

        theirs = asyncio.run(read_all())
    yield Row("CPU a machine", ours, "ms", ">= 20x less than pyasic", theirs >= 20 * ours, theirs, "pyasic get_data")


def _sick(farm: Farm, machines: list[Target], control: int) -> Iterator[Row]:
    refused, hanging = int(MINERS * REFUSED_SHARE), int(MINERS * HANGING_SHARE)
    for number, machine in enumerate(farm.machines[: refused + hanging]):
        body = orjson.dumps(
            {"host": machine.host, "kind": "refused" if number < refused else "hanging", "seconds": 3600}
        )
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{control}/fault", data=body), timeout=5
        ).close()
    errors: dict[str, int] = {}

    def take(outcome: Outcome) -> None:
        if outcome.error:
            errors[outcome.error] = errors.get(outcome.error, 0) + 1

    seconds = timed(lambda: sweep(machines, take, Limits()), runs=3, warm_up=0)
    median = statistics.median(seconds)
    said = ", ".join(f"{count // 3} {kind}" for kind, count in sorted(errors.items()))
    yield Row("the same, 5 % refused and 1 % hanging", median, "s", "<= 6 s", median <= 6, note=said, runs=seconds)
