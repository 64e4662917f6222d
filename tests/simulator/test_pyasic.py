"""pyasic, a client that is not ours, finds, reads, stops and starts the simulated machines. It knows the real ports only."""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import Any

import pytest

from tests.simulated import Simulated

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyasic


@pytest.fixture(autouse=True)
def on_real_ports(simulated: Simulated) -> None:
    if (simulated.port, simulated.http_port) != (4028, 80):
        pytest.skip("ports 4028 and 80 are taken or not allowed here, and pyasic asks no others")


def run(work: Any) -> Any:
    return asyncio.run(asyncio.wait_for(work, 40))


async def read(host: str) -> tuple[Any, Any]:
    miner = await pyasic.get_miner(host)
    assert miner is not None
    return miner, await miner.get_data()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("dialect", "make"),
    [("antminer", "AntMiner"), ("luxos", "AntMiner"), ("whatsminer", "WhatsMiner"), ("avalon", "AvalonMiner")],
)
def test_identifies_and_reads_each_dialect(simulated: Simulated, dialect: str, make: str) -> None:
    machine = simulated.one(dialect, 2)
    _miner, data = run(read(machine.host))
    truth = simulated.control(f"/machines/{machine.host}")
    assert data.make == make
    if dialect != "luxos":  # pyasic 0.79 returns None before it looks at the configuration that it asked for
        assert data.mac.upper() == machine.mac
    assert float(data.hashrate) == pytest.approx(truth["hashrate_ths"], rel=0.08)
    if dialect != "antminer":  # stock firmware does not tell its power
        assert data.wattage == pytest.approx(truth["power_w"], rel=0.08)
    assert len(data.hashboards) == 3
    assert all(fan.speed > 500 for fan in data.fans[: machine.model.fans])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dialect", ["antminer", "luxos", "whatsminer", "avalon"])
def test_stops_starts_and_restarts_each(simulated: Simulated, dialect: str) -> None:
    machine = simulated.one(dialect, 3)

    async def order(verb: str) -> None:
        miner = await pyasic.get_miner(machine.host)
        assert miner is not None
        assert await getattr(miner, verb)()

    def is_asleep(wanted: bool) -> bool:
        until = time.monotonic() + 15  # an Avalon is told a time some seconds ahead
        while time.monotonic() < until:
            if simulated.control(f"/machines/{machine.host}")["asleep"] is wanted:
                return True
            time.sleep(0.2)
        return False

    run(order("stop_mining"))
    assert is_asleep(True)
    run(order("resume_mining"))
    assert is_asleep(False)
    run(order("reboot"))
    assert simulated.control(f"/machines/{machine.host}")["uptime_s"] < 60
