"""Strict reading of what a source says: a wrong shape is refused with a sentence, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from core.market.points import Candle

EARLIEST = dt.datetime(2009, 1, 3, tzinfo=dt.UTC)  # the first block
LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
Made = TypeVar("Made")


class WrongShape(ValueError):
    """The source answered, but not what it documents."""


def field(value: Any, *path: str | int) -> Any:
    """Give what lies under keys and places."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                raise WrongShape(f"there is no {step!r} in the answer")
            value = value[step]
        else:
            if not isinstance(value, list) or len(value) <= step:
                raise WrongShape(f"there is no item {step} in the answer")
            value = value[step]
    return value


def rows(value: Any, width: int) -> list[list[Any]]:
    """Give a list of lists that have `width` items or more."""
    if not isinstance(value, list) or any(not isinstance(row, list) or len(row) < width for row in value):
        raise WrongShape(f"the answer is no list of rows of {width}")
    return value


def number(value: Any, name: str) -> Decimal:
    """Give a finite number, from digits or from a JSON number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)) or len(str(value)) > 64:
        raise WrongShape(f"{name} is no number")
    try:
        made = Decimal(str(value))
    except InvalidOperation:
        raise WrongShape(f"{name} is no number") from None
    if not made.is_finite():
        raise WrongShape(f"{name} is no number")
    return made


def whole(value: Any, name: str) -> int:
    """Give a whole number."""
    made = number(value, name)
    if made != made.to_integral_value() or abs(made) > 2**62:
        raise WrongShape(f"{name} is no whole number")
    return int(made)


def seconds(value: Any, name: str) -> dt.datetime:
    """Read seconds since 1970."""
    return _instant(number(value, name), name)


def milliseconds(value: Any, name: str) -> dt.datetime:
    """Read milliseconds since 1970."""
    return _instant(number(value, name) / 1000, name)


def iso(value: Any, name: str) -> dt.datetime:
    """Read an ISO 8601 time that names its zone."""
    try:
        made = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise WrongShape(f"{name} is no time") from None
    if made.tzinfo is None or not EARLIEST <= made <= LATEST:
        raise WrongShape(f"{name} is no time")
    return made.astimezone(dt.UTC)


def made(build: Callable[[], Made]) -> Made:
    """Build a point; one that is impossible is a wrong answer too."""
    try:
        return build()
    except WrongShape:
        raise
    except ValueError as error:
        raise WrongShape(str(error)) from None


def bar(at: dt.datetime, *, open: Any, high: Any, low: Any, close: Any, volume: Any) -> Candle:
    """Build a whole bar."""
    return made(
        lambda: Candle(
            at,
            number(close, "close"),
            number(open, "open"),
            number(high, "high"),
            number(low, "low"),
            number(volume, "volume"),
        )
    )


def _instant(since_1970_s: Decimal, name: str) -> dt.datetime:
    if not EARLIEST.timestamp() <= since_1970_s <= LATEST.timestamp():
        raise WrongShape(f"{name} is no time between 2009 and 2100")
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(since_1970_s * 1_000_000))
