"""Read the table out of a Plotly figure that a browser sent: nothing in it is believed, everything is bounded.

Plotly packs NumPy arrays as ``{"dtype": "f8", "bdata": "<base64>"}``; the browser's copy carries `_inputArray`
beside it, which is ignored.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.reporting.cells import plain

MAX_TRACES = 64
MAX_POINTS = 200_000  # of all traces together
DTYPES = frozenset({"i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"})
XKind = Literal["time", "number", "text"]
SHAPES = {"scatter": "line", "scattergl": "line", "bar": "bar"}
CANDLE = ("open", "high", "low", "close")


class Unreadable(ValueError):
    """The figure is no chart of lines, bars or colours, or is larger than a file may be."""


@dataclass(frozen=True, slots=True)
class Column:
    """One series: `values` holds NaN where there is none."""

    name: str
    unit: str
    values: npt.NDArray[np.float64]
    shape: str = "line"
    color: str | None = None

    @property
    def heading(self) -> str:
        """Give the name with its unit, as it stands above a column."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A chart as columns over one common x."""

    title: str
    x_title: str
    x_kind: XKind
    x: npt.NDArray[Any]  # datetime64[ms], float64 or str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        for column in self.columns:
            if len(column.values) != len(self.x):
                raise ValueError(f"{column.name!r} has {len(column.values)} values over {len(self.x)} places")

    @property
    def unit(self) -> str:
        """Give the unit that all columns share, or nothing where they differ."""
        units = {column.unit for column in self.columns}
        return units.pop() if len(units) == 1 else ""


def read_figure(figure: Mapping[str, Any]) -> Table:
    """Turn a figure of lines, bars, candles or a heat map into one table; of a heat map each row is a series.

    Parameters
    ----------
    figure : mapping
        A Plotly figure as JSON: `data`, and `layout` with the title (`title.text` or `meta.title`) and the titles of
        the axes; the title of a y axis is the unit of its traces.

    Returns
    -------
    Table
        The union of all x values, sorted where they are times or numbers; NaN where a trace has no value.

    Raises
    ------
    Unreadable
        For anything that is no such figure or is too large.
    """
    if not isinstance(figure, Mapping):
        raise Unreadable("a figure is an object")
    layout = _mapping(figure.get("layout"))
    traces = [trace for given in _list(figure.get("data")) for trace in _unrolled(given) if _shown(trace)]
    if not traces:
        raise Unreadable("the figure has no series")
    if len(traces) > MAX_TRACES:
        raise Unreadable(f"{len(traces)} series, at most {MAX_TRACES}")
    pairs = [_pair(trace) for trace in traces]
    if sum(len(x) for x, _ in pairs) > MAX_POINTS:
        raise Unreadable(f"more than {MAX_POINTS} points")
    kind, places = _common_x([x for x, _ in pairs])
    columns = tuple(
        Column(
            name=plain(trace.get("name") or f"{number}"),
            unit=str(trace.get("unit") or _axis_title(layout, "x" if _lies(trace) else str(trace.get("yaxis", "y")))),
            values=_spread(places, _as_kind(x, kind), y),
            shape=SHAPES[str(trace.get("type", "scatter"))],
            color=_color(trace),
        )
        for number, (trace, (x, y)) in enumerate(zip(traces, pairs, strict=True), 1)
    )
    across = "y" if all(_lies(trace) for trace in traces) else "x"
    return Table(_title(layout), _axis_title(layout, across), kind, places, columns)


def array(value: Any) -> npt.NDArray[Any]:
    """Read an array that is a list, or is packed as Plotly packs it."""
    if isinstance(value, Mapping):
        dtype, packed = value.get("dtype"), value.get("bdata")
        if dtype not in DTYPES or not isinstance(packed, str) or "shape" in value:
            raise Unreadable("a packed array of an unknown kind")
        if len(packed) > MAX_POINTS * 11:
            raise Unreadable(f"more than {MAX_POINTS} points")
        try:
            return np.frombuffer(base64.b64decode(packed, validate=True), dtype=np.dtype(f"<{dtype}"))
        except (binascii.Error, ValueError) as error:
            raise Unreadable("a packed array that does not unpack") from error
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) > MAX_POINTS:
            raise Unreadable(f"more than {MAX_POINTS} points")
        return np.array(list(value), dtype=object)
    raise Unreadable("a series without values")


def _unrolled(trace: Any) -> list[Any]:
    unroll = _SEVERAL.get(str(trace.get("type"))) if isinstance(trace, Mapping) else None
    return unroll(trace) if unroll else [trace]


def _of_rows(trace: Mapping[str, Any]) -> list[Any]:
    """Give the rows of a heat map as a line each; their names are the places of its y."""
    names, rows = array(trace.get("y")), _list(trace.get("z"))
    if len(names) != len(rows):
        raise Unreadable(f"{len(names)} names and {len(rows)} rows")
    bar = _mapping(_mapping(trace.get("colorbar")).get("title"))
    said = {"type": "scatter", "x": trace.get("x"), "unit": plain(bar.get("text") or "")}
    return [{**said, "name": _word(name), "y": row} for name, row in zip(names.tolist(), rows, strict=True)]


def _word(name: Any) -> str:
    return f"{name:.6g}" if isinstance(name, float) else str(name)


def _lies(trace: Mapping[str, Any]) -> bool:
    return trace.get("orientation") == "h"


def _of_candles(trace: Mapping[str, Any]) -> list[Any]:
    """Give the four prices of candles as a line each; their names are the trace's `meta`."""
    said = _list(trace.get("meta"))
    words = [plain(word) for word in said] if len(said) == len(CANDLE) else list(CANDLE)
    same = {key: trace[key] for key in ("x", "visible", "yaxis") if key in trace}
    return [{**same, "name": word, "y": trace.get(part)} for part, word in zip(CANDLE, words, strict=True)]


_SEVERAL = {"heatmap": _of_rows, "candlestick": _of_candles}


def _shown(trace: Any) -> bool:
    if not isinstance(trace, Mapping):
        raise Unreadable("a series is an object")
    if trace.get("visible", True) is not True or trace.get("hoverinfo") == "skip":
        return False
    if str(trace.get("type", "scatter")) not in SHAPES:
        raise Unreadable("only lines, bars, candles and heat maps become a table")
    return True


def _pair(trace: Mapping[str, Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    x, y = array(trace.get("x")), array(trace.get("y"))
    if _lies(trace):
        x, y = y, x
    if len(x) != len(y):
        raise Unreadable(f"{len(x)} places and {len(y)} values")
    return x, _floats(y)


def _floats(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    if values.dtype != object:
        floats = values.astype(np.float64)
    else:
        floats = np.array([_float(value) for value in values], dtype=np.float64)
    return np.where(np.isfinite(floats), floats, np.nan)


def _float(value: Any) -> float:
    try:
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan
    except OverflowError:
        return np.nan


def _common_x(all_x: list[npt.NDArray[Any]]) -> tuple[XKind, npt.NDArray[Any]]:
    kind: XKind = _kind(all_x)
    joined = np.concatenate([_as_kind(x, kind) for x in all_x])
    if kind == "text":
        return kind, np.array(list(dict.fromkeys(joined.tolist())), dtype=str)
    return kind, np.unique(joined)


def _kind(all_x: list[npt.NDArray[Any]]) -> XKind:
    values = [value for x in all_x for value in x.tolist()]
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return "number"
    if all(_time(value) is not None for value in values):
        return "time"
    return "text"


def _as_kind(x: npt.NDArray[Any], kind: XKind) -> npt.NDArray[Any]:
    if kind == "number":
        return _floats(x)
    if kind == "time":
        return np.array([_time(value) for value in x], dtype="datetime64[ms]")
    return np.array([plain(value) for value in x], dtype=str)


def _time(value: Any) -> np.datetime64 | None:
    # Plotly writes local times without a zone; a zone, where one stands, is cut: the axis title names it.
    if not isinstance(value, str) or len(value) < 10 or not value[:4].isdigit():
        return None
    try:
        time = np.datetime64(value[:23].split("+")[0].rstrip("Z").replace(" ", "T"), "ms")
    except ValueError:
        return None
    return None if np.isnat(time) else time


def _spread(places: npt.NDArray[Any], x: npt.NDArray[Any], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spread = np.full(len(places), np.nan)
    if places.dtype.kind == "U":
        index = {place: number for number, place in enumerate(places.tolist())}
        spread[[index[place] for place in x.tolist()]] = y
    else:
        spread[np.searchsorted(places, x)] = y
    return spread


def _title(layout: Mapping[str, Any]) -> str:
    title = layout.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return plain(text or _mapping(layout.get("meta")).get("title") or "")


def _axis_title(layout: Mapping[str, Any], axis: str) -> str:
    key = f"{axis[:1]}axis{axis[1:]}"
    title = _mapping(layout.get(key)).get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return plain(text or "")


def _color(trace: Mapping[str, Any]) -> str | None:
    for part in ("line", "marker"):
        color = _mapping(trace.get(part)).get("color")
        if isinstance(color, str) and len(color) == 7 and color[0] == "#":
            try:
                int(color[1:], 16)
            except ValueError:
                continue
            return color[1:].upper()
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
