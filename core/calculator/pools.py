"""How a pool pays: what a miner gets of the blocks that his hashes are worth, and how far luck takes it from the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.calculator.numbers import Array, Numeric, number

Reward = Callable[[Numeric, Numeric, Numeric, Numeric], Numeric]


@dataclass(frozen=True, slots=True)
class PoolScheme:
    """One way to pay.

    Attributes
    ----------
    name : str
    title : str
        English title, a key of gettext.
    equation : str
        What a block's worth of hashes brings [BTC], in the symbols of `core.calculator.formulas`.
    reward_btc : callable
        ``reward_btc(subsidy_btc, fees_btc, fee, fee_on_fees)``.
    luck : bool
        Whether all of it hangs on the blocks that are found: its mean holds in the long run only.
    alone : bool
        Whether these are the miner's own.
    """

    name: str
    title: str
    equation: str
    reward_btc: Reward
    luck: bool = False
    alone: bool = False


# Rosenfeld, "Analysis of Bitcoin Pooled Mining Reward Systems", 2011; FPPS and PPS+ as the pools themselves describe them.
POOL_SCHEMES: dict[str, PoolScheme] = {
    each.name: each
    for each in (
        PoolScheme(
            "fpps", "FPPS", "R = (S + F)·(1 − f)",
            lambda subsidy, fees, fee, on_fees: (subsidy + fees) * (1.0 - fee),
        ),
        PoolScheme(
            "pps_plus", "PPS+", "R = S·(1 − f) + F·(1 − f_F)",
            lambda subsidy, fees, fee, on_fees: subsidy * (1.0 - fee) + fees * (1.0 - on_fees),
        ),
        PoolScheme("pps", "PPS", "R = S·(1 − f)", lambda subsidy, fees, fee, on_fees: subsidy * (1.0 - fee)),
        PoolScheme(
            "pplns", "PPLNS", "R = (S + F)·(1 − f)",
            lambda subsidy, fees, fee, on_fees: (subsidy + fees) * (1.0 - fee), luck=True,
        ),
        PoolScheme(
            "solo", "Solo", "R = (S + F)·(1 − f)",
            lambda subsidy, fees, fee, on_fees: (subsidy + fees) * (1.0 - fee), luck=True, alone=True,
        ),
    )
}  # fmt: skip


def luck_deviation(expected_blocks: Numeric) -> Numeric:
    """Give the standard deviation of what luck brings, as a share of its mean.

    Parameters
    ----------
    expected_blocks : float or array
        Blocks that the pool (solo: the miner himself) expects to find in the time, 0 or more.

    Returns
    -------
    float or array
        ``1 / sqrt(expected_blocks)``, since blocks come as a Poisson process; NaN where none are expected.

    Raises
    ------
    ValueError
        If fewer blocks than none are expected.
    """
    blocks = np.asarray(number("expected_blocks", expected_blocks, low=0))
    found: Array = 1.0 / np.sqrt(np.where(blocks > 0, blocks, np.nan))
    return found if found.ndim else float(found)


def chance_of_a_block(expected_blocks: Numeric) -> Numeric:
    """Give the chance of at least one block where so many are expected: ``1 - exp(-expected_blocks)``, 0 to 1.

    Raises
    ------
    ValueError
        If fewer blocks than none are expected.
    """
    found = -np.expm1(-np.asarray(number("expected_blocks", expected_blocks, low=0)))
    return found if found.ndim else float(found)
