"""Avalon: everything stands in bracket text, `Ver[..] GHSavg[..] TMax[..] PS[..]`, one entry a module."""

from __future__ import annotations

import math
import re

from core.hosting.reading import Board, Mode, Reading
from gateways.miners import values
from gateways.miners.control import avalon_ascset
from gateways.miners.dialects.base import ANY, AVERAGE, Dialect, read_common, settle
from gateways.miners.wire import Replies

# Bounded on purpose: a name or an open bracket that never ends must not be scanned again from each of its places.
_FIELD = re.compile(r"\b(\w{1,32})\[([^\[\]]*)\]")
_FAN = re.compile(r"^Fan[0-9]{0,2}$")
# PS: error, volts, volts, amperes, watts given out, volts, watts from the wall; older supplies end before the last.
PS_WALL, PS_OUT = 6, 4
MAX_MODULES = 32
_MODULE_KEYS = ("MM ID0", "MM ID1", "MM ID2", "MM ID3", "MM ID4", "MM ID0:Summary", "MM Count")


def identify(replies: Replies, haystack: str) -> bool:
    """Avalon names itself in version, in its device name AVA.. or by its modules."""
    return (
        "avalon" in haystack
        or '"ava' in haystack
        or any(key in entry for entry in replies.all("STATS")[:8] for key in _MODULE_KEYS)
    )


def modules(replies: Replies) -> list[dict[str, str]]:
    """Give the fields of each module."""
    found = []
    for entry in replies.all("STATS"):
        for key, value in entry.items():
            if key[:5].upper() == "MM ID" and isinstance(value, str):
                fields = dict(_FIELD.findall(value[:200_000]))
                if isinstance(extra := entry.get("HBinfo"), str):
                    # Small machines give their chips beside the module, not in it.
                    fields = {**dict(_FIELD.findall(extra[:200_000])), **fields}
                found.append(fields)
    return found[:MAX_MODULES]


def read(replies: Replies, reading: Reading) -> None:
    """Read an Avalon."""
    problems = reading.problems
    read_common(replies, reading)
    version = replies.first("VERSION")
    reading.model = values.text(version.get("PROD")) or values.text(version.get("MODEL"))
    reading.firmware = values.text(version.get("VERSION")) or values.text(version.get("CGVERSION"))
    reading.mac = values.mac(version.get("MAC"), problems) or reading.mac
    reading.serial = values.text(version.get("DNA"))
    device = replies.first("DEVS")
    if "SUMMARY" not in replies.sections:
        reading.hashrate_ths = values.hashrate_by_key(device, ANY, "devs", problems)
        reading.hashrate_avg_ths = values.hashrate_by_key(device, AVERAGE, "devs", problems)
        reading.accepted = values.count(device.get("Accepted"), "devs.Accepted", problems)
        reading.rejected = values.count(device.get("Rejected"), "devs.Rejected", problems)
        reading.hardware_errors = values.count(device.get("Hardware Errors"), "devs.Hardware Errors", problems)
        elapsed = replies.first("STATS").get("Elapsed", device.get("Device Elapsed"))
        reading.uptime_s = values.count(elapsed, "estats.Elapsed", problems, values.MAX_UPTIME_S)
    parts = modules(replies)
    if parts:
        _read_modules(parts, reading)
    settle(reading)


def _read_modules(parts: list[dict[str, str]], reading: Reading) -> None:
    problems = reading.problems
    rates: list[float | None] = []
    averages: list[float | None] = []
    expected: list[float | None] = []
    powers: list[float | None] = []
    fans: list[int | None] = []
    boards: list[Board] = []
    for part in parts:
        rates.append(values.hashrate(part.get("GHSspd"), 1e-3, "estats.GHSspd", problems))
        averages.append(values.hashrate(part.get("GHSavg"), 1e-3, "estats.GHSavg", problems))
        # What the module works out from the frequencies of its chips: its own word of what it ought to do.
        expected.append(values.rated(_number(part.get("GHSmm")), 1e-3, "estats.GHSmm", problems))
        powers.append(_power(part, problems))
        fans.extend(values.fan(body, f"estats.{name}", problems) for name, body in part.items() if _FAN.match(name))
        inlet = values.temperature(part.get("ITemp", part.get("Temp")), "estats.Temp", problems)
        reading.temp_inlet_c = values.hottest(reading.temp_inlet_c, inlet)
        reading.temp_chip_max_c = values.hottest(
            reading.temp_chip_max_c, values.temperature(part.get("TMax"), "estats.TMax", problems)
        )
        boards.extend(_boards(part, len(boards), problems))
        if not reading.firmware:
            reading.firmware = values.text(part.get("Ver"))
        reading.serial = reading.serial or values.text(part.get("DNA"))
        reading.power_limit_w = values.power(part.get("MPO"), "estats.MPO", problems) or reading.power_limit_w
        reading.power_mode = values.text(part.get("WORKMODE")) or reading.power_mode
        status = part.get("SYSTEMSTATU", "")
        if part.get("SoftOFF", "0").strip() not in ("0", "") or "In Idle" in status:
            reading.mode = Mode.SLEEPING
        elif "In Init" in status:
            reading.mode = Mode.STARTING
    total, average = _total(rates), _total(averages)
    reading.hashrate_ths = reading.hashrate_ths if total is None else total
    reading.hashrate_avg_ths = reading.hashrate_avg_ths if average is None else average
    if reading.hashrate_ths is None and not any("GHSspd" in part for part in parts):
        reading.hashrate_ths = reading.hashrate_avg_ths
    reading.expected_hashrate_ths = _total(expected) or None
    reading.power_w = _total(powers)
    reading.fans_rpm = tuple(value for value in fans if value is not None)
    reading.boards = tuple(boards)


def _power(part: dict[str, str], problems: list[str]) -> float | None:
    wall = values.power(part.get("WALLPOWER"), "estats.WALLPOWER", problems)
    if wall is not None:
        return wall
    supply = part.get("PS", "").split()
    place = PS_WALL if len(supply) > PS_WALL else PS_OUT
    return values.power(supply[place], "estats.PS", problems) if len(supply) > place else None


def _number(value: str | None) -> float | str | None:
    try:
        return value if value is None else float(value)
    except ValueError:
        return value


def _boards(part: dict[str, str], first: int, problems: list[str]) -> list[Board]:
    rates, hot, mean = part.get("MGHS", "").split(), part.get("MTmax", "").split(), part.get("MTavg", "").split()
    found = []
    for place in range(min(max(len(rates), len(hot)), 16)):
        rate = values.hashrate(rates[place], 1e-3, f"estats.MGHS{place}", problems) if place < len(rates) else None
        chip_temps = _chips(part.get(f"PVT_T{place}", ""), f"estats.PVT_T{place}", problems)
        found.append(
            Board(
                slot=first + place,
                hashrate_ths=rate,
                temp_board_c=values.temperature(mean[place], "estats.MTavg", problems) if place < len(mean) else None,
                temp_chip_c=values.temperature(hot[place], "estats.MTmax", problems) if place < len(hot) else None,
                chip_temps_c=chip_temps,
                chips=len(chip_temps) or None,
                alive=bool(rate) if rate is not None else None,
            )
        )
    return found


def _chips(text: str, name: str, problems: list[str]) -> tuple[float, ...]:
    if not text:
        return ()
    try:
        found = tuple(map(float, text.split()[:400]))
    except ValueError:
        found = (math.inf,)
    low, high = values.TEMPERATURE_C
    if found and not (low <= min(found) and max(found) <= high):
        problems.append(f"{name}: not temperatures")
        return ()
    return found


def _total(parts: list[float | None]) -> float | None:
    return sum(parts) if parts and all(part is not None for part in parts) else None  # type: ignore[arg-type]


DIALECT = Dialect(
    "avalon", "Avalon", identify, read, ("version", "estats", "summary", "pools"), control=avalon_ascset.control
)
