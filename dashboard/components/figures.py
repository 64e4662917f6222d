"""Figures of lines over time, as plain dictionaries: building a `go.Figure` validates every key and costs more than the
query behind it; the tests validate what this makes instead.

The title stands in `layout.meta.title` (the panel shows it as text), the title of a y axis is the unit: what exports
the figure reads them there.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from dash import Patch

Floats = npt.NDArray[np.floating[Any]]
Figure = dict[str, Any]

SERIES = ("#f7931a", "#60a5fa", "#22c55e", "#c084fc", "#2dd4bf", "#f472b6", "#facc15", "#94a3b8")
DASHES = ("solid", "dash", "dot", "dashdot")
PANEL, RAISED, HAIRLINE, BORDER = "#212539", "#292e45", "#363c58", "#8a8fb5"
STRONG, NORMAL, MUTED = "#ffffff", "#d7d9e4", "#a0a4b8"
FONT = 'Inter, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif'
DIRECT_LABELS = 4  # more series than this are named in a legend
LABEL_WIDTH_PX = 130  # and so are those with longer names: a phone's plot is 300 px wide
LABEL_PX = 15
PLOT_PX = 190  # height of the plotting area that label distances are reckoned for
LEAST_SPAN = 0.05  # of the largest value: a ripple of a tenth of a per cent must not look like a storm
LINE_WIDTH = 38  # Latin letters beside each other in the narrowest chart; a Chinese character takes the room of two
MOVING = ("x", "y", "open", "high", "low", "close")
GAP_STEPS = 2.6  # a hole wider than this is shown as one

# Tick labels by zoom level, because the month names of Plotly's zh-CN locale read "一 11" in its default formats.
TICKS: dict[str, list[dict[str, Any]]] = {
    "en": [
        {"dtickrange": [None, 86_400_000], "value": "%H:%M\n%-d %b"},
        {"dtickrange": [86_400_000, "M1"], "value": "%-d %b"},
        {"dtickrange": ["M1", None], "value": "%b\n%Y"},
    ],
    "zh": [
        {"dtickrange": [None, 86_400_000], "value": "%H:%M\n%-m月%-d日"},
        {"dtickrange": [86_400_000, "M1"], "value": "%-m月%-d日"},
        {"dtickrange": ["M1", None], "value": "%-m月\n%Y年"},
    ],
}
HOVER = {"en": "%-d %b %Y %H:%M", "zh": "%Y年%-m月%-d日 %H:%M"}


@dataclass(frozen=True, slots=True)
class Line:
    """One series: `values` in the unit of the chart; `color` is a place in SERIES."""

    name: str
    values: Floats
    color: int = 0
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """An event as a thin vertical line with a word."""

    at: dt.datetime
    word: str


@lru_cache(maxsize=1)
def template() -> dict[str, Any]:
    """Give the dark look that every chart shares."""
    axis = {
        "gridcolor": HAIRLINE,
        "gridwidth": 1,
        "linecolor": HAIRLINE,
        "zerolinecolor": BORDER,
        "automargin": True,
        "tickfont": {"size": 12, "color": MUTED},
        "title": {"font": {"size": 12, "color": MUTED}, "standoff": 10},
    }
    return {
        "layout": {
            "paper_bgcolor": PANEL,
            "plot_bgcolor": PANEL,
            "colorway": list(SERIES),
            "font": {"family": FONT, "size": 12, "color": NORMAL},
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": RAISED,
                "bordercolor": HAIRLINE,
                "font": {"family": FONT, "size": 12, "color": STRONG},
            },
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"size": 12, "color": NORMAL},
            },
            # As many ticks as fit lying, on a phone too.
            "xaxis": {**axis, "showgrid": False, "showspikes": False, "tickangle": 0, "ticklabelstandoff": 6},
            "yaxis": {**axis, "zeroline": False},
            "dragmode": "zoom",
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": MUTED, "activecolor": SERIES[0]},
        }
    }


def local_times(epoch_s: Floats, time_zone: str) -> npt.NDArray[np.datetime64]:
    """Give the wall-clock times of a zone, as Plotly draws them: without a zone."""
    times = pd.to_datetime(np.asarray(epoch_s, dtype=float), unit="s", utc=True).tz_convert(ZoneInfo(time_zone))
    return np.asarray(times.tz_localize(None), dtype="datetime64[s]")


def with_gaps(epoch_s: Floats, columns: Sequence[Floats], step_s: float) -> tuple[Floats, list[Floats]]:
    """Put an absent value into every hole, so that no line is drawn where nothing was measured."""
    at = np.asarray(epoch_s, dtype=float)
    widths = np.diff(at)
    usual = max(step_s, float(np.median(widths)) if len(widths) else step_s)
    holes = np.flatnonzero(widths > GAP_STEPS * usual) + 1
    times = np.insert(at, holes, at[holes - 1] + usual)
    return times, [np.insert(np.asarray(column, dtype=float), holes, np.nan) for column in columns]


def lines_over_time(
    *,
    title: str,
    unit: str,
    at: Floats,
    lines: Sequence[Line],
    time_zone: str,
    time_title: str,
    language: str,
    decimals: int = 1,
    span: tuple[dt.datetime, dt.datetime] | None = None,
    step_s: float = 0.0,
    rules: Sequence[Rule] = (),
    revision: str = "",
) -> Figure:
    """Draw lines over one time axis; `revision` is what a zoom belongs to and is kept under."""
    times, columns = with_gaps(at, [line.values for line in lines], step_s)
    x = texts(local_times(times, time_zone))
    zone = ZoneInfo(time_zone)
    direct = 1 < len(lines) <= DIRECT_LABELS and _label_margin(lines) <= LABEL_WIDTH_PX
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": line.name,
            "x": x,
            "y": packed(values),
            "line": {"color": SERIES[line.color], "width": 1.75, "dash": DASHES[1] if line.dashed else "solid"},
            "hovertemplate": f"%{{y:,.{decimals}f}} {unit}",
            **({"fill": "tozeroy", "fillcolor": _faint(SERIES[line.color])} if line.filled else {}),
        }
        for line, values in zip(lines, columns, strict=True)
    ]
    layout: dict[str, Any] = {
        "template": template(),
        "meta": {"title": title},
        "margin": {
            "l": 56,
            "r": _label_margin(lines) if direct else 16,
            "t": 12 if direct or len(lines) == 1 else 32,
            "b": 44,
        },
        "showlegend": len(lines) > 1 and not direct,
        "uirevision": revision or title,
        "xaxis": {
            "type": "date",
            "title": {"text": time_title},
            "tickformatstops": TICKS[language],
            "hoverformat": HOVER[language],
        },
        "yaxis": {"title": {"text": unit}},
        "annotations": (_direct_labels(lines, columns) if direct else []) + [_rule_label(rule, zone) for rule in rules],
        "shapes": [_rule_line(rule, zone) for rule in rules],
    }
    if span is not None:
        layout["xaxis"]["range"] = [_wall(moment, zone) for moment in span]
    extent = _extent(columns)
    if extent is not None:
        layout["yaxis"]["range"] = extent
    return {"data": traces, "layout": layout}


def words(message: str) -> Figure:
    """Give a chart without data that says why."""
    return {
        "data": [],
        "layout": {
            "template": template(),
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "annotations": [
                {
                    "text": "<br>".join(_folded(message)),
                    "showarrow": False,
                    "xref": "paper",
                    "yref": "paper",
                    "x": 0.5,
                    "y": 0.5,
                    "font": {"size": 13, "color": MUTED},
                }
            ],
        },
    }


def _folded(message: str) -> list[str]:
    """Cut a sentence into lines that a phone has room for: Plotly breaks none, and a Chinese one has no blanks."""
    lines, width = [""], 0
    for word in re.findall(r"[\u3000-\uffef]|[^\s\u3000-\uffef]+\s*|\s+", message):
        is_wide = word[0] >= "\u3000"
        size = 2 if is_wide else len(word)
        if width + (size if is_wide else len(word.rstrip())) > LINE_WIDTH and not (is_wide and word in "，。；：、）"):
            lines.append("")
            width = 0
        lines[-1] += word
        width += size
    return [line.rstrip() for line in lines]


def blank() -> Figure:
    """Give nothing to draw: the skeleton behind it is seen until the data is there."""
    clear = "rgba(0,0,0,0)"
    return {
        "data": [],
        "layout": {
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "annotations": [],
        },
    }


def moved(figure: Figure) -> Patch:
    """Give only what moves when newer data comes: the lines slide, the zoom stays, nothing flashes."""
    patch = Patch()
    for number, trace in enumerate(figure["data"]):
        for part in MOVING:
            if part in trace:
                patch["data"][number][part] = trace[part]
    for part in ("annotations", "shapes"):
        patch["layout"][part] = figure["layout"][part]
    for axis in ("xaxis", "yaxis"):
        if "range" in figure["layout"][axis]:
            patch["layout"][axis]["range"] = figure["layout"][axis]["range"]
    return patch


def drawn_or_moved(made: Sequence[Figure], what: str, drawn: object) -> list[Any]:
    """Give each figure whole, or only its movement where the same lines are on the screen; and last, what now is."""
    here = [what, *(len(figure["data"]) for figure in made)]
    keep = drawn == here and all(here[1:])
    return [*(moved(figure) if keep else figure for figure in made), here]


def packed(values: Floats) -> dict[str, str]:
    """Pack numbers as Plotly reads them from JSON; a NaN is a gap."""
    return {"dtype": "f8", "bdata": base64.b64encode(np.asarray(values, dtype="<f8").tobytes()).decode()}


def texts(times: npt.NDArray[np.datetime64]) -> list[str]:
    """Write wall-clock times as Plotly reads them."""
    written: list[str] = np.datetime_as_string(times.astype("datetime64[s]")).tolist()
    return written


def _extent(columns: Sequence[Floats]) -> list[float] | None:
    values = np.concatenate([column[np.isfinite(column)] for column in columns]) if columns else np.array([])
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    room = max((high - low) * 0.08, (abs(high) * LEAST_SPAN - (high - low)) / 2, 0.01)
    return [max(low - room, 0.0) if low >= 0 else low - room, high + room]


def _direct_labels(lines: Sequence[Line], columns: Sequence[Floats]) -> list[dict[str, Any]]:
    """Name each line at its end, pushed apart where two ends meet."""
    extent = _extent(columns)
    ends = [(number, column[np.isfinite(column)]) for number, column in enumerate(columns)]
    last = sorted((float(values[-1]), number) for number, values in ends if len(values))
    if extent is None:
        return []
    px_per_unit = PLOT_PX / (extent[1] - extent[0])
    labels = []
    lowest_free = -np.inf
    for value, number in last:
        natural = (value - extent[0]) * px_per_unit
        placed = max(natural, lowest_free)
        lowest_free = placed + LABEL_PX
        labels.append(
            {
                "text": lines[number].name,
                "showarrow": False,
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 6,
                "y": value,
                "yref": "y",
                "yshift": round(placed - natural),
                "font": {"size": 12, "color": SERIES[lines[number].color]},
            }
        )
    return labels


def _label_margin(lines: Sequence[Line]) -> int:
    return 16 + max(sum(13 if ord(letter) > 0x2E80 else 7 for letter in line.name) for line in lines)


def _rule_line(rule: Rule, zone: ZoneInfo) -> dict[str, Any]:
    at = _wall(rule.at, zone)
    line = {"color": BORDER, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _rule_label(rule: Rule, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "text": rule.word,
        "x": _wall(rule.at, zone),
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": MUTED},
    }


def _wall(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _faint(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.08)"
