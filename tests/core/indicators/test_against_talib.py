"""The same numbers as TA-Lib called by hand, to 1e-9, absent where it is absent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from core.indicators import INDICATORS, compute
from tests.core.indicators.bars import candles

Arrays = tuple[np.ndarray, ...]
Direct = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray | Arrays]

# TA-Lib's own defaults: no argument but the arrays.
DEFAULTS: dict[str, Direct] = {
    "sma": lambda h, lo, c, v: talib.SMA(c),
    "ema": lambda h, lo, c, v: talib.EMA(c),
    "wma": lambda h, lo, c, v: talib.WMA(c),
    "rsi": lambda h, lo, c, v: talib.RSI(c),
    "macd": lambda h, lo, c, v: talib.MACD(c),
    "bollinger": lambda h, lo, c, v: talib.BBANDS(c),
    "atr": lambda h, lo, c, v: talib.ATR(h, lo, c),
    "adx": lambda h, lo, c, v: (talib.ADX(h, lo, c), talib.PLUS_DI(h, lo, c), talib.MINUS_DI(h, lo, c)),
    "stoch": lambda h, lo, c, v: talib.STOCH(h, lo, c),
    "stochrsi": lambda h, lo, c, v: talib.STOCHRSI(c),
    "cci": lambda h, lo, c, v: talib.CCI(h, lo, c),
    "willr": lambda h, lo, c, v: talib.WILLR(h, lo, c),
    "roc": lambda h, lo, c, v: talib.ROC(c),
    "obv": lambda h, lo, c, v: talib.OBV(c, v),
    "mfi": lambda h, lo, c, v: talib.MFI(h, lo, c, v),
    "trix": lambda h, lo, c, v: talib.TRIX(c),
    "aroon": lambda h, lo, c, v: (*talib.AROON(h, lo), talib.AROONOSC(h, lo)),
    "psar": lambda h, lo, c, v: talib.SAR(h, lo),
    "kama": lambda h, lo, c, v: talib.KAMA(c),
    "ultosc": lambda h, lo, c, v: talib.ULTOSC(h, lo, c),
    "vwap": lambda h, lo, c, v: talib.VWAP(h, lo, c, v),
}
OTHERS: list[tuple[str, dict[str, Any], Direct]] = [
    ("sma", {"length": 200}, lambda h, lo, c, v: talib.SMA(c, timeperiod=200)),
    ("ema", {"length": 3}, lambda h, lo, c, v: talib.EMA(c, timeperiod=3)),
    ("wma", {"length": 1}, lambda h, lo, c, v: talib.WMA(c, timeperiod=1)),
    ("rsi", {"length": 2}, lambda h, lo, c, v: talib.RSI(c, timeperiod=2)),
    (
        "macd",
        {"fastperiod": 5, "slowperiod": 35, "signalperiod": 5},
        lambda h, lo, c, v: talib.MACD(c, fastperiod=5, slowperiod=35, signalperiod=5),
    ),
    (
        "bollinger",
        {"length": 50, "nbdevup": 1.5, "nbdevdn": 3},
        lambda h, lo, c, v: talib.BBANDS(c, timeperiod=50, nbdevup=1.5, nbdevdn=3.0),
    ),
    ("atr", {"length": 1}, lambda h, lo, c, v: talib.ATR(h, lo, c, timeperiod=1)),
    *(
        (
            "adx",
            {"length": n},
            lambda h, lo, c, v, n=n: (talib.ADX(h, lo, c, n), talib.PLUS_DI(h, lo, c, n), talib.MINUS_DI(h, lo, c, n)),
        )
        for n in (2, 5, 100)
    ),
    (
        "stoch",
        {"fastk_period": 14, "slowk_period": 1, "slowd_period": 5},
        lambda h, lo, c, v: talib.STOCH(h, lo, c, fastk_period=14, slowk_period=1, slowd_period=5),
    ),
    (
        "stochrsi",
        {"length": 10, "fastk_period": 14, "fastd_period": 2},
        lambda h, lo, c, v: talib.STOCHRSI(c, timeperiod=10, fastk_period=14, fastd_period=2),
    ),
    ("cci", {"length": 20}, lambda h, lo, c, v: talib.CCI(h, lo, c, timeperiod=20)),
    ("roc", {"length": 365}, lambda h, lo, c, v: talib.ROC(c, timeperiod=365)),
    ("aroon", {"length": 25}, lambda h, lo, c, v: (*talib.AROON(h, lo, 25), talib.AROONOSC(h, lo, 25))),
    ("psar", {"acceleration": 0.01, "maximum": 0.1}, lambda h, lo, c, v: talib.SAR(h, lo, 0.01, 0.1)),
    (
        "ultosc",
        {"timeperiod1": 5, "timeperiod2": 10, "timeperiod3": 40},
        lambda h, lo, c, v: talib.ULTOSC(h, lo, c, timeperiod1=5, timeperiod2=10, timeperiod3=40),
    ),
]


def same(found: pd.DataFrame, expected: np.ndarray | Arrays) -> None:
    lines = expected if isinstance(expected, tuple) else (expected,)
    assert found.shape[1] == len(lines)
    for name, line in zip(found.columns, lines, strict=True):
        np.testing.assert_allclose(found[name], line, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=name)


def of(bars: pd.DataFrame) -> Arrays:
    return tuple(bars[name].to_numpy() for name in ("high", "low", "close", "volume"))


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_those_of_talib(name: str) -> None:
    bars = candles()
    found = compute(name, bars)
    same(found, DEFAULTS[name](*of(bars)))
    assert found.index.equals(bars.index)
    assert found.iloc[-200:].notna().to_numpy().all()


@pytest.mark.parametrize(("name", "params", "direct"), OTHERS, ids=[f"{name} {params}" for name, params, _ in OTHERS])
def test_other_parameters_reach_talib(name: str, params: dict[str, Any], direct: Direct) -> None:
    bars = candles()
    same(compute(name, bars, **params), direct(*of(bars)))


def test_only_ichimoku_is_not_one_of_talib() -> None:
    assert {name for name, each in INDICATORS.items() if not each.daily} - set(DEFAULTS) == {"ichimoku"}


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("size", [1, 2, 3, 14, 15, 27, 28, 29, 31])
def test_short_histories_are_those_of_talib(name: str, size: int) -> None:
    bars = candles(size)
    same(compute(name, bars), DEFAULTS[name](*of(bars)))


@pytest.mark.parametrize("name", DEFAULTS)
def test_absent_bars_in_front_only_shift_the_start(name: str) -> None:
    bars = candles(400)
    gone = bars.copy()
    gone.iloc[:37] = np.nan
    found = compute(name, gone)
    assert found.iloc[:37].isna().to_numpy().all()
    same(found.iloc[37:], DEFAULTS[name](*of(bars.iloc[37:])))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(DEFAULTS)), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_any_walk_gives_what_talib_gives(name: str, size: int, seed: int) -> None:
    bars = candles(size, seed)
    same(compute(name, bars), DEFAULTS[name](*of(bars)))


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(DEFAULTS)), st.lists(st.integers(1, 5), min_size=1, max_size=80))
def test_flat_and_tied_prices_give_what_talib_gives(name: str, closes: list[int]) -> None:
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), closes), dtype=float)
    same(compute(name, bars), DEFAULTS[name](*of(bars)))
