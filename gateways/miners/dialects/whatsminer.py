"""Whatsminer (btminer): MH/s, "Factory GHS", writes by token and AES; v3 speaks lower-case hyphenated words on 4433."""

from __future__ import annotations

from typing import Any

from core.hosting.reading import Board, Mode, PowerSource, Reading
from gateways.miners import values
from gateways.miners.control import whatsminer_aes
from gateways.miners.dialects.base import AVERAGE, NEWEST, Dialect, read_common, settle
from gateways.miners.wire import Replies, Section

_V3 = ("get.device.info", "get_device_info", "get.miner.status", "get_miner_status")


def identify(replies: Replies, haystack: str) -> bool:
    """Telling keys of btminer, in v2 and in v3."""
    summary = replies.first("SUMMARY")
    return (
        "whatsminer" in haystack
        or "btminer" in haystack
        or "Factory GHS" in summary
        or "CB Platform" in summary
        or any(command in replies.commands and _has_v3(replies.commands[command]) for command in _V3)
    )


def _has_v3(entries: list[Section]) -> bool:
    return any(key in entry for entry in entries for key in ("miner", "system", "summary", "edevs"))


def read(replies: Replies, reading: Reading) -> None:
    """Read a Whatsminer of API v1, v2 or v3."""
    problems = reading.problems
    read_common(replies, reading)
    summary = replies.first("SUMMARY")
    reading.expected_hashrate_ths = values.hashrate(summary.get("Factory GHS"), 1e-3, "summary.Factory GHS", problems) or None
    for key in ("Power", "Power_RT", "Power Realtime"):
        reading.power_w = values.power(summary.get(key), f"summary.{key}", problems)
        if reading.power_w is not None:
            reading.power_source = PowerSource.DEVICE
            break
    reading.power_limit_w = values.power(summary.get("Power Limit"), "summary.Power Limit", problems)
    reading.power_mode = values.text(summary.get("Power Mode"))
    reading.firmware = values.text(summary.get("Firmware Version"))
    reading.temp_inlet_c = values.temperature(summary.get("Env Temp"), "summary.Env Temp", problems)
    reading.temp_board_max_c = values.temperature(summary.get("Temperature"), "summary.Temperature", problems)
    reading.temp_chip_max_c = values.temperature(summary.get("Chip Temp Max"), "summary.Chip Temp Max", problems)
    fans = (values.fan(summary.get(key), f"summary.{key}", problems) for key in ("Fan Speed In", "Fan Speed Out"))
    reading.fans_rpm = tuple(value for value in fans if value is not None)
    count = values.count(summary.get("Error Code Count"), "summary.Error Code Count", [], 64) or 0
    reading.error_codes = tuple(
        code for place in range(count) if (code := _code(summary.get(f"Error Code {place}"))) is not None
    )
    reading.boards = tuple(_board(entry, place, problems) for place, entry in enumerate(replies.all("DEVS")[:16]))
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
    rate = values.hashrate_by_key(entry, NEWEST + AVERAGE, problems)
    return Board(
        slot=place if slot is None else slot,
        hashrate_ths=rate,
        expected_hashrate_ths=values.hashrate(entry.get("Factory GHS"), 1e-3, "devs.Factory GHS", problems) or None,
        temp_board_c=values.temperature(entry.get("Temperature"), "devs.Temperature", problems),
        temp_chip_c=values.temperature(entry.get("Chip Temp Max"), "devs.Chip Temp Max", problems),
        chips=values.count(entry.get("Effective Chips"), "devs.Effective Chips", problems, 10_000),
        frequency_mhz=values.number(entry.get("Chip Frequency"), 0, 5000, "devs.Chip Frequency", problems),
        hardware_errors=values.count(entry.get("Hardware Errors"), "devs.Hardware Errors", problems),
        # "Deed" is how the firmware spells Dead.
        alive=str(entry.get("Status", "")).lower() == "alive" if "Status" in entry else None,
    )


def _read_extras(replies: Replies, reading: Reading) -> None:
    """Read what comes wrapped: get_version and status of v2, device info and miner status of v3."""
    problems = reading.problems
    for entries in replies.commands.values():
        for entry in entries:
            reading.firmware = reading.firmware or values.text(entry.get("fw_ver")) or values.text(entry.get("Firmware Version"))
            if str(entry.get("btmineroff", entry.get("mineroff", ""))).lower() == "true":
                reading.mode = Mode.SLEEPING
            reading.mac = reading.mac or values.mac(entry.get("mac"), problems)
            reading.serial = reading.serial or values.text(entry.get("minersn"))
            _read_v3(entry, reading)


def _read_v3(entry: Section, reading: Reading) -> None:
    problems = reading.problems
    miner, network, system = (_dict(entry.get(key)) for key in ("miner", "network", "system"))
    reading.model = reading.model or values.text(miner.get("type"))
    reading.serial = reading.serial or values.text(miner.get("miner-sn"))
    reading.mac = reading.mac or values.mac(network.get("mac"), problems)
    reading.firmware = reading.firmware or values.text(system.get("fwversion"))
    if str(miner.get("working", "")).lower() == "false":
        reading.mode = Mode.SLEEPING
    summary = _dict(entry.get("summary"))
    if summary:
        reading.hashrate_ths = values.hashrate(summary.get("hash-realtime"), 1.0, "summary.hash-realtime", problems)
        reading.hashrate_avg_ths = values.hashrate(summary.get("hash-average"), 1.0, "summary.hash-average", problems)
        reading.expected_hashrate_ths = (
            values.hashrate(summary.get("factory-hash"), 1.0, "summary.factory-hash", problems) or None
        )
        reading.power_w = values.power(summary.get("power-realtime"), "summary.power-realtime", problems)
        if reading.power_w is not None:
            reading.power_source = PowerSource.DEVICE
        reading.power_limit_w = values.power(summary.get("power-limit"), "summary.power-limit", problems)
        reading.uptime_s = values.count(summary.get("elapsed"), "summary.elapsed", problems, values.MAX_UPTIME_S)
        reading.temp_inlet_c = values.temperature(summary.get("environment-temperature"), "summary.environment", problems)
        chips = summary.get("chip-temp-max")
        reading.temp_chip_max_c = values.temperature(chips, "summary.chip-temp-max", problems)
        fans = (values.fan(summary.get(key), f"summary.{key}", problems) for key in ("fan-speed-in", "fan-speed-out"))
        reading.fans_rpm = tuple(value for value in fans if value is not None)
    pools = entry.get("pools")
    if isinstance(pools, list):
        for pool in pools[:8]:
            if isinstance(pool, dict) and reading.pool_url is None:
                reading.pool_url = values.text(pool.get("url"))
                reading.worker = values.text(pool.get("account"))
    boards = entry.get("edevs")
    if isinstance(boards, list):
        reading.boards = tuple(
            Board(
                slot=values.count(board.get("slot"), "edevs.slot", problems, 99) or place,
                hashrate_ths=values.hashrate(board.get("hash-average"), 1.0, "edevs.hash-average", problems),
                expected_hashrate_ths=values.hashrate(board.get("factory-hash"), 1.0, "edevs.factory-hash", problems) or None,
                temp_chip_c=values.temperature(board.get("chip-temp-max"), "edevs.chip-temp-max", problems),
                chips=values.count(board.get("effective-chips"), "edevs.effective-chips", problems, 10_000),
                frequency_mhz=values.number(board.get("freq"), 0, 5000, "edevs.freq", problems),
            )
            for place, board in enumerate(boards[:16])
            if isinstance(board, dict)
        )


def _dict(value: Any) -> Section:
    return value if isinstance(value, dict) else {}


DIALECT = Dialect(
    key="whatsminer",
    name="Whatsminer",
    identify=identify,
    read=read,
    commands=("summary", "edevs", "pools", "devdetails", "status", "get_version"),
    request_key="cmd",
    control=whatsminer_aes.control,
)
