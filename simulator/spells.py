"""The faults of days gone by, drawn once: the past is told from them, and the live farm opens with those still on.

One draw serves both, so that a chart over the moment at which the farm went live shows the same broken machines on
either side of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHORTEST_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0
DAYS = 100.0  # of faults drawn: the ninety that a history may show, and some before it that last into it
# How often each fault comes by itself, of all faults, and how long it lasts at the mean [h]. Of a machine's time those that
# silence it take rate / 24 h * (0.10 * 6 h + 0.06 * 8 h): at 0.06 faults a machine a day 0.27 %, so that 99.7 % answer.
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
KINDS = tuple(kind for kind, _share, _hours in MIX)
_SHARES = np.array([share for _kind, share, _hours in MIX])
_MEAN_S = np.array([hours * HOUR_S for _kind, _share, hours in MIX])


@dataclass(frozen=True, slots=True)
class Spells:
    """Faults by machine, kind (place in `KINDS`), seconds before the end at which each began, and its length [s]."""

    machine: NDArray[np.int64]
    kind: NDArray[np.int64]
    begun_s: Floats
    lasts_s: Floats

    def of(self, *kinds: str) -> Spells:
        """Give those of some kinds."""
        return self._only(np.isin(self.kind, [KINDS.index(kind) for kind in kinds]))

    def open(self) -> Spells:
        """Give those that are not over at the end."""
        return self._only(self.begun_s < self.lasts_s)

    def share(self, count: int, before_s: float, seconds: float) -> Floats:
        """Give the share of a bucket for which each of `count` machines has one; it begins `before_s` before the end."""
        covered = overlap(before_s, seconds, self.begun_s, self.lasts_s)
        shares = np.zeros(count)
        hit = np.flatnonzero(covered)
        np.maximum.at(shares, self.machine[hit], covered[hit])
        return shares

    def _only(self, wanted: NDArray[np.bool_]) -> Spells:
        return Spells(self.machine[wanted], self.kind[wanted], self.begun_s[wanted], self.lasts_s[wanted])


def draw(machines: int, seed: int, rate_per_day: float, days: float = DAYS) -> Spells:
    """Draw the faults of so many machines, `rate_per_day` a machine, over the days before the end."""
    rng = np.random.default_rng(seed + 4)
    count = int(rng.poisson(rate_per_day * machines * days))
    kind = rng.choice(len(KINDS), size=count, p=_SHARES / _SHARES.sum())
    return Spells(
        machine=rng.integers(machines, size=count),
        kind=kind,
        begun_s=rng.uniform(0, days * DAY_S, count),
        lasts_s=length_s(kind, rng),
    )


def length_s(kind: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Draw how long faults of these kinds last [s]."""
    lasts: Floats = SHORTEST_S + rng.exponential(size=kind.shape) * _MEAN_S[kind]
    return lasts


def overlap(before_s: float, seconds: float, begun_s: Floats, lasts_s: Floats) -> Floats:
    """Give the share of a bucket that spells cover; it begins `before_s` before the end and lasts `seconds`."""
    start, stop = np.minimum(before_s, begun_s), np.maximum(before_s - seconds, begun_s - lasts_s)
    return np.clip((start - stop) / seconds, 0.0, 1.0)
