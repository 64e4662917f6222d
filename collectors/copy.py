"""Rows into PostgreSQL by COPY, the one way in for anything that comes by the thousand."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy.orm import Session

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TRAILER = b"\xff\xff"
# Microseconds between 1970, where Unix counts from, and 2000, where PostgreSQL does.
EPOCH_2000_US = 946_684_800_000_000
ROWS_A_CHUNK = 250
# Escapes of JSON that CSV would take by the letter: \n, \t, \u001f ... First a look for any, at the speed of memchr;
# then the exact ones, stepping over pairs of backslashes.
_ANY_CONTROL = re.compile(rb"\\[bfnrtu]")
_CONTROL = re.compile(rb"(?<!\\)((?:\\\\)*)\\(?:[bfnrt]|u00[01][0-9a-f])")
_WIRE_TYPES = {"f4": ">f4", "f8": ">f8", "i2": ">i2", "i4": ">i4", "i8": ">i8"}
_FLOAT4_OID = 700


def array(values: Sequence[float | int | str] | None) -> str | None:
    """Give an array in PostgreSQL's text form; an empty one is absent."""
    if not values:
        return None
    if isinstance(values[0], str) or None in values:
        return "{" + ",".join([_element(item) for item in values]) + "}"
    return "{" + str(list(values))[1:-1] + "}"


def _element(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, str):
        quoted = item.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return str(item)


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY Python rows; arrays and JSON come as text."""
    _copy(session, table, columns, _Lines(rows), "CSV, NULL 'null', ESCAPE E'\\\\'")


class _Lines:
    """Rows as lines of CSV, made while the server already reads the ones before.

    A JSON row without its brackets is a CSV line whose quotes are escaped by a backslash, and orjson writes it ten
    times as fast as the csv module. What CSV does not know are JSON's other escapes: control characters become spaces.
    """

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = iter(rows)

    def read(self, _size: int = -1) -> bytes:
        text = b"".join([orjson.dumps(row)[1:-1] + b"\n" for row in islice(self._rows, ROWS_A_CHUNK)])
        return _CONTROL.sub(rb"\1 ", text) if _ANY_CONTROL.search(text) else text


def copy_array(session: Session, table: str, columns: Sequence[str], rows: NDArray[np.void]) -> None:
    """COPY a structured array without a Python object per value; `at` and `bucket` hold seconds since 1970.

    A field of several float4 becomes an array of one dimension.
    """
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name in columns:
        layout += [(f"{name}#", ">i4"), (name, _wire_type(name, rows.dtype[name]))]
    wire = np.zeros(len(rows), np.dtype(layout))
    wire["fields"] = len(columns)
    for name in columns:
        wire[f"{name}#"] = wire.dtype[name].itemsize
        values = rows[name]
        if values.ndim > 1:
            _fill_array(wire[name], values)
        else:
            wire[name] = values * 1_000_000 - EPOCH_2000_US if name in ("at", "bucket") else values
    _copy(session, table, columns, io.BytesIO(_HEADER + wire.tobytes() + _TRAILER), "BINARY")


def _wire_type(name: str, kind: np.dtype[Any]) -> Any:
    if kind.shape:
        head = [(field, ">i4") for field in ("dimensions", "nulls", "type", "length", "lower")]
        return np.dtype([*head, ("items", [("size", ">i4"), ("value", ">f4")], kind.shape)])
    return ">i8" if name in ("at", "bucket") else _WIRE_TYPES[kind.str[1:]]


def _fill_array(wire: NDArray[np.void], values: NDArray[np.float32]) -> None:
    wire["dimensions"], wire["type"], wire["length"], wire["lower"] = 1, _FLOAT4_OID, values.shape[1], 1
    wire["items"]["size"], wire["items"]["value"] = 4, values


def _copy(session: Session, table: str, columns: Sequence[str], source: Any, form: str) -> None:
    raw: Any = session.connection().connection  # psycopg2's own, which alone knows COPY
    with raw.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT {form})", source, size=1 << 18)
