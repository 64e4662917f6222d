"""Excel with a native chart over the cells of its data sheet."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
import xlsxwriter

from core.reporting.table import Table
from core.reporting.wording import Wording

SERIES_COLORS = ("F7931A", "2563EB", "16A34A", "9333EA", "0D9488", "DB2777", "CA8A04", "64748B")
DATE_FORMAT = "yyyy-mm-dd hh:mm"
FONT = "Calibri"
_EXCEL_DAY_ZERO = np.datetime64("1899-12-30T00:00:00", "ms")


def excel_days(times: np.ndarray) -> list[float]:
    """Give times as Excel keeps them: days since 1899-12-30."""
    days: list[float] = ((times - _EXCEL_DAY_ZERO) / np.timedelta64(86_400_000, "ms")).tolist()
    return days


def write_xlsx(table: Table, wording: Wording, at: dt.datetime) -> bytes:
    """Write the sheet with the data, frozen heading included, and the sheet with the chart."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": table.title, "author": wording.source, "created": at.replace(tzinfo=None)})
    data = book.add_worksheet(wording.data[:31])
    _write_cells(book, data, table)
    sheet = book.add_worksheet(wording.chart[:31])
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 16, "font_name": FONT}))
    stamp = wording.exported.format(time=f"{at:%Y-%m-%d %H:%M} UTC")
    sheet.write_string(1, 0, f"{wording.source} · {stamp}", book.add_format({"font_color": "#667085"}))
    sheet.insert_chart(3, 0, _chart(book, wording.data[:31], table), {"description": table.title})
    sheet.activate()
    book.close()
    return out.getvalue()


def _write_cells(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, table: Table) -> None:
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, table.x_title, heading)
    sheet.set_column(0, 0, 18, book.add_format({"num_format": DATE_FORMAT}) if table.x_kind == "time" else None)
    sheet.set_column(1, len(table.columns), 18)
    sheet.freeze_panes(1, 1)
    if table.x_kind == "text":
        for row, text in enumerate(table.x.tolist(), 1):
            sheet.write_string(row, 0, text)
    else:
        places = excel_days(table.x) if table.x_kind == "time" else table.x.tolist()
        for row, place in enumerate(places, 1):
            if not np.isnan(place):
                sheet.write_number(row, 0, place)
    for number, column in enumerate(table.columns, 1):
        sheet.write_string(0, number, column.heading, heading)
        for row, value in enumerate(column.values.tolist(), 1):
            if not np.isnan(value):
                sheet.write_number(row, number, value)


def _chart(book: xlsxwriter.Workbook, sheet: str, table: Table) -> xlsxwriter.chart.Chart:
    bars = all(column.shape == "bar" for column in table.columns)
    kind = {"type": "column"} if bars else {"type": "scatter", "subtype": "straight"}
    if table.x_kind == "text" and not bars:
        kind = {"type": "line"}
    chart = book.add_chart(kind)
    last = max(len(table.x), 1)
    for number, column in enumerate(table.columns, 1):
        color = f"#{column.color or SERIES_COLORS[(number - 1) % len(SERIES_COLORS)]}"
        chart.add_series(
            {
                "name": [sheet, 0, number],
                "categories": [sheet, 1, 0, last, 0],
                "values": [sheet, 1, number, last, number],
                "line": {"color": color, "width": 1.75},
                **({"fill": {"color": color}} if bars else {}),
            }
        )
    chart.set_title({"name": table.title})
    axis: dict[str, Any] = {"name": table.x_title, "major_gridlines": {"visible": False}}
    if table.x_kind == "time":
        axis |= {"num_format": DATE_FORMAT, "num_font": {"rotation": -45}}
        if not bars and len(table.x):
            days = excel_days(table.x)
            axis |= {"min": days[0], "max": days[-1]} if days[0] < days[-1] else {}
    chart.set_x_axis(axis)
    chart.set_y_axis({"name": table.unit, "major_gridlines": {"visible": True, "line": {"color": "#E4E7EC"}}})
    chart.set_legend({"position": "bottom"} if len(table.columns) > 1 else {"none": True})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 1120, "height": 520})
    return chart
