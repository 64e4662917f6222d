"""Auradine Teraflux (FluxOS, gcminer): MH/s in SUMMARY, sections of its own, figures with units behind them."""

from __future__ import annotations

from typing import Any

from core.hosting.reading import Board, Mode, Reading
from gateways.miners import values
from gateways.miners.dialects.base import ANY, Dialect, read_common, settle
from gateways.miners.wire import Replies


def identify(_replies: Replies, haystack: str) -> bool:
    """Its daemon is gcminer, its firmware FluxOS."""
    return "gcminer" in haystack or "fluxos" in haystack


def read(replies: Replies, reading: Reading) -> None:
    """Read a Teraflux."""
    problems = reading.problems
    read_common(replies, reading)
    report = replies.first("IPREPORT")
    reading.mac = reading.mac or values.mac(report.get("mac"), problems)
    reading.serial = values.text(report.get("SerialNo"))
    model = values.text(report.get("model"))
    reading.model = f"Auradine {model}" if model else None
    reading.firmware = values.text(report.get("version")) or values.text(replies.first("VERSION").get("GCMiner"))
    reading.power_w = values.power(replies.first("PSU").get("PowerIn"), "psu.PowerIn", problems)
    rpm = (values.fan(entry.get("Speed"), "fan.Speed", problems) for entry in replies.all("FAN")[:16])
    reading.fans_rpm = tuple(value for value in rpm if value is not None)
    mode = replies.first("MODE")
    reading.power_mode = values.text(mode.get("Mode"))
    if str(mode.get("Sleep", "")).lower() in ("on", "true"):
        reading.mode = Mode.SLEEPING
    sensors = {entry.get("ID"): entry for entry in replies.all("TEMPERATURE")[:16] if isinstance(entry.get("ID"), int)}
    reading.boards = tuple(
        _board(entry, place, sensors, problems) for place, entry in enumerate(replies.all("DEVS")[:16])
    )
    settle(reading)


def _board(entry: dict[str, Any], place: int, sensors: dict[Any, dict[str, Any]], problems: list[str]) -> Board:
    slot = values.count(entry.get("ID"), "devs.ID", problems, 99)
    own = sensors.get(slot, {})
    chips = _temperatures(own.get("ChipTemp"), "temperature.ChipTemp", problems)
    boards = _temperatures(own.get("BoardTemp"), "temperature.BoardTemp", problems)
    return Board(
        slot=place if slot is None else slot,
        hashrate_ths=values.hashrate_by_key(entry, ANY, "devs", problems),
        temp_board_c=values.hottest(
            *boards, values.temperature(entry.get("Temperature"), "devs.Temperature", problems)
        ),
        temp_chip_c=values.hottest(*chips),
        chip_temps_c=chips,
        alive=str(entry["Status"]).lower() == "alive" if "Status" in entry else None,
    )


def _temperatures(value: Any, name: str, problems: list[str]) -> tuple[float, ...]:
    items = value[:400] if isinstance(value, list) else []
    found = (values.temperature(item.get("Temperature"), name, problems) for item in items if isinstance(item, dict))
    return tuple(item for item in found if item is not None)


DIALECT = Dialect(
    "auradine",
    "Auradine",
    identify,
    read,
    ("summary", "devs", "pools", "version", "psu", "fan", "temperature", "mode", "ipreport"),
)
