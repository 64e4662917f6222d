"""The formats a chart leaves in, as one table: a new one is a writer and a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from core.reporting.as_csv import write_csv
from core.reporting.as_pptx import write_pptx
from core.reporting.as_xlsx import write_xlsx
from core.reporting.table import Table
from core.reporting.wording import Wording

__all__ = ["FORMATS", "Format", "Wording"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a table is written, and what the browser is told of it."""

    extension: str
    media_type: str
    write: Callable[[Table, Wording, dt.datetime], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format("csv", "text/csv; charset=utf-8", write_csv),
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "pptx": Format("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", write_pptx),
}
