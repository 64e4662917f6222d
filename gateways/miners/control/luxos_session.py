"""LuxOS: writes need a session of `logon`; one session at a time, so it is always given back."""

from __future__ import annotations

from contextlib import suppress

from gateways.miners.control import Action, CommandFailed
from gateways.miners.control.wire import must_succeed, say
from gateways.miners.target import Target

_WORDS = {
    Action.STOP: ("curtail", "{session},sleep"),
    Action.START: ("curtail", "{session},wakeup"),
    Action.REBOOT: ("rebootdevice", "{session}"),
}


async def control(target: Target, action: Action) -> str:
    """Log on, say it, log off."""
    reply = await say(target.host, target.port, {"command": "logon"}, sent=False)
    must_succeed(reply, "open a session")
    sessions = reply.get("SESSION")
    first = sessions[0] if isinstance(sessions, list) and sessions else None
    session = first.get("SessionID") if isinstance(first, dict) else None
    if not isinstance(session, str) or not session:
        raise CommandFailed("the machine gave no session")
    command, parameter = _WORDS[action]
    try:
        message = {"command": command, "parameter": parameter.format(session=session)}
        return must_succeed(await say(target.host, target.port, message, sent=True), action.value)
    finally:
        if action is not Action.REBOOT:
            with suppress(CommandFailed):  # the session ends by itself; what came of the order stands
                await say(target.host, target.port, {"command": "logoff", "parameter": session}, sent=True)
