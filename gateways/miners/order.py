"""One command to one machine, in its own protocol."""

from __future__ import annotations

import asyncio

from gateways.miners.control import Action, CommandFailed
from gateways.miners.dialects import BY_KEY
from gateways.miners.target import Target

LIMIT_S = 20.0


def send_command(target: Target, action: Action) -> str:
    """Send it and give what the machine said; raises `CommandFailed` with the reason."""
    dialect = BY_KEY.get((target.dialect or "").partition("/")[0])
    if dialect is None:
        raise CommandFailed("the machine has not told yet which firmware it runs")
    if dialect.control is None:
        raise CommandFailed(f"no remote start, stop or reboot is known for {dialect.name}")
    try:
        return asyncio.run(asyncio.wait_for(dialect.control(target, action), LIMIT_S))
    except TimeoutError:
        raise CommandFailed(f"no answer in {LIMIT_S:g} s", sent=True) from None
