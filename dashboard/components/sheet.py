"""A table of many rows that people sort: one component whatever its size, where a component a cell would stop the browser.

The server writes every cell in the reader's language; the browser sorts by the value behind the text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from dashboard import formats
from dashboard.components.grid import ROW_HEIGHT
from dashboard.i18n import _


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the rows, its heading, its least width, and whether it holds numbers."""

    key: str
    title: str
    width_px: int = 110
    number: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Attributes
    ----------
    value : float, str or None
        What it is sorted by; NaN counts as None.
    said : str
        What it shows.
    href : str
        Where a press leads, inside the product.
    sends : str
        What a press tells the callback on ``cellRendererData``.
    tone, why : str
        A class, and what a pointer at rest is told.
    """

    value: float | str | None
    said: str
    href: str = ""
    sends: str = ""
    tone: str = ""
    why: str = ""


def sheet(*, id: str, label: str, columns: Iterable[Column], rows: list[dict[str, Any]], none: str) -> Component:
    """Give the table; `none` is what stands there while it has no row, `rows` come from `packed`."""
    return html.Div(
        AgGrid(
            id=id,
            className="hi-sheet__table",
            style={},
            columnDefs=definitions(columns),
            rowData=rows,
            defaultColDef={
                "sortable": True,
                "resizable": True,
                "sortingOrder": ["asc", "desc", None],
                "suppressHeaderMenuButton": True,
                "cellDataType": False,
                "cellRenderer": "HiSheetCell",
                "cellClass": {"function": "hiSheetClass(params)"},
                "tooltipValueGetter": {"function": "hiSheetWhy(params)"},
                "getQuickFilterText": {"function": "hiSheetSaid(params)"},
                "wrapHeaderText": True,
                "autoHeaderHeight": True,
                "flex": 1,
            },
            dashGridOptions={
                "rowHeight": ROW_HEIGHT,
                "animateRows": False,
                "tooltipShowDelay": 500,
                "ensureDomOrder": True,
                "suppressDragLeaveHidesColumns": True,
                "localeText": {
                    "noRowsToShow": none,
                    "noMatchingRows": none,
                    "ariaSortableColumn": _("Press Enter to sort"),
                },
            },
            eventListeners={"cellKeyDown": ["hiSheetKeyed(params)"]},
        ),
        className="hi-sheet",
        role="region",
        **{"aria-label": label},
    )


def definitions(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Give the columns as AG Grid wants them."""
    return [
        {
            "field": column.key,
            "headerName": column.title,
            "minWidth": column.width_px,
            **({"type": "rightAligned", "cellClass": {"function": "hiSheetNumber(params)"}} if column.number else {}),
            **({"pinned": "left", "lockPinned": True, "width": column.width_px} if column.pinned else {}),
        }
        for column in columns
    ]


def packed(rows: Sequence[Mapping[str, Cell]]) -> list[dict[str, Any]]:
    """Give the rows as AG Grid wants them: values to sort by, and under ``said`` what each cell shows."""
    return [
        {
            **{key: _sortable(cell.value) for key, cell in row.items()},
            "said": {key: _spoken(cell) for key, cell in row.items()},
        }
        for row in rows
    ]


def _sortable(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _spoken(cell: Cell) -> list[str]:
    return [cell.said or formats.DASH, cell.href, cell.sends, cell.tone, cell.why]
