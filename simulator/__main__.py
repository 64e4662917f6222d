"""`python -m simulator [serve|inventory|history] --miners 6000 --seed 21 ...`: one process is the whole farm."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import signal
import sys
import time
from pathlib import Path

import numpy as np
import uvloop

from simulator.control import Control
from simulator.farm import REPAIR_EVERY, Farm, build, inventory
from simulator.faults import PHYSICAL, WIRE, Faults
from simulator.history import Past, generate
from simulator.memory import recall, remember, write_state
from simulator.physics import Physics
from simulator.server import Doors, Fleet, allow_many_files, keep_time, serve
from simulator.spells import draw
from simulator.web import Web

MOST_PORTS = 65_536
WEB_ELSEWHERE = 8000  # 80 is for root only on many systems: 8080 then


def main(arguments: list[str]) -> int:
    """Parse the command line and do it."""
    if not arguments or arguments[0].startswith("-"):
        arguments = ["serve", *arguments]
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("verb", choices=("serve", "inventory", "history"))
    parser.add_argument("--miners", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--port", type=int, default=4028)
    parser.add_argument("--bind", default="0.0.0.0")
    parser.add_argument("--http-port", type=int, default=80, help="of stock Antminers; else on that + 8000")
    parser.add_argument("--base-port", type=int, default=0, help="machines at 127.0.0.1, two ports each from here on")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--speed-up", type=float, default=1.0)
    parser.add_argument("--fault-rate", type=float, default=0.06, help="faults a machine a day, of the usual mix")
    parser.add_argument("--fault", type=own_rate, action="append", default=[], metavar="KIND=RATE",
                        help="a kind of fault by its own rate, besides; may be given again")  # fmt: skip
    parser.add_argument("--state-file", type=Path)
    parser.add_argument("--layer", choices=("site", "miner"), default="miner")
    parser.add_argument("--step", type=int, default=3600)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--end", type=int, default=0)
    parser.add_argument("--newest", type=int, default=0)
    options = parser.parse_args(arguments)
    room = (MOST_PORTS - options.base_port) // 2
    if options.base_port and options.miners + options.miners // REPAIR_EVERY > room:
        parser.error(f"from port {options.base_port} on there is room for {room} machines, the repair bench included")
    farm = build(options.miners, options.seed, options.port, options.http_port, options.base_port)
    if options.verb == "inventory":
        json.dump(inventory(farm), sys.stdout)
        return 0
    if options.verb == "history":
        past = Past(farm, options.newest or options.end, options.fault_rate)
        for chunk in generate(past, options.layer, options.start, options.end, options.step):
            np.save(sys.stdout.buffer, chunk, allow_pickle=False)
        return 0
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(run(farm, options))
    return 0


async def serve_web(fleet: Fleet, bind: str, port: int) -> None:
    """Open the web interfaces; where the port is taken or not allowed, on the one `WEB_ELSEWHERE` above it."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_server(lambda: Web(fleet), bind, port, backlog=512)
        return
    except OSError as error:
        why = error.strerror
    other = port + WEB_ELSEWHERE
    try:
        await loop.create_server(lambda: Web(fleet), bind, other, backlog=512)
    except (OSError, OverflowError) as error:
        print(f"simulator: no web interface on port {port} ({why}) nor on {other} ({error})", flush=True)
        return
    fleet.move_web(other)
    print(f"simulator: web interfaces on port {other}, since {port} cannot be opened: {why}", flush=True)


def own_rate(text: str) -> tuple[str, float]:
    """Read `slow=0.5`: a kind of fault and how often a machine has it a day."""
    kind, _equals, rate = text.partition("=")
    if kind not in (*PHYSICAL, *WIRE):
        raise argparse.ArgumentTypeError(f"{kind!r} is none of {', '.join((*PHYSICAL, *WIRE))}")
    try:
        number = float(rate)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{rate!r} is no number of faults a machine a day")
    return kind, number


async def run(farm: Farm, options: argparse.Namespace) -> None:
    """Serve until told to stop."""
    physics = Physics(farm, at_s=time.time(), speed_up=options.speed_up)
    faults = Faults(physics, options.fault_rate, np.random.default_rng(farm.seed + 5), dict(options.fault))
    recall(physics, options.state_file)
    faults.open_with(draw(len(farm.machines), farm.seed, options.fault_rate))
    fleet = Fleet(farm, physics, faults)
    loop = asyncio.get_running_loop()
    allow_many_files()
    doors = None
    try:
        if options.base_port:
            doors = Doors(fleet, lambda: Web(fleet))
            await doors.follow()
        else:
            await serve(fleet, options.bind, options.port)
    except OSError as error:
        sys.exit(f"simulator: port {options.base_port or options.port} cannot be opened: {error.strerror or error}")
    if not options.base_port:
        await serve_web(fleet, options.bind, options.http_port)
    if options.control_port:
        try:
            await loop.create_server(lambda: Control(fleet), "127.0.0.1", options.control_port)
        except OSError as error:
            sys.exit(f"simulator: control port {options.control_port} cannot be opened: {error.strerror or error}")
    where = f"127.0.0.1, ports from {options.base_port}" if options.base_port else f"port {options.port}"
    print(f"simulator: {len(farm.machines)} machines on {where}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ticking = asyncio.create_task(keep_time(fleet, time.time, doors))
    remembering = asyncio.create_task(remember(physics, options.state_file))
    await stop.wait()
    ticking.cancel()
    remembering.cancel()
    write_state(physics, options.state_file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
