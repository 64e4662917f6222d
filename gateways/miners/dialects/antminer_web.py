"""The lower-case shape that newer Antminers give over HTTP, and some of them on 4028: `rate_5s`, a list of chains."""

from __future__ import annotations

from typing import Any

from core.hosting.reading import Board, Reading
from gateways.miners import values
from gateways.miners.wire import Replies, Section


def read(replies: Replies, stats: Section, reading: Reading) -> None:
    """Fill what the upper-case words left open."""
    problems = reading.problems
    for name, entry in (("summary", replies.first("SUMMARY")), ("stats", stats)):
        factor = values.TH_PER_UNIT.get(str(entry.get("rate_unit") or "G")[:1].upper(), 1e-3)
        if reading.hashrate_ths is None:
            reading.hashrate_ths = values.hashrate(entry.get("rate_5s"), factor, f"{name}.rate_5s", problems)
        if reading.hashrate_avg_ths is None:
            reading.hashrate_avg_ths = values.hashrate(entry.get("rate_avg"), factor, f"{name}.rate_avg", problems)
        if reading.expected_hashrate_ths is None:
            reading.expected_hashrate_ths = values.rated(
                entry.get("rate_ideal"), factor, f"{name}.rate_ideal", problems
            )
        if reading.uptime_s is None:
            reading.uptime_s = values.count(entry.get("elapsed"), f"{name}.elapsed", problems, values.MAX_UPTIME_S)
        if reading.hardware_errors is None:
            reading.hardware_errors = values.count(entry.get("hw_all"), f"{name}.hw_all", problems)
        if reading.power_w is None:
            reading.power_w = values.power(entry.get("watt"), f"{name}.watt", problems) or None
    reading.fans_rpm = reading.fans_rpm or _fans(stats, problems)
    chains = stats.get("chain")
    if isinstance(chains, list) and not reading.boards:
        factor = values.TH_PER_UNIT.get(str(stats.get("rate_unit") or "G")[:1].upper(), 1e-3)
        reading.boards = tuple(
            _board(chain, place, factor, problems) for place, chain in enumerate(chains[:16]) if isinstance(chain, dict)
        )


def _fans(stats: Section, problems: list[str]) -> tuple[int, ...]:
    listed = stats.get("fan")
    rpm = [values.fan(value, "stats.fan", problems) for value in listed[:16]] if isinstance(listed, list) else []
    return tuple(value for value in rpm if value is not None)


def _board(chain: Section, place: int, factor: float, problems: list[str]) -> Board:
    slot = values.count(chain.get("index"), "stats.chain.index", problems, 99)
    rate = values.hashrate(chain.get("rate_real"), factor, "stats.chain.rate_real", problems)
    chip_temps = _sensors(chain.get("temp_chip"), "stats.chain.temp_chip", problems)
    asics = chain.get("asic")
    return Board(
        slot=place if slot is None else slot,
        hashrate_ths=rate,
        expected_hashrate_ths=values.rated(chain.get("rate_ideal"), factor, "stats.chain.rate_ideal", problems),
        temp_board_c=max(_sensors(chain.get("temp_pcb"), "stats.chain.temp_pcb", problems), default=None),
        temp_chip_c=max(chip_temps, default=None),
        chip_temps_c=chip_temps,
        chips=asics.count("o") if isinstance(asics, str) and ("o" in asics or "x" in asics) else None,
        chips_expected=values.count(chain.get("asic_num"), "stats.chain.asic_num", problems, 10_000),
        frequency_mhz=values.number(chain.get("freq_avg"), 0, 5000, "stats.chain.freq_avg", problems),
        hardware_errors=values.count(chain.get("hw"), "stats.chain.hw", problems),
        alive=bool(rate) if rate is not None else None,
    )


def _sensors(value: Any, name: str, problems: list[str]) -> tuple[float, ...]:
    items = value[:16] if isinstance(value, list) else [value]
    found = [values.temperature(item, name, problems) for item in items]
    return tuple(item for item in found if item is not None)
