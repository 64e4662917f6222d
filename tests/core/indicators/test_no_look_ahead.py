"""No indicator looks ahead, and none depends for ever on where its history begins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import INDICATORS, Memory, compute
from tests.core.indicators.bars import candles, frame_for

ALL = sorted(INDICATORS)
OTHERS = [
    ("vwap", {"session": "day"}),
    ("vwap", {"session": "week"}),
    ("vwap", {"length": 20}),
    ("ichimoku", {"displacement": 0}),
    ("macd", {"fastperiod": 3, "slowperiod": 10}),
    ("psar", {"acceleration": 0.05}),
]
CASES = [(name, {}) for name in ALL] + OTHERS
IDS = [f"{name} {params}" for name, params in CASES]
SUMS = [("obv", {}), ("vwap", {})]  # count from the first bar of the frame: see the last test
FADING = [case for case in CASES if case not in SUMS]

# Bars after which the seed may still show, and how much of the line's own spread it may then be.
WARM_UP, WARM_SHARE = 250, 5e-3
LONG, LONG_SHARE = 1_000, 1e-7


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
@pytest.mark.parametrize("cut", [1, 2, 57, 300, 601, 1_099])
def test_a_value_stays_when_later_bars_are_added(name: str, params: dict[str, object], cut: int) -> None:
    frame = frame_for(INDICATORS[name].daily, 1_100)
    early, late = compute(name, frame.iloc[:cut], **params), compute(name, frame, **params).iloc[:cut]
    np.testing.assert_allclose(early, late, rtol=1e-12, atol=0, equal_nan=True)


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_the_future_may_be_anything(name: str, params: dict[str, object]) -> None:
    frame = frame_for(INDICATORS[name].daily, 600)
    other = frame.copy()
    other.iloc[400:] = frame.iloc[400:].to_numpy()[::-1] * 3.0
    other.iloc[450:460] = np.nan
    pd.testing.assert_frame_equal(
        compute(name, frame, **params).iloc[:400], compute(name, other, **params).iloc[:400], rtol=1e-12
    )


@pytest.mark.parametrize(("name", "params"), FADING, ids=[str(case) for case in FADING])
@pytest.mark.parametrize("extra", [1, 333, 700])
def test_more_history_in_front_changes_nothing_after_the_warm_up(
    name: str, params: dict[str, object], extra: int
) -> None:
    indicator = INDICATORS[name]
    frame = frame_for(indicator.daily, 3_000)
    longer, shorter = compute(name, frame, **params), compute(name, frame.iloc[extra:], **params)
    begun = max(WARM_UP, int(shorter.notna().all(axis=1).to_numpy().argmax()) + 1)
    spread = longer.std().to_numpy()
    for warm, share in ((begun, WARM_SHARE), (LONG, LONG_SHARE)):
        off = (longer.iloc[extra + warm :] - shorter.iloc[warm:]).abs().max().to_numpy()
        assert (off <= share * spread).all(), (warm, off / spread)


def test_sums_from_the_first_bar_say_so() -> None:
    bars = candles(1_000)
    obv, later = compute("obv", bars)["obv"], compute("obv", bars.iloc[300:])["obv"]
    np.testing.assert_allclose(obv.diff().iloc[301:], later.diff().iloc[1:], rtol=1e-9, atol=1e-6)
    assert abs(obv.iloc[-1] - later.iloc[-1]) > 1
    frame_wide = {name: INDICATORS[name].memory(INDICATORS[name].arguments(params)) for name, params in SUMS}
    assert frame_wide == {"obv": Memory.SUM, "vwap": Memory.FRAME}
