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
from gateways.miners.dialects.base import Dialect, read_common, settle
from gateways.miners.wire import Replies, Section

# Firmware numbers from 1, some from 0; old machines have chains up to 16.
_FAN_KEYS = tuple(f"fan{place}" for place in range(17))
_CHAIN_PLACES = tuple((place, f"chain_acn{place}", f"chain_rate{place}") for place in range(17))


def identify(replies: Replies, haystack: str) -> bool:
    """Stock firmware names itself Antminer in `Type` or BMMiner in its version."""
    return "antminer" in haystack or "bmminer" in haystack or bool(stats_of(replies).get("chain_acn1"))


def stats_of(replies: Replies) -> Section:
    """Give the object of STATS that holds the chains."""
    for entry in replies.all("STATS"):
        if any(key in entry for key in ("chain_acn1", "chain_rate1", "rate_unit", "fan_num", "miner_count")):
            return entry
    found = replies.all("STATS")
    return found[1] if len(found) > 1 else {}


def read(replies: Replies, reading: Reading) -> None:
    """Read a stock Antminer, or one whose firmware kept its words."""
    problems = reading.problems
    read_common(replies, reading)
    stats = stats_of(replies)
    head = {**replies.first("VERSION"), **_head(replies)}
    reading.model = _model(head.get("Type")) or reading.model
    reading.firmware = values.text(head.get("Miner")) or values.text(head.get("CompileTime"))
    reading.serial = reading.serial or values.text(head.get("serial_no"))
    if reading.hashrate_ths is None:
        reading.hashrate_ths = values.hashrate_by_key(stats, ("5s",), problems)
    if reading.hashrate_avg_ths is None:
        reading.hashrate_avg_ths = values.hashrate_by_key(stats, ("av",), problems)
    if reading.uptime_s is None:
        reading.uptime_s = values.count(stats.get("Elapsed"), "stats.Elapsed", problems, values.MAX_UPTIME_S)
    factor = values.TH_PER_UNIT.get(str(stats.get("rate_unit") or "G")[:1].upper(), 1e-3)
    ideal = values.hashrate(stats.get("total_rateideal"), factor, "stats.total_rateideal", problems)
    reading.expected_hashrate_ths = ideal or None
    reading.fans_rpm = fans(stats, problems)
    reading.boards = boards(stats, factor, problems)
    if reading.boards and reading.hashrate_ths == 0 and not any(board.frequency_mhz for board in reading.boards):
        reading.mode = Mode.SLEEPING
    settle(reading)


def _head(replies: Replies) -> Section:
    for entry in replies.all("STATS"):
        if "Type" in entry:
            return entry
    return {}


def _model(value: Any) -> str | None:
    found = values.text(value)
    return re.sub(r"\s*\((?:vnish|hive|asic\.to).*\)$", "", found, flags=re.IGNORECASE) if found else None


def fans(stats: Section, problems: list[str]) -> tuple[int, ...]:
    """Give the fans that exist: the first `fan_num`, or those that turn where the machine does not count them."""
    there = values.count(stats.get("fan_num"), "stats.fan_num", problems, 32)
    rpm = [values.fan(stats[key], key, problems) for key in _FAN_KEYS if key in stats]
    if there is not None and there > 0:
        # Some firmware numbers its two fans 3 and 6: with gaps, those that turn come first.
        turning = [value for value in rpm if value]
        if len(turning) >= there or len(rpm) < there:
            return tuple(turning)
        return tuple(value for value in rpm[:there] if value is not None)
    return tuple(value for value in rpm if value)


def boards(stats: Section, factor: float, problems: list[str]) -> tuple[Board, ...]:
    """Give the hash boards: chains with chips, and chains that ought to have some."""
    found = []
    for place, chips_key, rate_key in _CHAIN_PLACES:
        if chips_key not in stats and rate_key not in stats:
            continue
        chips = values.count(stats.get(chips_key), f"stats.{chips_key}", problems, 10_000)
        rate = values.hashrate(stats.get(rate_key), factor, f"stats.{rate_key}", problems)
        if not chips and not rate:
            continue
        chip_temps = temperatures(stats.get(f"temp_chip{place}", stats.get(f"temp2_{place}")))
        board_temps = temperatures(stats.get(f"temp_pcb{place}", stats.get(f"temp{place}")))
        freq = values.number(stats.get(f"freq{place}", stats.get(f"freq_avg{place}")), 0, 5000, f"stats.freq{place}", problems)
        asics = stats.get(f"chain_acs{place}")
        alive = asics.lower().count("o") if isinstance(asics, str) else None
        found.append(
            Board(
                slot=place,
                hashrate_ths=rate,
                temp_board_c=max(board_temps, default=None),
                temp_chip_c=max(chip_temps, default=None),
                chip_temps_c=chip_temps,
                chips=alive or chips,
                chips_expected=chips,
                frequency_mhz=freq,
                hardware_errors=values.count(stats.get(f"chain_hw{place}"), f"stats.chain_hw{place}", problems),
                alive=bool(rate) if rate is not None else None,
            )
        )
    return tuple(found)


def temperatures(value: Any) -> tuple[float, ...]:
    """Give the sensors of "65-65-70-70" or of a plain number; zeros are places without a sensor."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = values.temperature(value, "", [])
        return () if found is None else (found,)
    return _sensors(value) if isinstance(value, str) else ()


@lru_cache(maxsize=8192)  # whole degrees: the same few texts come again and again
def _sensors(text: str) -> tuple[float, ...]:
    # A minus before the first number is a sign, between numbers a separator, doubled both: "-5--4-20".
    parts = re.findall(r"(?:(?<=-)-|(?<![\d-])-)?\d+(?:\.\d+)?", text[:200])
    found = (values.temperature(part, "", []) for part in parts[:16])
    return tuple(value for value in found if value is not None)


DIALECT = Dialect(
    key="antminer",
    name="Antminer",
    identify=identify,
    read=read,
    commands=("summary", "stats", "pools", "version"),
    control=antminer_cgi.control,
)
