"""No rule looks ahead, fires in the first 250 bars or behind a gap, or depends on where the history begins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import INDICATORS, Kind, Memory, compute
from core.signals import WARM_UP_BARS, Composite, Cross, Divergence, Level, Line, Price, Rule, Threshold, fires
from tests.core.indicators.bars import candles, network

SIZE = 2_400


def joined(size: int) -> pd.DataFrame:
    """Daily candles with the network's rows beside them."""
    return pd.concat([candles(size, freq="D").set_index(network(size).index), network(size)], axis=1)


FRAME = joined(SIZE)


def rules() -> dict[str, Rule]:
    """Every indicator in a rule of every kind that takes it."""
    found: dict[str, Rule] = {}
    for name, indicator in INDICATORS.items():
        line = Line(name, params={"session": "week"} if name == "vwap" else {})
        assert line.memory is not Memory.FRAME
        found[f"divergence {name}"] = Divergence(line, "bullish", reach=3, within=100)
        found[f"bearish divergence {name}"] = Divergence(line, "bearish", reach=3, within=100)
        if line.memory is Memory.SUM:
            continue
        if indicator.kind is Kind.OVERLAY:
            other: Price | Level = Price("open")
        else:
            other = Level(float(compute(name, FRAME)[line.output].median()))
        found[f"cross {name}"] = Cross(line, "up", other)
        found[f"threshold {name}"] = Threshold(line, "below", other)
    found["all"] = Composite(
        "all", (found["threshold rsi"], Cross(Price(), "down", Line("sma", params={"length": 20})))
    )
    found["any"] = Composite("any", (found["cross rsi"], found["divergence obv"], found["cross hashprice"]))
    found["not"] = Composite("not", (found["threshold psar"],))
    return found


RULES = rules()


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("cut", [251, 700, 1_501])
def test_a_signal_stays_when_later_bars_are_added_or_changed(name: str, cut: int) -> None:
    late = fires(RULES[name], FRAME)
    pd.testing.assert_series_equal(fires(RULES[name], FRAME.iloc[:cut]), late.iloc[:cut])
    other = FRAME.copy()
    other.iloc[cut:] = FRAME.iloc[cut:].to_numpy()[::-1] * 2.0
    pd.testing.assert_series_equal(fires(RULES[name], other).iloc[:cut], late.iloc[:cut])


@pytest.mark.parametrize("name", RULES)
def test_more_history_in_front_changes_nothing_after_the_warm_up(name: str) -> None:
    extra, warm = 333, 700  # the slowest here is a TRIX of 30, and a Puell multiple is seeded after a year
    longer, shorter = fires(RULES[name], FRAME), fires(RULES[name], FRAME.iloc[extra:])
    pd.testing.assert_series_equal(longer.iloc[extra + warm :], shorter.iloc[warm:])


@pytest.mark.parametrize("name", RULES)
def test_nothing_fires_in_the_first_250_bars(name: str) -> None:
    assert not fires(RULES[name], FRAME).iloc[:WARM_UP_BARS].any()


def test_most_of_these_rules_fire_at_all() -> None:
    silent = {name for name, rule in RULES.items() if not fires(rule, FRAME).any()}
    assert len(silent) <= 5, silent


def saw(size: int) -> pd.DataFrame:
    """Closes 1, 9, 1, 9, ..."""
    return pd.DataFrame({"close": np.where(np.arange(size) % 2, 9.0, 1.0)})


ABOVE_5 = Threshold(Price(), "above", Level(5))


def test_the_first_signal_has_250_bars_before_it() -> None:
    fired = fires(ABOVE_5, saw(300))
    assert int(fired.to_numpy().argmax()) == 251  # bar 250 is a 1
    assert fired.iloc[251::2].all()
    assert int(fires(ABOVE_5, saw(300).iloc[1:].reset_index(drop=True)).to_numpy().argmax()) == 250


def test_behind_a_gap_it_takes_250_bars_again() -> None:
    bars = saw(900)
    bars.iloc[400] = np.nan
    fired = np.flatnonzero(fires(ABOVE_5, bars))
    assert fired[fired < 400].tolist() == list(range(251, 400, 2))
    assert fired[fired >= 400][0] == 651


def test_a_state_that_was_so_all_along_never_fires() -> None:
    bars = pd.DataFrame({"close": np.full(600, 9.0)})
    assert not fires(ABOVE_5, bars).any()


def test_a_frame_without_what_the_rule_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="close missing"):
        fires(ABOVE_5, pd.DataFrame({"open": [1.0]}))
    assert len(fires(ABOVE_5, saw(0))) == 0
    assert fires(ABOVE_5, saw(1)).tolist() == [False]
