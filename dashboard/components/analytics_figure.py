"""The figure of the analytics page: bars above, panes below, one time axis; everything cut to what a screen can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.indicators import Indicator, Kind, Style
from dashboard import formats
from dashboard.components.figures import (
    BORDER,
    HAIRLINE,
    HOVER,
    MUTED,
    SERIES,
    STRONG,
    TICKS,
    Figure,
    packed,
    template,
    texts,
    words,
)
from dashboard.components.market_words import price_words, source_name
from dashboard.i18n import _, language
from dashboard.views.analytics import Asked, Drawn, joined, widths

MAX_CANDLES = 370  # more of them on a screen are a smear
MAX_POINTS = 1_500
GOOD, BAD = "#22c55e", "#f87171"
PANE, LEAST_PRICE = 0.2, 0.36  # shares of the height
MANY_DECADES = 3  # of prices on a logarithmic axis: from there on it has a label for each only
# Units that a person reads in place of those that are computed in, by indicator: how many of the latter, and the name.
READ_IN = {"hash_ribbons": (1e18, "EH/s"), "difficulty_ribbon": (1e12, "T"), "fees_share": (0.01, "%")}


def figure(asked: Asked, found: Drawn) -> Figure:
    """Draw it."""
    if found.window.empty:
        return words(_("No bars are stored for this yet."))
    panes = found.panes
    price = max(LEAST_PRICE, 1.0 - PANE * panes)
    pane = (1.0 - price) / panes if panes else 0.0
    layout: dict[str, Any] = {
        "template": template(),
        "meta": {"title": _("Price and indicators")},
        "margin": {"l": 64, "r": 16, "t": 36, "b": 40},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "showlegend": True,
        "uirevision": f"{asked.text('range')} {found.bars.interval} {found.bars.source}",
        "xaxis": {
            "type": "date", "anchor": f"y{panes + 1}" if panes else "y", "tickformatstops": TICKS[language()],
            "hoverformat": HOVER[language()], "rangeslider": {"visible": False}, "showspikes": True, "spikemode": "across",
            "spikethickness": 1, "spikedash": "dot", "spikecolor": MUTED, "spikesnap": "cursor",
        },
        "yaxis": {
            "domain": [1.0 - price + (0.02 if panes else 0.0), 1.0], "title": {"text": "USD"}, "separatethousands": True,
            "showspikes": True, "spikethickness": 1, "spikedash": "dot", "spikecolor": MUTED,
            **(_logarithmic(found.window["close"]) if asked.text("log") == "yes" else {}),
        },
        "shapes": [],
        "annotations": [],
    }  # fmt: skip
    traces = [*_price(asked, found), *_marks(asked, found)]
    number, color = 1, 1
    for indicator, params, lines in found.lines:
        axis = "y"
        if indicator.kind is Kind.PANE:
            number += 1
            axis = f"y{number}"
            top = (panes - (number - 2)) * pane
            _pane(layout, number, top, pane, _titled(indicator, params), _read_in(indicator)[1])
            layout["shapes"] += [_level(axis, level) for level in indicator.levels]
        for output in indicator.outputs:
            made = _trace(indicator, output.name, output.title, output.style, lines, axis, color)
            color += made is not None and output.style is not Style.HISTOGRAM
            if made is not None:
                back = int(indicator.arguments(params).get(output.drawn_back_by, 0)) if output.drawn_back_by else 0
                traces.append(_back(made, found.bars.step * back))
    if found.other is not None:
        number += 1
        traces += _spread(layout, found, number, pane)
    return {"data": traces, "layout": layout}


def _logarithmic(prices: pd.Series) -> dict[str, Any]:
    decades = float(np.log10(prices.max() / prices.min()))
    return {"type": "log", "dtick": "D2" if decades < MANY_DECADES else 1, "tickformat": ",.3~r"}


def _read_in(indicator: Indicator) -> tuple[float, str]:
    size, unit = READ_IN.get(indicator.name, (1.0, indicator.unit))
    return size, formats.unit_word(unit)


def _titled(indicator: Indicator, params: dict[str, Any]) -> str:
    values = ", ".join(
        f"{value:g}" if isinstance(value, float) else str(value) for value in indicator.arguments(params).values()
    )
    return _(indicator.title) + (f" ({values})" if values else "")


def _times(index: pd.Index) -> list[str]:
    return texts(pd.DatetimeIndex(index).tz_localize(None).to_numpy())


def _price(asked: Asked, found: Drawn) -> list[dict[str, Any]]:
    window = found.window
    name = source_name(found.bars.source)
    has_candles = bool(window["open"].notna().any())
    if asked.text("style") == "candles" and has_candles:
        bars = joined(window, widths(len(window), MAX_CANDLES))
        sides = {side: packed(bars[side].to_numpy(float)) for side in ("open", "high", "low", "close")}
        return [
            {
                "type": "candlestick", "name": name, "x": _times(bars.index), **sides,
                "increasing": {"line": {"color": GOOD, "width": 1}}, "decreasing": {"line": {"color": BAD, "width": 1}},
                "meta": list(price_words().values())[:4],
            }
        ]  # fmt: skip
    thin = window["close"].iloc[:: -widths(len(window), MAX_POINTS)].iloc[::-1]
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": _times(thin.index), "y": packed(thin.to_numpy(float)),
            "line": {"color": SERIES[0], "width": 1.75}, "hovertemplate": "%{y:,.2f} USD",
        }
    ]  # fmt: skip


def _marks(asked: Asked, found: Drawn) -> list[dict[str, Any]]:
    if not found.marks:
        return []
    low = found.window["low"].fillna(found.window["close"]).reindex(pd.DatetimeIndex(found.marks), method="ffill")
    return [
        {
            "type": "scatter", "mode": "markers", "name": found.marked,
            "x": _times(pd.DatetimeIndex(found.marks)), "y": packed(low.to_numpy(float) * 0.97),
            "marker": {"symbol": "triangle-up", "size": 11, "color": STRONG, "line": {"width": 1, "color": SERIES[0]}},
            "hovertemplate": "%{y:,.0f} USD",
        }
    ]  # fmt: skip


def _trace(
    indicator: Indicator, column: str, title: str, style: Style, lines: pd.DataFrame, axis: str, color: int
) -> dict[str, Any] | None:
    thin = lines[column].iloc[:: -widths(len(lines), MAX_POINTS)].iloc[::-1]
    size, unit = _read_in(indicator)
    values = thin.to_numpy(float) / size
    if not np.isfinite(values).any():
        return None
    name = _(title) if len(indicator.outputs) > 1 else _(indicator.title)
    common = {"name": name, "x": _times(thin.index), "y": packed(values), "yaxis": axis}
    tint = SERIES[color % len(SERIES)]
    shown = {"hovertemplate": "%{y:,.6~g}" + (f" {unit}" if unit else "")}
    if style is Style.HISTOGRAM:
        tints = np.where(np.nan_to_num(values) >= 0, GOOD, BAD).tolist()
        return {"type": "bar", **common, "marker": {"color": tints}, **shown}
    if style is Style.DOTS:
        return {"type": "scatter", "mode": "markers", **common, "marker": {"size": 3, "color": tint}, **shown}
    if style is Style.FLAG:
        return None  # its two sides are the lines of the same pane that cross
    return {"type": "scatter", "mode": "lines", **common, "line": {"color": tint, "width": 1.4}, **shown}


def _back(trace: dict[str, Any], by: Any) -> dict[str, Any]:
    if by:
        trace["x"] = _times(pd.DatetimeIndex(trace["x"]).tz_localize("UTC") - by)
    return trace


def _pane(layout: dict[str, Any], number: int, top: float, height: float, title: str, unit: str) -> None:
    low = max(top - height, 0.0)
    layout[f"yaxis{number}"] = {
        "domain": [low, max(top - 0.05, low + 0.01)], "title": {"text": unit}, "nticks": 4, "automargin": True,
        "gridcolor": HAIRLINE, "anchor": "x",
    }  # fmt: skip
    layout["annotations"].append(
        {
            "text": title, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0, "xanchor": "left",
            "y": top - 0.005, "yanchor": "top", "font": {"size": 11, "color": MUTED},
        }
    )  # fmt: skip


def _level(axis: str, level: float) -> dict[str, Any]:
    line = {"color": BORDER, "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "name": "hi",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": axis,
        "y0": level,
        "y1": level,
        "line": line,
    }


def _spread(layout: dict[str, Any], found: Drawn, number: int, pane: float) -> list[dict[str, Any]]:
    other = found.other
    if other is None or other.frame.empty:
        return []
    closes = other.frame["close"].reindex(found.window.index)
    ours = found.window["close"]
    step = widths(len(ours), MAX_POINTS)
    theirs, spread = (series.iloc[::-step].iloc[::-1] for series in (closes, (ours / closes - 1) * 100))
    _pane(layout, number, pane, pane, _("Spread to {source}", source=source_name(other.source)), "%")
    return [
        {
            "type": "scatter", "mode": "lines", "name": source_name(other.source), "x": _times(theirs.index),
            "y": packed(theirs.to_numpy(float)), "line": {"color": SERIES[4], "width": 1.4, "dash": "dot"},
            "hovertemplate": "%{y:,.2f} USD",
        },
        {
            "type": "scatter", "mode": "lines", "name": _("Spread"), "x": _times(spread.index), "yaxis": f"y{number}",
            "y": packed(spread.to_numpy(float)), "line": {"color": SERIES[4], "width": 1.4},
            "hovertemplate": "%{y:,.3f} %",
        },
    ]  # fmt: skip
