"""Whatsminer (btminer): MH/s, "Factory GHS", writes by token and AES; v3 is read next door."""

from __future__ import annotations

from typing import Any

from core.hosting.reading import Board, Mode, Reading
from gateways.miners import values
from gateways.miners.control import whatsminer_aes
from gateways.miners.dialects import whatsminer_v3
from gateways.miners.dialects.base import ANY, NEWEST, Dialect, read_common, settle
from gateways.miners.wire import Replies, Section


def identify(replies: Replies, haystack: str) -> bool:
    """Telling keys of btminer, in v2 and in v3."""
    summary = replies.first("SUMMARY")
    return (
        "whatsminer" in haystack
        or "btminer" in haystack
        or "Factory GHS" in summary
        or "CB Platform" in summary
        or any(whatsminer_v3.is_v3(entry) for entries in replies.commands.values() for entry in entries)
        or any("mineroff" in entry or "btmineroff" in entry for entry in replies.commands.get("status", ()))
    )


def read(replies: Replies, reading: Reading) -> None:
    """Read a Whatsminer of API v1, v2 or v3."""
    problems = reading.problems
    read_common(replies, reading)
    summary = replies.first("SUMMARY")
    if "HS RT" in summary and not any(f"MHS {window}" in summary for window in NEWEST):
        reading.hashrate_ths = values.hashrate(summary["HS RT"], 1e-6, "summary.HS RT", problems)
    reading.expected_hashrate_ths = values.rated(summary.get("Factory GHS"), 1e-3, "summary.Factory GHS", problems)
    for key in ("Power", "Power_RT", "Power Realtime"):
        reading.power_w = values.power(summary.get(key), f"summary.{key}", problems)
        if reading.power_w is not None:
            break
    reading.power_limit_w = values.power(summary.get("Power Limit"), "summary.Power Limit", problems)
    reading.power_mode = values.text(summary.get("Power Mode"))
    reading.firmware = values.text(summary.get("Firmware Version"))
    reading.temp_inlet_c = values.temperature(summary.get("Env Temp"), "summary.Env Temp", problems)
    reading.temp_board_max_c = values.temperature(summary.get("Temperature"), "summary.Temperature", problems)
    reading.temp_chip_max_c = values.temperature(summary.get("Chip Temp Max"), "summary.Chip Temp Max", problems)
    fans = (values.fan(summary.get(key), f"summary.{key}", problems) for key in ("Fan Speed In", "Fan Speed Out"))
    reading.fans_rpm = tuple(value for value in fans if value is not None)
    if summary.get("Liquid Cooling") in (True, "true") and not any(reading.fans_rpm):
        reading.fans_rpm = ()  # in oil or water there are none
    count = values.count(summary.get("Error Code Count"), "summary.Error Code Count", [], 64) or 0
    reading.error_codes = tuple(
        code for place in range(count) if (code := _code(summary.get(f"Error Code {place}"))) is not None
    )
    reading.boards = tuple(_board(entry, place, problems) for place, entry in enumerate(replies.all("DEVS")[:16]))
    if reading.expected_hashrate_ths is None and reading.boards:
        parts = [board.expected_hashrate_ths for board in reading.boards]
        reading.expected_hashrate_ths = None if None in parts else sum(part for part in parts if part is not None)
    details = replies.first("DEVDETAILS")
    reading.model = values.text(details.get("Model"))
    _read_extras(replies, reading)
    if reading.model and not reading.model.lower().startswith("whatsminer"):
        reading.model = f"Whatsminer {reading.model}"
    settle(reading)


def _code(value: Any) -> str | None:
    return str(value)[:40] if isinstance(value, (int, str)) and not isinstance(value, bool) else None


def _board(entry: Section, place: int, problems: list[str]) -> Board:
    slot = values.count(entry.get("Slot", entry.get("ASC")), "devs.Slot", problems, 99)
    rate = values.hashrate_by_key(entry, ANY, "devs", problems)
    return Board(
        slot=place if slot is None else slot,
        hashrate_ths=rate,
        expected_hashrate_ths=values.rated(entry.get("Factory GHS"), 1e-3, "devs.Factory GHS", problems),
        temp_board_c=values.temperature(entry.get("Temperature"), "devs.Temperature", problems),
        temp_chip_c=values.temperature(entry.get("Chip Temp Max"), "devs.Chip Temp Max", problems),
        chips=values.count(entry.get("Effective Chips"), "devs.Effective Chips", problems, 10_000),
        frequency_mhz=values.number(entry.get("Chip Frequency"), 0, 5000, "devs.Chip Frequency", problems),
        hardware_errors=values.count(entry.get("Hardware Errors"), "devs.Hardware Errors", problems),
        # "Deed" is how the firmware spells Dead.
        alive=str(entry.get("Status", "")).lower() == "alive" if "Status" in entry else None,
    )


def _read_extras(replies: Replies, reading: Reading) -> None:
    """Read what comes wrapped: get_version and status of v2, all of v3."""
    problems = reading.problems
    for entries in replies.commands.values():
        for entry in entries:
            if whatsminer_v3.is_v3(entry):
                whatsminer_v3.read(entry, reading)
                continue
            for key in _FIRMWARE:
                reading.firmware = reading.firmware or values.text(entry.get(key))
            if str(entry.get("btmineroff", entry.get("mineroff", ""))).lower() == "true":
                reading.mode = Mode.SLEEPING
            reading.mac = reading.mac or values.mac(entry.get("mac"), problems)
            reading.serial = reading.serial or values.text(entry.get("minersn"))
            reading.power_mode = reading.power_mode or values.text(entry.get("power_mode"))
            reading.error_codes = reading.error_codes or whatsminer_v3.codes(entry.get("error_code"))


_FIRMWARE = ("fw_ver", "Firmware Version", "FirmwareVersion")


DIALECT = Dialect(
    key="whatsminer",
    name="Whatsminer",
    identify=identify,
    read=read,
    commands=("summary", "edevs", "pools", "devdetails", "status", "get_version"),
    request_key="cmd",
    control=whatsminer_aes.control,
)
