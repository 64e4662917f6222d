"""Stock Antminer (bmminer/cgminer): GH/s, `chain_*` strings in the second object of STATS.

It reports no power on this port and does not say that it sleeps: a sleeping one shows chains without a rate.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from core.hosting.reading import Board, Mode, Reading
from gateways.miners import values
from gateways.miners.control import antminer_cgi
from gateways.miners.dialects import antminer_web
from gateways.miners.dialects.base import Dialect, read_common, settle
from gateways.miners.wire import Replies, Section

# Firmware numbers from 1, some from 0; old machines have chains up to 16.
_CHAIN_HOLDERS = ("chain_acn1", "chain_rate1", "chain_rate6", "rate_unit", "fan_num", "miner_count", "chain")
# The first chain is 1 on newer machines and 6 on the oldest.
_POWER_KEYS = tuple(tuple(f"{name}{place}" for place in range(17)) for name in ("chain_consumption", "chain_power"))
_FIRMWARE = ("Miner", "miner_version", "CompileTime")
_CUSTOM_NAME = re.compile(r"\s*\((?:vnish|hive|asic\.to).*\)$", re.IGNORECASE)
_FAN_KEYS = tuple(f"fan{place}" for place in range(17))
_CHAIN_PLACES = tuple((place, f"chain_acn{place}", f"chain_rate{place}") for place in range(17))


def identify(replies: Replies, haystack: str) -> bool:
    """Stock firmware names itself Antminer in `Type` or BMMiner in its version."""
    if "antminer" in haystack or "bmminer" in haystack:
        return True
    stats = stats_of(replies)
    return any(key in stats for key in _CHAIN_HOLDERS) or "rate_5s" in replies.first("SUMMARY")


def stats_of(replies: Replies) -> Section:
    """Give the object of STATS that holds the chains."""
    found = replies.all("STATS")
    for entry in found:
        if any(key in entry for key in _CHAIN_HOLDERS):
            return entry
    return found[1] if len(found) > 1 else {}


def read(replies: Replies, reading: Reading) -> None:
    """Read a stock Antminer, or one whose firmware kept its words."""
    problems = reading.problems
    read_common(replies, reading)
    stats = stats_of(replies)
    head = {**replies.first("INFO"), **replies.first("VERSION"), **_head(replies)}
    reading.model = _model(head.get("Type") or head.get("type")) or reading.model
    reading.firmware = next((word for key in _FIRMWARE if (word := values.text(head.get(key)))), None)
    reading.serial = reading.serial or values.text(head.get("serial_no"))
    if reading.hashrate_ths is None:
        # An average stands in for the newest window where there is none, not where it could not be read.
        windows = ("5s",) if any("HS 5s" in problem for problem in problems) else ("5s", "av")
        reading.hashrate_ths = values.hashrate_by_key(stats, windows, "stats", problems)
    if reading.hashrate_avg_ths is None:
        reading.hashrate_avg_ths = values.hashrate_by_key(stats, ("av",), "stats", problems)
    if reading.uptime_s is None:
        reading.uptime_s = values.count(stats.get("Elapsed"), "stats.Elapsed", problems, values.MAX_UPTIME_S)
    factor = values.TH_PER_UNIT.get(str(stats.get("rate_unit") or "G")[:1].upper(), 1e-3)
    reading.expected_hashrate_ths = values.rated(
        stats.get("total_rateideal"), factor, "stats.total_rateideal", problems
    )
    reading.fans_rpm = fans(stats, problems)
    if reading.model and "hyd" in reading.model.lower() and not any(reading.fans_rpm):
        reading.fans_rpm = ()  # water-cooled: the four fans that it lists at 0 were never built in
    reading.boards = boards(stats, factor, problems)
    reading.power_w = power(stats, problems)
    if "chain" in stats or "rate_5s" in replies.first("SUMMARY"):
        antminer_web.read(replies, stats, reading)
    if reading.boards and reading.hashrate_ths == 0 and not any(board.frequency_mhz for board in reading.boards):
        reading.mode = Mode.SLEEPING
    settle(reading)


def power(stats: Section, problems: list[str]) -> float | None:
    """Give the power that some firmware measures, in total or a chain; stock firmware has none."""
    total = values.power(stats.get("total_power"), "stats.total_power", problems)
    if total:
        return total
    for keys in _POWER_KEYS:
        if keys[1] in stats or keys[6] in stats:
            parts = [values.power(stats[key], f"stats.{key}", problems) for key in keys if key in stats]
            if any(parts) and None not in parts:
                return sum(part for part in parts if part is not None)
    return total


def _head(replies: Replies) -> Section:
    for entry in replies.all("STATS"):
        if "Type" in entry:
            return entry
    return {}


def _model(value: Any) -> str | None:
    found = values.text(value)
    return _CUSTOM_NAME.sub("", found) if found else None


def fans(stats: Section, problems: list[str]) -> tuple[int, ...]:
    """Give the fans that exist: the first `fan_num`, or those that turn where the machine does not count them."""
    there = values.count(stats.get("fan_num"), "stats.fan_num", problems, 32)
    rpm = [values.fan(stats[key], f"stats.{key}", problems) for key in _FAN_KEYS if key in stats]
    if not there:
        return tuple(value for value in rpm if value)
    if any(rpm[there:]):
        # Some firmware numbers its two fans 3 and 6: those that turn come first, the others stand still.
        turning = [value for value in rpm if value]
        return tuple(turning + [0] * (there - len(turning)))
    return tuple(value for value in rpm[:there] if value is not None)


def boards(stats: Section, factor: float, problems: list[str]) -> tuple[Board, ...]:
    """Give the hash boards: chains with chips, and chains that ought to have some."""
    found = []
    first = 0 if "chain_acn0" in stats or "chain_rate0" in stats else 1  # most firmware counts its chains from one
    for place, chips_key, rate_key in _CHAIN_PLACES:
        if chips_key not in stats and rate_key not in stats:
            continue
        chips = values.count(stats.get(chips_key), f"stats.{chips_key}", problems, 10_000)
        rate = values.hashrate(stats.get(rate_key), factor, f"stats.{rate_key}", problems)
        if not chips and not rate:
            continue
        chip_temps = _hot(stats, (f"temp_chip{place}", f"temp2_{place}"), problems)
        board_temps = _hot(stats, (f"temp_pcb{place}", f"temp{place}"), problems)
        freq = values.number(
            stats.get(f"freq{place}", stats.get(f"freq_avg{place}")), 0, 5000, f"stats.freq{place}", problems
        )
        asics = stats.get(f"chain_acs{place}")
        # Each chip is an o, or an x where it fails; no letter at all is no word about them.
        alive = asics.count("o") if isinstance(asics, str) and ("o" in asics or "x" in asics) else None
        found.append(
            Board(
                slot=place - first,
                hashrate_ths=rate,
                expected_hashrate_ths=values.rated(
                    stats.get(f"chain_rateideal{place}"), factor, f"stats.chain_rateideal{place}", problems
                ),
                temp_board_c=max(board_temps, default=None),
                temp_chip_c=max(chip_temps, default=None),
                chip_temps_c=chip_temps,
                chips=chips if alive is None else alive,
                chips_expected=chips,
                frequency_mhz=values.number(freq, 0, 5000, f"stats.freq{place}", problems),
                hardware_errors=values.count(stats.get(f"chain_hw{place}"), f"stats.chain_hw{place}", problems),
                alive=bool(rate) if rate is not None else None,
            )
        )
    return tuple(found)


def _hot(stats: Section, keys: tuple[str, str], problems: list[str]) -> tuple[float, ...]:
    for key in keys:
        value = stats.get(key)
        if value is not None and value != "":
            found, good = temperatures(value)
            if not good:
                problems.append(f"stats.{key}: not a temperature")
            return found
    return ()


def temperatures(value: Any) -> tuple[tuple[float, ...], bool]:
    """Give the sensors of "65-65-70-70" or of a plain number, and whether all of it could be read.

    Zeros are places without a sensor.
    """
    if isinstance(value, str):
        return _sensors(value[:200])
    problems: list[str] = []
    items = value[:16] if isinstance(value, list) else [value]
    found = [values.temperature(item, "", problems) for item in items]
    return tuple(item for item in found if item is not None), not problems


@lru_cache(maxsize=8192)  # whole degrees: the same few texts come again and again
def _sensors(text: str) -> tuple[tuple[float, ...], bool]:
    # A minus before the first number is a sign, between numbers a separator, doubled both: "-5--4-20".
    problems: list[str] = []
    if not _SENSORS.fullmatch(text.strip()):
        return (), False
    found = [values.temperature(part, "", problems) for part in _SENSOR.findall(text)[:16]]
    return tuple(value for value in found if value is not None), not problems


_SENSORS = re.compile(r"[-0-9. ,]*")
_SENSOR = re.compile(r"(?:(?<=-)-|(?<![-0-9])-)?[0-9]+(?:\.[0-9]+)?")


DIALECT = Dialect(
    key="antminer",
    name="Antminer",
    identify=identify,
    read=read,
    commands=("summary", "stats", "pools", "version"),
    control=antminer_cgi.control,
)
