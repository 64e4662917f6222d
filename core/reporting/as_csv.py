"""CSV: UTF-8 with a byte order mark, because Excel takes a file without one for the system's code page."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np

from core.reporting.table import Table
from core.reporting.wording import Wording


def x_texts(table: Table) -> list[str]:
    """Write the x values as they stand in a cell: ISO time to the second, shortest number, text."""
    if table.x_kind == "time":
        seconds = table.x.astype("datetime64[s]")
        return [text.replace("T", " ") for text in np.datetime_as_string(seconds).tolist()]
    return [repr(value) if isinstance(value, float) else str(value) for value in table.x.tolist()]


def write_csv(table: Table, wording: Wording, at: dt.datetime) -> bytes:
    """Write one heading row and one row for each x; absent is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([table.x_title, *(column.heading for column in table.columns)])
    values = [["" if np.isnan(value) else repr(value) for value in column.values.tolist()] for column in table.columns]
    writer.writerows(zip(x_texts(table), *values, strict=True))
    return b"\xef\xbb\xbf" + out.getvalue().encode()
