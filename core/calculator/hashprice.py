"""Hashprice: what a unit of hashrate earns a day. Plain arithmetic that takes scalars and arrays alike."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])

HASHES_PER_DIFFICULTY = 2.0**32
SECONDS_PER_DAY = 86_400.0
BLOCKS_PER_HALVING = 210_000
FIRST_SUBSIDY_BTC = 50.0


def subsidy_btc(height: int) -> float:
    """Give the block subsidy at a height.

    Parameters
    ----------
    height : int
        Block height, 0 or more.

    Returns
    -------
    float
        Subsidy [BTC], ``50 / 2**(height // 210000)`` (Bitcoin Core, ``GetBlockSubsidy``, before rounding to satoshi).

    Raises
    ------
    ValueError
        If the height is negative.
    """
    if height < 0:
        raise ValueError(f"height {height} is negative")
    halvings = height // BLOCKS_PER_HALVING
    return FIRST_SUBSIDY_BTC / 2**halvings if halvings < 64 else 0.0


def hashvalue_btc_per_ph_day(difficulty: Number, block_reward_btc: Number) -> Number:
    """Give what 1 PH/s finds a day.

    Parameters
    ----------
    difficulty : float or array
        Network difficulty, above 0.
    block_reward_btc : float or array
        Subsidy and fees of a block [BTC].

    Returns
    -------
    float or array
        ``1e15 * 86400 / (difficulty * 2**32) * block_reward`` [BTC/PH/day].
    """
    return 1e15 * SECONDS_PER_DAY / (difficulty * HASHES_PER_DIFFICULTY) * block_reward_btc


def hashprice_usd_per_ph_day(difficulty: Number, block_reward_btc: Number, price_usd: Number) -> Number:
    """Give what 1 PH/s earns a day [USD/PH/day]: hashvalue times the price of a coin."""
    return hashvalue_btc_per_ph_day(difficulty, block_reward_btc) * price_usd


def break_even_power_price_usd_per_kwh(
    hashprice_usd_per_ph_day: Number, efficiency_j_per_th: Number, pool_fee: float = 0.0, pue: float = 1.0
) -> Number:
    """Give the power price at which a machine earns exactly what its energy costs.

    Parameters
    ----------
    hashprice_usd_per_ph_day : float or array
        What hashrate earns [USD/PH/day].
    efficiency_j_per_th : float or array
        The machine's efficiency [J/TH], above 0.
    pool_fee : float
        Share that the pool keeps, 0 to 1.
    pue : float
        Power usage effectiveness of the site, 1 or more.

    Returns
    -------
    float or array
        ``hashprice * (1 - fee) / (24 * efficiency * pue)`` [USD/kWh]: 1 PH/s at 1 J/TH draws 1 kW, 24 kWh a day.
    """
    return hashprice_usd_per_ph_day * (1.0 - pool_fee) / (24.0 * efficiency_j_per_th * pue)
