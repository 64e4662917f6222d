"""A second opinion: the package `ta`, where its definitions are the same.

It seeds from the first value, so recursive indicators agree only once that is forgotten. Its parabolic SAR differs for
good, and its MFI and OBV count ties otherwise: there are none in these bars.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import ta

from core.indicators import compute
from tests.core.indicators.bars import candles

Theirs = Callable[[pd.DataFrame], pd.Series]

EXACT: list[tuple[str, str, dict[str, object], Theirs]] = [
    ("sma", "sma", {"length": 20}, lambda b: ta.trend.SMAIndicator(b.close, 20).sma_indicator()),
    ("wma", "wma", {"length": 9}, lambda b: ta.trend.WMAIndicator(b.close, 9).wma()),
    ("bollinger", "upper", {}, lambda b: ta.volatility.BollingerBands(b.close, 20, 2).bollinger_hband()),
    ("bollinger", "lower", {}, lambda b: ta.volatility.BollingerBands(b.close, 20, 2).bollinger_lband()),
    (
        "stoch",
        "k",
        {"fastk_period": 14, "slowk_period": 1},
        lambda b: ta.momentum.StochasticOscillator(b.high, b.low, b.close, 14, 3).stoch(),
    ),
    (
        "stoch",
        "d",
        {"fastk_period": 14, "slowk_period": 1},
        lambda b: ta.momentum.StochasticOscillator(b.high, b.low, b.close, 14, 3).stoch_signal(),
    ),
    ("cci", "cci", {"length": 20}, lambda b: ta.trend.CCIIndicator(b.high, b.low, b.close, 20).cci()),
    ("willr", "willr", {}, lambda b: ta.momentum.WilliamsRIndicator(b.high, b.low, b.close, 14).williams_r()),
    ("roc", "roc", {"length": 12}, lambda b: ta.momentum.ROCIndicator(b.close, 12).roc()),
    ("obv", "obv", {}, lambda b: ta.volume.OnBalanceVolumeIndicator(b.close, b.volume).on_balance_volume()),
    ("mfi", "mfi", {}, lambda b: ta.volume.MFIIndicator(b.high, b.low, b.close, b.volume, 14).money_flow_index()),
    ("ultosc", "ultosc", {}, lambda b: ta.momentum.UltimateOscillator(b.high, b.low, b.close).ultimate_oscillator()),
    ("aroon", "aroon_up", {"length": 25}, lambda b: ta.trend.AroonIndicator(b.high, b.low, 25).aroon_up()),
    ("aroon", "aroon_down", {"length": 25}, lambda b: ta.trend.AroonIndicator(b.high, b.low, 25).aroon_down()),
    ("ichimoku", "conversion", {}, lambda b: ta.trend.IchimokuIndicator(b.high, b.low).ichimoku_conversion_line()),
    ("ichimoku", "base", {}, lambda b: ta.trend.IchimokuIndicator(b.high, b.low).ichimoku_base_line()),
    (
        "ichimoku",
        "span_a",
        {},
        lambda b: ta.trend.IchimokuIndicator(b.high, b.low).ichimoku_a().shift(26),
    ),
    (
        "ichimoku",
        "span_b",
        {},
        lambda b: ta.trend.IchimokuIndicator(b.high, b.low).ichimoku_b().shift(26),
    ),
    (
        "vwap",
        "vwap",
        {"length": 14},
        lambda b: ta.volume.VolumeWeightedAveragePrice(
            b.high, b.low, b.close, b.volume, 14
        ).volume_weighted_average_price(),
    ),
]
FORGETTING: list[tuple[str, str, dict[str, object], Theirs]] = [
    ("ema", "ema", {"length": 20}, lambda b: ta.trend.EMAIndicator(b.close, 20).ema_indicator()),
    ("rsi", "rsi", {}, lambda b: ta.momentum.RSIIndicator(b.close, 14).rsi()),
    ("macd", "macd", {}, lambda b: ta.trend.MACD(b.close).macd()),
    ("macd", "signal", {}, lambda b: ta.trend.MACD(b.close).macd_signal()),
    ("macd", "histogram", {}, lambda b: ta.trend.MACD(b.close).macd_diff()),
    ("atr", "atr", {}, lambda b: ta.volatility.AverageTrueRange(b.high, b.low, b.close, 14).average_true_range()),
    ("adx", "adx", {}, lambda b: ta.trend.ADXIndicator(b.high, b.low, b.close, 14).adx()),
    ("adx", "plus_di", {}, lambda b: ta.trend.ADXIndicator(b.high, b.low, b.close, 14).adx_pos()),
    ("adx", "minus_di", {}, lambda b: ta.trend.ADXIndicator(b.high, b.low, b.close, 14).adx_neg()),
    ("trix", "trix", {"length": 15}, lambda b: ta.trend.TRIXIndicator(b.close, 15).trix()),
    ("kama", "kama", {"length": 10}, lambda b: ta.momentum.KAMAIndicator(b.close, 10, 2, 30).kama()),
    (
        "stochrsi",
        "d",
        {"fastk_period": 14, "fastd_period": 3},
        lambda b: ta.momentum.StochRSIIndicator(b.close, 14, 3, 3).stochrsi_k() * 100,
    ),
]


def names(cases: list[tuple[str, str, dict[str, object], Theirs]]) -> list[str]:
    return [f"{name}.{column}" for name, column, _params, _theirs in cases]


@pytest.mark.parametrize(("name", "column", "params", "theirs"), EXACT, ids=names(EXACT))
def test_windows_agree_wherever_both_say_something(
    name: str, column: str, params: dict[str, object], theirs: Theirs
) -> None:
    bars = candles()
    ours, other = compute(name, bars, **params)[column], theirs(bars)
    np.testing.assert_allclose(ours.iloc[100:], other.iloc[100:], rtol=1e-8, atol=1e-7)


@pytest.mark.parametrize(("name", "column", "params", "theirs"), FORGETTING, ids=names(FORGETTING))
def test_recursive_ones_agree_once_the_seed_is_forgotten(
    name: str, column: str, params: dict[str, object], theirs: Theirs
) -> None:
    bars = candles()
    ours, other = compute(name, bars, **params)[column], theirs(bars)
    np.testing.assert_allclose(ours.iloc[1000:], other.iloc[1000:], rtol=1e-6, atol=1e-6)
