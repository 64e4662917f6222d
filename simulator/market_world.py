"""The simulated market and network: price, hashrate and difficulty as functions of the time and a seed.

Every value is computed from its time alone, so that history, now and a restart agree without anything being kept. The
numbers follow the size and the roughness of the real ones and are none of them.
"""

from __future__ import annotations

import math

import numpy as np

GENESIS_S = 1_231_006_505
MARKET_BEGAN_S = 1_279_324_800  # 17 July 2010
DAY_S = 86_400
BLOCK_S = 578.0  # the mean since the first block: the network has grown all the time
EPOCH_BLOCKS = 2016
HALVING_BLOCKS = 210_000
# Price as a power of the days since the first block: 155,000 USD at 6,530 days.
PRICE_NOW_USD, HASHRATE_NOW_HS, NOW_DAYS = 155_000.0, 1.1e21, 6530.0
PRICE_POWER, HASHRATE_POWER = 5.82, 10.3
YEARLY_VOLATILITY = 0.55
# A sum of waves of all lengths, as strong as the root of their length, wanders like a random walk.
SHORTEST_S, LONGEST_S, WAVES = 120.0, 3 * 365 * DAY_S, 40
SAMPLES_A_BAR = 24


class MarketWorld:
    """What the market of one seed says at any time [s since 1970]."""

    def __init__(self, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self._periods_s = np.geomspace(SHORTEST_S, LONGEST_S, WAVES)
        self._phases = dice.uniform(0, 2 * math.pi, (2, WAVES))
        self._seed = seed

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
        return int((at_s - GENESIS_S) / BLOCK_S)

    def block_s(self, height: int) -> float:
        """Give the time of a block."""
        return GENESIS_S + height * BLOCK_S

    def hashrate_hs(self, at_s: float) -> float:
        """Give the network's hashrate [H/s]."""
        trend = HASHRATE_NOW_HS * (self._days(at_s) / NOW_DAYS) ** HASHRATE_POWER
        return float(trend * math.exp(0.05 * self._wander(1, at_s)))

    def difficulty(self, height: int) -> float:
        """Give the difficulty of a block, set at the start of its epoch for one block in 600 s."""
        at_s = self.block_s(height // EPOCH_BLOCKS * EPOCH_BLOCKS)
        return max(1.0, round(self.hashrate_hs(max(at_s, GENESIS_S + DAY_S)) * 600 / 2**32, 2))

    def subsidy_sat(self, height: int) -> int:
        """Give the subsidy of a block [satoshi]."""
        return 5_000_000_000 >> (height // HALVING_BLOCKS)

    def fees_sat(self, height: int) -> int:
        """Give the mean fees of a block about a height [satoshi]."""
        return int(3_000_000 * math.exp(math.sin(height / 400 + self._seed)))

    def _days(self, at_s: float) -> float:
        return max(at_s - GENESIS_S, DAY_S) / DAY_S

    def _wander(self, which: int, at_s: float) -> float:
        # Scaled so that a year's change has a standard deviation of about one.
        strength = np.sqrt(self._periods_s / LONGEST_S)
        return float(np.sum(strength * np.sin(2 * math.pi * at_s / self._periods_s + self._phases[which])) * 0.6)
