"""Braiins OS: MH/s in SUMMARY, its own sections TEMPS, FANS, DEVS and TUNERSTATUS."""

from __future__ import annotations

from core.hosting.reading import Board, Reading
from gateways.miners import values
from gateways.miners.control import pause_resume
from gateways.miners.dialects.base import ANY, Dialect, read_common, settle
from gateways.miners.wire import Replies


def identify(_replies: Replies, haystack: str) -> bool:
    """BOSer and BOSminer are its daemons."""
    return "boser" in haystack or "bosminer" in haystack or "braiins" in haystack


def read(replies: Replies, reading: Reading) -> None:
    """Read a Braiins OS machine."""
    problems = reading.problems
    read_common(replies, reading)
    version = replies.first("VERSION")
    reading.firmware = next(
        (text for key, value in version.items() if "BOS" in key and (text := values.text(value))), None
    )
    details = replies.all("DEVDETAILS")
    reading.model = next((text for entry in details if (text := values.text(entry.get("Model")))), None)
    tuner = replies.first("TUNERSTATUS")
    reading.power_w = values.power(tuner.get("ApproximateMinerPowerConsumption"), "tunerstatus.power", problems)
    reading.power_limit_w = values.power(tuner.get("PowerLimit"), "tunerstatus.PowerLimit", problems)
    chip_counts = {str(entry.get("ID")): entry.get("Chips") for entry in details[:16]}
    temps = {entry.get("ID"): entry for entry in replies.all("TEMPS") if isinstance(entry.get("ID"), (int, str))}
    found: list[Board] = []
    for entry in replies.all("DEVS")[:16]:
        slot = values.count(entry.get("ID", entry.get("ASC")), "devs.ID", problems, 99)
        sensor = temps.get(entry.get("ID"), {}) if isinstance(entry.get("ID"), (int, str)) else {}
        rate = values.hashrate_by_key(entry, ANY, "devs", problems)
        nominal = values.rated(entry.get("Nominal MHS"), 1e-6, "devs.Nominal MHS", problems)
        chips = values.count(chip_counts.get(str(entry.get("ID"))), "devdetails.Chips", problems, 10_000)
        found.append(
            Board(
                slot=slot if slot is not None else len(found),
                hashrate_ths=rate,
                expected_hashrate_ths=nominal,
                temp_board_c=values.temperature(sensor.get("Board"), "temps.Board", problems),
                temp_chip_c=values.temperature(sensor.get("Chip"), "temps.Chip", problems),
                chips_expected=chips or None,
                hardware_errors=values.count(entry.get("Hardware Errors"), "devs.Hardware Errors", problems),
                alive=str(entry.get("Status", "")).lower() == "alive" if "Status" in entry else None,
            )
        )
    reading.boards = tuple(found)
    nominals = [board.expected_hashrate_ths for board in found if board.expected_hashrate_ths]
    reading.expected_hashrate_ths = sum(nominals) if nominals and len(nominals) == len(found) else None
    rpm = (values.fan(entry.get("RPM"), "fans.RPM", problems) for entry in replies.all("FANS")[:16])
    reading.fans_rpm = tuple(value for value in rpm if value is not None)
    settle(reading)


DIALECT = Dialect(
    "braiins",
    "Braiins OS",
    identify,
    read,
    ("summary", "devs", "temps", "fans", "tunerstatus", "devdetails", "pools", "version"),
    control=pause_resume.control,
)
