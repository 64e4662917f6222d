"""The physics of all machines at once: arrays advanced a step at a time, and the same curves for the history.

A machine ramps up over minutes, draws more when it is hot, throttles when its chips pass their limit, loses a third of its
rate with a board, drifts down hour by hour with ageing chips, runs hotter with a dead fan, and draws a few watts asleep.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.farm import Farm, SimSite

Floats = NDArray[np.float64]

BOARDS = 3
RAMP_S = 480.0
WARM_UP_S = 300.0
THROTTLE_C = 88.0
SHUTDOWN_C = 105.0
SLEEP_W = 18.0
IDLE_SHARE = 0.04  # of full power while powered but not hashing: fans, control board
SHARES_PER_TH_S = 1.0 / 21_000.0  # at the share difficulty that the pools hand out
DRIFT_MOST = 0.35  # of the rate; by then it would be looked after
REBOOT_S = 90.0  # from the order until it answers again
MODE_POWER = np.array([1.0, 0.78, 1.12])  # normal, low, high
MODE_RATE = np.array([1.0, 0.85, 1.08])
YEAR_S = 365.25 * 86_400


def ambient_c(site: SimSite, at_s: Floats | float) -> Floats:
    """Give the outside air [deg C] at a time: season, day, and slow weather made of a few incommensurate waves."""
    at = np.asarray(at_s, float)
    local = at + site.utc_offset_h * 3600
    season = -np.cos(2 * np.pi * (at / YEAR_S - 15 / 365.25))
    day = -np.cos(2 * np.pi * (local / 86_400 - 3.5 / 24))
    phase = len(site.code) + ord(site.code[0])
    weather = np.sin(at / 197_000 + phase) * 2.4 + np.sin(at / 71_300 + 2 * phase) * 1.3
    return site.mean_c + site.season_c * season + site.day_c * day + weather


class Physics:
    """The state of every machine of a farm."""

    def __init__(self, farm: Farm, *, at_s: float, speed_up: float = 1.0) -> None:
        count = len(farm.machines)
        rng = np.random.default_rng(farm.seed + 1)
        self.farm = farm
        self.now_s = at_s
        self.speed_up = speed_up
        self.rng = rng
        models = [machine.model for machine in farm.machines]
        self.site = np.array([machine.site for machine in farm.machines], int)
        self.nominal_ths = np.array([model.hashrate_ths for model in models], float)
        self.nominal_w = np.array([model.power_w for model in models], float)
        self.silicon, self.supply, self.rack_c, self.tilt, self.reject_ratio = lottery(farm)
        self.mode = np.zeros(count, int)
        self.asleep = np.zeros(count, bool)
        self.ramp = np.ones(count)
        self.boards = np.ones((count, BOARDS), bool)
        self.fans = np.ones((count, 4), bool)
        self.blocked = np.zeros(count)  # extra deg C from a dirty filter
        self.pool_dead = np.zeros(count, bool)
        self.drift_per_h = np.zeros(count)  # share of its rate that a machine loses in an hour, until it is mended
        self.drifted = np.zeros(count)
        self.boot_s = at_s - rng.uniform(3_600, 30 * 86_400, count)
        self.accepted = (at_s - self.boot_s) * self.nominal_ths * SHARES_PER_TH_S
        self.rejected = self.accepted * self.reject_ratio
        self.hardware_errors = (at_s - self.boot_s) * 0.01
        self.back_s = np.zeros(count)  # until when a machine that restarts does not answer
        self.orders: list[tuple[float, int, bool]] = []  # at which second who is to sleep or wake
        self.noise = np.zeros(count)
        self.throttle = np.ones(count)
        self.chip_c = np.full(count, 65.0)
        self.hashrate_ths = np.zeros(count)
        self.average_ths = self.nominal_ths * self.silicon
        self.power_w = np.zeros(count)
        self.inlet_c = np.zeros(count)
        self.settle()

    def settle(self) -> None:
        """Let temperatures and throttling come to rest at this moment; no time passes for the counters."""
        at_s, shares = self.now_s, (self.accepted.copy(), self.rejected.copy(), self.hardware_errors.copy())
        for _ in range(30):
            self.step(20.0)
        self.now_s = at_s
        self.accepted, self.rejected, self.hardware_errors = shares

    def step(self, seconds: float) -> None:
        """Advance every machine."""
        self.now_s += seconds
        while self.orders and self.orders[0][0] <= self.now_s:
            _at, index, asleep = heapq.heappop(self.orders)
            (self.stop if asleep else self.start)(index)
        ambient = np.array([float(ambient_c(site, self.now_s)) for site in self.farm.sites])[self.site]
        self.inlet_c = ambient + self.rack_c + self.blocked * 0.3
        target = (~self.asleep & (self.back_s <= self.now_s)).astype(float)
        climb = seconds * self.speed_up / RAMP_S
        self.ramp = np.where(target > self.ramp, np.minimum(target, self.ramp + climb), target)
        self.noise += (-self.noise * 0.1 + self.rng.normal(0, 0.004, len(self.noise))) * min(1.0, seconds / 5)
        boards = self.boards.mean(axis=1)
        drifted = np.minimum(DRIFT_MOST, self.drifted + self.drift_per_h * (seconds * self.speed_up / 3600))
        self.drifted = np.where(self.drift_per_h > 0, drifted, 0.0)
        ideal = self.nominal_ths * self.silicon * (1 - self.drifted) * MODE_RATE[self.mode] * self.ramp * boards
        self.hashrate_ths = np.maximum(0.0, ideal * self.throttle * (1 + self.noise))
        load = self.ramp * boards * self.throttle
        full = self.nominal_w * self.supply * MODE_POWER[self.mode] * (1 + 0.0012 * (self.chip_c - 65))
        self.power_w = np.where(self.asleep, SLEEP_W, full * (IDLE_SHARE + (1 - IDLE_SHARE) * load))
        rise = 47.0 * self.power_w / self.nominal_w + 11.0 * (~self.fans).sum(axis=1) + self.blocked
        # Fans speed up with the heat, so that a hot day does not pass one to one into the chips.
        settled = 8.0 + 0.55 * self.inlet_c + rise
        self.chip_c += (settled - self.chip_c) * min(1.0, seconds * max(1.0, self.speed_up / 4) / WARM_UP_S)
        wanted = np.clip(1.0 - (self.chip_c - THROTTLE_C) / (SHUTDOWN_C - THROTTLE_C), 0.0, 1.0)
        self.throttle += (np.minimum(1.0, wanted) - self.throttle) * min(1.0, seconds / 60)
        self.average_ths += (self.hashrate_ths - self.average_ths) * min(1.0, seconds / 1800)
        shares = np.where(self.pool_dead, 0.0, self.hashrate_ths * SHARES_PER_TH_S * seconds)
        self.accepted += shares * (1 - self.reject_ratio)
        self.rejected += shares * self.reject_ratio
        self.hardware_errors += self.hashrate_ths * 1e-5 * seconds

    def stop(self, index: int) -> None:
        """Put a machine to sleep."""
        self.asleep[index] = True

    def start(self, index: int) -> None:
        """Wake a machine; it climbs to its rate over minutes."""
        if self.asleep[index]:
            self.asleep[index] = False
            self.ramp[index] = 0.0

    def order(self, at_s: float, index: int, *, asleep: bool) -> None:
        """Sleep or wake at a time ahead."""
        heapq.heappush(self.orders, (at_s, index, asleep))

    def reboot(self, index: int) -> None:
        """Restart a machine: it leaves the wire for a while, counters begin again, and it climbs anew."""
        self.back_s[index] = self.boot_s[index] = self.now_s + REBOOT_S / self.speed_up
        self.accepted[index] = self.rejected[index] = self.hardware_errors[index] = 0.0
        self.ramp[index] = 0.0
        self.average_ths[index] = 0.0


class Lottery(NamedTuple):
    """Each machine's luck: rate and power against its data sheet, how warm its place is [deg C], boards, rejects."""

    silicon: Floats
    supply: Floats
    rack_c: Floats
    tilt: Floats  # of each board's rate against the mean of the three
    reject_ratio: Floats


def lottery(farm: Farm) -> Lottery:
    """Draw the luck of every machine of a farm."""
    rng = np.random.default_rng(farm.seed + 2)
    count = len(farm.machines)
    return Lottery(
        rng.normal(1.005, 0.012, count),
        rng.normal(1.01, 0.018, count),
        rng.normal(4.0, 1.6, count),
        rng.normal(0, 0.012, (count, BOARDS)),
        rng.uniform(0.0005, 0.004, count),
    )
