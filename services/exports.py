"""All machines of a grid as a file: Excel with typed cells, CSV for everything else.

The words (headings, names of states) come with the job in the reader's language: a worker has no reader.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from core.access import Actor
from core.hosting.columns import COLUMNS, STATES, Column, Kind
from core.hosting.filters import GridQuery, parse
from core.reporting.cells import neutral
from services import grid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
MAX_LIST = 12

Progress = Callable[[float], None]
Cell = str | float | dt.datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """A file that was made."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the file."""

    column: Column
    title: str

    @property
    def text(self) -> str:
        """Give the title with its unit; a time is in UTC, which has no unit."""
        unit = "UTC" if self.column.kind is Kind.TIME else self.column.unit
        return f"{self.title} [{unit}]" if unit else self.title


def machines_xlsx(actor: Actor, params: dict[str, Any], progress: Progress) -> File:
    """Write an Excel sheet: typed cells, units in the headings, a frozen heading, a filter over all columns."""
    headings, words, now = _headings(params), _words(params), dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "machines.xlsx"
        # Row by row to disk: 100,000 machines need no more memory than 100.
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": TIME_FORMAT,
        }
        book = xlsxwriter.Workbook(path, options)
        sheet = book.add_worksheet(neutral(params.get("sheet") or "Machines")[:31])
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for at, heading in enumerate(headings):
            column = heading.column
            form = book.add_format({"num_format": _number_format(column)})
            sheet.set_column(at, at, _width(column), form)
        sheet.freeze_panes(1, 1)
        for at, heading in enumerate(headings):
            sheet.write_string(0, at, neutral(heading.text), bold)
        row = 0
        for row, cells in enumerate(_rows(actor, params, headings, words, now, progress), 1):
            for at, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, at, cell)
                elif isinstance(cell, dt.datetime):
                    sheet.write_datetime(row, at, cell.replace(tzinfo=None))
                elif cell is not None:
                    sheet.write_number(row, at, cell)
        sheet.autofilter(0, 0, max(row, 1), len(headings) - 1)
        book.close()
        progress(1.0)
        return File(_name(params, now, "xlsx"), XLSX, path.read_bytes())


def machines_csv(actor: Actor, params: dict[str, Any], progress: Progress) -> File:
    """Write CSV: UTF-8 with a byte order mark, or Excel takes it for the system's code page; absent is an empty cell."""
    headings, words, now = _headings(params), _words(params), dt.datetime.now(dt.UTC)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(heading.text) for heading in headings])
    for cells in _rows(actor, params, headings, words, now, progress):
        writer.writerow([_plain(cell) for cell in cells])
    progress(1.0)
    return File(_name(params, now, "csv"), CSV, b"\xef\xbb\xbf" + out.getvalue().encode())


def _rows(
    actor: Actor,
    params: dict[str, Any],
    headings: list[Heading],
    words: dict[str, str],
    now: dt.datetime,
    progress: Progress,
) -> Iterator[list[Cell]]:
    query, site = _query(params)
    counted = grid.totals(actor, query, site, now).machines
    done = 0
    progress(0.0)
    for chunk in grid.everything(actor, query, site, now):
        for record in chunk.astype(object).to_dict("records"):
            row = {key: _present(value) for key, value in record.items()}
            yield [_CELLS.get(heading.column.key, _cell)(row, heading.column, words) for heading in headings]
        done += len(chunk)
        progress(0.95 * done / max(counted, done))


def _cell(row: dict[str, Any], column: Column, _words: dict[str, str]) -> Cell:
    value = row[column.key]
    if value is None:
        return None
    if column.kind is Kind.NUMBER:
        return round(float(value) / column.per_unit, column.decimals + 2)
    if column.kind is Kind.TIME:
        moment: dt.datetime = value.to_pydatetime()
        return moment.astimezone(dt.UTC)
    return neutral(value)


def _present(value: Any) -> Any:
    # pandas says "absent" in three ways.
    absent = value is pd.NaT or (isinstance(value, float) and value != value)
    return None if absent else value


def _state(row: dict[str, Any], _column: Column, words: dict[str, str]) -> Cell:
    state = STATES[int(row["state"]) - 1]
    return words.get(state, state)


def _mode(row: dict[str, Any], _column: Column, words: dict[str, str]) -> Cell:
    return None if row["mode"] is None else words.get(row["mode"], row["mode"])


def _alerts(row: dict[str, Any], _column: Column, words: dict[str, str]) -> Cell:
    kinds = row["alert"]
    return ", ".join(words.get(kind, kind) for kind in kinds[:MAX_LIST]) if kinds else None


def _site(row: dict[str, Any], _column: Column, _words: dict[str, str]) -> Cell:
    return neutral(row["site_name"])


def _client(row: dict[str, Any], _column: Column, words: dict[str, str]) -> Cell:
    return neutral(row["client_name"]) if row["client_name"] else words.get("unassigned")


def _place(row: dict[str, Any], _column: Column, _words: dict[str, str]) -> Cell:
    parts = [row["rack"], None if row["position"] is None else str(int(row["position"]))]
    return neutral(" / ".join(part for part in parts if part is not None)) if any(parts) else None


_CELLS: dict[str, Callable[[dict[str, Any], Column, dict[str, str]], Cell]] = {
    "state": _state,
    "mode": _mode,
    "alert": _alerts,
    "site": _site,
    "client": _client,
    "place": _place,
}


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell if isinstance(cell, str) else repr(cell).removesuffix(".0")


def _query(params: dict[str, Any]) -> tuple[GridQuery, str | None]:
    return parse(str(params.get("query") or "")), params.get("site")


def _headings(params: dict[str, Any]) -> list[Heading]:
    titles = params.get("titles") or {}
    return [Heading(COLUMNS[key], str(titles.get(key, key))) for key in params["columns"] if key in COLUMNS]


def _words(params: dict[str, Any]) -> dict[str, str]:
    return {str(key): neutral(word) for key, word in (params.get("words") or {}).items()}


def _number_format(column: Column) -> str:
    if column.kind is Kind.TIME:
        return TIME_FORMAT
    if column.kind is not Kind.NUMBER:
        return "General"
    return f"#,##0.{'0' * column.decimals}" if column.decimals else "#,##0"


def _width(column: Column) -> int:
    return {Kind.NUMBER: 13, Kind.TIME: 20, Kind.IP: 16}.get(column.kind, 22 if column.key != "place" else 16)


def _name(params: dict[str, Any], now: dt.datetime, extension: str) -> str:
    stem = (
        "".join(char for char in str(params.get("file") or "machines") if char.isalnum() or char in "-_") or "machines"
    )
    return f"{stem}-{now:%Y%m%d-%H%M}.{extension}"
