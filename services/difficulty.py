"""Forecasts of the difficulty, live through the epoch, and of the hashprice that follows from it and the price.

Everything is reckoned from the newest block that was seen, not from now: an old height makes no slow network.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.calculator.hashprice import BLOCKS_PER_HALVING, hashprice_usd_per_ph_day, subsidy_btc
from core.market.points import BLOCKS_PER_EPOCH
from db.queries import forecasts as query
from db.session import transaction
from services import forecasts, market
from services.forecasts import Missing, PriceForecast
from services.market import Fact, Snapshot

if TYPE_CHECKING:
    from core.forecasting import Retarget

BLOCK_S = 600.0
EPOCH_DAYS = 14
HISTORY = dt.timedelta(days=3 * 365)
# An epoch's start that is told and blocks that are counted must agree by half an epoch: the start of the epoch before
# is a whole one away.
AGREE_BLOCKS = BLOCKS_PER_EPOCH / 2
MOST_BLOCKS_UNSEEN = 6  # at the start of an epoch, when no height before it is known
KINDS = (market.DIFFICULTY, "height", "fees_btc_per_block", "retarget_change", "retarget_at_s", "retarget_height")


@dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch that runs, the forecast of its end, and what a source says of the same retarget."""

    height: int
    seen_at: dt.datetime
    source: str
    stale: bool
    blocks: int  # since its first one
    started_at: dt.datetime
    difficulty: Fact
    retarget: Retarget
    fees: Fact | None
    told_change: Fact | None
    told_at: Fact | None
    past: pd.Series  # difficulty of each epoch by the time of its first block, this one's last

    @property
    def done(self) -> float:
        """Give how much of the epoch is over [share]."""
        return self.blocks / BLOCKS_PER_EPOCH

    @property
    def blocks_to_go(self) -> int:
        """Give how many blocks there are until the first one with the next difficulty."""
        return BLOCKS_PER_EPOCH - self.blocks

    def after(self, seconds: Any) -> Any:
        """Give times so many seconds behind the newest block."""
        return pd.Timestamp(self.seen_at) + pd.to_timedelta(seconds, unit="s")


@dataclass(frozen=True, slots=True)
class HashpriceForecast:
    """What hashrate earns [USD/PH/day]: the days behind us without fees, and the path with those of today, if known."""

    price: PriceForecast
    epoch: Epoch
    now: Snapshot
    past: pd.Series
    path: pd.DataFrame
    halvings: tuple[dt.datetime, ...]
    fees_btc_per_block: float | None


def epoch(actor: Actor, now: dt.datetime) -> Epoch | Missing:
    """Give the epoch that runs; no_network, no_epoch or old_difficulty says what is not known."""
    from core.forecasting import next_retarget

    require(actor, Permission.FORECASTS_READ)
    with transaction() as session:
        known = market.facts(session, KINDS, now)
        if market.DIFFICULTY not in known or "height" not in known:
            return Missing("no_network")
        height, difficulty = known["height"], known[market.DIFFICULTY]
        past = query.epochs(session, now - HISTORY)
        blocks = int(height.value) % BLOCKS_PER_EPOCH
        started_at, told = _started_at(session, past, int(height.value), height.at)
    if started_at is None:
        return Missing("no_epoch")
    if difficulty.at < started_at:
        return Missing("old_difficulty", since=difficulty.at)
    elapsed_s = max((height.at - started_at).total_seconds(), 0.0)
    series = past.set_index("at")["difficulty"]
    if not told:
        series = pd.concat([series, pd.Series([float(difficulty.value)], index=pd.DatetimeIndex([started_at]))])
    same = _same_retarget(known, int(height.value))
    return Epoch(
        height=int(height.value),
        seen_at=height.at,
        source=height.source,
        stale=height.stale or difficulty.stale,
        blocks=blocks,
        started_at=started_at,
        difficulty=difficulty,
        retarget=next_retarget(blocks, elapsed_s, float(difficulty.value)),
        fees=known.get("fees_btc_per_block"),
        told_change=known.get("retarget_change") if same else None,
        told_at=known.get("retarget_at_s") if same else None,
        past=series,
    )


def ahead(actor: Actor, running: Epoch, horizon_days: int) -> pd.DataFrame:
    """Give the difficulty behind each retarget of so many days, by the expected time of its first block."""
    require(actor, Permission.FORECASTS_READ)
    path = _path(running, math.ceil(horizon_days / EPOCH_DAYS))
    return path.assign(at=running.after(path["seconds_ahead"].to_numpy()))


def hashprice(actor: Actor, model: str, horizon_days: int, now: dt.datetime) -> HashpriceForecast | Missing:
    """Give the hashprice that the forecasts of price and difficulty make together."""
    from core.forecasting import difficulty_at, forecast_hashprice

    price = forecasts.price(actor, model, horizon_days, now)
    if isinstance(price, Missing):
        return price
    running = epoch(actor, now)
    if isinstance(running, Missing):
        return running
    coming = price.path[price.path.index > pd.Timestamp(max(running.seen_at, price.last_at))]
    if coming.empty:
        return Missing("old_forecast", since=price.last_at)
    seconds = (coming.index - pd.Timestamp(running.seen_at)).total_seconds().to_numpy()
    path = _path(running, math.ceil(horizon_days / EPOCH_DAYS) + 2)
    times, heights = _heights(running, path)
    fees = float(running.fees.value) if running.fees else None
    reward = subsidy_btc(np.interp(seconds, times, heights).astype(np.int64)) + (fees or 0.0)
    found = forecast_hashprice(coming, difficulty_at(path, float(running.difficulty.value), seconds), reward)
    since = now - past_shown(horizon_days)
    with transaction() as session:
        newest = market.snapshot(session, now)
    return HashpriceForecast(
        price=price,
        epoch=running,
        now=newest,
        past=_past(running, forecasts.past(actor, price.source, since, now)),
        path=found,
        halvings=_halvings(running, times, heights, float(seconds[-1])),
        fees_btc_per_block=fees,
    )


def past_shown(horizon_days: int) -> dt.timedelta:
    """Give how much of the past stands beside a forecast: twice as much, from a month to two years."""
    return dt.timedelta(days=min(max(2 * horizon_days, 30), 730))


def _started_at(
    session: Session, past: pd.DataFrame, height: int, seen_at: dt.datetime
) -> tuple[dt.datetime | None, bool]:
    """Give the time of the epoch's first block, and whether a source told it; else it is read off the heights seen."""
    blocks = height % BLOCKS_PER_EPOCH
    if len(past):
        told: dt.datetime = past["at"].iloc[-1].to_pydatetime()
        if abs((seen_at - told).total_seconds() / BLOCK_S - blocks) <= AGREE_BLOCKS:
            return told, True
    first = height - blocks
    around = query.around(session, first, seen_at - dt.timedelta(days=2 * EPOCH_DAYS))
    before = next((row for row in around if row.height < first), None)
    behind = next((row for row in around if row.height >= first), None)
    if behind is None:
        return None, False
    if before is not None:
        share = (first - before.height) / (behind.height - before.height)
        return before.at + share * (behind.at - before.at), False
    if behind.height - first <= MOST_BLOCKS_UNSEEN:
        return behind.at - dt.timedelta(seconds=BLOCK_S * (behind.height - first)), False
    return None, False


def _same_retarget(known: dict[str, Fact], height: int) -> bool:
    told = known.get("retarget_height")
    return told is not None and int(told.value) == height - height % BLOCKS_PER_EPOCH + BLOCKS_PER_EPOCH


def _path(running: Epoch, epochs: int) -> pd.DataFrame:
    from core.forecasting import forecast_difficulty

    elapsed_s = max((running.seen_at - running.started_at).total_seconds(), 0.0)
    return forecast_difficulty(running.past, max(epochs, 1), running.blocks, elapsed_s)


def _heights(running: Epoch, path: pd.DataFrame) -> tuple[Any, Any]:
    """Give the times [s ahead] and the heights of now and of each retarget's first block."""
    first = running.height + running.blocks_to_go
    heights = first + BLOCKS_PER_EPOCH * np.arange(len(path))
    return np.concatenate(([0.0], path["seconds_ahead"])), np.concatenate(([running.height], heights))


def _halvings(running: Epoch, times: Any, heights: Any, until_s: float) -> tuple[dt.datetime, ...]:
    coming = (
        np.arange(running.height // BLOCKS_PER_HALVING + 1, heights[-1] // BLOCKS_PER_HALVING + 1) * BLOCKS_PER_HALVING
    )
    seconds = np.interp(coming, heights, times)
    return tuple(running.seen_at + dt.timedelta(seconds=float(each)) for each in seconds if each <= until_s)


def _past(running: Epoch, prices: pd.Series) -> pd.Series:
    """Give the hashprice of the days behind us from what is known of all of them: price, difficulty and subsidy."""
    starts = running.past.index
    places = starts.searchsorted(prices.index, side="right") - 1
    known = prices[places >= 0]
    places = places[places >= 0]
    first = running.height - running.blocks
    heights = first - BLOCKS_PER_EPOCH * (len(starts) - 1 - places)
    values = hashprice_usd_per_ph_day(running.past.to_numpy()[places], subsidy_btc(heights), known.to_numpy())
    return pd.Series(values, index=known.index)
