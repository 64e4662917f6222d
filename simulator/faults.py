"""What goes wrong: in the machine (a board, a fan, a filter) and on the wire (refused, hanging, slow, garbled).

Faults come by rate from the seed, so that a run repeats, and on demand by name. Each ends by itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulator.physics import Physics
from simulator.spells import DAY_S, KINDS, Spells, come

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
        self._take(come(self.rate_per_day * count * seconds / DAY_S, count, self.rng))

    def open_with(self, spells: Spells) -> None:
        """Begin with the faults that the days before left, and with machines that have had time to feel them."""
        self._take(spells.open())
        self.physics.settle()

    def _take(self, spells: Spells) -> None:
        left_s = spells.lasts_s - spells.begun_s
        for index, place, seconds in zip(spells.machine.tolist(), spells.kind.tolist(), left_s.tolist(), strict=True):
            if index not in self.wire and index not in self.physical:
                self.begin(index, KINDS[place], seconds)
