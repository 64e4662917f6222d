"""LuxOS on an Antminer: the stock words plus `power`, `config` and sessions on port 4028."""

from __future__ import annotations

from core.hosting.reading import Mode, Reading
from gateways.miners import values
from gateways.miners.control import luxos_session
from gateways.miners.dialects import antminer
from gateways.miners.dialects.base import Dialect, settle
from gateways.miners.wire import Replies


def identify(_replies: Replies, haystack: str) -> bool:
    """Every STATUS of LuxOS says LUXminer."""
    return "luxminer" in haystack or "luxos" in haystack


def read(replies: Replies, reading: Reading) -> None:
    """Read a LuxOS machine."""
    antminer.read(replies, reading)
    problems = reading.problems
    power = values.power(replies.first("POWER").get("Watts"), "power.Watts", problems)
    if power is not None:
        reading.power_w = power
    if not reading.fans_rpm:
        rpm = (values.fan(entry.get("RPM"), "fans.RPM", problems) for entry in replies.all("FANS")[:16])
        reading.fans_rpm = tuple(value for value in rpm if value is not None)
    config = replies.first("CONFIG")
    reading.mac = reading.mac or values.mac(config.get("MACAddr"), problems)
    reading.serial = reading.serial or values.text(config.get("SerialNumber"))
    reading.model = reading.model or values.text(config.get("Model"))
    reading.power_mode = values.text(config.get("Profile"))
    curtail = str(config.get("CurtailMode", "")).lower()
    if curtail == "sleep":
        reading.mode = Mode.SLEEPING
    elif curtail == "wakeup":
        reading.mode = Mode.STARTING
    settle(reading)


DIALECT = Dialect(
    key="luxos",
    name="LuxOS",
    identify=identify,
    read=read,
    commands=("summary", "stats", "pools", "power", "config", "version"),
    control=luxos_session.control,
)
