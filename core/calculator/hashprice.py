"""Hashprice: what a unit of hashrate finds and earns a day. Plain arithmetic that takes scalars and arrays alike."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from core.calculator.numbers import Array, Numeric, number

Number = TypeVar("Number", float, Array)

HASHES_PER_DIFFICULTY = 2.0**32
SECONDS_PER_DAY = 86_400.0
BLOCKS_PER_DAY = 144.0  # one in 600 s, what the difficulty is set for
BLOCKS_PER_HALVING = 210_000
FIRST_SUBSIDY_SAT = 5_000_000_000
SAT_PER_BTC = 1e8


def subsidy_btc(height: ArrayLike) -> Numeric:
    """Give the block subsidy at a height.

    Parameters
    ----------
    height : int or array of int
        Block height, 0 or more.

    Returns
    -------
    float or array
        Subsidy [BTC]: ``5e9 >> (height // 210000)`` satoshi (Bitcoin Core, ``GetBlockSubsidy``); NaN for NaN.

    Raises
    ------
    ValueError
        If a height is negative.
    """
    given = np.asarray(number("height", height, low=0))
    known = np.where(np.isnan(given), 0.0, given)
    # A shift of 63 leaves nothing already; more is undefined for 64 bits.
    halvings = np.minimum(known // BLOCKS_PER_HALVING, 63).astype(np.int64)
    coins = np.right_shift(np.int64(FIRST_SUBSIDY_SAT), halvings) / SAT_PER_BTC
    found = np.where(np.isnan(given), np.nan, coins)
    return found if found.ndim else float(found)


def issued_btc(height: ArrayLike) -> Numeric:
    """Give the subsidies of all blocks below a height, in fractions of a block where the height has one.

    Parameters
    ----------
    height : float or array
        Block height, 0 or more.

    Returns
    -------
    float or array
        Coins [BTC]: the sum of `subsidy_btc` over the blocks 0 to height - 1; NaN for NaN.

    Raises
    ------
    ValueError
        If a height is negative.
    """
    given = np.asarray(number("height", height, low=0))
    # In satoshi, which doubles count exactly up to all that there will ever be.
    per_block_sat = np.right_shift(np.int64(FIRST_SUBSIDY_SAT), np.arange(64))
    before_sat = np.concatenate(([0], np.cumsum(per_block_sat * BLOCKS_PER_HALVING)))
    known = np.where(np.isnan(given), 0.0, given)
    era = np.minimum(known // BLOCKS_PER_HALVING, 63).astype(np.int64)
    coins_sat = before_sat[era] + (known - era * BLOCKS_PER_HALVING) * per_block_sat[era]
    found = np.where(np.isnan(given), np.nan, coins_sat / SAT_PER_BTC)
    return found if found.ndim else float(found)


def next_halving(height: int) -> tuple[int, float]:
    """Give the next halving after a height.

    Parameters
    ----------
    height : int
        Block height, 0 or more.

    Returns
    -------
    tuple of int and float
        Its height, and the days until then at a block every 600 s.

    Raises
    ------
    ValueError
        If the height is negative.
    """
    number("height", height, low=0)
    at = (height // BLOCKS_PER_HALVING + 1) * BLOCKS_PER_HALVING
    return at, (at - height) / BLOCKS_PER_DAY


def expected_blocks_per_day(hashrate_hs: Number, difficulty: Number) -> Number:
    """Give the blocks that hashrate finds a day, in expectation.

    Parameters
    ----------
    hashrate_hs : float or array
        Hashrate [H/s].
    difficulty : float or array
        Network difficulty, above 0.

    Returns
    -------
    float or array
        ``hashrate * 86400 / (difficulty * 2**32)`` [1/day] (Bitcoin wiki, "Difficulty").

    Raises
    ------
    ValueError
        If a difficulty is not above 0, or a hashrate is below it.
    """
    hashes: Number = number("hashrate_hs", hashrate_hs, low=0)
    found: Number = hashes * SECONDS_PER_DAY / (number("difficulty", difficulty, above=0) * HASHES_PER_DIFFICULTY)
    return found


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
        ``1e15 * 86400 / (difficulty * 2**32) * block_reward`` [BTC/PH/day] (Luxor, "Hashprice").

    Raises
    ------
    ValueError
        If a difficulty is not above 0, or a reward is below it.
    """
    reward: Number = number("block_reward_btc", block_reward_btc, low=0)
    found: Number = (
        1e15 * SECONDS_PER_DAY / (number("difficulty", difficulty, above=0) * HASHES_PER_DIFFICULTY) * reward
    )
    return found


def hashprice_usd_per_ph_day(difficulty: Number, block_reward_btc: Number, price_usd: Number) -> Number:
    """Give what 1 PH/s earns a day.

    Parameters
    ----------
    difficulty : float or array
        Network difficulty, above 0.
    block_reward_btc : float or array
        Subsidy and fees of a block [BTC].
    price_usd : float or array
        Price of a coin [USD/BTC].

    Returns
    -------
    float or array
        ``hashvalue * price`` [USD/PH/day] (Luxor, "Hashprice").

    Raises
    ------
    ValueError
        If a difficulty is not above 0, or a reward or a price is below it.
    """
    price: Number = number("price_usd", price_usd, low=0)
    found: Number = hashvalue_btc_per_ph_day(difficulty, block_reward_btc) * price
    return found


def network_hashrate_hs(blocks: Number, difficulty: Number, seconds: Numeric = SECONDS_PER_DAY) -> Number:
    """Give the hashrate that finds so many blocks in a time, in expectation.

    Parameters
    ----------
    blocks : float or array
        Blocks found.
    difficulty : float or array
        Network difficulty, above 0.
    seconds : float or array
        The time in which they were found [s], above 0.

    Returns
    -------
    float or array
        ``blocks * difficulty * 2**32 / seconds`` [H/s] (Bitcoin Core, ``getnetworkhashps``). By n blocks it is known
        to one part in sqrt(n) only.

    Raises
    ------
    ValueError
        If a difficulty or the time is not above 0, or the blocks are fewer than none.
    """
    work: Number = number("blocks", blocks, low=0) * number("difficulty", difficulty, above=0) * HASHES_PER_DIFFICULTY
    found: Number = work / number("seconds", seconds, above=0)
    return found
