"""Spreadsheets in and out: rows of an uploaded one, the calculator's workings with their formulas, tables of results."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

from core.calculator.sheet import Sheet, rendered
from core.reporting.cells import neutral

MAX_UNPACKED_BYTES = 64 << 20
MAX_COLUMNS = 64
NUMBER = "#,##0.00######"


class Unreadable(ValueError):
    """The file is no spreadsheet that can be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of the workings in the reader's language; `title` and `unit_of` translate those of the core's tables."""

    title: Callable[[str], str]
    unit_of: Callable[[str], str]
    choice: Callable[[str, str], str]
    inputs: str
    results: str
    months: str
    name: str
    value: str
    unit: str
    note: str


def first_sheet(content: bytes, max_rows: int) -> list[list[Any]]:
    """Give the cells of the first sheet.

    Raises
    ------
    Unreadable
        If it is no workbook, or unpacks to more than anybody has typed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise Unreadable(f"it unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=max_rows + 1, max_col=MAX_COLUMNS, values_only=True)
        return [list(row) for row in rows]
    except Unreadable:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError, EOFError) as error:
        raise Unreadable("it is no Excel workbook") from error


def workings(made: Sheet, words: Wording) -> bytes:
    """Write a calculation with live formulas: inputs to change, results, and the months of the plan."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    free = book.add_format({"num_format": NUMBER, "bg_color": "#FFF3E0", "locked": False})
    number = book.add_format({"num_format": NUMBER})
    faint = book.add_format({"font_color": "#6B7280", "text_wrap": True})
    names = [words.inputs[:31], words.months[:31]]
    front, behind = (book.add_worksheet(neutral(name)) for name in names)
    front.set_column(0, 0, 38)
    front.set_column(1, 2, 18)
    for at, word in enumerate((words.name, words.value, words.unit)):
        front.write_string(0, at, neutral(word), head)
    row = 0
    for row, entry in enumerate(made.inputs, 1):
        front.write_string(row, 0, neutral(words.title(entry.title)))
        if isinstance(entry.value, str):
            front.write_string(row, 1, neutral(words.choice(entry.name, entry.value)))
        else:
            front.write_number(row, 1, entry.value, free)
            book.define_name(entry.name, f"='{names[0]}'!$B${row + 1}")
        front.write_string(row, 2, neutral(words.unit_of(entry.unit)))
    front.write_string(row + 1, 0, neutral(words.note), faint)
    first, last = 2, 1 + len(made.months[0].values)
    letters = {column.name: xlsxwriter.utility.xl_col_to_name(at) for at, column in enumerate(made.months)}

    def at_row(line: int) -> Callable[[str, str], str]:
        def place(name: str, how: str) -> str:
            letter = letters[name]
            if how == ":":
                return f"'{names[1]}'!${letter}${first}:${letter}${last}"
            return f"{letter}{line - (how == '^')}"

        return place

    start = row + 3
    for at, word in enumerate((words.results, words.value, words.unit)):
        front.write_string(start, at, neutral(word), head)
    for row, entry in enumerate(made.results, start + 1):
        front.write_string(row, 0, neutral(words.title(entry.title)))
        value = entry.value if isinstance(entry.value, str) or np.isfinite(entry.value) else ""
        if entry.formula:
            front.write_formula(row, 1, f"={rendered(entry.formula, at_row(0))}", number, value)
        else:
            front.write(row, 1, value, number)
        book.define_name(entry.name, f"='{names[0]}'!$B${row + 1}")
        front.write_string(row, 2, neutral(words.unit_of(entry.unit)))
    for at, column in enumerate(made.months):
        heading = words.title(column.title) + (f" [{words.unit_of(column.unit)}]" if column.unit else "")
        behind.write_string(0, at, neutral(heading), head)
        behind.set_column(at, at, 16)
        for line, value in enumerate(column.values, first):
            formula = column.first if line == first else column.formula
            if formula:
                shown = float(value) if np.isfinite(value) else ""
                behind.write_formula(line - 1, at, f"={rendered(formula, at_row(line))}", number, shown)
    for sheet in (front, behind):
        sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()


def table(frame: pd.DataFrame, headings: Mapping[str, str], sheet: str, totals: Sequence[tuple[str, float]]) -> bytes:
    """Write a table with typed cells, and below it what its rows come to."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(neutral(sheet)[:31])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    number, bold = book.add_format({"num_format": NUMBER}), book.add_format({"bold": True})
    for at, name in enumerate(headings):
        page.write_string(0, at, neutral(headings[name]), head)
        page.set_column(at, at, 30 if at == 1 else 14)
        for row, value in enumerate(frame[name].tolist(), 1):
            if isinstance(value, str):
                page.write_string(row, at, neutral(value))
            elif value is not None and np.isfinite(value):
                page.write_number(row, at, float(value), number)
    for row, (title, value) in enumerate(totals, len(frame) + 2):
        page.write_string(row, 0, neutral(title), bold)
        page.write_number(row, 1, value, number)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, max(len(frame), 1), len(headings) - 1)
    book.close()
    return out.getvalue()


def as_csv(frame: pd.DataFrame, headings: Mapping[str, str]) -> bytes:
    """Write a table as CSV: UTF-8 with a byte order mark, or Excel takes it for the system's code page."""
    shown = frame[list(headings)].rename(columns={name: neutral(title) for name, title in headings.items()})
    for column in shown.columns:
        if not pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = shown[column].map(neutral)
    written: str = shown.to_csv(index=False, lineterminator="\r\n")
    return b"\xef\xbb\xbf" + written.encode()
