"""The next retarget: consensus vectors, a recorded epoch, and epochs drawn at random against what others publish."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.forecasting import next_difficulty, next_retarget

EPOCH_S = 2016 * 600


def difficulty_of(bits: int) -> float:
    """Of a compact target: the greatest target allowed over this one."""
    target = (bits & 0xFFFFFF) * 256 ** ((bits >> 24) - 3)
    return 0xFFFF * 256 ** (0x1D - 3) / target


# Bitcoin Core, src/test/pow_tests.cpp, get_next_work*: times of an epoch's first and last block, bits before and after.
@pytest.mark.parametrize(
    ("first", "last", "bits", "after"),
    [
        (1261130161, 1262152739, 0x1D00FFFF, 0x1D00D86A),
        (1231006505, 1233061996, 0x1D00FFFF, 0x1D00FFFF),  # too slow, but never below 1
        (1279008237, 1279297671, 0x1C05A3F4, 0x1C0168FD),  # no more than 4 times
        (1263163443, 1269211443, 0x1C387F6F, 0x1D00E1FD),  # no less than a quarter
    ],
)
@pytest.mark.parametrize("blocks", [2015, 2016])
def test_a_settled_retarget_is_that_of_consensus(first: int, last: int, bits: int, after: int, blocks: int) -> None:
    change, low80, high80 = next_difficulty(blocks, last - first, difficulty_of(bits))
    assert change == pytest.approx(difficulty_of(after) / difficulty_of(bits) - 1, abs=1e-4)  # its bits are rounded
    assert low80 == change == high80


def test_a_recorded_epoch() -> None:
    # Height 830027 on 2024-02-11 at 22:43:01 UTC, the epoch's first block 830027 - 1451 of 2024-02-02 15:42:06;
    # at height 830592 the difficulty rose by 8.242325 %.
    elapsed_s = (9 * 24 + 7) * 3600 + 55
    change, low80, high80 = next_difficulty(1451, elapsed_s, 75502165623893.0)
    assert low80 < 0.08242325 < high80
    assert change == pytest.approx(0.08242325, abs=0.008)


def test_before_the_first_block_by_hand() -> None:
    # Nothing seen: 2015 intervals at exp(-0.018 - 0.005 / 2) of 600 s.
    change, low80, high80 = next_difficulty(0, 0, 1e14)
    assert change == pytest.approx(2016 / 2015 * math.exp(0.0205) - 1, rel=1e-12)
    # Its variance: 0.05² + 0.058² / 3 of the level, 1 / 2015 of luck, so 1.2816 * 0.0642 either way.
    assert (math.log1p(high80) - math.log1p(low80)) / 2 == pytest.approx(1.2816 * 0.0642, rel=0.01)


def test_a_surprise_moves_the_rest_by_its_weight() -> None:
    # After 1008 of 2016 blocks, f = 0.50025, at 540 s each: level known by 0.05² + 0.058² f / 3, shared by f / 2.
    f, elapsed_s = 1008 / 2015, 1008 * 540.0
    known, shared = 0.05**2 + 0.058**2 * f / 3, 0.05**2 + 0.058**2 * f / 2
    past, rest = math.exp(-0.018 - 0.005 * f / 2), math.exp(-0.018 - 0.005 * (1 + f) / 2)
    tau_s = 600 * (rest + shared / (known + 1 / 1008) * (0.9 - past))
    found = next_retarget(1008, elapsed_s, 1e14)
    assert found.change == pytest.approx(EPOCH_S / (elapsed_s + 1007 * tau_s) - 1, rel=1e-9)
    assert found.remaining_s == pytest.approx(1008 * tau_s, rel=1e-9)


class Epochs:
    """Epochs whose hashrate starts somewhere and wanders, and the times of their blocks."""

    def __init__(self, mean: float, spread: float, drift: float, walk: float, seed: int, size: int = 2500) -> None:
        rng = np.random.default_rng(seed)
        level = rng.normal(mean, spread, (size, 1)) + np.cumsum(
            rng.normal(drift / 2015, walk / math.sqrt(2015), (size, 2015)), axis=1
        )
        self.times_s = np.cumsum(rng.exponential(600, (size, 2015)) / np.exp(level), axis=1)
        self.change = EPOCH_S / self.times_s[:, -1] - 1

    def after(self, blocks: int) -> np.ndarray:
        return self.times_s[:, blocks - 1]


# Hashrate that stands still, that grows as it did from 2022 to 2024, and that wanders as in wild times.
WORLDS = [(0.01, 0.04, 0.0, 0.0), (0.016, 0.03, 0.01, 0.04), (0.02, 0.05, 0.02, 0.06)]


@pytest.mark.parametrize("world", WORLDS)
def test_better_than_counting_blocks_all_through_the_epoch(world: tuple[float, float, float, float]) -> None:
    """mempool.space counts: 600 s over the mean interval, the blocks one more than the intervals."""
    epochs = Epochs(*world, seed=4)
    for tenth in range(10):
        blocks = int(2016 * (tenth + 0.5) / 10)
        elapsed_s = epochs.after(blocks)
        ours, _, _ = next_difficulty(blocks, elapsed_s, 1e14)
        counted = np.clip(600 * (blocks + 1) / elapsed_s - 1, -0.75, 3)
        error, theirs = np.abs(ours - epochs.change).mean(), np.abs(counted - epochs.change).mean()
        assert error < theirs * (0.97 if tenth < 4 else 1.005)


def test_four_of_five_epochs_end_inside_the_interval() -> None:
    epochs = Epochs(0.018, 0.05, 0.005, 0.058, seed=5)
    for blocks in (1, 50, 500, 1000, 1500, 1900):
        found = next_retarget(blocks, epochs.after(blocks), 1e14)
        # Standard error of 2,500 epochs: 0.8 and 0.4 percent.
        assert np.mean((found.low80 <= epochs.change) & (epochs.change <= found.high80)) == pytest.approx(0.8, abs=0.03)
        assert np.mean((found.low95 <= epochs.change) & (epochs.change <= found.high95)) == pytest.approx(
            0.95, abs=0.02
        )
        rest_s = epochs.times_s[:, -1] - epochs.after(blocks) + 600
        held = (found.remaining_low80_s <= rest_s) & (rest_s <= found.remaining_high80_s)
        assert np.mean(held) == pytest.approx(0.8, abs=0.03)


def test_it_narrows_to_nothing() -> None:
    blocks = np.arange(0, 2016)
    found = next_retarget(blocks, blocks * 600.0, 1e14)
    width = found.high80 - found.low80
    assert (np.diff(width) < 0).all()
    assert width[-1] == 0
    assert (np.diff(found.remaining_s) < 0).all()
    assert found.remaining_s[-1] == pytest.approx(600, rel=0.01)


def test_scalars_and_arrays_alike() -> None:
    change, low80, high80 = next_difficulty(np.array([[100], [900]]), [60_000.0, 500_000.0], 1e14)
    assert change.shape == low80.shape == high80.shape == (2, 2)
    one = next_difficulty(900, 60_000, 1e14)
    assert [type(value) for value in one] == [float] * 3
    assert one == (change[1, 0], low80[1, 0], high80[1, 0])
    assert next_difficulty([], [], [])[0].shape == (0,)


def test_what_is_absent_stays_absent() -> None:
    change, low80, high80 = next_difficulty([10, np.nan, 10], [6000, 6000, np.nan], 1e14)
    assert np.isnan([change, low80, high80]).tolist() == [[False, True, True]] * 3


@given(st.integers(0, 2016), st.floats(0, 1e9), st.floats(1e-3, 1e18))
def test_no_answer_that_consensus_forbids(blocks: int, elapsed_s: float, difficulty: float) -> None:
    found = next_retarget(blocks, elapsed_s, difficulty)
    assert -0.75 <= found.low95 <= found.low80 <= found.change <= found.high80 <= found.high95 <= 3
    assert difficulty * (1 + found.low95) >= min(1, difficulty) * (1 - 1e-12)
    assert 0 <= found.remaining_low80_s <= found.remaining_s <= found.remaining_high80_s


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((-1, 0, 1e14), "-1 blocks into an epoch: there are 0 to 2016"),
        ((2017, 0, 1e14), "2017 blocks into an epoch"),
        (([5, 3000], 100, 1e14), "3000 blocks"),
        ((10, -1.5, 1e14), "-1.5 s since the start of the epoch"),
        ((10, math.inf, 1e14), "inf s since"),
        ((10, 6000, 0), "difficulty 0 is no number above 0"),
        ((10, 6000, [1e14, -3]), "difficulty -3"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        next_difficulty(*arguments)
