"""What goes wrong: in the machine (a board, a fan, a filter) and on the wire (refused, hanging, slow, garbled).

Faults come by rate from the seed and on demand by name; each ends by itself. Their moments are drawn ahead as gaps of
time, so that a run repeats however unevenly its steps fall. Those of `MIX` come together by one rate (by default 0.06 a
machine a day, at which about 99.7 % of the machines answer a sweep; see `simulator.spells`), any kind by a rate of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from simulator.physics import Floats, Physics
from simulator.spells import DAY_S, HOUR_S, KINDS, MIX, SHORTEST_S, Spells

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
    "drift": _set("drift_per_h", 0.04),
}
# Wire faults: how the server treats a connection; see simulator/server.py.
WIRE = (
    "refused", "hanging", "slow", "cut", "oversized", "glued", "missing_comma", "bad_escape", "nan", "wrong_types",
    "wrong_encoding", "empty", "no_joins",
)  # fmt: skip
OWN_RATE_H = 1.0  # how long a fault that comes by a rate of its own lasts at the mean, where MIX says nothing [h]
_MEAN_H = {kind: hours for kind, _share, hours in MIX}


@dataclass(slots=True)
class Faults:
    """Which machine has which fault now; at most one physical and one on the wire each."""

    physics: Physics
    rate_per_day: float
    rng: np.random.Generator
    own_rates: Mapping[str, float] = field(default_factory=dict)  # of single kinds, faults a machine a day
    wire: dict[int, str] = field(default_factory=dict)
    physical: dict[int, str] = field(default_factory=dict)
    _ends: list[tuple[float, int, str]] = field(default_factory=list)
    _until: dict[tuple[int, str], float] = field(default_factory=dict)  # the last word where a fault was begun again
    _undo: dict[int, Change] = field(default_factory=dict)
    _coming: list[tuple[float, int]] = field(default_factory=list)  # when the next of each of `_sources` comes
    _sources: list[tuple[tuple[str, ...], Floats, float]] = field(
        default_factory=list
    )  # kinds, shares, faults a second

    def __post_init__(self) -> None:
        count = len(self.physics.site)
        unknown = set(self.own_rates) - {*PHYSICAL, *WIRE}
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        shares = np.array([share for _kind, share, _hours in MIX])
        sources = [(KINDS, shares / shares.sum(), self.rate_per_day)]
        sources += [((kind,), np.ones(1), rate) for kind, rate in self.own_rates.items()]
        self._sources = [(kinds, weights, rate * count / DAY_S) for kinds, weights, rate in sources if rate > 0]
        for number in range(len(self._sources)):
            self._plan(self.physics.now_s, number)

    def begin(self, index: int, kind: str, seconds: float) -> None:
        """Begin a fault that ends after so many seconds; raises KeyError for an unknown kind."""
        self._begin(index, kind, self.physics.now_s + seconds)

    def _begin(self, index: int, kind: str, until: float) -> None:
        if kind in WIRE:
            self.wire[index] = kind
        else:
            fault = PHYSICAL[kind]
            if index in self.physical:
                self.end(index, self.physical[index])
            self._undo[index] = fault(self.physics, index)
            self.physical[index] = kind
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

    def step(self) -> None:
        """End what is over by now and let new ones come, in the order of their moments."""
        now_s = self.physics.now_s
        while self._coming and self._coming[0][0] <= now_s:
            at_s, number = heapq.heappop(self._coming)
            self._end_until(at_s)
            self._come(at_s, self._sources[number])
            self._plan(at_s, number)
        self._end_until(now_s)

    def _end_until(self, at_s: float) -> None:
        while self._ends and self._ends[0][0] <= at_s:
            until, index, kind = heapq.heappop(self._ends)
            if self._until.get((index, kind)) == until:
                del self._until[index, kind]
                self.end(index, kind)

    def _plan(self, at_s: float, number: int) -> None:
        gap_s = self.rng.exponential() / self._sources[number][2]
        heapq.heappush(self._coming, (at_s + gap_s, number))

    def _come(self, at_s: float, source: tuple[tuple[str, ...], Floats, float]) -> None:
        kinds, weights, _rate = source
        index, place = int(self.rng.integers(len(self.physics.site))), int(self.rng.choice(len(kinds), p=weights))
        lasts_s = SHORTEST_S + self.rng.exponential() * _MEAN_H.get(kinds[place], OWN_RATE_H) * HOUR_S
        if index not in self.wire and index not in self.physical:
            self._begin(index, kinds[place], at_s + lasts_s)

    def open_with(self, spells: Spells) -> None:
        """Begin with the faults that the days before left, and with machines that have had time to feel them."""
        self._take(spells.open())
        self.physics.settle()

    def _take(self, spells: Spells) -> None:
        left_s = spells.lasts_s - spells.begun_s
        for index, place, seconds in zip(spells.machine.tolist(), spells.kind.tolist(), left_s.tolist(), strict=True):
            if index not in self.wire and index not in self.physical:
                self.begin(index, KINDS[place], seconds)
