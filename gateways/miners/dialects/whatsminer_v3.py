"""Whatsminer API v3 (port 4433): all in `msg`, lower-case and hyphenated, TH/s but for the rated ones."""

from __future__ import annotations

from typing import Any

from core.hosting.reading import Board, Mode, Reading
from gateways.miners import values
from gateways.miners.dialects.base import choose_pool
from gateways.miners.wire import Section

MAX_BOARDS = 16


def is_v3(entry: Section) -> bool:
    """Tell a v3 message by its parts."""
    return (
        ("miner" in entry and ("network" in entry or "system" in entry))
        or "edevs" in entry
        or "hash-average" in entry
        or any(key in _dict(entry.get("summary")) for key in ("hash-average", "hash-realtime", "power-realtime"))
        or (isinstance(entry.get("pools"), list) and any("account" in _dict(pool) for pool in entry["pools"][:4]))
    )


def read(entry: Section, reading: Reading) -> None:
    """Take what one message says; the others of the machine add to it."""
    _read_device(entry, reading)
    summary = entry if "hash-average" in entry else _dict(entry.get("summary"))
    if summary:
        _read_summary(summary, reading)
    if isinstance(entry.get("pools"), list) and reading.pool_url is None:
        choose_pool(entry["pools"][:16], reading)
    boards = entry.get("edevs")
    if isinstance(boards, list):
        rated = [board.expected_hashrate_ths for board in reading.boards]
        reading.boards = tuple(
            _board(board, place, rated, reading.problems)
            for place, board in enumerate(boards[:MAX_BOARDS])
            if isinstance(board, dict)
        )


def _read_device(entry: Section, reading: Reading) -> None:
    problems = reading.problems
    miner, network, system = (_dict(entry.get(key)) for key in ("miner", "network", "system"))
    reading.model = reading.model or values.text(miner.get("type"))
    reading.serial = reading.serial or values.text(miner.get("miner-sn"))
    reading.mac = reading.mac or values.mac(network.get("mac"), problems)
    reading.firmware = reading.firmware or values.text(system.get("fwversion"))
    reading.power_limit_w = reading.power_limit_w or values.power(
        miner.get("power-limit-set"), "miner.power-limit-set", problems
    )
    if str(miner.get("working", "")).lower() == "false":
        reading.mode = Mode.SLEEPING
    reading.error_codes = reading.error_codes or codes(entry.get("error-code"))
    rated = _rated(miner.get("detect-hash-rate"), problems)
    if rated and reading.expected_hashrate_ths is None:
        reading.expected_hashrate_ths = sum(rated)
    if rated and not reading.boards:
        reading.boards = tuple(Board(slot=slot, expected_hashrate_ths=ths) for slot, ths in enumerate(rated))


def _rated(value: Any, problems: list[str]) -> list[float]:
    """Give what each board was found good for in the factory, "61434:53890:65727" [GH/s]."""
    if not isinstance(value, str) or not value:
        return []
    found = [
        values.rated(int(part) if part.isdecimal() else part, 1e-3, "miner.detect-hash-rate", problems)
        for part in value.split(":")[:MAX_BOARDS]
        if part.strip()
    ]
    return [part for part in found if part is not None]


def _read_summary(summary: Section, reading: Reading) -> None:
    problems = reading.problems
    rates = {key: values.hashrate(summary.get(key), 1.0, f"summary.{key}", problems) for key in _RATES}
    windows = [key for key in _RATES if summary.get(key) is not None]
    reading.hashrate_ths = rates[windows[0]] if windows else reading.hashrate_ths
    reading.hashrate_avg_ths = rates["hash-average"]
    factory = values.rated(summary.get("factory-hash"), 1.0, "summary.factory-hash", problems)
    reading.expected_hashrate_ths = factory or reading.expected_hashrate_ths
    for key in ("power-realtime", "power-5min"):
        if reading.power_w is None:
            reading.power_w = values.power(summary.get(key), f"summary.{key}", problems)
    limit = values.power(summary.get("power-limit"), "summary.power-limit", problems)
    reading.power_limit_w = reading.power_limit_w if limit is None else limit
    reading.uptime_s = values.count(summary.get("elapsed"), "summary.elapsed", problems, values.MAX_UPTIME_S)
    reading.temp_inlet_c = values.temperature(
        summary.get("environment-temperature"), "summary.environment-temperature", problems
    )
    reading.temp_chip_max_c = values.temperature(summary.get("chip-temp-max"), "summary.chip-temp-max", problems)
    listed = summary.get("board-temperature")
    for value in listed[:MAX_BOARDS] if isinstance(listed, list) else [listed]:
        board = values.temperature(value, "summary.board-temperature", problems)
        reading.temp_board_max_c = values.hottest(reading.temp_board_max_c, board)
    fans = (values.fan(summary.get(key), f"summary.{key}", problems) for key in ("fan-speed-in", "fan-speed-out"))
    reading.fans_rpm = tuple(value for value in fans if value is not None)


_RATES = ("hash-realtime", "hash-1min", "hash-average", "hash-15min")


def _board(board: Section, place: int, rated: list[float | None], problems: list[str]) -> Board:
    slot = values.count(board.get("slot", board.get("id")), "edevs.slot", problems, 99)
    key = "hash-realtime" if board.get("hash-realtime") is not None else "hash-average"
    expected = values.rated(board.get("factory-hash"), 1.0, "edevs.factory-hash", problems)
    return Board(
        slot=place if slot is None else slot,
        hashrate_ths=values.hashrate(board.get(key), 1.0, f"edevs.{key}", problems),
        expected_hashrate_ths=expected or (rated[place] if place < len(rated) else None),
        temp_chip_c=values.temperature(board.get("chip-temp-max"), "edevs.chip-temp-max", problems),
        chips=values.count(board.get("effective-chips"), "edevs.effective-chips", problems, 10_000),
        frequency_mhz=values.number(board.get("freq"), 0, 5000, "edevs.freq", problems),
        alive=str(board["status"]).lower() == "alive" if "status" in board else None,
    )


def codes(value: Any) -> tuple[str, ...]:
    """Give error codes from a list of numbers or of objects whose key is the code and whose value the time."""
    found: list[str] = []
    for item in value[:64] if isinstance(value, list) else []:
        keys = item if isinstance(item, dict) else (item,)
        found.extend(str(key)[:20] for key in keys if str(key).isdecimal())
    return tuple(dict.fromkeys(found))


def _dict(value: Any) -> Section:
    return value if isinstance(value, dict) else {}
