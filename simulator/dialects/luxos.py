"""LuxOS on 4028: the stock words, power and configuration, and writes under a session."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from simulator.dialects import antminer
from simulator.dialects.view import View, pools, status

SESSION_S = 60


def answer(view: View, command: str, parameter: str) -> dict[str, Any] | None:
    """Answer one command, or None for one it does not know."""
    read = _READS.get(command)
    if read:
        return read(view)
    write = _WRITES.get(command)
    return write(view, parameter.split(",")) if write else None


def _say(view: View, code: int, message: str, letter: str = "S") -> list[dict[str, Any]]:
    return status(code, message, f"LUXminer {view.machine.firmware}-57b389c7", view.now, letter)


def _refuse(view: View, code: int, message: str) -> dict[str, Any]:
    return {"STATUS": _say(view, code, message, "E"), "id": 1}


def version(view: View) -> dict[str, Any]:
    """Give VERSION."""
    entry = {
        "API": "3.7",
        "CompileTime": "Tue Apr  8 22:05:35 UTC 2025",
        "LUXminer": view.machine.firmware,
        "Miner": view.machine.firmware,
        "Type": view.machine.model.says,
    }
    return {"STATUS": _say(view, 22, "LUXminer versions"), "VERSION": [entry], "id": 1}


def summary(view: View) -> dict[str, Any]:
    """Give SUMMARY with its longer windows."""
    entry = antminer.summary_entry(view)
    average = entry["GHS av"]
    entry.update({"GHS 1m": entry["GHS 5s"], "GHS 5m": average, "GHS 15m": average, "GHS 24h": average})
    return {"STATUS": _say(view, 11, "Summary"), "SUMMARY": [entry], "id": 1}


def stats(view: View) -> dict[str, Any]:
    """Give STATS as stock does."""
    head = {
        "CompileTime": "Tue Apr  8 22:05:35 UTC 2025",
        "Miner": view.machine.firmware,
        "Type": view.machine.model.says,
    }
    return {"STATUS": _say(view, 70, "LUXminer stats"), "STATS": [head, antminer.stats_entry(view)], "id": 1}


def power(view: View) -> dict[str, Any]:
    """Give the draw in watts."""
    return {"STATUS": _say(view, 311, "Power usage"), "POWER": [{"PSU": False, "Watts": view.watts}], "id": 1}


def config(view: View) -> dict[str, Any]:
    """Give CONFIG: who it is and whether it is curtailed."""
    entry = {
        "ASC Count": 3,
        "PGA Count": 0,
        "Pool Count": 3,
        "Strategy": "Failover",
        "Log Interval": 5,
        "CurtailMode": "Sleep" if view.asleep else "None",
        "Hostname": view.machine.asset_id.lower(),
        "IPAddr": view.machine.host,
        "MACAddr": view.machine.mac,
        "Model": view.machine.model.says,
        "Profile": "default",
        "ProfileStep": "0",
        "IsAtmEnabled": False,
        "IsTuning": False,
        "SerialNumber": view.machine.serial,
        "SystemStatus": "Sleeping" if view.asleep else "Operational",
    }
    return {"STATUS": _say(view, 33, "LUXminer config"), "CONFIG": [entry], "id": 1}


def pools_reply(view: View) -> dict[str, Any]:
    """Give POOLS."""
    found = [{**pool, "GROUP": 0} for pool in pools(view)]
    return {"STATUS": _say(view, 7, "3 Pool(s)"), "POOLS": found, "id": 1}


def devs(view: View) -> dict[str, Any]:
    """Give DEVS, one entry a board."""
    alive = view.alive()
    entries = [
        {
            "ASC": place,
            "Name": "BTM",
            "ID": place,
            "Enabled": "Y",
            "Status": "Alive" if alive[place] else "Dead",
            "Temperature": int(view.chip_c) - 5,
            "GHS 5s": round(rate * 1000, 2),
            "GHS av": round(rate * 1000, 2),
            "Device Elapsed": view.elapsed,
        }
        for place, rate in enumerate(view.board_ths())
    ]
    return {"STATUS": _say(view, 9, "3 ASC(s)"), "DEVS": entries, "id": 1}


def fans(view: View) -> dict[str, Any]:
    """Give FANS."""
    entries = [{"FAN": place, "ID": place, "RPM": rpm, "Speed": 70} for place, rpm in enumerate(view.fans_rpm())]
    limits = {"FanSpeed": -1, "MinFans": 1, "PowerOffSpeed": 0}
    return {"STATUS": _say(view, 202, "Fans"), "FANCTRL": [limits], "FANS": entries, "id": 1}


def tempctrl(view: View) -> dict[str, Any]:
    """Give TEMPCTRL: the limits of its temperature control."""
    entry = {"Dangerous": 85.0, "Hot": 80.0, "Target": 70.0, "Mode": "Automatic"}
    return {"STATUS": _say(view, 200, "Temperature control"), "TEMPCTRL": [entry], "id": 1}


def groups(view: View) -> dict[str, Any]:
    """Give GROUPS: the one pool group."""
    entry = {"GROUP": 0, "Name": "default", "Quota": 1, "Pools": [0, 1, 2]}
    return {"STATUS": _say(view, 324, "1 Groups(s)"), "GROUPS": [entry], "id": 1}


def profiles(view: View) -> dict[str, Any]:
    """Give PROFILES: the one it runs."""
    model = view.machine.model
    entry = {
        "Profile Name": "default",
        "Frequency": model.frequency_mhz,
        "Hashrate": model.hashrate_ths,
        "Watts": model.power_w,
        "Voltage": 13.2,
        "Step": "0",
        "IsDynamic": False,
        "IsTuned": True,
    }
    return {"STATUS": _say(view, 326, "Profiles"), "PROFILES": [entry], "id": 1}


def logon(view: View, _words: list[str]) -> dict[str, Any]:
    """Open the one session."""
    held = view.secrets.get("session")
    if held and held[1] > view.now:
        return _refuse(view, 402, "Another session is active")
    session = secrets.token_urlsafe(6)
    view.secrets["session"] = (session, view.now + SESSION_S)
    return {"STATUS": _say(view, 316, "Session created"), "SESSION": [{"SessionID": session}], "id": 1}


def session_reply(view: View) -> dict[str, Any]:
    """Tell which session is open."""
    held = view.secrets.get("session")
    open_now = held[0] if held and held[1] > view.now else ""
    return {"STATUS": _say(view, 318, "Session"), "SESSION": [{"SessionID": open_now}], "id": 1}


def _holds(view: View, words: list[str]) -> bool:
    held = view.secrets.get("session")
    return bool(held and held[1] > view.now and words and words[0] == held[0])


def logoff(view: View, words: list[str]) -> dict[str, Any]:
    """Close it."""
    if not _holds(view, words):
        return _refuse(view, 403, "Invalid session")
    view.secrets.pop("session", None)
    return {"STATUS": _say(view, 317, "Session ended"), "id": 1}


def curtail(view: View, words: list[str]) -> dict[str, Any]:
    """Sleep or wake."""
    if not _holds(view, words):
        return _refuse(view, 403, "Invalid session")
    if words[1:] == ["sleep"]:
        view.physics.stop(view.index)
    elif words[1:] == ["wakeup"]:
        view.physics.start(view.index)
    else:
        return _refuse(view, 14, "Invalid parameter")
    return {"STATUS": _say(view, 320, f"Curtail {words[1]}"), "id": 1}


def reboot(view: View, words: list[str]) -> dict[str, Any]:
    """Restart."""
    if not _holds(view, words):
        return _refuse(view, 403, "Invalid session")
    view.secrets.pop("session", None)
    view.physics.reboot(view.index)
    return {"STATUS": _say(view, 321, "Device rebooting"), "id": 1}


_READS: dict[str, Callable[[View], dict[str, Any]]] = {
    "version": version,
    "summary": summary,
    "stats": stats,
    "power": power,
    "config": config,
    "pools": pools_reply,
    "devs": devs,
    "fans": fans,
    "session": session_reply,
    "tempctrl": tempctrl,
    "groups": groups,
    "profiles": profiles,
}
_WRITES: dict[str, Callable[[View, list[str]], dict[str, Any]]] = {
    "logon": logon,
    "logoff": logoff,
    "curtail": curtail,
    "rebootdevice": reboot,
}
