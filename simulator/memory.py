"""What outlives a run: which machines sleep, their power modes, their uptimes and counters.

A simulator that was killed must come back as the same farm, or every machine would look restarted at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import orjson

from simulator.farm import Farm
from simulator.physics import SHARES_PER_TH_S, Physics

EVERY_S = 10.0
LOOK_S = 0.2
COUNTERS = ("boot_s", "accepted", "rejected", "hardware_errors")


def recall(physics: Physics, path: Path | None) -> None:
    """Go on where the last run of the same farm ended; shares went on meanwhile where machines were awake."""
    try:
        held = orjson.loads(path.read_bytes()) if path else {}
        if not isinstance(held, dict) or held.get("farm") != _name(physics.farm):
            return
        asleep = np.array(held["asleep"], int)
        mode = np.array(held["mode"], int)
        counters = {name: np.array(held[name], float) for name in COUNTERS}
        away_s = max(0.0, physics.now_s - float(held["at_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return
    if len(mode) != len(physics.mode) or any(array.shape != mode.shape for array in counters.values()):
        return
    physics.asleep[asleep] = True
    physics.mode[:] = mode
    for name, array in counters.items():
        getattr(physics, name)[:] = array
    physics.accepted += np.where(physics.asleep, 0.0, physics.nominal_ths * SHARES_PER_TH_S * away_s)
    physics.step(0.0)  # so that the first reply already knows who sleeps


def write_state(physics: Physics, path: Path | None) -> None:
    """Write it, whole or not at all."""
    if path is None:
        return
    held = {
        "farm": _name(physics.farm),
        "at_s": physics.now_s,
        "asleep": np.flatnonzero(physics.asleep),
        "mode": physics.mode,
        **{name: getattr(physics, name).round() for name in COUNTERS},
    }
    part = path.with_suffix(".part")
    part.write_bytes(orjson.dumps(held, option=orjson.OPT_SERIALIZE_NUMPY))
    part.replace(path)


async def remember(physics: Physics, path: Path | None) -> None:
    """Keep the state file fresh, for a run that ends without warning: orders at once, counters now and then."""
    written_s, known = -EVERY_S, b""
    while path:
        orders = physics.asleep.tobytes() + physics.mode.tobytes()
        if orders != known or physics.now_s >= written_s + EVERY_S:
            write_state(physics, path)
            written_s, known = physics.now_s, orders
        await asyncio.sleep(LOOK_S)


def _name(farm: Farm) -> str:
    return f"{len(farm.machines)} machines of seed {farm.seed}"
