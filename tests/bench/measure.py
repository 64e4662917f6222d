"""What a benchmark is: a name, a figure to reach, and rows of medians beside a floor measured in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field


@dataclass(slots=True)
class Row:
    """One line of the table. `floor` is the barest way to do the same work, measured beside it."""

    name: str
    median: float
    unit: str
    target: str = ""
    reached: bool | None = None
    floor: float | None = None
    floor_name: str = ""
    note: str = ""
    runs: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        """How many times the floor; None where there is no floor."""
        return self.median / self.floor if self.floor else None

    def as_json(self) -> dict[str, object]:
        """Give the row for the JSON file, ratio included."""
        return {**asdict(self), "ratio": self.ratio}


def timed(work: Callable[[], object], *, runs: int, warm_up: int = 1) -> list[float]:
    """Run `work` a few times and give the seconds of each run after the warm-up."""
    for _ in range(warm_up):
        work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def at_most(name: str, seconds: list[float], limit_ms: float, **more: object) -> Row:
    """Make a row in milliseconds that must not be above its limit."""
    median = statistics.median(seconds) * 1000
    runs = [round(value * 1000, 2) for value in seconds]
    return Row(name, median, "ms", f"<= {limit_ms:g} ms", median <= limit_ms, runs=runs, **more)  # type: ignore[arg-type]


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Give a function that tells the seconds since the block began."""
    began = time.perf_counter()
    yield lambda: time.perf_counter() - began
