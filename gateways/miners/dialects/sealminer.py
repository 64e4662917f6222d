"""Bitdeer Sealminer: MH/s, and keys such as "0 MHS(Ideal)" in STATS."""

from __future__ import annotations

import re

from core.hosting.reading import Board, Reading
from gateways.miners import values
from gateways.miners.dialects.base import Dialect, read_common, settle
from gateways.miners.wire import Replies, Section

# "0 MHS(Ideal)", "1 Speed", "2 Temp 3": a board or fan, what, and which sensor of it.
_PLACED = re.compile(r"^([0-9]{1,2}) (?:([KMGT]HS)(\(Ideal\)|\(Sample\)| av| 5s)?|(Speed)|(Temp)(?: [0-9]{1,2})?)$")
_CHIP_WORDS = ("Chip Count", "Bad Chip Count", "Freq", "Online")


def identify(replies: Replies, haystack: str) -> bool:
    """Its daemon is bdminer."""
    return "bdminer" in haystack or "sealminer" in haystack or "BDMiner" in replies.first("VERSION")


def read(replies: Replies, reading: Reading) -> None:
    """Read a Sealminer."""
    problems = reading.problems
    read_common(replies, reading)
    stats = replies.first("STATS")
    if reading.hashrate_ths is None:
        reading.hashrate_ths = values.hashrate(stats.get("MHS(30s)"), 1e-6, "stats.MHS(30s)", problems)
    if reading.hashrate_avg_ths is None:
        reading.hashrate_avg_ths = values.hashrate(stats.get("MHS(Avg)"), 1e-6, "stats.MHS(Avg)", problems)
    for name in ("PSU Input Power", "Power"):
        if reading.power_w is None:
            reading.power_w = values.power(stats.get(name), f"stats.{name}", problems)
    reading.power_limit_w = values.power(stats.get("Power Limit"), "stats.Power Limit", problems)
    reading.power_mode = values.text(stats.get("Mining Mode"))
    reading.mac = reading.mac or values.mac(stats.get("MAC"), problems)
    reading.serial = values.text(stats.get("Ctrl Board SN"))
    version = replies.first("VERSION")
    reading.firmware = values.text(stats.get("Firmware")) or values.text(version.get("Firmware"))
    model = values.text(stats.get("Model")) or values.text(stats.get("Type")) or values.text(version.get("Type"))
    if model:
        reading.model = model if model.lower().startswith("sealminer") else f"Sealminer {model}"
    error = values.text(stats.get("Error Code"))
    reading.error_codes = (error,) if error else ()
    _read_places(stats, replies.all("DEVS"), reading)
    reading.temp_max_c = values.temperature(stats.get("Temp"), "stats.Temp", problems)
    ideal = values.rated(stats.get("MHS(Ideal)"), 1e-6, "stats.MHS(Ideal)", problems)
    parts = [board.expected_hashrate_ths for board in reading.boards]
    if ideal is None and parts and None not in parts:
        ideal = sum(part for part in parts if part is not None)
    reading.expected_hashrate_ths = ideal
    settle(reading)


def _read_places(stats: Section, devices: list[Section], reading: Reading) -> None:
    """Read the keys that begin with the number of a board or a fan."""
    problems = reading.problems
    boards: dict[int, Board] = {}
    fans: dict[int, int] = {}
    for entry in (stats, *devices[:16]):
        for key, value in entry.items():
            found = _PLACED.match(key) if key[:1].isdigit() else None
            if not found:
                continue
            place = int(found.group(1))
            if found.group(4):
                rpm = values.fan(value, f"stats.{key}", problems)
                if rpm is not None:
                    fans[place] = rpm
                continue
            board = boards.setdefault(place, Board(slot=place))
            if found.group(5):
                board.temp_board_c = values.hottest(
                    board.temp_board_c, values.temperature(value, f"stats.{key}", problems)
                )
                continue
            ths = values.hashrate(value, values.TH_PER[found.group(2)], f"stats.{key}", problems)
            if found.group(3) == "(Ideal)":
                board.expected_hashrate_ths = ths or None
            elif board.hashrate_ths is None:
                board.hashrate_ths = ths
    for place, board in boards.items():
        chips, bad, freq, online = (stats.get(f"{place} {word}") for word in _CHIP_WORDS)
        board.chips_expected = values.count(chips, f"stats.{place} Chip Count", problems, 10_000)
        failed = values.count(bad, f"stats.{place} Bad Chip Count", problems, 10_000)
        if board.chips_expected is not None and failed is not None:
            board.chips = max(0, board.chips_expected - failed)
        board.frequency_mhz = values.number(freq, 0, 5000, f"stats.{place} Freq", problems)
        board.alive = online if isinstance(online, bool) else None
    reading.boards = tuple(boards[place] for place in sorted(boards))
    reading.fans_rpm = tuple(fans[place] for place in sorted(fans))


DIALECT = Dialect("sealminer", "Sealminer", identify, read, ("summary", "stats", "devs", "pools", "version"))
