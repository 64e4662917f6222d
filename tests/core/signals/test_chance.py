"""Random entry: fair where there is nothing to know, and able to tell knowing from luck."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.signals import Plan
from core.signals.chance import random_entry
from core.signals.trades import Market, Positions, trade


def walk(size: int, seed: int, drift: float = 0.0) -> Market:
    steps = np.random.default_rng(seed).normal(drift, 0.01, size)
    prices = 100 * np.exp(np.cumsum(steps))
    return Market.of(pd.DataFrame({"open": prices, "close": prices}))


def traded(market: Market, bars: np.ndarray, plan: Plan) -> Positions:
    fired = np.zeros(len(market.open_price), dtype=bool)
    fired[bars] = True
    return trade(market, fired, None, plan)


PLAN = Plan(holding_bars=5, fee=0.0)


def test_random_signals_stand_anywhere_among_random_signals() -> None:
    rng = np.random.default_rng(5)
    percentiles = []
    for seed in range(150):
        market = walk(800, seed)
        positions = traded(market, np.sort(rng.choice(790, 30, replace=False)), PLAN)
        chance = random_entry(market, positions, PLAN, 0, 799, draws=200, seed=seed)
        assert chance is not None
        percentiles.append(chance.percentile)
    # Uniform on 0 to 100: mean 50 with a standard error of 28.9 / sqrt(150) = 2.4; a tenth beyond 5 and 95.
    assert abs(np.mean(percentiles) - 50) < 3 * 2.4
    assert 0.03 < np.mean((np.array(percentiles) < 5) | (np.array(percentiles) > 95)) < 0.19


def test_who_knows_the_future_beats_all_of_them() -> None:
    market = walk(800, 3)
    gains = market.open_price[6:] / market.open_price[1:-5]
    positions = traded(market, np.sort(np.argsort(gains)[-40:]), PLAN)
    chance = random_entry(market, positions, PLAN, 0, 799, draws=500)
    assert chance is not None
    assert chance.percentile == 100
    assert chance.p_value == pytest.approx(1 / 501)


def test_in_a_market_that_only_rises_every_entry_is_the_same() -> None:
    # 1 % a bar: every 5 bars earn 1.01**5 - 1 whatever the time, so a rule with that return is exactly the middle.
    prices = 100 * 1.01 ** np.arange(400)
    market = Market.of(pd.DataFrame({"open": prices, "close": prices}))
    chance = random_entry(market, traded(market, np.array([10, 50, 200]), PLAN), PLAN, 0, 399, draws=100)
    assert chance is not None
    assert chance.mean == pytest.approx(1.01**5 - 1)
    assert chance.percentile == 50
    assert chance.p_value == 1


def test_random_entry_pays_the_same_fees() -> None:
    prices = np.full(300, 100.0)
    market = Market.of(pd.DataFrame({"open": prices, "close": prices}))
    plan = Plan(holding_bars=5, fee=0.01)
    chance = random_entry(market, traded(market, np.array([10, 50]), plan), plan, 0, 299, draws=20)
    assert chance is not None
    assert chance.mean == chance.low90 == pytest.approx(0.99 / 1.01 - 1)


def test_the_middle_nine_tenths_are_those_of_all_entries() -> None:
    # The bar after entry i rises by i / 1000, i = 0 to 200, every entry as likely: 5 % lie below 0.01, 5 % above 0.19.
    prices = 100 * np.cumprod(np.concatenate(([1.0], 1 + np.arange(201) / 1000)))
    market = Market.of(pd.DataFrame({"open": prices, "close": prices}))
    plan = Plan(holding_bars=1, fee=0.0)
    chance = random_entry(market, traded(market, np.array([99]), plan), plan, 0, 201, draws=20_000)
    assert chance is not None
    assert (chance.mean, chance.low90, chance.high90) == (
        pytest.approx(0.1, abs=0.003),
        pytest.approx(0.01, abs=0.003),
        pytest.approx(0.19, abs=0.003),
    )


def test_the_same_seed_gives_the_same_answer() -> None:
    market = walk(800, 3)
    positions = traded(market, np.arange(0, 700, 50), PLAN)
    draw = [random_entry(market, positions, PLAN, 0, 799, draws=100, seed=seed) for seed in (1, 1, 2)]
    assert draw[0] == draw[1] != draw[2]


def test_batches_do_not_change_the_number_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.signals.chance.CELLS", 100)
    market = walk(800, 3)
    chance = random_entry(market, traded(market, np.arange(0, 700, 50), PLAN), PLAN, 0, 799, draws=77)
    assert chance is not None
    assert chance.draws == 77
    assert chance.low90 < chance.mean < chance.high90


def test_draws_fill_the_stretch_to_its_ends_and_never_overlap() -> None:
    # 10 positions of 5 bars in 50 bars leave no choice: every draw is the same.
    market = walk(60, 3)
    fired = np.zeros(60, dtype=bool)
    positions = Positions(
        np.arange(0, 50, 5), np.arange(5, 55, 5), market.open_price[0:50:5], market.open_price[5:55:5],
        market.open_price[5:55:5] / market.open_price[0:50:5] - 1, False, np.flatnonzero(fired), np.flatnonzero(fired),
    )  # fmt: skip
    chance = random_entry(market, positions, PLAN, 0, 50, draws=30)
    assert chance is not None
    assert chance.low90 == chance.high90 == pytest.approx(positions.returns.mean())


def test_no_positions_no_chance_and_no_room_no_draw() -> None:
    market = walk(60, 3)
    assert random_entry(market, traded(market, np.array([], dtype=int), PLAN), PLAN, 0, 59) is None
    positions = traded(market, np.array([3, 20]), PLAN)
    with pytest.raises(ValueError, match="10 bars held do not fit between 0 and 9"):
        random_entry(market, positions, PLAN, 0, 9)
    with pytest.raises(ValueError, match="0 draws are none"):
        random_entry(market, positions, PLAN, 0, 59, draws=0)
