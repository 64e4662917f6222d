"""Avalon: `ascset` with soft-off and soft-on at a time given in seconds since 1970; reboot takes a delay."""

from __future__ import annotations

import time

from gateways.miners.control import Action
from gateways.miners.control.wire import must_succeed, say
from gateways.miners.target import Target


async def control(target: Target, action: Action) -> str:
    """Say it for some seconds ahead: a time that has passed is ignored by the machine."""
    at = int(time.time()) + 5
    parameter = {
        Action.STOP: f"0,softoff,1:{at}",
        Action.START: f"0,softon,1:{at}",
        Action.REBOOT: "0,reboot,0",
    }[action]
    message = {"command": "ascset", "parameter": parameter}
    return must_succeed(await say(target.host, target.port, message, sent=True), action.value)
