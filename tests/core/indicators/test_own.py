"""Ichimoku and VWAP by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import INDICATORS, compute
from tests.core.indicators.bars import candles

# high = t + 2, low = t: over n bars the middle is ((t + 2) + (t - n + 1)) / 2 = t + (3 - n) / 2.
RAMP = pd.DataFrame({"high": np.arange(120) + 2.0, "low": np.arange(120.0), "close": np.arange(120) + 1.0})


def test_ichimoku_of_a_ramp() -> None:
    found = compute("ichimoku", RAMP)
    assert found["conversion"].first_valid_index() == 8
    assert found["base"].first_valid_index() == 25
    assert found["span_a"].first_valid_index() == 25 + 26
    assert found["span_b"].first_valid_index() == 51 + 26
    row = found.loc[100]
    assert row["conversion"] == 100 + (3 - 9) / 2
    assert row["base"] == 100 + (3 - 26) / 2
    assert row["span_a"] == 74 + ((3 - 9) / 2 + (3 - 26) / 2) / 2
    assert row["span_b"] == 74 + (3 - 52) / 2
    assert row["lagging"] == 101


def test_the_cloud_ahead_is_the_end_of_the_undisplaced_one() -> None:
    bars = candles(200)
    now, later = compute("ichimoku", bars, displacement=0), compute("ichimoku", bars)
    for span in ("span_a", "span_b"):
        np.testing.assert_array_equal(now[span].iloc[:-26], later[span].iloc[26:])


def test_ichimoku_against_rolling_windows() -> None:
    bars = candles(300)
    found = compute("ichimoku", bars, conversion=7, base=22, span_b=44, displacement=10)
    middle = {n: (bars["high"].rolling(n).max() + bars["low"].rolling(n).min()) / 2 for n in (7, 22, 44)}
    pd.testing.assert_series_equal(found["conversion"], middle[7], check_names=False)
    pd.testing.assert_series_equal(found["base"], middle[22], check_names=False)
    pd.testing.assert_series_equal(found["span_a"], ((middle[7] + middle[22]) / 2).shift(10), check_names=False)
    pd.testing.assert_series_equal(found["span_b"], middle[44].shift(10), check_names=False)


def test_a_chart_is_told_to_draw_only_the_lagging_line_back() -> None:
    assert {each.name: each.drawn_back_by for each in INDICATORS["ichimoku"].outputs if each.drawn_back_by} == {
        "lagging": "displacement"
    }


def hours(start: str, rows: list[tuple[float, float]]) -> pd.DataFrame:
    """Bars with one price each (high = low = close) and a volume."""
    index = pd.date_range(start, periods=len(rows), freq="6h", tz="UTC")
    prices, volumes = zip(*rows, strict=True)
    return pd.DataFrame({"high": prices, "low": prices, "close": prices, "volume": volumes}, index=index)


def test_vwap_of_three_bars() -> None:
    # 10*1 = 10; (10 + 20*3)/4 = 17.5; (70 + 40*4)/8 = 28.75
    bars = hours("2024-01-01", [(10, 1), (20, 3), (40, 4)])
    assert compute("vwap", bars)["vwap"].tolist() == [10, 17.5, 28.75]


def test_vwap_takes_the_typical_price() -> None:
    bars = pd.DataFrame({"high": [14.0, 30.0], "low": [8.0, 20.0], "close": [11.0, 25.0], "volume": [1.0, 1.0]})
    assert compute("vwap", bars)["vwap"].tolist() == [11.0, 18.0]


def test_vwap_of_a_rolling_window() -> None:
    bars = hours("2024-01-01", [(10, 1), (20, 3), (40, 4), (80, 4)])
    np.testing.assert_allclose(compute("vwap", bars, length=2)["vwap"], [np.nan, 70 / 4, 220 / 7, 60], rtol=1e-12)


def test_vwap_without_a_trade_is_absent() -> None:
    bars = hours("2024-01-01", [(10, 0), (20, 0), (40, 4), (80, 0), (90, 0), (90, 5)])
    np.testing.assert_array_equal(compute("vwap", bars)["vwap"].iloc[:4], [np.nan, np.nan, 40, 40])
    np.testing.assert_allclose(compute("vwap", bars, length=2)["vwap"], [np.nan, np.nan, 40, 40, np.nan, 90])
    assert compute("vwap", bars.assign(volume=0.0)).isna().to_numpy().all()


def test_an_empty_window_after_large_volumes_is_absent_and_no_rounding_rest() -> None:
    bars = candles(400)
    bars["volume"] *= 1e9
    bars.iloc[200:260, bars.columns.get_loc("volume")] = 0.0
    found = compute("vwap", bars, length=14)["vwap"]
    assert found.iloc[213:260].isna().all()
    assert ((found.iloc[260:] > bars["low"].min()) & (found.iloc[260:] < bars["high"].max())).all()


@pytest.mark.parametrize(
    ("session", "start", "expected"),
    [
        # Bars at 12:00, 18:00, then 00:00 and 06:00 of the next day.
        ("day", "2024-01-03T12:00", [10, 17.5, 40, 60]),  # Wednesday to Thursday
        ("week", "2024-01-03T12:00", [10, 17.5, 28.75, 550 / 12]),
        ("week", "2024-01-07T12:00", [10, 17.5, 40, 60]),  # Sunday to Monday
        ("month", "2024-01-07T12:00", [10, 17.5, 28.75, 550 / 12]),
        ("month", "2024-01-31T12:00", [10, 17.5, 40, 60]),
    ],
)
def test_vwap_of_a_session_begins_anew(session: str, start: str, expected: list[float]) -> None:
    # From the first bar: 10, 70/4, 230/8, 550/12; from the third: 40, (160 + 320)/8 = 60.
    bars = hours(start, [(10, 1), (20, 3), (40, 4), (80, 4)])
    np.testing.assert_allclose(compute("vwap", bars, session=session)["vwap"], expected, rtol=1e-12)


def test_sessions_are_those_of_utc() -> None:
    bars = hours("2024-01-03T12:00", [(10, 1), (20, 3), (40, 4), (80, 4)])
    local = bars.tz_convert("Asia/Almaty")  # 17:00, 23:00, 05:00, 11:00
    np.testing.assert_array_equal(
        compute("vwap", local, session="day")["vwap"], compute("vwap", bars, session="day")["vwap"]
    )


def test_a_session_needs_times() -> None:
    bars = candles(30).reset_index(drop=True)
    with pytest.raises(ValueError, match="vwap: a day needs times in the index, which is of int64"):
        compute("vwap", bars, session="day")
