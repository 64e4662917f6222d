"""Forecasts: how long a refit takes, and what they are worth on recorded prices and epochs, where these are at hand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.forecasting import (
    MODELS,
    difficulty_at,
    evaluate,
    forecast_difficulty,
    forecast_hashprice,
    forecast_price,
    next_retarget,
)
from tests.bench import recorded
from tests.bench.measure import Row, at_most, timed

REFIT_MS = {"xgboost": 2_000}
ORIGINS = 300
HORIZON = 30
SINCE = "2016"


def measure() -> Iterator[Row]:
    """Give the rows of the refits, then those of the recorded data or the reason why there are none."""
    yield from _refits()
    if not recorded.there():
        yield Row("forecasts on recorded data", 0, "", note=f"skipped: {recorded.ABSENT}")
        return
    data = recorded.read()
    yield from _rolling(data)
    yield from _retargets(data)
    yield from _epochs_ahead(data)
    yield _hashprice(data)


def _refits() -> Iterator[Row]:
    changes = np.random.default_rng(1).normal(0, 0.03, 3_000)
    index = pd.date_range("2016-01-01", periods=len(changes), tz="UTC")
    history = pd.Series(40_000 * np.exp(np.cumsum(changes)), index=index)
    for name in MODELS:
        seconds = timed(lambda name=name: forecast_price(history, HORIZON, name), runs=7)
        yield at_most(f"refit of {name}, {HORIZON} days ahead", seconds, REFIT_MS.get(name, 200))


def _rolling(data: recorded.Recorded) -> Iterator[Row]:
    prices = data.days.price_usd.dropna()[SINCE:]
    began = time.perf_counter()
    found = evaluate(prices, HORIZON, tuple(MODELS), ORIGINS)
    seconds = time.perf_counter() - began
    assert found is not None
    stretch = f"{found.first:%Y-%m} to {found.last:%Y-%m}"
    what = f"{found.origins} origins, {len(MODELS)} models"
    yield Row(what, seconds, "s", "<= 60 s", seconds <= 60, note=f"{HORIZON} days ahead, {stretch}")
    for score in found.scores:
        skill = "" if score.p_value is None else f"skill {score.skill:+.1%} (p {score.p_value:.2f})"
        yield Row(f"{score.model}: mean error", score.mae * 100, "%", note=skill)
        for level, share in ((80, score.coverage80), (95, score.coverage95)):
            near = abs(share - level / 100) <= 0.03
            yield Row(f"{score.model}: inside {level} %", share * 100, "%", f"{level} +- 3", near)
    verdict = found.verdict.value.format(model=found.best)
    yield Row("verdict", found.scores[0].mae * 100, "%", note=verdict)


def _retargets(data: recorded.Recorded) -> Iterator[Row]:
    """By tenths of the epoch beside mempool.space: a window of 504 blocks in the first quarter, then a count."""
    moments = data.moments[data.moments.index >= "2018"]
    found = next_retarget(moments.blocks, moments.elapsed_s, moments.difficulty)
    counted = np.where(moments.blocks < 503, 600 * 504 / moments.past_s, 600 * (moments.blocks + 1) / moments.elapsed_s)
    ours, theirs = np.abs(found.change - moments.change), np.abs(np.clip(counted, 0.25, 4) - 1 - moments.change)
    tenths = np.minimum(moments.blocks * 10 // 2016, 9).astype(int)
    for tenth in range(10):
        part = tenths == tenth
        mine, other = float(ours[part].mean()) * 100, float(theirs[part].mean()) * 100
        # Compared to the hundredth of a percent in which both are shown: at the end of an epoch they are the same.
        less = round(mine, 2) - round(other, 2)
        target, reached = ("< mempool.space", less < 0) if tenth < 4 else ("<= mempool.space", less <= 0)
        yield Row(f"next difficulty, tenth {tenth + 1}", mine, "%", target, reached, other, "mempool.space")
    for level in (80, 95):
        low, high = getattr(found, f"low{level}"), getattr(found, f"high{level}")
        share = float(np.mean((low <= moments.change) & (moments.change <= high))) * 100
        yield Row(f"next difficulty inside {level} %", share, "%", f"{level} +- 3", abs(share - level) <= 3)


def _epochs_ahead(data: recorded.Recorded) -> Iterator[Row]:
    difficulty = data.epochs.difficulty
    first = int(data.moments.epoch[data.moments.index >= "2018"].iloc[0])
    for ahead in (2, 6, 13, 26):
        ours, naive, held = [], [], []
        for epoch in range(first, len(difficulty) - ahead):
            told = forecast_difficulty(difficulty.loc[:epoch], ahead).loc[ahead]
            actual = difficulty.loc[epoch + ahead]
            ours.append(abs(told["mean"] / actual - 1))
            naive.append(abs(difficulty.loc[epoch] / actual - 1))
            held.append((told.low80 <= actual <= told.high80, told.low95 <= actual <= told.high95))
        inside80, inside95 = np.mean(held, axis=0)
        note = f"inside 80 %: {inside80:.0%}, inside 95 %: {inside95:.0%}"
        mine, other = float(np.mean(ours)) * 100, float(np.mean(naive)) * 100
        yield Row(f"difficulty {ahead} epochs ahead", mine, "%", "< no change", mine < other, other, "no change", note)


def _hashprice(data: recorded.Recorded) -> Row:
    """At the reward that came: fees are no part of the forecast."""
    days = data.days
    held = []
    for place in range(int(np.searchsorted(days.index, pd.Timestamp("2018"))), len(days) - HORIZON, 9):
        day, then = days.index[place], days.iloc[place + HORIZON]
        if day not in data.moments.index:
            continue
        moment = data.moments.loc[day]
        price = forecast_price(days.price_usd.iloc[: place + 1], HORIZON, "random_walk").iloc[[-1]]
        known = data.epochs.difficulty.loc[: int(moment.epoch)]
        path = forecast_difficulty(known, 5, int(moment.blocks), float(moment.elapsed_s))
        difficulty = difficulty_at(path, known.iloc[-1], [HORIZON * 86_400.0])
        reward = float((then.issuance_btc + then.fees_btc) / then.blocks)
        told = forecast_hashprice(price, difficulty, reward).iloc[0]
        actual = 1e15 * 86_400 / (then.difficulty_mean * 2**32) * reward * then.price_usd
        held.append((told.low80 <= actual <= told.high80, told.low95 <= actual <= told.high95))
    inside80, inside95 = np.mean(held, axis=0) * 100
    note = f"inside 95 %: {inside95:.0f} %, {len(held)} days"
    return Row(f"hashprice {HORIZON} days ahead inside 80 %", float(inside80), "%", note=note)
