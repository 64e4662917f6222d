"""Stock Antminer: its web interface with digest authentication. Sleep is a work mode among the other settings, all of
which must be sent back as they were."""

from __future__ import annotations

from typing import Any

import httpx

from gateways.miners.control import Action, CommandFailed
from gateways.miners.target import Target

CREDENTIALS = ("root", "root")  # the maker's default; a site with its own sets it per machine
TIMEOUT_S = 10.0
SLEEP, NORMAL = 1, 0


async def control(target: Target, action: Action) -> str:
    """Change the work mode or reboot."""
    base = f"http://{target.host}:{target.http_port}/cgi-bin"
    auth = httpx.DigestAuth(*(target.credentials or CREDENTIALS))
    try:
        async with httpx.AsyncClient(auth=auth, timeout=TIMEOUT_S, trust_env=False) as client:
            if action is Action.REBOOT:
                return await _reboot(client, base)
            return await _set_mode(client, base, SLEEP if action is Action.STOP else NORMAL)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise CommandFailed(f"the web interface of {target.host} is not reachable") from error
    except (httpx.InvalidURL, OverflowError) as error:
        raise CommandFailed(f"{target.host}:{target.http_port} is no address") from error


async def _reboot(client: httpx.AsyncClient, base: str) -> str:
    try:
        answer = await client.get(f"{base}/reboot.cgi")
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise
    except httpx.RemoteProtocolError:
        return "rebooting"  # it goes down before it answers
    except httpx.HTTPError as error:
        raise CommandFailed(f"the web interface gave no answer: {type(error).__name__}", sent=True) from error
    _check(answer)
    return "rebooting"


async def _set_mode(client: httpx.AsyncClient, base: str, mode: int) -> str:
    sent = False
    try:
        answer = await client.get(f"{base}/get_miner_conf.cgi")
        _check(answer)
        wanted = _settings(answer.json(), mode)
        sent = True
        answer = await client.post(f"{base}/set_miner_conf.cgi", json=wanted)
        _check(answer)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise
    except httpx.HTTPError as error:
        raise CommandFailed(f"the web interface gave no answer: {type(error).__name__}", sent=sent) from error
    except (ValueError, AttributeError) as error:
        raise CommandFailed("the machine's settings are not readable", sent=sent) from error
    return _verdict(answer)


def _verdict(answer: httpx.Response) -> str:
    """Give what the machine says; it refuses with HTTP 200 too."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text[:200]
    if isinstance(said, dict) and str(said.get("stats", "success")).lower() != "success":
        raise CommandFailed(
            f"the machine refused: {str(said.get('msg') or said.get('code') or 'no reason given')[:100]}"
        )
    return str(said.get("msg", "done"))[:200] if isinstance(said, dict) else answer.text[:200]


def _settings(now: dict[str, Any], mode: int) -> dict[str, Any]:
    """Give the settings as the machine wants them back, which is not how it gave them."""
    pools = now.get("pools")
    if not isinstance(pools, list):
        raise ValueError("no pools in the settings")
    key = "freq-level" if "bitmain-freq-level" in now else "freq"
    return {
        "bitmain-fan-ctrl": now.get("bitmain-fan-ctrl", False),
        "bitmain-fan-pwm": str(now.get("bitmain-fan-pwm", "100")),
        key: str(now.get("bitmain-freq-level", now.get("bitmain-freq", "100"))),
        "miner-mode": mode,
        "pools": pools,
    }


def _check(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise CommandFailed("the machine does not accept our password")
    if answer.is_error:
        raise CommandFailed(f"the machine answered HTTP {answer.status_code}")
