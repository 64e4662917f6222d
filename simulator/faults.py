"""What goes wrong: in the machine (a board, a fan, a filter) and on the wire (refused, hanging, slow, garbled).

Faults come by rate from the seed, so that a run repeats, and on demand by name. Each ends by itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulator.physics import Physics

Change = Callable[[Physics, int], None]


def _set(name: str, value: object, column: int | slice | None = None) -> Callable[[Physics, int], Change]:
    """Give what begins a fault and, in return, what ends it: the machine's own value comes back."""

    def begin(physics: Physics, index: int) -> Change:
        at = index if column is None else (index, column)
        own = np.copy(getattr(physics, name)[at])
        getattr(physics, name)[at] = value

        def end(physics: Physics, _index: int) -> None:
            getattr(physics, name)[at] = own

        return end

    return begin


def _restart(physics: Physics, index: int) -> Change:
    physics.reboot(index)
    return lambda _physics, _index: None


# Physical faults by what begins them.
PHYSICAL: dict[str, Callable[[Physics, int], Change]] = {
    "board_lost": _set("boards", False, 1),
    "two_boards_lost": _set("boards", False, slice(1, 3)),
    "fan_failed": _set("fans", False, 0),
    "overheating": _set("blocked", 34.0),
    "rejects": _set("reject_ratio", 0.12),
    "pool_dead": _set("pool_dead", True),
    "restart": _restart,
    "weak": _set("silicon", 0.78),
}
# Wire faults: how the server treats a connection; see simulator/server.py.
WIRE = (
    "refused", "hanging", "slow", "cut", "oversized", "glued", "missing_comma", "bad_escape", "nan", "wrong_types",
    "wrong_encoding", "empty", "no_joins",
)  # fmt: skip
# How often each comes by itself, of all faults, and how long it lasts at the mean [h].
MIX: tuple[tuple[str, float, float], ...] = (
    ("board_lost", 0.22, 14.0),
    ("fan_failed", 0.14, 20.0),
    ("overheating", 0.12, 5.0),
    ("rejects", 0.10, 3.0),
    ("pool_dead", 0.05, 0.6),
    ("restart", 0.09, 0.1),
    ("weak", 0.10, 30.0),
    ("refused", 0.10, 6.0),
    ("hanging", 0.06, 8.0),
    ("glued", 0.01, 4.0),
    ("cut", 0.01, 0.5),
)


@dataclass(slots=True)
class Faults:
    """Which machine has which fault now; at most one physical and one on the wire each."""

    physics: Physics
    rate_per_day: float
    rng: np.random.Generator
    wire: dict[int, str] = field(default_factory=dict)
    physical: dict[int, str] = field(default_factory=dict)
    _ends: list[tuple[float, int, str]] = field(default_factory=list)
    _until: dict[tuple[int, str], float] = field(default_factory=dict)  # the last word where a fault was begun again
    _undo: dict[int, Change] = field(default_factory=dict)

    def begin(self, index: int, kind: str, seconds: float) -> None:
        """Begin a fault that ends after so many seconds; raises KeyError for an unknown kind."""
        if kind in WIRE:
            self.wire[index] = kind
        else:
            fault = PHYSICAL[kind]
            if index in self.physical:
                self.end(index, self.physical[index])
            self._undo[index] = fault(self.physics, index)
            self.physical[index] = kind
        until = self.physics.now_s + seconds
        self._until[index, kind] = until
        heapq.heappush(self._ends, (until, index, kind))

    def end(self, index: int, kind: str) -> None:
        """End a fault, if the machine still has it."""
        if self.wire.get(index) == kind:
            del self.wire[index]
        elif self.physical.get(index) == kind:
            del self.physical[index]
            self._undo.pop(index)(self.physics, index)

    def clear(self) -> None:
        """End all."""
        for _at, index, kind in self._ends:
            self.end(index, kind)
        self._ends.clear()
        self._until.clear()

    def step(self, seconds: float) -> None:
        """End what is over and let new ones come."""
        while self._ends and self._ends[0][0] <= self.physics.now_s:
            until, index, kind = heapq.heappop(self._ends)
            if self._until.get((index, kind)) == until:
                del self._until[index, kind]
                self.end(index, kind)
        count = len(self.physics.site)
        for _ in range(self.rng.poisson(self.rate_per_day * count * seconds / 86_400)):
            self._come(int(self.rng.integers(count)), self.rng.exponential())

    def open_with(self) -> None:
        """Begin with as many faults as a farm of this rate has on any day, already some way through."""
        kinds, shares, hours = zip(*MIX, strict=True)
        mean_days = sum(share * hour for share, hour in zip(shares, hours, strict=True)) / sum(shares) / 24
        for _ in range(self.rng.poisson(self.rate_per_day * len(self.physics.site) * mean_days)):
            weights = np.array(shares) * np.array(hours)
            kind = str(self.rng.choice(kinds, p=weights / weights.sum()))
            seconds = self.rng.exponential() * dict(zip(kinds, hours, strict=True))[kind] * 3600
            if kind != "restart":
                self.begin(int(self.rng.integers(len(self.physics.site))), kind, seconds)

    def _come(self, index: int, draw: float) -> None:
        shares = np.array([share for _kind, share, _hours in MIX])
        kind, _share, hours = MIX[int(self.rng.choice(len(MIX), p=shares / shares.sum()))]
        if index not in self.wire and index not in self.physical:
            self.begin(index, kind, 60 + draw * hours * 3600)
