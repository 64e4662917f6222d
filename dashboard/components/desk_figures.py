"""Figures of what-if: over months, over inputs, over pairs of inputs. Built like `figures`, as plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.components.figures import BORDER, MUTED, NORMAL, SERIES, Figure, Floats, Line, packed, template

GOOD, BAD = "#22c55e", "#f87171"
BANDS = (0.10, 0.20)  # how strong the outer and the inner band of a fan are
# Bad to good by way of the panel's own grey; told apart without red and green by their lightness too.
SCALE = [[0.0, "#b91c1c"], [0.5, "#3b4160"], [1.0, "#86efac"]]


def _axis(title: str, **more: Any) -> dict[str, Any]:
    return {"title": {"text": title}, **more}


def _layout(title: str, x: str, y: str, **more: Any) -> dict[str, Any]:
    return {
        "template": template(),
        "meta": {"title": title},
        "margin": {"l": 64, "r": 16, "t": 32, "b": 48},
        "showlegend": True,
        "uirevision": title,
        "xaxis": _axis(x),
        "yaxis": _axis(y, zeroline=True, separatethousands=True),
        **more,
    }


def fan_over_months(
    *, title: str, months_title: str, unit: str, quantiles: Floats, names: Sequence[str], expected: Floats, middle: str
) -> Figure:
    """Draw five quantiles as two bands around their median, and the one path that grows evenly."""
    months = packed(np.arange(quantiles.shape[1], dtype=float))
    color = SERIES[0]
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    traces: list[dict[str, Any]] = []
    for place, strength in ((0, None), (1, BANDS[0]), (3, BANDS[1]), (4, BANDS[0])):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": names[place],
                "x": months,
                "y": packed(quantiles[place]),
                "line": {"width": 0.5, "color": BORDER},
                "showlegend": False,
                "hovertemplate": f"%{{y:,.0f}} {unit}",
                **(
                    {"fill": "tonexty", "fillcolor": f"rgba({red},{green},{blue},{strength})"}
                    if strength is not None
                    else {}
                ),
            }
        )
    for name, values, dash, width in ((names[2], quantiles[2], "dash", 2.0), (middle, expected, "solid", 1.5)):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": months,
                "y": packed(values),
                "line": {"color": color if dash == "dash" else NORMAL, "dash": dash, "width": width},
                "hovertemplate": f"%{{y:,.0f}} {unit}",
            }
        )
    zero = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": BORDER, "width": 1},
    }  # fmt: skip
    return {"data": traces, "layout": _layout(title, months_title, unit, shapes=[zero])}


def swings(
    *, title: str, unit: str, names: Sequence[str], low: Floats, high: Floats, low_name: str, high_name: str,
    ends: Sequence[tuple[str, str]],
) -> Figure:  # fmt: skip
    """Draw a tornado: for each name how far the result moves with the input at the low and at the high end."""
    order = list(range(len(names)))[::-1]  # the widest on top
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": [names[place] for place in order],
            "x": packed(np.asarray(values, dtype=float)[order]),
            "marker": {"color": color},
            "text": [ends[place][side] for place in order],
            "textposition": "outside",
            "cliponaxis": False,
            "textfont": {"size": 11, "color": MUTED},
            "hovertemplate": f"%{{text}}: %{{x:,.4~g}} {unit}",
        }
        for side, (name, values, color) in enumerate(((low_name, low, SERIES[1]), (high_name, high, SERIES[0])))
    ]
    layout = _layout(title, unit, "", barmode="overlay", hovermode="y unified")
    layout["yaxis"] = {"automargin": True, "tickfont": {"size": 12, "color": NORMAL}}
    far = 1.6 * float(np.abs(np.concatenate((low, high))).max())
    layout["xaxis"] |= {"zeroline": True, "zerolinecolor": MUTED, "showgrid": True, "range": [-far, far]}
    layout["margin"]["l"] = 12
    return {"data": traces, "layout": layout}


def pairs(
    *, title: str, unit: str, x: Floats, y: Floats, z: Floats, x_title: str, y_title: str, here: tuple[float, float],
    here_name: str, signed: bool,
) -> Figure:  # fmt: skip
    """Draw a heat map with the line where the result is nothing, and a cross where one stands."""
    rows = [[None if not np.isfinite(value) else float(f"{value:.7g}") for value in row] for row in z.tolist()]
    known = z[np.isfinite(z)]
    far = float(np.abs(known).max()) if known.size else 1.0
    spread = {"zmin": -far, "zmax": far, "colorscale": SCALE} if signed else {"colorscale": "Cividis"}
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": packed(x),
            "y": packed(y),
            "z": rows,
            "colorbar": {"title": {"text": unit, "side": "right"}, "thickness": 12, "outlinewidth": 0},
            "hovertemplate": f"{x_title}: %{{x:,.4~g}}<br>{y_title}: %{{y:,.4~g}}<br>%{{z:,.4~g}} {unit}<extra></extra>",
            **spread,
        },
        {
            "type": "contour", "x": packed(x), "y": packed(y), "z": rows, "showscale": False, "hoverinfo": "skip",
            "contours": {"start": 0, "end": 0, "size": 1, "coloring": "lines"}, "line": {"width": 2, "dash": "dot"},
            "colorscale": [[0, "#ffffff"], [1, "#ffffff"]], "visible": signed,
        },
        {
            "type": "scatter", "mode": "markers", "name": here_name, "x": [here[0]], "y": [here[1]],
            "marker": {"symbol": "cross-thin", "size": 14, "line": {"width": 2, "color": "#ffffff"}},
            "hoverinfo": "skip", "showlegend": False,
        },
    ]  # fmt: skip
    layout = _layout(title, x_title, y_title, showlegend=False, hovermode="closest")
    layout["margin"]["t"] = 12
    return {"data": traces, "layout": layout}


def bars(*, title: str, unit: str, names: Sequence[str], values: Floats, name: str, written: Sequence[str]) -> Figure:
    """Draw one lying bar a name, green above nothing and red below, with its value `written` beside it."""
    order = list(range(len(names)))[::-1]
    known = np.nan_to_num(np.asarray(values, dtype=float))[order]
    trace = {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [names[place] for place in order],
        "x": packed(np.asarray(values, dtype=float)[order]),
        "marker": {"color": [GOOD if value >= 0 else BAD for value in known]},
        "text": [written[place] for place in order],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 12, "color": NORMAL},
        "hovertemplate": f"%{{x:,.4~g}} {unit}",
    }
    layout = _layout(title, unit, "", showlegend=False, hovermode="y unified")
    low, high = min(0.0, float(known.min(initial=0.0))), max(0.0, float(known.max(initial=0.0)))
    room = 0.2 * ((high - low) or 1.0)
    layout["margin"] |= {"t": 12, "l": 12}
    layout["yaxis"] = {"automargin": True, "tickfont": {"size": 12, "color": NORMAL}}
    layout["xaxis"] |= {"showgrid": True, "zeroline": True, "range": [low - room * (low < 0), high + room]}
    return {"data": [trace], "layout": layout}


def lines_over_numbers(
    *, title: str, x_title: str, unit: str, x: Floats, lines: Sequence[Line], decimals: int = 2,
    levels: Sequence[tuple[float, str]] = (), dots: Sequence[Line] = (),
) -> Figure:  # fmt: skip
    """Draw lines over numbers (months, hours), with named levels across and dots on them where there are any."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": line.name,
            "x": packed(x),
            "y": packed(line.values),
            "line": {
                "color": SERIES[line.color % len(SERIES)],
                "width": 1.75,
                "dash": "dash" if line.dashed else "solid",
            },
            "hovertemplate": f"%{{y:,.{decimals}f}} {unit}",
        }
        for line in lines
    ]
    traces += [
        {
            "type": "scatter", "mode": "markers", "name": line.name, "x": packed(x), "y": packed(line.values),
            "marker": {"color": SERIES[line.color % len(SERIES)], "size": 5}, "hoverinfo": "skip",
        }
        for line in dots
    ]  # fmt: skip
    shapes = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
         "line": {"color": SERIES[0], "width": 1, "dash": "dot"}}
        for level, _word in levels
    ]  # fmt: skip
    notes = [
        {"text": word, "xref": "paper", "x": 0, "xanchor": "left", "y": level, "yanchor": "bottom", "showarrow": False,
         "font": {"size": 11, "color": SERIES[0]}}
        for level, word in levels
    ]  # fmt: skip
    layout = _layout(title, x_title, unit, shapes=shapes, annotations=notes, showlegend=len(traces) > 1)
    return {"data": traces, "layout": layout}
