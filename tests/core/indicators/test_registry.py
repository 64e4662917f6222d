"""The table of indicators says what a page needs, and the documentation says what the table says."""

from __future__ import annotations

import re

import numpy as np
import pytest

import core.indicators
from core.indicators import CANDLE_COLUMNS, INDICATORS, Group, Indicator, Kind, Output, Parameter, compute
from core.indicators.indicator import TIME
from tests.core.indicators.bars import candles, frame_for

ASKED_FOR = [
    "sma", "ema", "wma", "rsi", "macd", "bollinger", "atr", "adx", "stoch", "stochrsi", "cci", "willr", "roc", "obv",
    "mfi", "trix", "aroon", "psar", "kama", "ultosc", "ichimoku", "vwap",
]  # fmt: skip


def test_the_names_that_others_call_are_all_there() -> None:
    assert [name for name, each in INDICATORS.items() if not each.daily] == ASKED_FOR


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_what_the_table_says_is_what_compute_gives(name: str) -> None:
    indicator = INDICATORS[name]
    frame = frame_for(indicator.daily, 400)
    defaults = {each.name: each.default for each in indicator.parameters}
    found = compute(name, frame, **defaults)
    assert tuple(found.columns) == indicator.columns
    assert (found.dtypes == np.float64).all()
    assert found.iloc[-1].notna().all()
    reads = frame[[column for column in indicator.inputs if column != TIME]]
    assert compute(name, reads).equals(found)


@pytest.mark.parametrize("name", [name for name in ASKED_FOR if INDICATORS[name].kind is Kind.OVERLAY])
def test_overlays_lie_over_the_candles(name: str) -> None:
    bars = candles(1_000)
    found = compute(name, bars).iloc[300:]
    assert found.min().min() > bars["low"].min() * 0.8
    assert found.max().max() < bars["high"].max() * 1.2


@pytest.mark.parametrize("name", [name for name in ASKED_FOR if INDICATORS[name].unit == "%"])
def test_shares_are_percent(name: str) -> None:
    found = compute(name, candles(1_000))
    assert 1e-3 < found.abs().max().max() <= 100 + 1e-9


def test_the_documentation_is_the_table() -> None:
    said = {}
    for line in (core.indicators.__doc__ or "").splitlines():
        parts = re.fullmatch(r"(\w+)\s{2,}(.*?)\s{2,}(\w.*)", line)
        if parts and parts[1] != "name":
            said[parts[1]] = (parts[2], parts[3])
    assert said == {
        name: (
            ", ".join(f"{parameter.name} {parameter.default}" for parameter in each.parameters),
            ", ".join(each.columns),
        )
        for name, each in INDICATORS.items()
    }


def calculate(close: np.ndarray) -> tuple[np.ndarray]:
    return (close,)


def test_an_indicator_that_cannot_be_is_refused() -> None:
    def made(inputs: tuple[str, ...] = ("close",), outputs: tuple[Output, ...] = (Output("x", "X"),)) -> Indicator:
        return Indicator("x", "X", Kind.PANE, Group.TREND, inputs, outputs, calculate)

    assert made().columns == ("x",)
    with pytest.raises(ValueError, match="x gives nothing"):
        made(outputs=())
    with pytest.raises(ValueError, match="x has a name twice: x, x"):
        made(outputs=(Output("x", "X"), Output("x", "Y")))
    with pytest.raises(ValueError, match="x takes adj_close, which no frame has"):
        made(inputs=("adj_close", *CANDLE_COLUMNS))


def test_a_default_out_of_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="length 0 is not a whole number from 1 to 5000"):
        Parameter("length", "Length", 0, 1)
    with pytest.raises(ValueError, match="session 'year' is none of all, day"):
        Parameter("session", "Session", "year", choices=("all", "day"))
