"""A hole in the bars: absent there, started anew behind it, and nothing that TA-Lib makes of NaN gets through."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from core.indicators import INDICATORS, Memory, compute
from tests.core.indicators.bars import candles, frame_for

ALL = sorted(INDICATORS)
STARTS_ANEW = [name for name in ALL if INDICATORS[name].memory(INDICATORS[name].arguments({})) is Memory.WINDOW]
SUMS = sorted(set(ALL) - set(STARTS_ANEW))


def test_what_talib_would_have_said_is_why() -> None:
    # A hole of one bar: an RSI that takes it for a calm day, an EMA that is gone for good.
    close = candles(300)["close"].to_numpy().copy()
    close[150] = np.nan
    assert np.isfinite(talib.RSI(close)[150:]).all()
    assert np.isnan(talib.EMA(close)[150:]).all()


@pytest.mark.parametrize("name", STARTS_ANEW)
def test_behind_a_gap_it_is_as_if_history_began_there(name: str) -> None:
    frame = frame_for(INDICATORS[name].daily, 900)
    holed = frame.copy()
    holed.iloc[400:403] = np.nan
    found = compute(name, holed)
    pd.testing.assert_frame_equal(found.iloc[:400], compute(name, frame.iloc[:400]))
    assert found.iloc[400:403].isna().to_numpy().all()
    pd.testing.assert_frame_equal(found.iloc[403:], compute(name, frame.iloc[403:]))


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_leaves_the_absent_bar_out(name: str) -> None:
    bars = candles(900)
    holed = bars.copy()
    holed.iloc[400:403] = np.nan
    found = compute(name, holed)
    assert found.iloc[400:403].isna().to_numpy().all()
    pd.testing.assert_frame_equal(found.drop(found.index[400:403]), compute(name, bars.drop(bars.index[400:403])))


def test_the_sums_are_these() -> None:
    assert SUMS == ["obv", "vwap"]


def test_one_absent_column_is_enough() -> None:
    bars = candles(300)
    bars.iloc[100, bars.columns.get_loc("volume")] = np.nan
    found = compute("mfi", bars)["mfi"]
    # It compares typical prices: 15 bars for 14 changes, the first of them bar 101.
    assert found.iloc[100:115].isna().all()
    assert found.iloc[99:100].notna().all()
    assert found.iloc[115:].notna().all()


def test_every_second_bar_absent_leaves_only_what_needs_one_bar() -> None:
    bars = candles(2_000)
    bars.iloc[::2] = np.nan
    assert compute("rsi", bars).isna().to_numpy().all()
    assert compute("sma", bars, length=1)["sma"].notna().sum() == 1_000


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(ALL), st.lists(st.integers(0, 299), max_size=25), st.randoms(use_true_random=False))
def test_holes_anywhere_never_give_a_number_where_none_is(name: str, places: list[int], random: object) -> None:
    indicator = INDICATORS[name]
    frame = frame_for(indicator.daily, 300)
    reads = [column for column in indicator.inputs if column in frame]
    for place in places:
        frame.iloc[place, frame.columns.get_loc(random.choice(reads))] = np.nan  # type: ignore[attr-defined]
    found = compute(name, frame)
    assert found[frame[reads].isna().any(axis=1)].isna().to_numpy().all()
    assert not np.isinf(found.to_numpy()).any()
