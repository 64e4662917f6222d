"""The next retarget, live through the epoch: what the difficulty will change by, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri

EPOCH_BLOCKS = 2016
BLOCK_S = 600.0
EPOCH_S = EPOCH_BLOCKS * BLOCK_S
# Consensus counts from an epoch's first block to its last (Bitcoin Core, `CalculateNextWorkRequired`): one interval less
# than there are blocks, and no change beyond a factor of 4.
INTERVALS = EPOCH_BLOCKS - 1
MAX_FACTOR = 4.0
LEAST_DIFFICULTY = 1.0

# Hashrate against the difficulty, as logarithms: a level at the start of the epoch, and from there on a random walk with
# drift. Chosen on the epochs of 2018 to 2024, so that no tenth of an epoch is worse than counting blocks alone.
START_MEAN = 0.018
START_SD = 0.050
DRIFT = 0.005  # an epoch
WALK_SD = 0.058  # of an epoch
# Of the rest's time, for low80, high80, low95 and high95: a long rest is a low change.
SHARES = (0.9, 0.1, 0.975, 0.025)
_LEAST_PACE = 0.01  # of 600 s: a block in 6 s, far beyond what the factor of 4 lets through

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Retarget:
    """The next retarget: floats, or arrays where arrays were given.

    Attributes
    ----------
    change, low80, high80, low95, high95 : float or array
        Of the difficulty [share], -0.75 to 3, with the intervals that hold it in 80 and in 95 of 100 cases.
    remaining_s, remaining_low80_s, remaining_high80_s : float or array
        Until the first block at the new difficulty [s].
    """

    change: Any
    low80: Any
    high80: Any
    low95: Any
    high95: Any
    remaining_s: Any
    remaining_low80_s: Any
    remaining_high80_s: Any


def next_difficulty(blocks_into_epoch: ArrayLike, elapsed_s: ArrayLike, difficulty: ArrayLike) -> tuple[Any, Any, Any]:
    """Forecast the change of the difficulty at the next retarget.

    Parameters
    ----------
    blocks_into_epoch : int or array
        Height of the newest block modulo 2016: block intervals since the epoch's first block, 0 to 2015. At 2015 the
        change is settled, and 2016 is the same.
    elapsed_s : float or array
        Time since the epoch's first block [s]: until now, or at 2015 until that block.
    difficulty : float or array
        The present one, above 0. It never falls below 1.

    Returns
    -------
    change, low80, high80 : float or array
        Share (0.02 is 2 % more), and its 80 % interval. NaN where an argument is.

    Raises
    ------
    ValueError
        If there are fewer than 0 or more than 2016 blocks, the time is negative or endless, or the difficulty is not
        above 0.

    Notes
    -----
    With n intervals in t seconds, f = n/2015, the level ``x(f) = m + d f + walk`` of log hashrate over difficulty with
    variance s² at 0 and q² an epoch, the expected interval of the rest is that of the prior, corrected by the surprise
    so far:

        tau = 600 (p_rest + (s² + q² f/2) (t/600 - n p_past) / (1 + n (s² + q² f/3))),
        p_past = exp(-m - d f/2), p_rest = exp(-m - d (1 + f)/2)

    and ``change = 2016*600 / (t + (2015 - n) tau) - 1``. Without the walk that is the mean of a gamma law for the rate
    (n counted, 1/s² in advance). The rest of the time, given tau, follows an F law with 2(2015 - n) degrees of freedom
    for the luck to come and 2/v for the variance v that is left of the level.
    """
    found = next_retarget(blocks_into_epoch, elapsed_s, difficulty)
    return found.change, found.low80, found.high80


def next_retarget(blocks_into_epoch: ArrayLike, elapsed_s: ArrayLike, difficulty: ArrayLike) -> Retarget:
    """Forecast the next retarget with its time; arguments, errors and the law are those of `next_difficulty`."""
    blocks, elapsed, present = np.broadcast_arrays(
        *(np.asarray(given, dtype=np.float64) for given in (blocks_into_epoch, elapsed_s, difficulty))
    )
    _check(blocks, elapsed, present)
    intervals = np.minimum(blocks, INTERVALS)
    tau_s, variance = _pace(intervals, elapsed)
    counted, until = INTERVALS - intervals, EPOCH_BLOCKS - blocks
    rests = [tau_s * counted * _luck(counted, variance, share) for share in SHARES]
    changes = [_change(elapsed + rest, present) for rest in (tau_s * counted, *rests)]
    remaining = [tau_s * until * luck for luck in (1.0, _luck(until, variance, 0.1), _luck(until, variance, 0.9))]
    return Retarget(*map(_plain, (*changes, *remaining)))


def _check(blocks: Floats, elapsed_s: Floats, difficulty: Floats) -> None:
    for values, wrong, sentence in (
        (blocks, (blocks < 0) | (blocks > EPOCH_BLOCKS), f"{{}} blocks into an epoch: there are 0 to {EPOCH_BLOCKS}"),
        (elapsed_s, (elapsed_s < 0) | np.isinf(elapsed_s), "{} s since the start of the epoch: 0 or more are needed"),
        (difficulty, (difficulty <= 0) | np.isinf(difficulty), "difficulty {} is no number above 0"),
    ):
        if wrong.any():
            raise ValueError(sentence.format(f"{values[wrong][0]:g}"))


def _pace(intervals: Floats, elapsed_s: Floats) -> tuple[Floats, Floats]:
    """Give the expected interval of the rest [s] and the variance of its logarithm."""
    done = intervals / INTERVALS
    past = np.exp(-START_MEAN - DRIFT * done / 2)
    rest = np.exp(-START_MEAN - DRIFT * (1 + done) / 2)
    shared = START_SD**2 + WALK_SD**2 * done / 2
    known = START_SD**2 + WALK_SD**2 * done / 3
    weight = shared / (1 + intervals * known)
    tau = np.maximum(rest + weight * (elapsed_s / BLOCK_S - intervals * past), _LEAST_PACE)
    variance = START_SD**2 + WALK_SD**2 * (1 + 2 * done) / 3 - weight * intervals * shared
    return tau * BLOCK_S, variance


def _luck(intervals: Floats, variance: Floats, share: float) -> Floats:
    """Give the quantile of the time of so many intervals over its expectation; 1 where there is none left."""
    left = np.maximum(intervals, 1)
    return np.where(intervals > 0, fdtri(2 * left, 2 / variance, share), 1.0)


def _change(timespan_s: Floats, difficulty: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        factor = np.clip(EPOCH_S / timespan_s, 1 / MAX_FACTOR, MAX_FACTOR)
    return np.maximum(factor, np.minimum(LEAST_DIFFICULTY / difficulty, 1.0)) - 1


def _plain(values: Floats) -> float | Floats:
    return values if values.ndim else float(values)
