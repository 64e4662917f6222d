"""The AG Grid of machines: columns from the one table of the core, and the words that the cells in the browser need."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from core.hosting.alerts import (
    LOW_OVER_SHARE,
    LOW_SHARE,
    OVERHEATING_C,
    OVERHEATING_OVER_C,
    REJECTS_OVER_SHARE,
    REJECTS_SHARE,
    RULES,
)
from core.hosting.columns import COLUMNS, Kind
from core.hosting.filters import GridQuery
from dashboard import ids
from dashboard.components.vocabulary import alert_word, error_word, lifecycle_word, source_word, state_word
from dashboard.formats import locale
from dashboard.i18n import _

ROW_HEIGHT = 32
_PINNED = ("state", "asset_id")  # who it is stays in sight
# column: (renderer in assets/js/grid-cells.js, width)
_CELLS: dict[str, tuple[str, int]] = {
    "state": ("HiState", 106),
    "asset_id": ("HiMachine", 124),
    "model": ("HiText", 206),
    "site": ("HiSite", 134),
    "place": ("HiPlace", 118),
    "client": ("HiClient", 140),
    "hashrate_ths": ("HiHashrate", 134),
    "hashrate_share": ("HiShare", 138),
    "efficiency_j_per_th": ("HiNumber", 134),
    "power_w": ("HiPower", 106),
    "temp_max_c": ("HiTemperature", 116),
    "fan_min_rpm": ("HiFans", 116),
    "reject_ratio": ("HiRejects", 104),
    "uptime": ("HiUptime", 104),
    "pool": ("HiPool", 196),
    "firmware": ("HiText", 160),
    "mode": ("HiMode", 96),
    "last_seen": ("HiAgo", 116),
    "earning_usd_per_h": ("HiNumber", 124),
    "break_even_usd_per_kwh": ("HiNumber", 190),
    "alert": ("HiAlerts", 180),
    "ip": ("HiText", 124),
    "mac": ("HiText", 148),
    "serial": ("HiText", 132),
    "worker": ("HiText", 190),
}


def column_title(key: str) -> str:
    """Name a column."""
    known = {
        "state": _("State"),
        "asset_id": _("Machine"),
        "model": _("Model"),
        "site": _("Site"),
        "place": _("Rack / position"),
        "client": _("Client"),
        "hashrate_ths": _("Hashrate"),
        "hashrate_share": _("Of expected"),
        "efficiency_j_per_th": _("Efficiency"),
        "power_w": _("Power"),
        "temp_max_c": _("Hottest"),
        "fan_min_rpm": _("Fans"),
        "reject_ratio": _("Rejects"),
        "uptime": _("Uptime"),
        "pool": _("Pool"),
        "firmware": _("Firmware"),
        "mode": _("Mode"),
        "last_seen": _("Last seen"),
        "earning_usd_per_h": _("Earning"),
        "break_even_usd_per_kwh": _("Break-even power"),
        "alert": _("Alerts"),
        "ip": "IP",
        "mac": "MAC",
        "serial": _("Serial"),
        "worker": _("Worker"),
    }
    return known[key]


def column_meaning(key: str) -> str:
    """Say what a column shows, where its name does not."""
    known = {
        "hashrate_ths": _("Newest hashrate by the machine's own word"),
        "hashrate_share": _("Hashrate against what the machine says it should do, or else its model"),
        "efficiency_j_per_th": _("Power divided by hashrate"),
        "power_w": _("Power of the machine; ≈ marks a figure of its data sheet, scaled by its hashrate"),
        "temp_max_c": _("The hottest of all its sensors"),
        "fan_min_rpm": _("Speed of the slowest fan, and how many there are"),
        "reject_ratio": _("Rejected among the last 200 shares or so"),
        "last_seen": _("When it last gave a good reading"),
        "earning_usd_per_h": _("Hashrate × newest price and reward ÷ difficulty, before power and pool fee"),
        "break_even_usd_per_kwh": _(
            "Power price at which the machine earns exactly its energy, site overhead included"
        ),
    }
    return known.get(key, column_title(key))


def grid(*, query: GridQuery) -> Component:
    """Give the grid without rows; they come with the first answer."""
    shown = query.shown
    order = [*shown, *(key for key in COLUMNS if key not in shown)]
    sorts = {sort.column: (number, sort) for number, sort in enumerate(query.sort)}
    return AgGrid(
        id=ids.GRID,
        className="hi-grid__table",
        columnDefs=[_definition(key, hide=key not in shown, sort=sorts.get(key)) for key in order],
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "sortingOrder": ["asc", "desc", None],
            "comparator": {"function": "hiKeepOrder"},
            "suppressHeaderMenuButton": True,
            "enableCellChangeFlash": True,
        },
        getRowId="params.data.id",
        dashGridOptions={
            "context": {"words": words(), "limits": _LIMITS, "locale": locale().replace("_Hans", "").replace("_", "-")},
            "rowHeight": ROW_HEIGHT,
            "headerHeight": 38,
            "animateRows": False,
            "cellFlashDuration": 150,
            "cellFadeDuration": 100,
            "suppressCellFocus": False,
            "suppressDragLeaveHidesColumns": True,
            "suppressColumnVirtualisation": False,
            "alwaysMultiSort": False,
            "tooltipShowDelay": 500,
            "localeText": _locale_text(),
            "suppressNoRowsOverlay": True,
            "ensureDomOrder": True,
            "getRowClass": {"function": "hiRowClass(params)"},
        },
        eventListeners={
            "sortChanged": ["hiSorted(params)"],
            "columnMoved": ["hiMoved(params)"],
            "rowClicked": ["hiOpened(params)"],
            "cellKeyDown": ["hiKeyed(params)"],
        },
        rowData=[],
        style={},
    )


def skeleton_rows(rows: int = 14) -> Component:
    """Give the grey rows that stand where machines will be."""
    return html.Div(
        [html.Div(className="hi-skeleton-line") for _row in range(rows)],
        className="hi-grid__skeleton",
        **{"aria-busy": "true"},
    )


def words() -> dict[str, Any]:
    """Give what the cells say, in the reader's language."""
    return {
        "state": state_words(),
        "mode": mode_words(),
        "alert": {kind: alert_word(kind) for kind in RULES},
        "source": {source: source_word(source) for source in ("meter", "device", "custom", "nameplate", "catalogue")},
        "error": {
            error: error_word(error)
            for error in ("refused", "unreachable", "timeout", "cut", "oversized", "unreadable", "")
        },
        "unassigned": _("unassigned"),
        "expected": _("Expected {value} TH/s: {source}"),
        "last": _("last {value} TH/s"),
        "stopped": _("{n} of {all} stopped"),
        "shares": _("{accepted} accepted, {rejected} rejected since its start"),
        "ago": _("{time} ago"),
        "time": {"s": _("{n} s"), "min": _("{n} min"), "h": _("{h} h {m} min"), "d": _("{d} d {h} h")},
        "why": {
            "gone": _("No answer for {time}: {error}"),
            "never": _("It has never answered."),
            "repair": _("In repair: it is not asked."),
            "new": _("Not approved yet: it is not asked."),
            "retired": _("Retired: it is not asked."),
            "untold": _("The machine does not say."),
            "sleeping": _("It sleeps."),
            "empty": _("Not in the inventory."),
            "market": _("No price, difficulty and block reward are known yet."),
            "calm": _("No open alert."),
        },
        "fields": {key: column_title(key) for key in ("place", "hashrate_ths", "temp_max_c", "power_w", "last_seen")},
    }


def state_words() -> dict[str, str]:
    """Name every state of the grid."""
    return {
        **{state: state_word(state) for state in ("online", "stale", "offline", "lost", "sleeping", "starting")},
        **{state: lifecycle_word(state) for state in ("new", "repair", "retired")},
    }


def mode_words() -> dict[str, str]:
    """Name every mode of a machine."""
    return {"mining": _("mining"), "starting": _("starting"), "sleeping": _("sleeping")}


_LIMITS = {
    "hot": OVERHEATING_C,
    "warm": OVERHEATING_OVER_C,
    "low": LOW_SHARE,
    "lowish": LOW_OVER_SHARE,
    "rejects": REJECTS_SHARE,
    "rejectsSome": REJECTS_OVER_SHARE,
}


def _definition(key: str, *, hide: bool, sort: tuple[int, Any] | None) -> dict[str, Any]:
    column = COLUMNS[key]
    renderer, width = _CELLS[key]
    unit = f" {column.unit}" if column.unit and column.kind is Kind.NUMBER and key != "uptime" else ""
    definition: dict[str, Any] = {
        "field": key,
        "headerName": f"{column_title(key)}{unit}",
        "headerTooltip": column_meaning(key),
        "cellRenderer": renderer,
        "cellRendererParams": {"decimals": column.decimals},
        "width": width,
        "minWidth": 72,
        "hide": hide,
        "cellDataType": False,
    }
    if column.align == "end":
        definition |= {"type": "rightAligned", "cellClass": "hi-num"}
    if key in _PINNED:
        definition |= {"pinned": "left", "lockPinned": True}
    if key == "asset_id":
        definition |= {"lockVisible": True}
    if sort is not None:
        definition |= {"initialSort": "desc" if sort[1].descending else "asc", "initialSortIndex": sort[0]}
    return definition


def _locale_text() -> dict[str, str]:
    return {
        "noRowsToShow": _("No machine matches"),
        "loadingOoo": _("Loading"),
        "ariaSortableColumn": _("Press Enter to sort"),
        "ariaMenuColumn": "",
        "ariaDefaultListName": _("List"),
    }
