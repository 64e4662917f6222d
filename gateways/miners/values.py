"""Single values out of what a machine says: a number within what physics allows, or None and a named problem."""

from __future__ import annotations

import re
from typing import Any

# Bounds are wide: they keep out nonsense (1e12 TH/s, 3,000 degrees), not unusual machines.
MAX_HASHRATE_THS = 20_000.0
MAX_POWER_W = 100_000.0
MAX_COUNTER = 2**62
MAX_UPTIME_S = 20 * 366 * 86_400
TEMPERATURE_C = (-40.0, 180.0)
MAX_FAN_RPM = 40_000
NOTHING = 1e-9  # smaller than this is 0: a database's 4-byte floats refuse 1e-46, and with it everything stored beside

# Digits of any width, thousands in groups, and the units that firmware writes behind a number.
_NUMBER = re.compile(
    r"([-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)"
    r"\s*(%|[KMGTP]?H(?:/s|s)?|W|V|A|RPM|MHz|s|°?C)?",
    re.IGNORECASE,
)
_NOT_HEX = re.compile(r"[:\-. ]")
_MAC = re.compile(r"^[0-9A-F]{12}$")

TH_PER = {"KHS": 1e-9, "MHS": 1e-6, "GHS": 1e-3, "THS": 1.0, "PHS": 1e3}
TH_PER_UNIT = {"H": 1e-12, "K": 1e-9, "M": 1e-6, "G": 1e-3, "T": 1.0, "P": 1e3}


def number(value: Any, low: float, high: float, name: str, problems: list[str]) -> float | None:
    """Give a finite number within [low, high]; an absent value is None without a word."""
    if (type(value) is float or type(value) is int) and low <= value <= high:
        # The usual case first: six thousand machines pass here a hundred times a minute.
        return float(value) if value > NOTHING or value < -NOTHING else 0.0
    if value is None or value == "":
        return None
    if isinstance(value, str):
        bare = value.strip(" \t\r\n'\"")
        if not bare:
            return None
        found = _NUMBER.fullmatch(bare) if len(bare) <= 64 else None
        value = float(found.group(1).replace(",", "")) if found else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.append(f"{name}: not a number")
        return None
    if not low <= value <= high:  # NaN and the infinities end here too
        problems.append(f"{name}: out of range")
        return None
    return float(value) if abs(value) > NOTHING else 0.0


def count(value: Any, name: str, problems: list[str], high: float = MAX_COUNTER) -> int | None:
    """Give a whole number of zero or more."""
    found = number(value, 0, high, name, problems)
    return None if found is None else int(found)


def temperature(value: Any, name: str, problems: list[str]) -> float | None:
    """Give degrees Celsius; 0, -1 and -273 are how firmware says that there is no sensor."""
    found = number(value, -300.0, TEMPERATURE_C[1], name, problems)
    if found is None or found == 0 or found == -1 or found <= -273:
        return None
    if found < TEMPERATURE_C[0]:
        problems.append(f"{name}: out of range")
        return None
    return found


def power(value: Any, name: str, problems: list[str]) -> float | None:
    """Give watts; -1 means that the machine does not know."""
    if value in (-1, "-1"):
        return None
    return number(value, 0, MAX_POWER_W, name, problems)


def fan(value: Any, name: str, problems: list[str]) -> int | None:
    """Give revolutions a minute; 0 is a real value of a fan that stands still."""
    if value in (-1, "-1"):
        return None
    found = number(value, 0, MAX_FAN_RPM, name, problems)
    return None if found is None else int(found)


def hashrate(value: Any, factor: float, name: str, problems: list[str]) -> float | None:
    """Give TH/s from a value of a unit that is `factor` TH/s; a text that names its own unit is believed."""
    if type(value) is str:
        found = _NUMBER.fullmatch(value.strip()) if len(value) <= 64 else None
        unit = (found.group(2) or "").upper() if found else ""
        if unit[1:2] == "H" and unit[0] in TH_PER_UNIT:
            factor = TH_PER_UNIT[unit[0]]
    rate = number(value, 0, MAX_HASHRATE_THS / factor, name, problems)
    return None if rate is None else rate * factor


def rated(value: Any, factor: float, name: str, problems: list[str]) -> float | None:
    """Give the hashrate that a machine says it ought to have; zero and less mean that it does not know."""
    if type(value) in (int, float) and -1 <= value <= 0:
        return None
    return hashrate(value, factor, name, problems) or None


def hashrate_by_key(entry: dict[str, Any], windows: tuple[str, ...], section: str, problems: list[str]) -> float | None:
    """Give the first of `windows` ("5s", "av") that the entry has, whatever unit its key names.

    A window that is there but cannot be read ends the search: another one is not what was asked for.
    """
    for window in windows:
        for key, factor in _RATE_KEYS[window]:
            value = entry.get(key)
            if value is not None and value != "":
                return hashrate(value, factor, f"{section}.{key}", problems)
    return None


WINDOWS = ("5s", "20s", "30s", "1m", "5m", "av", "15m", "30m", "24h")
_RATE_KEYS = {window: tuple((f"{unit} {window}", factor) for unit, factor in TH_PER.items()) for window in WINDOWS}


def text(value: Any, limit: int = 200) -> str | None:
    """Give printable text, or None where there is none."""
    if not isinstance(value, str):
        return None
    found = (value if value.isprintable() else "".join(filter(str.isprintable, value))).strip().strip("'\"").strip()
    return found[:limit] or None


def mac(value: Any, problems: list[str]) -> str | None:
    """Give AA:BB:CC:DD:EE:FF; an address with other characters is none."""
    if value is None or value == "":
        return None
    bare = _NOT_HEX.sub("", value.strip(" \t\r\n\0'\"")).upper() if isinstance(value, str) else ""
    if not _MAC.match(bare):
        problems.append("mac: not a MAC address")
        return None
    if bare in ("000000000000", "FFFFFFFFFFFF"):
        return None
    return ":".join(bare[i : i + 2] for i in range(0, 12, 2))


def hottest(*values: float | None) -> float | None:
    """Give the highest of the temperatures that are there."""
    best: float | None = None
    for value in values:
        if value is not None and (best is None or value > best):
            best = value
    return best
