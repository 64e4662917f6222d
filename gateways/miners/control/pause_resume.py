"""Braiins OS: `pause` and `resume` on port 4028; it reboots over its web interface only."""

from __future__ import annotations

from gateways.miners.control import Action, CommandFailed
from gateways.miners.control.wire import must_succeed, say
from gateways.miners.target import Target

_WORDS = {Action.STOP: "pause", Action.START: "resume"}


async def control(target: Target, action: Action) -> str:
    """Pause or resume mining."""
    word = _WORDS.get(action)
    if word is None:
        raise CommandFailed("Braiins OS has no reboot on its miner API")
    return must_succeed(await say(target.host, target.port, {"command": word}, sent=True), word)
