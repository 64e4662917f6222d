"""Any other machine with a cgminer API: what the shared words say, and nothing guessed beyond them."""

from __future__ import annotations

from core.hosting.reading import Board, Reading
from gateways.miners import values
from gateways.miners.dialects.base import ANY, Dialect, read_common, settle
from gateways.miners.wire import Replies

_FIRMWARE = ("Miner", "Firmware", "FIRMWARE", "CGMiner", "BFGMiner", "SGMiner")


def identify(_replies: Replies, _haystack: str) -> bool:
    """Take whatever no other dialect knew."""
    return True


def read(replies: Replies, reading: Reading) -> None:
    """Read by unit-bearing keys only."""
    problems = reading.problems
    read_common(replies, reading)
    found: list[Board] = []
    for entry in replies.all("DEVS")[:16]:
        rate = values.hashrate_by_key(entry, ANY, "devs", problems)
        temp = values.temperature(entry.get("Temperature", entry.get("Tenperature")), "devs.Temperature", problems)
        if rate is None and temp is None:
            continue
        found.append(Board(slot=len(found), hashrate_ths=rate, temp_board_c=temp))
    reading.boards = tuple(found)
    if reading.hashrate_ths is None and found and all(board.hashrate_ths is not None for board in found):
        reading.hashrate_ths = sum(board.hashrate_ths or 0.0 for board in found)
    for entry in replies.all("STATS")[:4]:
        if reading.hashrate_ths is None and not found:
            reading.hashrate_ths = values.hashrate_by_key(entry, ANY, "stats", problems)
    summary = replies.first("SUMMARY")
    reading.power_w = values.power(summary.get("Power"), "summary.Power", problems)
    rpm = [values.fan(entry.get("RPM", entry.get("Speed")), "fans.RPM", problems) for entry in replies.all("FANS")[:16]]
    reading.fans_rpm = tuple(value for value in rpm if value is not None)
    version = replies.first("VERSION")
    reading.model = values.text(version.get("Type")) or values.text(version.get("Model"))
    reading.firmware = next((text for key in _FIRMWARE if (text := values.text(version.get(key)))), None)
    settle(reading)


DIALECT = Dialect("generic", "cgminer API", identify, read, ("summary", "stats", "devs", "pools", "version"))
