"""The state of the grid as one value, and its way into the address bar and back.

What stands in an address is anybody's text: `parse` never raises, takes what it knows and leaves the rest, so that an
old or hostile link shows a grid and no error.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from core.hosting.columns import COLUMNS, DEFAULT_COLUMNS, Column, Kind, Op

PAGE_SIZE = 20
MAX_QUERY_STRING = 8_000
MAX_TEXT = 120
MAX_VALUES = 60
MAX_SORTS = 3
MAX_PAGE = 1_000_000
MAX_NUMBER = 1e15

_MARKS = "=!~"  # what a value may not begin with unmarked: "=" equals, "!" absent and present, "~" nothing meant
_PRESENCE = {f"!{op.value}": op for op in (Op.ABSENT, Op.PRESENT)}
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_VIEW = re.compile(r"[a-z0-9_]{1,24}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column; which of the fields it uses, `op` says.

    Raises
    ------
    ValueError
        If the column is none of ours, does not know the operator, or the value does not go with it.
    """

    column: str
    op: Op
    text: str = ""
    low: float | None = None  # in the column's unit
    high: float | None = None
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        column = COLUMNS.get(self.column)
        if column is None or self.op not in column.ops:
            raise ValueError(f"column {self.column!r} has no filter {self.op!r}")
        _CHECKS[self.op](self, column)


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order; absent values stand last either way."""

    column: str
    descending: bool = False

    def __post_init__(self) -> None:
        if self.column not in COLUMNS or not COLUMNS[self.column].sortable:
            raise ValueError(f"column {self.column!r} does not sort")


@dataclass(frozen=True, slots=True)
class GridQuery:
    """What somebody looks at: search, filters, order, page, columns, and the view that it began as."""

    q: str = ""
    filters: tuple[Filter, ...] = ()
    sort: tuple[Sort, ...] = ()
    page: int = 1
    columns: tuple[str, ...] = ()  # none: the default ones
    view: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.page <= MAX_PAGE:
            raise ValueError(f"page {self.page} is not from 1 to {MAX_PAGE}")
        if len({item.column for item in self.filters}) != len(self.filters):
            raise ValueError("a column is filtered twice")

    @property
    def shown(self) -> tuple[str, ...]:
        """Give the columns to show."""
        return self.columns or DEFAULT_COLUMNS

    @property
    def selects(self) -> GridQuery:
        """Give only what decides which machines match: search and filters."""
        return GridQuery(q=self.q, filters=self.filters)

    def filter_of(self, column: str) -> Filter | None:
        """Give the filter on a column."""
        return next((item for item in self.filters if item.column == column), None)

    def with_filter(self, item: Filter) -> GridQuery:
        """Give the same with this filter in the place of the column's other one, on the first page."""
        kept = [item if old.column == item.column else old for old in self.filters]
        return replace(self, filters=tuple(kept if item in kept else [*kept, item]), page=1)

    def without_filter(self, column: str) -> GridQuery:
        """Give the same without the column's filter, on the first page."""
        return replace(self, filters=tuple(item for item in self.filters if item.column != column), page=1)


def parse(query_string: str) -> GridQuery:
    """Read the query string of an address.

    Parameters
    ----------
    query_string : str
        With or without the question mark.

    Returns
    -------
    GridQuery
        What of it makes sense; `parse(serialise(query)) == query` for every query.
    """
    given: dict[str, list[str]] = {}
    for key, value in _pairs(query_string):
        given.setdefault(key, []).append(value)
    filters = (read_filter(key, values) for key, values in given.items() if key in COLUMNS)
    return GridQuery(
        q=clean(given.get("q", [""])[0]),
        filters=tuple(item for item in filters if item is not None),
        sort=_sorts(given.get("sort", [""])[0]),
        page=_page(given.get("page", [""])[0]),
        columns=_columns(given.get("columns", [""])[0]),
        view=value if _VIEW.fullmatch(value := given.get("view", [""])[0]) else "",
    )


def serialise(query: GridQuery) -> str:
    """Write a query as a query string without the question mark; what is as usual is left out."""
    pairs: list[tuple[str, str]] = []
    if query.view:
        pairs.append(("view", query.view))
    if query.q:
        pairs.append(("q", query.q))
    for item in query.filters:
        pairs += [(item.column, value) for value in write_filter(item)]
    if query.sort:
        pairs.append(("sort", ",".join(("-" if sort.descending else "") + sort.column for sort in query.sort)))
    if query.columns:
        pairs.append(("columns", ",".join(query.columns)))
    if query.page > 1:
        pairs.append(("page", str(query.page)))
    return urlencode(pairs, safe=",:/!~= ").replace("%20", "+").replace(" ", "+")


def read_filter(key: str, values: Sequence[str]) -> Filter | None:
    """Read the filter of a column from the values that its name has in a query string; None where they make none."""
    column = COLUMNS[key]
    first = values[0].strip() if values else ""
    try:
        if first in _PRESENCE:
            return Filter(key, _PRESENCE[first])
        return _READERS[column.kind](column, values)
    except ValueError:
        return None


def write_filter(item: Filter) -> list[str]:
    """Give the values that stand for a filter in a query string."""
    if item.op in (Op.ABSENT, Op.PRESENT):
        return [f"!{item.op.value}"]
    if item.op is Op.RANGE:
        return [f"{_number(item.low)}..{_number(item.high)}"]
    if item.op is Op.ANY_OF:
        return [_marked(value) for value in item.values]
    return [f"={item.text}" if item.op is Op.EQUALS else _marked(item.text)]


def clean(text: str) -> str:
    """Give a text without control characters and outer blanks, cut to what a person would type."""
    return _UNSTORABLE.sub("", text)[:MAX_TEXT].strip()


def _pairs(query_string: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string[:MAX_QUERY_STRING].lstrip("?"), keep_blank_values=False, max_num_fields=300)
    except ValueError:
        return []


def _read_text(column: Column, values: Sequence[str]) -> Filter:
    raw = values[0].lstrip()
    if raw.startswith("="):
        return Filter(column.key, Op.EQUALS, text=clean(raw[1:]))
    return Filter(column.key, Op.CONTAINS, text=clean(raw.removeprefix("~")))


def _read_range(column: Column, values: Sequence[str]) -> Filter:
    low, dots, high = values[0].strip().partition("..")
    if not dots:
        high = low
    return Filter(column.key, Op.RANGE, low=_bound(low), high=_bound(high))


def _read_set(column: Column, values: Sequence[str]) -> Filter:
    found = dict.fromkeys(clean(value.lstrip().removeprefix("~")) for value in values)
    kept = [value for value in found if value and (not column.values or value in column.values)]
    return Filter(column.key, Op.ANY_OF, values=tuple(kept[:MAX_VALUES]))


def _read_network(column: Column, values: Sequence[str]) -> Filter:
    return Filter(
        column.key, Op.WITHIN, text=str(ipaddress.ip_network(values[0].strip().removeprefix("~"), strict=False))
    )


_READERS: dict[Kind, Callable[[Column, Sequence[str]], Filter]] = {
    Kind.TEXT: _read_text,
    Kind.NUMBER: _read_range,
    Kind.TIME: _read_range,
    Kind.ENUM: _read_set,
    Kind.IP: _read_network,
}


def _check_text(item: Filter, column: Column) -> None:
    if not item.text or item.text != clean(item.text):
        raise ValueError(f"{column.key} is compared with no proper text: {item.text!r}")


def _check_range(item: Filter, column: Column) -> None:
    if item.low is None and item.high is None:
        raise ValueError(f"the range of {column.key} is open on both sides")
    for bound in (item.low, item.high):
        if bound is not None and not abs(bound) <= MAX_NUMBER:
            raise ValueError(f"{column.key} has no bound {bound}")
    if item.low is not None and item.high is not None and item.low > item.high:
        raise ValueError(f"{column.key} from {item.low} to {item.high}: nothing lies between")


def _check_values(item: Filter, column: Column) -> None:
    if not 1 <= len(item.values) <= MAX_VALUES or len(set(item.values)) != len(item.values):
        raise ValueError(f"{column.key} is one of {len(item.values)} values")
    for value in item.values:
        if not value or value != clean(value) or (column.values and value not in column.values):
            raise ValueError(f"{column.key} has no value {value!r}")


def _check_network(item: Filter, _column: Column) -> None:
    # Python knows IPv6 zones ("%eth0"), PostgreSQL's inet does not.
    if "%" in item.text or str(ipaddress.ip_network(item.text)) != item.text:
        raise ValueError(f"{item.text!r} is no network")


def _check_nothing(_item: Filter, _column: Column) -> None:
    return None


_CHECKS: dict[Op, Callable[[Filter, Column], None]] = {
    Op.CONTAINS: _check_text,
    Op.EQUALS: _check_text,
    Op.RANGE: _check_range,
    Op.ANY_OF: _check_values,
    Op.WITHIN: _check_network,
    Op.ABSENT: _check_nothing,
    Op.PRESENT: _check_nothing,
}


def _bound(text: str) -> float | None:
    if not text.strip():
        return None
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is no bound")
    return number + 0.0  # -0.0 becomes 0.0


def _number(bound: float | None) -> str:
    return "" if bound is None else repr(bound).removesuffix(".0")


def _marked(value: str) -> str:
    return f"~{value}" if value.startswith(tuple(_MARKS)) else value


def _sorts(text: str) -> tuple[Sort, ...]:
    found: dict[str, Sort] = {}
    for part in text.split(",")[: len(COLUMNS)]:
        key = part.strip().removeprefix("-")
        if key in COLUMNS and COLUMNS[key].sortable:
            found.setdefault(key, Sort(key, part.strip().startswith("-")))
    return tuple(found.values())[:MAX_SORTS]


def _page(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE) if re.fullmatch(r"[0-9]{1,9}", text.strip()) else 1


def _columns(text: str) -> tuple[str, ...]:
    found = dict.fromkeys(part.strip() for part in text.split(",") if part.strip() in COLUMNS)
    return () if tuple(found) == DEFAULT_COLUMNS else tuple(found)
