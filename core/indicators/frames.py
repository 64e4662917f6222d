"""From a frame to arrays: what is no series of bars is refused with a sentence, what is absent becomes NaN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.indicators.indicator import TIME, Series

ONE_DAY = np.timedelta64(1, "D")


def arrays_of(frame: pd.DataFrame, names: Sequence[str]) -> list[NDArray[Any]]:
    """Give the columns as contiguous float64, without a copy where they are that already.

    Raises
    ------
    ValueError
        If it is no frame, a column is missing, stands twice or holds no numbers, or the index is no rising sequence of
        times or numbers.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(f"bars come as a DataFrame, not as {type(frame).__name__}")
    missing = [name for name in names if name != TIME and name not in frame.columns]
    if missing:
        has = ", ".join(map(str, frame.columns)) or "no column"
        raise ValueError(f"{', '.join(missing)} missing: the frame has {has}")
    check_index(frame.index)
    return [places(frame.index) if name == TIME else _floats(frame[name], name) for name in names]


def check_index(index: pd.Index) -> None:
    """Refuse an index that does not rise from row to row."""
    if not len(index):
        return
    if index.nlevels != 1 or getattr(index.dtype, "kind", "O") not in "iufMm":
        raise ValueError(f"the index is of {index.dtype}: times or numbers are needed")
    if index.is_monotonic_increasing and index.is_unique:  # both from one pass that pandas remembers
        return
    if index.hasnans:
        raise ValueError("the index has an absent time")
    order = places(index)
    place = int((order[1:] <= order[:-1]).argmax())
    raise ValueError(f"the index must rise: {index[place + 1]} comes after {index[place]}")


def check_daily(index: pd.Index) -> None:
    """Refuse rows that are not one a day: windows count rows, and mean days."""
    if not isinstance(index, pd.DatetimeIndex):
        if len(index):
            raise ValueError(f"daily rows need times in the index, which is of {index.dtype}")
        return
    steps = np.diff(places(index))
    if (steps == ONE_DAY).all():
        return
    place = int((steps != ONE_DAY).argmax())
    raise ValueError(f"one row a day is needed, absent days as NaN: {index[place + 1]} comes after {index[place]}")


def places(index: pd.Index) -> NDArray[Any]:
    """Give an index as an array; times with a zone as those of UTC."""
    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        index = index.tz_convert(None)
    array: NDArray[Any] = index.to_numpy()
    return array


def _floats(column: pd.Series, name: str) -> Series:
    if column.ndim != 1:
        raise ValueError(f"{name} stands twice")
    if column.dtype == np.float64:
        return np.ascontiguousarray(column.to_numpy())
    kinds = pd.api.types
    numbers = kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column) and not kinds.is_complex_dtype(column)
    plain = column.dtype == object and not any(isinstance(value, (str, bytes, bool)) for value in column)
    try:
        if numbers or plain:
            return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(f"{name} holds {column.dtype}, not numbers")


def unknown_rows(columns: Sequence[Series]) -> NDArray[np.bool_] | None:
    """Give where any of the columns has no finite number; None where all have one everywhere."""
    if all(np.isfinite(column).all() for column in columns):
        return None
    unknown: NDArray[np.bool_] = ~np.logical_and.reduce([np.isfinite(column) for column in columns])
    return unknown


def runs(known: NDArray[np.bool_]) -> Iterator[slice]:
    """Give the stretches of known rows."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False]))))
    return (slice(begin, end) for begin, end in edges.reshape(-1, 2).tolist())
