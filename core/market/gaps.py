"""Which bars of a series are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from core.market.points import EPOCH


@dataclass(frozen=True, slots=True)
class Gap:
    """Bars that are missing, from `first` to `last`, both included."""

    first: dt.datetime
    last: dt.datetime

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a gap cannot end at {self.last} before it begins at {self.first}")

    def bars(self, step: dt.timedelta) -> int:
        """Give how many bars of a width are missing."""
        return (self.last - self.first) // step + 1


def floor(at: dt.datetime, step: dt.timedelta) -> dt.datetime:
    """Give the start of the bar that a time falls into."""
    return EPOCH + (at - EPOCH) // step * step


def last_closed(now: dt.datetime, step: dt.timedelta) -> dt.datetime:
    """Give the start of the newest bar that has ended."""
    return floor(now, step) - step


def gaps(times: Iterable[dt.datetime], first: dt.datetime, last: dt.datetime, step: dt.timedelta) -> list[Gap]:
    """Give what is missing between two bars.

    Parameters
    ----------
    times : iterable of datetime
        Starts of the bars that are there, in any order; those outside of the window do not count.
    first, last : datetime
        Starts of the first and of the last bar that are wanted.
    step : timedelta
        Width of a bar.

    Returns
    -------
    list of Gap
        In the order of time; empty when nothing is missing or the window is empty.
    """
    first, last = -(-(first - EPOCH) // step) * step + EPOCH, floor(last, step)
    found = []
    wanted = first
    for time in sorted(set(times)):
        if time < wanted:
            continue
        if time > last:
            break
        if time > wanted:
            found.append(Gap(wanted, floor(time - dt.timedelta.resolution, step)))
        wanted = floor(time, step) + step
    if wanted <= last:
        found.append(Gap(wanted, last))
    return found


def without(gap: Gap, known_empty: Iterable[Gap], step: dt.timedelta) -> list[Gap]:
    """Give what is left of a gap once the parts that nobody has are taken away."""
    left = [gap]
    for hole in known_empty:
        parts = []
        for part in left:
            if hole.last < part.first or part.last < hole.first:
                parts.append(part)
                continue
            if part.first < hole.first:
                parts.append(Gap(part.first, hole.first - step))
            if hole.last < part.last:
                parts.append(Gap(hole.last + step, part.last))
        left = parts
    return left
