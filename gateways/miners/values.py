"""Single values out of what a machine says: a number within what physics allows, or None and a named problem."""

from __future__ import annotations

import math
import re
from typing import Any

# Bounds are wide: they keep out nonsense (1e12 TH/s, 3,000 degrees), not unusual machines.
MAX_HASHRATE_THS = 20_000.0
MAX_POWER_W = 100_000.0
MAX_COUNTER = 2**62
MAX_UPTIME_S = 20 * 366 * 86_400
TEMPERATURE_C = (-40.0, 180.0)
MAX_FAN_RPM = 40_000

_NUMBER = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_MAC = re.compile(r"^[0-9A-F]{12}$")

TH_PER = {"KHS": 1e-9, "MHS": 1e-6, "GHS": 1e-3, "THS": 1.0, "PHS": 1e3}
TH_PER_UNIT = {"H": 1e-12, "K": 1e-9, "M": 1e-6, "G": 1e-3, "T": 1.0, "P": 1e3}


def number(value: Any, low: float, high: float, name: str, problems: list[str]) -> float | None:
    """Give a finite number within [low, high]; an absent value is None without a word."""
    if (type(value) is float or type(value) is int) and low <= value <= high:
        return float(value)  # the usual case first: six thousand machines pass here a hundred times a minute
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        problems.append(f"{name}: not a number")
        return None
    if isinstance(value, str):
        found = _NUMBER.match(value.strip().strip("'\""))
        if not found:
            problems.append(f"{name}: not a number")
            return None
        value = float(found.group())
    elif not isinstance(value, (int, float)):
        problems.append(f"{name}: not a number")
        return None
    if not math.isfinite(value) or not low <= value <= high:
        problems.append(f"{name}: {value!r:.40} is out of range")
        return None
    return float(value)


def count(value: Any, name: str, problems: list[str], high: float = MAX_COUNTER) -> int | None:
    """Give a whole number of zero or more."""
    found = number(value, 0, high, name, problems)
    return None if found is None else int(found)


def temperature(value: Any, name: str, problems: list[str]) -> float | None:
    """Give degrees Celsius; 0, -1 and -273 are how firmware says that there is no sensor."""
    if value in (0, 0.0, "0", "0.0", -1, -273, -273.0, "-273"):
        return None
    return number(value, *TEMPERATURE_C, name, problems)


def power(value: Any, name: str, problems: list[str]) -> float | None:
    """Give watts; -1 means that the machine does not know."""
    if value in (-1, "-1", -1.0):
        return None
    return number(value, 0, MAX_POWER_W, name, problems)


def fan(value: Any, name: str, problems: list[str]) -> int | None:
    """Give revolutions a minute; 0 is a real value of a fan that stands still."""
    if value in (-1, "-1"):
        return None
    found = number(value, 0, MAX_FAN_RPM, name, problems)
    return None if found is None else int(found)


def hashrate(value: Any, factor: float, name: str, problems: list[str]) -> float | None:
    """Give TH/s from a value of a unit that is `factor` TH/s."""
    found = number(value, 0, MAX_HASHRATE_THS / factor, name, problems)
    return None if found is None else found * factor


def hashrate_by_key(entry: dict[str, Any], windows: tuple[str, ...], problems: list[str]) -> float | None:
    """Give the first of `windows` ("5s", "av") that the entry has, whatever unit its key names."""
    for window in windows:
        for unit, factor in TH_PER.items():
            key = f"{unit} {window}"
            if key in entry:
                found = hashrate(entry[key], factor, key, problems)
                if found is not None:
                    return found
    return None


def text(value: Any, limit: int = 200) -> str | None:
    """Give printable text, or None where there is none."""
    if not isinstance(value, str):
        return None
    found = (value if value.isprintable() else "".join(filter(str.isprintable, value))).strip().strip("'\"").strip()
    return found[:limit] or None


def mac(value: Any, problems: list[str]) -> str | None:
    """Give AA:BB:CC:DD:EE:FF; an address with other characters is none."""
    raw = text(value)
    if raw is None:
        return None
    bare = re.sub(r"[:\-. ]", "", raw).upper()
    if not _MAC.match(bare):
        problems.append("mac: not a MAC address")
        return None
    if bare in ("000000000000", "FFFFFFFFFFFF"):
        return None
    return ":".join(bare[i : i + 2] for i in range(0, 12, 2))


def hottest(*values: float | None) -> float | None:
    """Give the highest of the temperatures that are there."""
    known = [value for value in values if value is not None]
    return max(known) if known else None
