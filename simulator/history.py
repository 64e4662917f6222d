"""The past of the farm from the same physics, vectorised: what the product would have stored had it run before.

Faults come from the spells that the live farm opens with, so that nothing jumps where the past meets the present; sites
curtail in the dear hours of some evenings, lost half of their machines once to a transformer, and grew by deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.farm import Farm
from simulator.physics import (
    BOARDS,
    IDLE_SHARE,
    SHARES_PER_TH_S,
    SHUTDOWN_C,
    SLEEP_W,
    THROTTLE_C,
    ambient_c,
    lottery,
)
from simulator.spells import DAY_S, HOUR_S, draw, overlap

_FIELDS = [
    ("at", "i8"), ("miner", "i4"), ("site", "i4"), ("online", "f4"), ("hashrate_ths", "f4"),
    ("expected_hashrate_ths", "f4"), ("power_w", "f4"), ("temp_inlet_c", "f4"), ("temp_chip_max_c", "f4"),
    ("temp_max_c", "f4"), ("accepted", "i4"), ("rejected", "i4"),
]  # fmt: skip
MINER_DTYPE = np.dtype(_FIELDS)
# Layers of five minutes and finer tell of every board as well.
BOARD_DTYPE = np.dtype([*_FIELDS, ("board_hashrate_ths", "f4", (BOARDS,)), ("board_temp_c", "f4", (BOARDS,))])
FINE_S = 300
SITE_DTYPE = np.dtype(
    [
        ("at", "i8"), ("site", "i4"), ("machines", "i4"), ("online", "f4"), ("hashrate_ths", "f8"),
        ("expected_hashrate_ths", "f8"), ("power_w", "f8"), ("temp_max_c", "f4"), ("temp_avg_c", "f4"),
        ("accepted", "i8"), ("rejected", "i8"),
    ]
)  # fmt: skip
ROWS_A_CHUNK = 400_000
SAMPLE_S = 10_800  # a longer bucket is the mean of samples of this length
PAST_DAYS = 90
CURTAILED = 0.9  # of a site's machines: the rest carries what must run on
DELIVERED = 0.08  # of a site's machines came within the ninety days
DELIVERIES_DAYS = (71.4, 44.6, 19.5)
NOISE_S = 100.0  # for how long the rate of a machine remembers its own ripple
RIPPLE = 0.009


@dataclass(frozen=True, slots=True)
class Tells:
    """What a dialect says of a machine, where it differs: see `simulator/dialects`."""

    inlet: bool
    whole_degrees: bool
    board_below_c: tuple[float, float, float]  # the boards' temperatures, below the hottest chip
    expected: float = 1.0  # of the data sheet's rate


TELLS = {
    "antminer": Tells(inlet=False, whole_degrees=True, board_below_c=(0, 2, 4)),
    "luxos": Tells(inlet=False, whole_degrees=True, board_below_c=(0, 2, 4)),
    "whatsminer": Tells(inlet=True, whole_degrees=False, board_below_c=(0, 1, 2)),
    "avalon": Tells(inlet=True, whole_degrees=True, board_below_c=(0, 1, 0), expected=1.01),
}


class Past:
    """What each machine of a farm did before a moment `end_s`."""

    def __init__(self, farm: Farm, end_s: int, fault_rate: float) -> None:
        self.farm = farm
        self.end_s = end_s
        machines = farm.machines
        self.count = len(machines)
        self.silicon, self.supply, self.rack_c, self.tilt, self.reject_ratio = lottery(farm)
        self.site = np.array([machine.site for machine in machines], int)
        self.nominal_ths = np.array([machine.model.hashrate_ths for machine in machines], float)
        self.nominal_w = np.array([machine.model.power_w for machine in machines], float)
        tells = [TELLS[machine.dialect] for machine in machines]
        self.says_inlet = np.array([tell.inlet for tell in tells])
        self.whole_degrees = np.array([tell.whole_degrees for tell in tells])
        self.board_below_c = np.array([tell.board_below_c for tell in tells], float)
        self.expected_ths = self.nominal_ths * np.array([tell.expected for tell in tells])
        spells = draw(self.count, farm.seed, fault_rate)
        self.silent = spells.of("refused", "hanging", "cut")
        self.board_lost, self.fan_failed = spells.of("board_lost"), spells.of("fan_failed")
        self.overheating, self.weak = spells.of("overheating"), spells.of("weak")
        self.rejects, self.pool_dead = spells.of("rejects"), spells.of("pool_dead")
        rng = np.random.default_rng(farm.seed + 3)
        self.sheds = rng.random(self.count) < CURTAILED
        place = np.zeros(self.count)
        self.half = np.zeros(self.count, bool)
        self.evenings: list[NDArray[np.float64]] = []  # a site's curtailments: start and length [s before the end, s]
        self.outages: list[NDArray[np.float64]] = []
        for site, told in enumerate(farm.sites):
            mine = np.flatnonzero(self.site == site)
            place[mine] = np.arange(len(mine)) / max(1, len(mine))
            self.half[mine[len(mine) // 2 :]] = True
            # Eleven dear evenings of two to four hours, and one transformer that tripped in the morning.
            self.evenings.append(_stops(end_s, told.utc_offset_h, rng, 11, (17.0, 18.5), (1.8, 3.8)))
            self.outages.append(_stops(end_s, told.utc_offset_h, rng, 1, (8.0, 12.0), (0.6, 2.5)))
        # The last racks of every site came in a few deliveries.
        late = (place - (1 - DELIVERED)) / DELIVERED * len(DELIVERIES_DAYS)
        came = np.array(DELIVERIES_DAYS)[np.clip(late.astype(int), 0, len(DELIVERIES_DAYS) - 1)] * DAY_S
        self.came_s = np.where(late >= 0, came, np.inf)

    def sample(self, at_s: int, step_s: int, noise: np.random.Generator) -> NDArray[np.void]:
        """Give the rows of one bucket that begins at `at_s`; a machine that was off all through has none."""
        if step_s <= SAMPLE_S:
            return self._sample(at_s, step_s, noise)
        parts = [self._sample(at, SAMPLE_S, noise) for at in range(at_s, at_s + step_s, SAMPLE_S)]
        return _mean(parts, at_s, self.count)

    def present(self, at_s: int) -> NDArray[np.bool_]:
        """Tell which machines had been delivered by then."""
        return np.asarray(self.came_s >= self.end_s - at_s)

    def _sample(self, at_s: int, step_s: int, noise: np.random.Generator) -> NDArray[np.void]:
        before_s = float(self.end_s - at_s)
        off = self.silent.share(self.count, before_s, step_s)
        asleep = np.zeros(self.count)
        for site in range(len(self.farm.sites)):
            mine = self.site == site
            stopped = overlap(before_s, step_s, *self.evenings[site].T).sum()
            if stopped:
                asleep[mine & self.sheds] = stopped
            dark = overlap(before_s, step_s, *self.outages[site].T).sum()
            if dark:
                off[mine & self.half] = np.maximum(off[mine & self.half], dark)
        off = np.where(self.present(at_s), off, 1.0)
        board = 1.0 - self.board_lost.share(self.count, before_s, step_s) / BOARDS
        blocked = 34.0 * self.overheating.share(self.count, before_s, step_s)
        fan = 11.0 * self.fan_failed.share(self.count, before_s, step_s)
        weak = self.weak.share(self.count, before_s, step_s)
        ambient = np.array([float(ambient_c(site, at_s + step_s / 2)) for site in self.farm.sites])[self.site]
        inlet = ambient + self.rack_c + blocked * 0.3
        chip, throttle = self._settled(8.0 + 0.55 * inlet + fan + blocked, board)
        # What a sleeping machine draws warms it by nothing that matters.
        chip = chip * (1 - asleep) + (8.0 + 0.55 * inlet) * asleep
        works = board * throttle * (1 - asleep)
        ripple = noise.normal(0, RIPPLE * min(1.0, NOISE_S / step_s) ** 0.5, self.count)
        silicon = self.silicon * (1 - weak) + 0.78 * weak
        rate = self.nominal_ths * silicon * works * (1 + ripple)
        awake_w = self.nominal_w * self.supply * (IDLE_SHARE + (1 - IDLE_SHARE) * board * throttle)
        power = awake_w * (1 + 0.0012 * (chip - 65)) * (1 - asleep) + SLEEP_W * asleep
        told_c = np.where(self.whole_degrees, np.floor(chip), chip)
        there = np.flatnonzero(off < 1.0)
        rows = np.zeros(len(there), BOARD_DTYPE if step_s <= FINE_S else MINER_DTYPE)
        rows["at"] = at_s
        rows["miner"] = there
        rows["site"] = self.site[there]
        rows["online"] = 1 - off[there]
        rows["hashrate_ths"] = rate[there]
        rows["expected_hashrate_ths"] = self.expected_ths[there]
        rows["power_w"] = power[there]
        rows["temp_inlet_c"] = np.where(self.says_inlet, inlet, np.nan)[there]
        rows["temp_chip_max_c"] = told_c[there]
        rows["temp_max_c"] = told_c[there]
        bad = self.rejects.share(self.count, before_s, step_s)
        ratio = (self.reject_ratio * (1 - bad) + 0.12 * bad)[there]
        shares = rate[there] * SHARES_PER_TH_S * step_s * (1 - off[there])
        shares *= 1 - self.pool_dead.share(self.count, before_s, step_s)[there]
        # Whole shares, by chance up or down: cut off, the few rejects of an hour would all be lost.
        rejected = shares * ratio
        rows["rejected"] = rejected + noise.random(len(there))
        rows["accepted"] = shares - rejected + noise.random(len(there))
        if step_s <= FINE_S:
            self._boards(rows, there, board, told_c)
        return rows

    def _settled(self, cold_c: NDArray[np.float64], board: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Give chip temperature and throttling at rest: the hotter the slower, and the slower the cooler."""
        chip = np.full(self.count, 65.0)
        for _ in range(2):  # what a hot machine draws more moves the answer by a degree, and that by nothing
            heat = 47.0 * self.supply * (1 + 0.0012 * (chip - 65))
            base, swing = cold_c + heat * IDLE_SHARE, heat * (1 - IDLE_SHARE) * board
            throttle = np.clip((SHUTDOWN_C - base) / (SHUTDOWN_C - THROTTLE_C + swing), 0.0, 1.0)
            throttle = np.where(base + swing <= THROTTLE_C, 1.0, throttle)
            chip = base + swing * throttle
        return chip, throttle

    def _boards(
        self, rows: NDArray[np.void], there: NDArray[np.int64], board: NDArray[np.float64], told_c: NDArray[np.float64]
    ) -> None:
        lost = (board[there] < 1.0)[:, None] & (np.arange(BOARDS) == 1)  # the fault takes the middle one
        share = rows["hashrate_ths"] / (BOARDS * board[there])
        rates = share[:, None] * (1 + self.tilt[there])
        rows["board_hashrate_ths"] = np.where(lost, np.nan, rates)
        rows["board_temp_c"] = np.where(lost, np.nan, told_c[there][:, None] - self.board_below_c[there])


def _stops(
    end_s: int,
    utc_offset_h: float,
    rng: np.random.Generator,
    count: int,
    begin_h: tuple[float, float],
    last_h: tuple[float, float],
) -> NDArray[np.float64]:
    """Give stops on some days, begun between two hours of the site's clock: rows of start [s before the end] and length."""
    midnight = end_s - (end_s + utc_offset_h * HOUR_S) % DAY_S
    days = np.sort(rng.choice(np.arange(1, PAST_DAYS), size=count, replace=False))
    start = midnight - days * DAY_S + rng.uniform(*begin_h, count) * HOUR_S
    return np.column_stack([end_s - start, rng.uniform(*last_h, count) * HOUR_S])


def _mean(parts: list[NDArray[np.void]], at_s: int, count: int) -> NDArray[np.void]:
    """Give one row a machine for several buckets: means over the time that it was there, and the sum of its shares."""
    rows = np.concatenate(parts)
    miner = rows["miner"]
    there = np.bincount(miner, rows["online"], count)
    found = np.flatnonzero(there)
    made = np.zeros(len(found), MINER_DTYPE)
    made["at"] = at_s
    made["miner"] = found
    site = np.zeros(count, int)
    site[miner] = rows["site"]
    made["site"] = site[found]
    made["online"] = there[found] / len(parts)
    for name in ("hashrate_ths", "expected_hashrate_ths", "power_w", "temp_inlet_c", "temp_chip_max_c"):
        made[name] = np.bincount(miner, rows[name] * rows["online"], count)[found] / there[found]
    hottest = np.zeros(count)
    np.maximum.at(hottest, miner, rows["temp_max_c"])
    made["temp_max_c"] = hottest[found]
    for name in ("accepted", "rejected"):
        made[name] = np.bincount(miner, rows[name], count)[found]
    return made


def generate(past: Past, layer: str, start_s: int, end_s: int, step_s: int) -> Iterator[NDArray[np.void]]:
    """Give a window of the past in chunks, oldest first."""
    chunk: list[NDArray[np.void]] = []
    size = 0
    for at_s in range(start_s - start_s % step_s, end_s, step_s):
        rows = past.sample(at_s, step_s, np.random.default_rng([past.farm.seed, at_s]))
        part = rows if layer == "miner" else site_sums(rows, past, at_s)
        chunk.append(part)
        size += len(part)
        if size >= ROWS_A_CHUNK:
            yield np.concatenate(chunk)
            chunk, size = [], 0
    if chunk:
        yield np.concatenate(chunk)


def site_sums(rows: NDArray[np.void], past: Past, at_s: int) -> NDArray[np.void]:
    """Add up one bucket's machines by site, all by the share of time that a machine was there.

    A site has no row in a bucket in which none of its machines answered.
    """
    sites = len(past.farm.sites)
    sums = np.zeros(sites, SITE_DTYPE)
    site, there = rows["site"], rows["online"].astype(float)
    sums["at"] = at_s
    sums["site"] = np.arange(sites)
    sums["machines"] = np.bincount(past.site[past.present(at_s)], minlength=sites)
    sums["online"] = np.bincount(site, there, sites)
    for name in ("hashrate_ths", "power_w", "expected_hashrate_ths"):
        sums[name] = np.bincount(site, rows[name] * there, sites)
    for name in ("accepted", "rejected"):
        sums[name] = np.bincount(site, rows[name], sites)
    known = np.bincount(site, minlength=sites)
    np.maximum.at(sums["temp_max_c"], site, rows["temp_max_c"])
    sums["temp_avg_c"] = np.bincount(site, rows["temp_chip_max_c"], sites) / np.maximum(1, known)
    return sums[known > 0]
