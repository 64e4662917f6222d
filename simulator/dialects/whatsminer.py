"""Whatsminer API v2 on 4028: MH/s, and writes as AES-encrypted commands under a token.

The cryptography is written here a second time on purpose: the simulator judges the product's, so it must not share it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator.dialects.md5crypt import crypt
from simulator.dialects.view import View, pools, status

DESCRIPTION = "cgminer 4.9.2"
PASSWORD = "admin"
TOKEN_S = 1800


def answer(view: View, command: str, _parameter: str) -> dict[str, Any] | None:
    """Answer one read, or None for one it does not know."""
    found = _ANSWERS.get(command)
    return found(view) if found else None


def _btminer(view: View, code: int, message: Any, letter: str = "S") -> dict[str, Any]:
    return {"STATUS": letter, "When": view.now, "Code": code, "Msg": message, "Description": "whatsminer v2.0.5"}


def unknown(view: View) -> dict[str, Any]:
    """Refuse a command that it does not know."""
    return _btminer(view, 14, "invalid cmd", "E")


def summary(view: View) -> dict[str, Any]:
    """Give SUMMARY."""
    model = view.machine.model
    accepted, rejected, errors = view.shares()
    fans = view.fans_rpm()
    now, average = view.ths * 1e6, view.average_ths * 1e6
    codes = [] if all(view.alive()) else ["2320"]
    codes += [] if all(fans) or view.asleep else ["111"]
    entry: dict[str, Any] = {
        "Elapsed": view.elapsed,
        "MHS av": round(average, 2),
        "MHS 5s": round(now, 2),
        "MHS 1m": round(now, 2),
        "MHS 5m": round(average, 2),
        "MHS 15m": round(average, 2),
        "HS RT": round(now, 2),
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": errors,
        "Stale": 0,
        "Total MH": round(average * view.elapsed, 1),
        "Temperature": round(view.chip_c - 12, 2),
        "freq_avg": 0 if view.asleep else model.frequency_mhz,
        "Fan Speed In": fans[0],
        "Fan Speed Out": fans[1],
        "Voltage": 1180,
        "Power": view.watts,
        "Power_RT": view.watts + 10,
        "Power Rate": round(view.watts / view.ths, 2) if view.ths > 1 else 0,
        "Device Hardware%": 0.011,
        "Device Rejected%": 0.0,
        "Pool Rejected%": 0.0,
        "Pool Stale%": 0.0,
        "Last getwork": 0,
        "Uptime": view.elapsed + 40,
        "Security Mode": 0,
        "Hash Stable": view.elapsed > 1500,
        "Hash Stable Cost Seconds": 1538,
        "Hash Deviation%": 0.1,
        "Target Freq": model.frequency_mhz,
        "Target MHS": int(model.hashrate_ths * 0.98e6),
        "Env Temp": round(view.inlet_c, 1),
        "Power Mode": ("Normal", "Low", "High")[int(view.physics.mode[view.index])],
        "Factory GHS": int(model.hashrate_ths * 1000),
        "Power Limit": int(model.power_w * 1.05),
        "Chip Temp Min": round(view.chip_c - 18, 2),
        "Chip Temp Max": round(view.chip_c, 2),
        "Chip Temp Avg": round(view.chip_c - 8, 2),
        "Chip Data": "K8EC374-2426 BINVE6-197806A",
        "Debug": "-0.0_100.0_354",
        "Btminer Fast Boot": "disable",
        "Error Code Count": len(codes),
        **{f"Error Code {place}": code for place, code in enumerate(codes)},
        "Factory Error Code Count": 0,
        "Liquid Cooling": False,
        "Firmware Version": f"'{view.machine.firmware}'",
        "CB Platform": "H616",
        "CB Version": "V10",
        "MAC": view.machine.mac,
    }
    return {"STATUS": status(11, "Summary", DESCRIPTION, view.now), "SUMMARY": [entry]}


def devs(view: View) -> dict[str, Any]:
    """Give DEVS, one entry a board; a lost board is "Deed", as the firmware spells it."""
    model = view.machine.model
    alive = view.alive()
    accepted, rejected, errors = view.shares()
    entries = []
    for place, rate in enumerate(view.board_ths()):
        hashing = round(rate * 1e6, 2)
        entries.append(
            {
                "ASC": place,
                "Slot": place,
                "Enabled": "Y",
                "Status": "Alive" if alive[place] else "Deed",
                "Temperature": round(view.chip_c - 12 - place, 2),
                "Chip Frequency": 0 if view.asleep else model.frequency_mhz,
                "MHS av": hashing,
                "MHS 5s": hashing,
                "MHS 1m": hashing,
                "MHS 5m": hashing,
                "MHS 15m": hashing,
                "HS RT": hashing,
                "Accepted": accepted // 3,
                "Rejected": rejected // 3,
                "Hardware Errors": errors // 3,
                "Factory GHS": int(model.hashrate_ths * 1000 / 3),
                "Upfreq Complete": 1,
                "Effective Chips": model.chips if alive[place] else 0,
                "PCB SN": f"BKM3CSE{place}{view.machine.serial}",
                "Chip Temp Min": round(view.chip_c - 18, 2),
                "Chip Temp Max": round(view.chip_c - place, 2),
                "Chip Temp Avg": round(view.chip_c - 8, 2),
            }
        )
    return {"STATUS": status(9, "3 ASC(s)", DESCRIPTION, view.now), "DEVS": entries}


def pools_reply(view: View) -> dict[str, Any]:
    """Give POOLS."""
    return {"STATUS": status(7, "3 Pool(s)", DESCRIPTION, view.now), "POOLS": pools(view)}


def devdetails(view: View) -> dict[str, Any]:
    """Give DEVDETAILS: the model."""
    entries = [
        {
            "DEVDETAILS": place,
            "Name": "SM",
            "ID": place,
            "Driver": "bitmicro",
            "Kernel": "",
            "Model": view.machine.model.says,
        }
        for place in range(3)
    ]
    return {"STATUS": status(69, "Device Details", DESCRIPTION, view.now), "DEVDETAILS": entries}


def miner_status(view: View) -> dict[str, Any]:
    """Tell whether btminer runs."""
    off = "true" if view.asleep else "false"
    return _btminer(view, 131, {"btmineroff": off, "Firmware Version": f"'{view.machine.firmware}'"})


def get_version(view: View) -> dict[str, Any]:
    """Give the API's and the firmware's versions."""
    said = {"api_ver": "2.0.5", "fw_ver": view.machine.firmware, "platform": "H616", "chip": "K8EC"}
    return _btminer(view, 131, said)


def get_psu(view: View) -> dict[str, Any]:
    """Give the supply."""
    said = {
        "name": "P221B", "hw_version": "RT0159", "sw_version": "230224", "model": "P221B",
        "iin": str(view.watts * 1000 // 230), "vin": "23000", "pin": str(view.watts), "fan_speed": "6344",
        "serial_no": f"PSU{view.machine.serial}", "vendor": "1", "temp0": "45.0",
    }  # fmt: skip
    return _btminer(view, 131, said)


def get_miner_info(view: View) -> dict[str, Any]:
    """Give the network and the serial."""
    said = {
        "ip": view.machine.host, "proto": "dhcp", "netmask": "255.240.0.0", "gateway": "127.16.0.1",
        "dns": "127.16.0.1", "hostname": "WhatsMiner", "mac": view.machine.mac, "ledstat": "auto",
        "minersn": view.machine.serial, "powersn": f"PSU{view.machine.serial}",
    }  # fmt: skip
    return _btminer(view, 131, said)


def get_token(view: View) -> dict[str, Any]:
    """Give the salts of a session."""
    made = {"time": str(view.now % 10_000).zfill(4), "salt": _salt(), "newsalt": _salt()}
    view.secrets["token"] = (made, view.now + TOKEN_S)
    return _btminer(view, 134, made)


def _salt() -> str:
    return secrets.token_hex(4)


def _keys(view: View) -> tuple[str, bytes] | None:
    held = view.secrets.get("token")
    if not held or held[1] < view.now:
        return None
    key = crypt(PASSWORD, held[0]["salt"])
    sign = crypt(key + held[0]["time"], held[0]["newsalt"])
    return sign, hashlib.sha256(key.encode()).digest()


def write(view: View, data: str) -> dict[str, Any]:
    """Take an encrypted command; the answer goes back encrypted too."""
    keys = _keys(view)
    if keys is None:
        return _btminer(view, 135, "check token err", "E")
    sign, key = keys
    try:
        decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
        plain = decryptor.update(base64.b64decode(data)) + decryptor.finalize()
        message = json.loads(plain.rstrip(b"\0"))
    except ValueError:
        return _btminer(view, 23, "json or encryption error", "E")
    if not isinstance(message, dict) or message.get("token") != sign:
        return _btminer(view, 135, "check token err", "E")
    order = _ORDERS.get(str(message.get("cmd") or message.get("command")))
    if order is None:
        reply = unknown(view)
    else:
        order(view)
        reply = _btminer(view, 131, "API command OK")
    text = json.dumps(reply).encode()
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return {"enc": base64.b64encode(encryptor.update(text + b"\0" * (-len(text) % 16))).decode()}


def _power_mode(mode: int) -> Callable[[View], None]:
    def order(view: View) -> None:
        view.physics.mode[view.index] = mode

    return order


_ORDERS: dict[str, Callable[[View], None]] = {
    "power_off": lambda view: view.physics.stop(view.index),
    "power_on": lambda view: view.physics.start(view.index),
    "reboot": lambda view: view.physics.reboot(view.index),
    "restart_btminer": lambda view: view.physics.reboot(view.index),
    "set_normal_power": _power_mode(0),
    "set_low_power": _power_mode(1),
    "set_high_power": _power_mode(2),
}
_ANSWERS = {
    "summary": summary,
    "devs": devs,
    "edevs": devs,
    "pools": pools_reply,
    "devdetails": devdetails,
    "status": miner_status,
    "get_version": get_version,
    "get_psu": get_psu,
    "get_miner_info": get_miner_info,
    "get_token": get_token,
}
