"""The web interface of stock Antminers: CGI with digest authentication, for all machines behind one socket."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson

from simulator.dialects import antminer
from simulator.dialects.view import View
from simulator.server import Fleet

REALM = "antMiner Configuration"
USER, PASSWORD = "root", "root"
SLEEP = 1
MAX_BODY = 1 << 16


class Web(asyncio.Protocol):
    """One HTTP/1.1 connection, kept alive for the digest's second try."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.gathered = b""

    def connection_made(self, transport: Any) -> None:
        """Tell by the local address whose page this is."""
        self.transport = transport
        self.machine = self.fleet.by_web_address.get(transport.get_extra_info("sockname")[:2])
        wire = self.fleet.fault(self.machine) if self.machine else "refused"
        if wire == "refused" or self.machine is None or self.machine.dialect != "antminer":
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        if self.machine and self.fleet.fault(self.machine) == "hanging":
            return
        self.gathered += data
        head, end, rest = self.gathered.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])}
        said = headers.get("content-length", "0")
        if not said.isdigit() or len(rest) > MAX_BODY:
            self.transport.abort()
            return
        length = int(said)
        if len(rest) < length:
            return
        self.gathered = rest[length:]
        method, _space, tail = lines[0].partition(" ")
        path = tail.split(" ")[0]
        if not authorised(headers.get("authorization", ""), method):
            challenge = f'Digest realm="{REALM}", nonce="{secrets.token_hex(16)}", qop="auth", algorithm=MD5'
            self.send(401, b"", {"WWW-Authenticate": challenge})
            return
        page = urlsplit(path).path.removeprefix("/cgi-bin/").removesuffix(".cgi")
        found = PAGES.get(page)
        if found is None or self.machine is None:
            self.send(404, b"")
            return
        self.send(200, orjson.dumps(found(self.fleet.view(self.machine), rest[:length])))

    def send(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Write one response."""
        extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        self.transport.write(head.encode() + body)


def authorised(header: str, method: str) -> bool:
    """Check an RFC 2617 digest."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', header))
    if given.get("username") != USER:
        return False
    ha1 = _md5(f"{USER}:{REALM}:{PASSWORD}")
    ha2 = _md5(f"{method}:{given.get('uri', '')}")
    middle = ":".join(given.get(key, "") for key in ("nonce", "nc", "cnonce", "qop"))
    return secrets.compare_digest(given.get("response", ""), _md5(f"{ha1}:{middle}:{ha2}"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def system_info(view: View, _body: bytes) -> dict[str, Any]:
    """Say who the machine is."""
    return {
        "minertype": view.machine.model.says,
        "nettype": "DHCP",
        "netdevice": "eth0",
        "macaddr": view.machine.mac,
        "hostname": view.machine.asset_id,
        "ipaddress": view.machine.host,
        "netmask": "255.240.0.0",
        "gateway": "",
        "dnsservers": "",
        "system_mode": "GNU/Linux",
        "system_kernel_version": "Linux 4.6.0",
        "system_filesystem_version": antminer.BUILT,
        "firmware_type": "Release",
        "serinum": view.machine.serial,
    }


def network_info(view: View, _body: bytes) -> dict[str, Any]:
    """Give the network settings."""
    return {"nettype": "DHCP", "netdevice": "eth0", "macaddr": view.machine.mac, "ipaddress": view.machine.host}


def miner_conf(view: View, _body: bytes) -> dict[str, Any]:
    """Give the settings that can be changed."""
    pool = {"url": view.machine.pool_url, "user": view.machine.worker, "pass": "x"}
    return {
        "pools": [pool, dict(pool), dict(pool)],
        "api-listen": True,
        "api-network": True,
        "api-groups": "A:stats:pools:devs:summary:version",
        "api-allow": "A:0/0,W:*",
        "bitmain-fan-ctrl": False,
        "bitmain-fan-pwm": "100",
        "bitmain-use-vil": True,
        "bitmain-freq": str(view.machine.model.frequency_mhz),
        "bitmain-voltage": "1280",
        "bitmain-ccdelay": "0",
        "bitmain-pwth": "0",
        "bitmain-work-mode": str(SLEEP if view.asleep else 0),
        "bitmain-freq-level": "100",
    }


def set_miner_conf(view: View, body: bytes) -> dict[str, Any]:
    """Take settings back; the work mode decides whether it hashes."""
    try:
        wanted = orjson.loads(body)
        mode = int(wanted["miner-mode"])
        if not wanted["pools"]:
            raise ValueError("no pools")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return {"stats": "error", "code": "M001", "msg": "Illegal request!"}
    (view.physics.stop if mode == SLEEP else view.physics.start)(view.index)
    return {"stats": "success", "code": "M000", "msg": "OK!"}


def reboot(view: View, _body: bytes) -> dict[str, Any]:
    """Restart."""
    view.physics.reboot(view.index)
    return {"stats": "success"}


def blink_status(_view: View, _body: bytes) -> dict[str, Any]:
    """Say that no light blinks."""
    return {"blink": False}


def summary(view: View, _body: bytes) -> dict[str, Any]:
    """Give the page's own summary."""
    lights = [{"type": kind, "status": "s", "code": 0, "msg": ""} for kind in ("rate", "network", "fans", "temp")]
    entry = {
        "elapsed": view.elapsed,
        "rate_5s": view.ths * 1000,
        "rate_30m": view.average_ths * 1000,
        "rate_avg": view.average_ths * 1000,
        "rate_ideal": view.machine.model.hashrate_ths * 1000,
        "rate_unit": "GH/s",
        "hw_all": view.shares()[2],
        "bestshare": 12904207043,
        "status": lights,
    }
    return {"STATUS": {"STATUS": "S", "when": view.now}, "INFO": {"type": view.machine.model.says}, "SUMMARY": [entry]}


def stats(view: View, _body: bytes) -> dict[str, Any]:
    """Give the page's own statistics, one chain a board."""
    chip, inlet = int(view.chip_c), int(view.inlet_c)
    chains = [
        {
            "index": place,
            "freq_avg": 0 if view.asleep else view.machine.model.frequency_mhz,
            "rate_ideal": view.machine.model.hashrate_ths * 1000 / 3,
            "rate_real": rate * 1000,
            "asic_num": view.machine.model.chips if view.alive()[place] else 0,
            "temp_pic": [chip - 15, inlet, chip - 19, chip - 18],
            "temp_pcb": [chip - 5, inlet + 8, chip - 9, chip - 8],
            "temp_chip": [chip, inlet + 14, chip - 4, chip - 3],
            "hw": 0,
            "eeprom_loaded": True,
            "sn": f"{view.machine.serial}{place}",
        }
        for place, rate in enumerate(view.board_ths())
    ]
    entry = {"elapsed": view.elapsed, "rate_5s": view.ths * 1000, "fan": view.fans_rpm(), "chain": chains}
    return {"STATUS": {"STATUS": "S"}, "INFO": {"type": view.machine.model.says}, "STATS": [entry]}


PAGES: dict[str, Callable[[View, bytes], dict[str, Any]]] = {
    "get_system_info": system_info,
    "get_network_info": network_info,
    "get_miner_conf": miner_conf,
    "set_miner_conf": set_miner_conf,
    "get_blink_status": blink_status,
    "reboot": reboot,
    "summary": summary,
    "stats": stats,
}
