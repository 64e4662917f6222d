"""Lots of machines out of what people paste or upload: a model or its figures, how many, and what differs for them.

A bad row is refused with its line and the reason and hurts no other row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from core.calculator.catalogue import Model
from core.calculator.inputs import INPUTS
from core.calculator.numbers import number
from core.market import csv_values
from core.market.refusals import Refusal

# Names of the columns, cut to their letters, and the input that each sets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "model": ("model", "machine", "miner", "asic", "name", "device", "型号", "机型", "矿机"),
    "count": ("count", "quantity", "qty", "number", "units", "machines", "amount", "数量", "台数"),
    "hashrate_ths": ("hashrateths", "hashrate", "hashrateth", "ths", "th", "算力"),
    "power_w": ("powerw", "power", "watts", "watt", "w", "consumption", "功率", "功耗"),
    "efficiency_j_per_th": ("efficiencyjperth", "efficiencyjth", "efficiency", "jth", "wth", "能效"),
    "power_price_usd_per_kwh": ("powerpriceusdperkwh", "powerprice", "electricity", "usdkwh", "kwh", "tariff", "电价"),
    "outlay_usd": ("outlayusd", "outlay", "price", "priceusd", "cost", "costusd", "unitprice", "usd", "单价", "价格"),
    "uptime": ("uptime", "availability", "运行率", "在线率"),
    "client": ("client", "customer", "owner", "客户"),
}
TEXTS = ("model", "client")
FROM_CATALOGUE = ("hashrate_ths", "power_w")
WITHOUT_HEADER = ("model", "count", "power_price_usd_per_kwh", "outlay_usd")
UNITS = {
    "th/s": 1.0, "ths": 1.0, "th": 1.0, "t": 1.0, "ph/s": 1e3, "ph": 1e3, "w": 1.0, "kw": 1e3, "j/th": 1.0, "w/th": 1.0,
    "usd/kwh": 1.0, "$/kwh": 1.0, "/kwh": 1.0, "台": 1.0,
}  # fmt: skip
DELIMITERS = "\t;,"
MAX_LOTS = 20_000

_LETTERS = re.compile(r"[^a-z一-鿿]")
_SIGNS = re.compile(r"[^a-z0-9+]")
_SIZE = re.compile(r"\(.*\)")
_UNIT_OF_SIZE = re.compile(r"(?<=[0-9])\s*t(?:h(?:/?s)?)?\b")
_UNIT = re.compile(r"(?<=[0-9])\s*([a-z$/]+|台)$", re.IGNORECASE)


class Reason(StrEnum):
    """Keys of gettext, with the values in braces."""

    NO_ROW = "there is no row"
    ONLY_A_HEADER = "there is a header and no row"
    MANY_ROWS = "{found} rows are more than {most}"
    TWO_COLUMNS = "{names} mean the same"
    NOT_CSV = "it is no table of rows"
    NOT_A_WORKBOOK = "it is no Excel workbook"
    TOO_LARGE = "it is larger than {most} MiB"
    CUT_OFF = "the file did not arrive whole"
    SEVERAL_SIZES = "{name} is made as {sizes}: say which"
    NOT_IN_CATALOGUE = "{name} is not in the catalogue: give its hashrate and power"
    NO_NAME = "a machine needs a name of the catalogue, or its hashrate and power"
    OTHER_SIZE = "{name} at {hashrate} TH/s is no machine of the catalogue: give its power"
    NO_COUNT = "{count} machines are no number of machines"
    NOT_WITHIN = "{column} {text} is not from {low} to {high}"


class NotLots(Refusal):
    """The whole of it cannot be read."""


@dataclass(slots=True)
class Lots:
    """What came of it: a frame for `core.calculator.batch.results`, the line of each row as its index; lines refused."""

    frame: pd.DataFrame
    refused: list[tuple[int, Refusal]] = field(default_factory=list)


def cells(text: str) -> list[list[str]]:
    """Cut pasted or uploaded text into rows; tabs come before semicolons before commas.

    Raises
    ------
    NotLots
        If it is no text in rows.
    """
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((mark for mark in DELIMITERS if mark in first), ",")
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NotLots(Reason.NOT_CSV) from error


def read_lots(rows: Iterable[Sequence[object]], catalogue: Sequence[Model]) -> Lots:
    """Read lots.

    Parameters
    ----------
    rows : iterable of sequences
        Cells, as `cells` or a spreadsheet gives them. The first row with anything in it may name the columns
        (`COLUMNS`); without, they are `WITHOUT_HEADER`.
    catalogue : sequence of Model
        Where hashrate and power of a named model are from, unless the row has its own.

    Returns
    -------
    Lots
        A lot without a number of machines is one machine.

    Raises
    ------
    NotLots
        If there is no row, too many, or two columns that mean the same, or its numbers contradict each other.
    """
    filled = [(line, row) for line, row in enumerate(rows, start=1) if any(map(_text, row))]
    if not filled:
        raise NotLots(Reason.NO_ROW)
    if len(filled) > MAX_LOTS:
        raise NotLots(Reason.MANY_ROWS, found=len(filled), most=MAX_LOTS)
    columns, body = _columns(filled)
    if not body:
        raise NotLots(Reason.ONLY_A_HEADER)
    numeric = [place for name, place in columns.items() if name not in TEXTS]
    try:
        asked = (row[place] for _line, row in body for place in numeric if place < len(row))
        texts = (cell for cell in asked if isinstance(cell, str))
        style = csv_values.Style(continental=csv_values.reads_continental(texts))
    except Refusal as error:
        raise NotLots(error.reason, **error.values) from None
    known = _Known(catalogue)
    made: dict[int, dict[str, object]] = {}
    refused = []
    for line, row in body:
        try:
            made[line] = _lot(columns, row, style, known)
        except Refusal as why:
            refused.append((line, why))
    names = [name for name in COLUMNS if name in columns or name in ("model", "count", *FROM_CATALOGUE)]
    wanted = [name for name in names if name != "efficiency_j_per_th"]
    return Lots(pd.DataFrame.from_dict(made, orient="index", columns=wanted), refused)


class _Known:
    """Models by their names, whole, without the maker, and without the size where that leaves one."""

    def __init__(self, catalogue: Sequence[Model]) -> None:
        self.whole: dict[str, Model] = {}
        self.sizes: dict[str, list[Model]] = {}
        for model in catalogue:
            for name in (model.name, model.name.partition(" ")[2]):
                self.whole.setdefault(_sign(name), model)
                self.sizes.setdefault(_sign(_SIZE.sub("", name)), []).append(model)

    def find(self, name: str) -> Model:
        """Give the model of that name; a `Refusal` says that there is none, or which there are."""
        found = self.whole.get(_sign(name))
        if found is not None:
            return found
        sizes = self.sizes.get(_sign(name), [])
        if len(sizes) == 1:
            return sizes[0]
        if sizes:
            raise Refusal(Reason.SEVERAL_SIZES, name=name, sizes=", ".join(each.name for each in sizes))
        raise Refusal(Reason.NOT_IN_CATALOGUE, name=name)


def _lot(columns: dict[str, int], row: Sequence[object], style: csv_values.Style, known: _Known) -> dict[str, object]:
    lot: dict[str, object] = {"model": ""}
    for name, place in columns.items():
        cell = row[place] if place < len(row) else None
        lot[name] = _text(cell) if name in TEXTS else _number(name, cell, style)
    efficiency = lot.pop("efficiency_j_per_th", None)
    hashrate, power = lot.get("hashrate_ths"), lot.get("power_w")
    if isinstance(hashrate, float) and isinstance(efficiency, float) and power is None:
        lot["power_w"] = power = hashrate * efficiency
    if hashrate is None or power is None:
        name = str(lot.get("model") or "")
        if not name:
            raise Refusal(Reason.NO_NAME)
        model = known.find(name)
        if hashrate is not None and hashrate != model.hashrate_ths:
            raise Refusal(Reason.OTHER_SIZE, name=model.name, hashrate=f"{hashrate:g}")
        lot |= {
            "model": model.name,
            "hashrate_ths": model.hashrate_ths,
            "power_w": model.power_w if power is None else power,
        }
    if lot.get("count") is None:
        lot["count"] = 1.0
    elif not float(str(lot["count"])).is_integer() or lot["count"] == 0:
        raise Refusal(Reason.NO_COUNT, count=f"{lot['count']:g}")
    return lot


def _number(name: str, cell: object, style: csv_values.Style) -> float | None:
    asked = INPUTS.get(name)
    low, high = (asked.low, asked.high) if asked else (0.0, 1e6)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _within(name, float(cell), low, high)
    text, scale = _text(cell), 1.0
    unit = _UNIT.search(text)
    if unit and unit[1].lower() in UNITS:
        text, scale = text[: unit.start()], UNITS[unit[1].lower()]
    elif name == "uptime" and text.endswith("%"):
        text, scale = text[:-1], 0.01
    read = csv_values.number(text, style)
    return None if read is None else _within(name, float(read) * scale, low, high)


def _within(name: str, value: float, low: float, high: float) -> float:
    try:
        return float(number(name, value, low=low, high=high))
    except ValueError:
        raise Refusal(Reason.NOT_WITHIN, column=name, text=f"{value:g}", low=f"{low:g}", high=f"{high:g}") from None


def _columns(filled: list[tuple[int, Sequence[object]]]) -> tuple[dict[str, int], list[tuple[int, Sequence[object]]]]:
    header = [_text(cell) for cell in filled[0][1]]
    words = [_LETTERS.sub("", cell.lower()) for cell in header]
    columns: dict[str, int] = {}
    for name, words_for in COLUMNS.items():
        places = [place for place, word in enumerate(words) if word in words_for]
        if len(places) > 1:
            raise NotLots(Reason.TWO_COLUMNS, names=", ".join(header[place] for place in places))
        if places:
            columns[name] = places[0]
    if "model" in columns or ("hashrate_ths" in columns and columns.keys() & {"power_w", "efficiency_j_per_th"}):
        return columns, filled[1:]
    widest = max(len(row) for _line, row in filled)
    return {name: place for place, name in enumerate(WITHOUT_HEADER) if place < widest}, filled


def _sign(name: str) -> str:
    return _SIGNS.sub("", _UNIT_OF_SIZE.sub("", name.lower()))


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
