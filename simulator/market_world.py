"""The simulated market and network: price, hashrate and difficulty as functions of the time and a seed.

Every value is computed from its time alone, so that history, now and a restart agree without anything being kept. The
numbers follow the size and the roughness of the real ones and are none of them.
"""

from __future__ import annotations

import bisect
import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

GENESIS_S = 1_231_006_505
MARKET_BEGAN_S = 1_279_324_800  # 17 July 2010
DAY_S = 86_400
BLOCK_S = 600.0
EPOCH_BLOCKS = 2016
# From the start of this epoch on, when the market began too, blocks come as fast as the hashrate makes them.
FIRST_EPOCH = 34
LUCK_WAVES = 20
HALVING_BLOCKS = 210_000
# Price as a power of the days since the first block: 155,000 USD at 6,530 days.
PRICE_NOW_USD, HASHRATE_NOW_HS, NOW_DAYS = 155_000.0, 1.1e21, 6530.0
PRICE_POWER, HASHRATE_POWER = 5.82, 10.3
YEARLY_VOLATILITY = 0.55
# A sum of waves of all lengths, as strong as the root of their length, wanders like a random walk.
SHORTEST_S, LONGEST_S, WAVES = 120.0, 3 * 365 * DAY_S, 40
SAMPLES_A_BAR = 24
EARLY_BLOCK_S = (MARKET_BEGAN_S - GENESIS_S) / (FIRST_EPOCH * EPOCH_BLOCKS)


class MarketWorld:
    """What the market of one seed says at any time [s since 1970]."""

    def __init__(self, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self._periods_s = np.geomspace(SHORTEST_S, LONGEST_S, WAVES)
        self._phases = dice.uniform(0, 2 * math.pi, (2, WAVES))
        self._seed = seed
        # Starts and difficulties of the epochs from `FIRST_EPOCH` on, as far as somebody has asked.
        self._starts_s = [float(MARKET_BEGAN_S)]
        self._difficulties = [self._difficulty_for(self.hashrate_hs(MARKET_BEGAN_S))]
        self._times_s = lru_cache(maxsize=8)(self._block_times_s)

    def price_usd(self, at_s: float) -> float:
        """Give the price of a bitcoin [USD]."""
        trend = PRICE_NOW_USD * (self._days(at_s) / NOW_DAYS) ** PRICE_POWER
        return float(trend * math.exp(YEARLY_VOLATILITY * self._wander(0, at_s)))

    def usdt_usd(self, at_s: float) -> float:
        """Give the price of a USDT [USD]: close to one, never quite."""
        return 0.9996 + 0.0006 * math.sin(2 * math.pi * at_s / (5 * DAY_S) + self._seed)

    def bar(self, start_s: int, width_s: int) -> tuple[float, float, float, float, float]:
        """Give open, high, low, close [USD] and volume [BTC]; a bar opens where the one before closed."""
        prices = [self.price_usd(start_s + width_s * step / SAMPLES_A_BAR) for step in range(SAMPLES_A_BAR + 1)]
        swing = max(prices) / min(prices) - 1
        return prices[0], max(prices), min(prices), prices[-1], (300 + 40_000 * swing) * width_s / 3600

    def height(self, at_s: float) -> int:
        """Give the newest block."""
        if at_s < MARKET_BEGAN_S:
            return int((at_s - GENESIS_S) / EARLY_BLOCK_S)
        while self._starts_s[-1] <= at_s:
            self._add_epoch()
        number = bisect.bisect_right(self._starts_s, at_s) - 1
        within = int(np.searchsorted(self._times_s(number), at_s, side="right")) - 1
        return (FIRST_EPOCH + number) * EPOCH_BLOCKS + min(within, EPOCH_BLOCKS - 1)

    def block_s(self, height: int) -> float:
        """Give the time of a block."""
        epoch, within = divmod(height, EPOCH_BLOCKS)
        if epoch < FIRST_EPOCH:
            return GENESIS_S + height * EARLY_BLOCK_S
        self._reach(epoch - FIRST_EPOCH)
        return float(self._times_s(epoch - FIRST_EPOCH)[within]) if within else self._starts_s[epoch - FIRST_EPOCH]

    def hashrate_hs(self, at_s: float) -> float:
        """Give the network's hashrate [H/s]."""
        trend = HASHRATE_NOW_HS * (self._days(at_s) / NOW_DAYS) ** HASHRATE_POWER
        return float(trend * math.exp(0.05 * self._wander(1, at_s)))

    def difficulty(self, height: int) -> float:
        """Give the difficulty of a block, by the protocol: that of the epoch before, by how much too fast it was."""
        number = height // EPOCH_BLOCKS - FIRST_EPOCH
        if number < 0:
            return self._difficulty_for(self.hashrate_hs(self.block_s(height // EPOCH_BLOCKS * EPOCH_BLOCKS)))
        self._reach(number)
        return self._difficulties[number]

    def subsidy_sat(self, height: int) -> int:
        """Give the subsidy of a block [satoshi]."""
        return 5_000_000_000 >> (height // HALVING_BLOCKS)

    def fees_sat(self, height: int) -> int:
        """Give the mean fees of a block about a height [satoshi]."""
        return int(3_000_000 * math.exp(math.sin(height / 400 + self._seed)))

    def _reach(self, number: int) -> None:
        while len(self._starts_s) <= number:
            self._add_epoch()

    def _add_epoch(self) -> None:
        """Let the newest epoch end when the hashrate of its middle has made its blocks, and set the next difficulty."""
        start_s, difficulty = self._starts_s[-1], self._difficulties[-1]
        hashrate_hs = self.hashrate_hs(start_s + EPOCH_BLOCKS * BLOCK_S / 2)
        self._starts_s.append(start_s + EPOCH_BLOCKS * difficulty * 2**32 / hashrate_hs)
        self._difficulties.append(self._difficulty_for(hashrate_hs))

    def _block_times_s(self, number: int) -> npt.NDArray[np.floating[Any]]:
        """Give the times of an epoch's blocks: even, but for luck, which wanders and has evened out at the end."""
        self._reach(number + 1)
        share = np.arange(EPOCH_BLOCKS) / EPOCH_BLOCKS
        waves = np.arange(1, LUCK_WAVES + 1)
        # A Brownian bridge by its first waves: blocks at random are late by 600 s times the root of their number.
        luck = np.random.default_rng([self._seed, number]).normal(size=LUCK_WAVES) / (math.pi * waves)
        late_s = BLOCK_S * math.sqrt(2 * EPOCH_BLOCKS) * np.sin(math.pi * np.outer(share, waves)) @ luck
        return self._starts_s[number] + (self._starts_s[number + 1] - self._starts_s[number]) * share + late_s

    @staticmethod
    def _difficulty_for(hashrate_hs: float) -> float:
        return max(1.0, round(hashrate_hs * BLOCK_S / 2**32, 2))

    def _days(self, at_s: float) -> float:
        return max(at_s - GENESIS_S, DAY_S) / DAY_S

    def _wander(self, which: int, at_s: float) -> float:
        # Scaled so that a year's change has a standard deviation of about one.
        strength = np.sqrt(self._periods_s / LONGEST_S)
        return float(np.sum(strength * np.sin(2 * math.pi * at_s / self._periods_s + self._phases[which])) * 0.6)
