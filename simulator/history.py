"""The past of the farm from the same physics, vectorised: what the product would have stored had it run before.

Each machine has its own outages, lost boards and hot days, drawn once from the seed as spells on a line of hours, so that
every layer and every window of the history tells the same story.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator.farm import Farm
from simulator.physics import SHARES_PER_TH_S, ambient_c, lottery

MINER_DTYPE = np.dtype(
    [
        ("at", "i8"), ("miner", "i4"), ("site", "i4"), ("online", "f4"), ("hashrate_ths", "f4"),
        ("expected_hashrate_ths", "f4"), ("power_w", "f4"), ("temp_inlet_c", "f4"), ("temp_chip_max_c", "f4"),
        ("temp_max_c", "f4"), ("accepted", "i4"), ("rejected", "i4"),
    ]
)  # fmt: skip
SITE_DTYPE = np.dtype(
    [
        ("at", "i8"), ("site", "i4"), ("machines", "i4"), ("online", "f4"), ("hashrate_ths", "f8"),
        ("expected_hashrate_ths", "f8"), ("power_w", "f8"), ("temp_max_c", "f4"), ("temp_avg_c", "f4"),
        ("accepted", "i8"), ("rejected", "i8"),
    ]
)  # fmt: skip
ROWS_A_CHUNK = 400_000
SPELL_HOURS = 24 * 400  # the line of spells, long enough for any window asked for


class Past:
    """The spells of one farm, and what a machine did at any hour."""

    def __init__(self, farm: Farm, end_s: int) -> None:
        self.farm = farm
        self.end_s = end_s
        count = len(farm.machines)
        rng = np.random.default_rng(farm.seed + 3)
        self.silicon, self.supply, self.rack_c = lottery(farm)
        self.site = np.array([machine.site for machine in farm.machines], int)
        self.nominal_ths = np.array([machine.model.hashrate_ths for machine in farm.machines], float)
        self.nominal_w = np.array([machine.model.power_w for machine in farm.machines], float)
        # Hours before the end at which a machine was off or short of a board: start and length.
        self.off_at = rng.uniform(6, 24 * 90, (count, 3))
        self.off_for = rng.exponential(9, (count, 3)) * (rng.random((count, 3)) < 0.35)
        self.board_at = rng.uniform(12, 24 * 90, count)
        self.board_for = rng.exponential(60, count) * (rng.random(count) < 0.12)
        self.reject_ratio = rng.uniform(0.0005, 0.004, count)
        # The farm grew: one machine in twelve came within these ninety days.
        self.born_hours = np.where(np.arange(count) % 12 == 0, rng.uniform(24 * 30, 24 * 88, count), np.inf)
        # Whole-site stops: curtailments of a few hours on hot afternoons, one long outage a site.
        self.site_off = [
            [
                (float(hours), float(length))
                for hours, length in zip(rng.uniform(30, 24 * 88, 7), rng.uniform(1, 4, 7), strict=True)
            ]
            for _site in farm.sites
        ]

    def sample(self, at_s: int, step_s: int, noise: np.random.Generator) -> NDArray[np.void]:
        """Give the rows of one bucket that begins at `at_s`; a machine that was off all through has none."""
        hours = (self.end_s - at_s) / 3600
        length = step_s / 3600
        off = np.zeros(len(self.site))
        for spell in range(self.off_at.shape[1]):
            off = np.maximum(off, _overlap(hours, length, self.off_at[:, spell], self.off_for[:, spell]))
        for site, spells in enumerate(self.site_off):
            for start, lasting in spells:
                share = float(_overlap(hours, length, np.array(start), np.array(lasting)))
                if share > 0:
                    off[self.site == site] = np.maximum(off[self.site == site], share * 0.9)
        off = np.where(self.born_hours < hours, 1.0, off)
        there = np.flatnonzero(off < 1.0)
        rows = np.zeros(len(there), MINER_DTYPE)
        ambient = np.array([float(ambient_c(site, at_s + step_s / 2)) for site in self.farm.sites])[self.site]
        inlet = ambient + self.rack_c
        board = 1.0 - _overlap(hours, length, self.board_at, self.board_for) / 3
        chip = 8.0 + 0.55 * inlet + 47.0 * self.supply * board + noise.normal(0, 0.6, len(board))
        throttle = np.clip(1.0 - (chip - 88.0) / 17.0, 0.3, 1.0)
        rate = self.nominal_ths * self.silicon * board * throttle * (1 + noise.normal(0, 0.006, len(board)))
        power = self.nominal_w * self.supply * (0.04 + 0.96 * board * throttle) * (1 + 0.0012 * (chip - 65))
        rows["at"] = at_s
        rows["miner"] = there
        rows["site"] = self.site[there]
        rows["online"] = 1 - off[there]
        rows["hashrate_ths"] = rate[there]
        rows["expected_hashrate_ths"] = self.nominal_ths[there]
        rows["power_w"] = power[there]
        rows["temp_inlet_c"] = inlet[there]
        rows["temp_chip_max_c"] = chip[there]
        rows["temp_max_c"] = chip[there]
        shares = rate[there] * SHARES_PER_TH_S * step_s * (1 - off[there])
        # Whole shares, by chance up or down: cut off, the few rejects of an hour would all be lost.
        rejected = shares * self.reject_ratio[there]
        rows["rejected"] = rejected + noise.random(len(there))
        rows["accepted"] = shares - rejected + noise.random(len(there))
        return rows


def _overlap(hours: float, length: float, at: NDArray[np.float64], lasting: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the share of the bucket [hours, hours - length] before the end that a spell covers."""
    start, stop = np.minimum(hours, at), np.maximum(hours - length, at - lasting)
    return np.clip((start - stop) / length, 0.0, 1.0)


def generate(
    farm: Farm, layer: str, start_s: int, end_s: int, step_s: int, newest_s: int
) -> Iterator[NDArray[np.void]]:
    """Give the history in chunks, oldest first; `newest_s` is where the past ends, whatever window is asked for."""
    past = Past(farm, newest_s)
    chunk: list[NDArray[np.void]] = []
    size = 0
    for at_s in range(start_s - start_s % step_s, end_s, step_s):
        rows = past.sample(at_s, step_s, np.random.default_rng([farm.seed, at_s]))
        part = rows if layer == "miner" else site_sums(rows, farm)
        chunk.append(part)
        size += len(part)
        if size >= ROWS_A_CHUNK:
            yield np.concatenate(chunk)
            chunk, size = [], 0
    if chunk:
        yield np.concatenate(chunk)


def site_sums(rows: NDArray[np.void], farm: Farm) -> NDArray[np.void]:
    """Add up one bucket's machines by site; rates and power count for the share of time that a machine was there."""
    sums = np.zeros(len(farm.sites), SITE_DTYPE)
    total = np.bincount([machine.site for machine in farm.machines], minlength=len(farm.sites))
    for site in range(len(farm.sites)):
        mine = rows[rows["site"] == site]
        there = mine["online"].astype(float)
        sums[site]["site"] = site
        sums[site]["machines"] = total[site]
        sums[site]["online"] = there.sum()
        for name in ("hashrate_ths", "power_w"):
            sums[site][name] = (mine[name] * there).sum()
        sums[site]["expected_hashrate_ths"] = mine["expected_hashrate_ths"].astype(float).sum()
        for name in ("accepted", "rejected"):
            sums[site][name] = mine[name].sum()
        if len(mine):
            sums[site]["temp_max_c"] = mine["temp_max_c"].max()
            sums[site]["temp_avg_c"] = mine["temp_max_c"].mean()
    if len(rows):
        sums["at"] = rows["at"][0]
    return sums[sums["at"] > 0]
