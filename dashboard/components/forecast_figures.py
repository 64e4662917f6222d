"""Figures of forecasts: a solid past, a dashed expectation, and two shaded bands with their names inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.components.figures import (
    BORDER,
    MUTED,
    NORMAL,
    SERIES,
    Figure,
    Floats,
    Line,
    Rule,
    lines_over_time,
    local_times,
    packed,
    template,
    texts,
)

STRENGTH = {95: 0.12, 80: 0.2}
LABEL_GROUND = "rgba(33,37,57,0.6)"  # the panel, so that a rule behind a name does not cross it out
DIRECT_PX = 110
LABEL_SHARE = 0.055  # of the height of the chart: a label and a little room
PAST_COLOR, AHEAD_COLOR = 1, 0


@dataclass(frozen=True, slots=True)
class Words:
    """What is written in and behind the chart, in the reader's language; `band` and the ends take {level}."""

    past: str
    expected: str
    band: str
    low: str
    high: str


def fan(
    *,
    title: str,
    unit: str,
    past: pd.Series,
    ahead: pd.DataFrame,
    words: Words,
    time_zone: str,
    time_title: str,
    language: str,
    rules: Sequence[Rule] = (),
    decimals: int = 0,
    stepped: bool = False,
    revision: str = "",
) -> Figure:
    """Draw the past and what is expected of it, by times; `ahead` begins where the past ends."""
    span = (past.index[0].to_pydatetime() if len(past) else ahead.index[0].to_pydatetime(), _last(ahead))
    figure = lines_over_time(
        title=title,
        unit=unit,
        at=_epoch_s(past.index),
        lines=[Line(words.past, past.to_numpy(dtype=float), PAST_COLOR)],
        time_zone=time_zone,
        time_title=time_title,
        language=language,
        decimals=decimals,
        span=span,
        step_s=86_400.0 * 15,
        rules=rules,
        revision=revision,
    )
    shape = {"shape": "hv"} if stepped else {}
    figure["data"][0]["line"] |= shape
    x = texts(local_times(_epoch_s(ahead.index), time_zone))
    hover = f"%{{y:,.{decimals}f}} {unit}"
    bands = [
        trace
        for level in (95, 80)
        for trace in _band(x, ahead, level, words, {"hovertemplate": hover, "line": {"width": 0, **shape}})
    ]
    expected = {
        "type": "scatter", "mode": "lines", "name": words.expected, "x": x, "y": packed(ahead["mean"].to_numpy()),
        "line": {"color": SERIES[AHEAD_COLOR], "width": 2, "dash": "dash", **shape}, "hovertemplate": hover,
    }  # fmt: skip
    figure["data"] = [*bands, expected, *figure["data"]]
    extent = _extent([past.to_numpy(dtype=float), ahead["low95"].to_numpy(), ahead["high95"].to_numpy()])
    figure["layout"]["yaxis"] |= {"range": extent, "separatethousands": True}
    figure["layout"]["margin"] |= {"t": 24 if rules else 12, "l": 64}
    figure["layout"]["annotations"] += _names(x[-1], ahead.iloc[-1], words, extent)
    return figure


def by_day(
    *,
    title: str,
    unit: str,
    day_title: str,
    lines: Sequence[Line],
    targets: Sequence[float],
    least_span: float,
    top: float | None = None,
) -> Figure:
    """Draw lines over the days ahead, each named at its end, and dotted ones at the values that they should have.

    Names that would take the room of the lines stand in a legend.
    """
    count = max((len(line.values) for line in lines), default=1)
    days = packed(np.arange(1, count + 1, dtype=float))
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": line.name, "x": days, "y": packed(line.values),
            "line": {"color": SERIES[line.color], "width": 1.75}, "hovertemplate": f"%{{y:,.1f}} {unit}",
        }
        for line in lines
    ]  # fmt: skip
    values = [*(line.values for line in lines), np.asarray(targets, dtype=float)]
    low, high = _extent(values, least_span)
    extent = [low, high if top is None else min(high, top)]
    rules = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at,
         "line": {"color": BORDER, "width": 1, "dash": "dot"}}
        for at in targets
    ]  # fmt: skip
    ends = [(line.name, float(line.values[-1]), SERIES[line.color]) for line in lines if len(line.values)]
    widest_px = max((_width_px(line.name) for line in lines), default=0)
    direct = widest_px <= DIRECT_PX
    layout = {
        "template": template(),
        "meta": {"title": title},
        "margin": {"l": 56, "r": 16 + (widest_px if direct else 0), "t": 12 if direct else 36, "b": 44},
        "showlegend": not direct,
        "uirevision": f"{title}:{count}",
        "xaxis": {"title": {"text": day_title}, "range": [1, max(count, 2)], "nticks": 8, "hoverformat": ",.0f"},
        "yaxis": {"title": {"text": unit}, "range": extent},
        "annotations": _pushed_apart(ends, extent) if direct else [],
        "shapes": rules,
    }
    return {"data": traces, "layout": layout}


def _band(x: list[str], ahead: pd.DataFrame, level: int, words: Words, common: dict[str, Any]) -> list[dict[str, Any]]:
    red, green, blue = (int(SERIES[AHEAD_COLOR][place : place + 2], 16) for place in (1, 3, 5))
    color = f"rgba({red},{green},{blue},{STRENGTH[level]})"
    ends: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("low", words.low, {}),
        ("high", words.high, {"fill": "tonexty", "fillcolor": color}),
    )
    return [
        {
            "type": "scatter", "mode": "lines", "name": name.format(level=level), "x": x,
            "y": packed(ahead[f"{end}{level}"].to_numpy()), **common, **filled,
            "line": {**common["line"], "color": SERIES[AHEAD_COLOR]},
        }
        for end, name, filled in ends
    ]  # fmt: skip


def _names(x: str, last: pd.Series, words: Words, extent: Sequence[float]) -> list[dict[str, Any]]:
    """Write the bands' names into their upper halves at the end, the outer one always above the inner one."""
    room = LABEL_SHARE * (extent[1] - extent[0])
    inner = (last["mean"] + last["high80"]) / 2
    outer = max((last["high80"] + last["high95"]) / 2, inner + 1.4 * room)
    return [
        {
            "text": words.band.format(level=level), "showarrow": False, "x": x, "xanchor": "right", "xshift": -6,
            "y": float(min(y, extent[1] - room / 2)), "yref": "y", "font": {"size": 12, "color": NORMAL}, "bgcolor": LABEL_GROUND, "borderpad": 1,
        }
        for level, y in ((95, outer), (80, inner))
    ]  # fmt: skip


def _pushed_apart(ends: Sequence[tuple[str, float, str]], extent: Sequence[float]) -> list[dict[str, Any]]:
    room = 1.3 * LABEL_SHARE * (extent[1] - extent[0])
    labels, free = [], -np.inf
    for name, value, color in sorted(ends, key=lambda end: end[1]):
        y = max(value, free)
        free = y + room
        labels.append(
            {
                "text": name, "showarrow": False, "x": 1, "xref": "paper", "xanchor": "left", "xshift": 6, "y": y,
                "yref": "y", "font": {"size": 12, "color": color or MUTED},
            }
        )  # fmt: skip
    return labels


def _extent(columns: Sequence[Floats], least_span: float = 0.0) -> list[float]:
    values = np.concatenate([column[np.isfinite(column)] for column in columns])
    low, high = float(values.min()), float(values.max())
    room = max((high - low) * 0.08, (least_span - (high - low)) / 2, abs(high) * 0.005, 1e-9)
    return [max(low - room, 0.0) if low >= 0 else low - room, high + room]


def _epoch_s(index: pd.Index) -> Floats:
    return np.array([moment.timestamp() for moment in index], dtype=float)


def _last(ahead: pd.DataFrame) -> dt.datetime:
    found: dt.datetime = ahead.index[-1].to_pydatetime(warn=False)
    return found


def _width_px(name: str) -> int:
    return sum(13 if ord(letter) > 0x2E80 else 7 for letter in name)
