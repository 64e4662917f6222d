"""The market's past for charts: prices, hashprice, difficulty and network hashrate, each with whose word it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.calculator.hashprice import BLOCKS_PER_HALVING, hashprice_usd_per_ph_day, network_hashrate_hs, subsidy_btc
from core.market.consensus import CONSENSUS
from core.market.points import BTC_USD
from db.queries import market as query
from db.session import transaction
from services import market

BEGINNING = dt.datetime(2010, 7, 17, tzinfo=dt.UTC)  # the first day with a price
MAX_CANDLES = 370  # more of them on a page are a smear
REWARD_KNOWN_FOR = pd.Timedelta(days=1)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A range of time and the width of bars that suits it; `span` None is all there is."""

    span: dt.timedelta | None
    interval: str

    def since(self, now: dt.datetime) -> dt.datetime:
        """Give its beginning."""
        return BEGINNING if self.span is None else now - self.span


Steps = TypeVar("Steps", pd.Series, pd.DataFrame)

WINDOWS: Mapping[str, Window] = {
    "24h": Window(DAY, "1h"),
    "7d": Window(7 * DAY, "1h"),
    "30d": Window(30 * DAY, "1h"),
    "90d": Window(90 * DAY, "1h"),
    "1y": Window(365 * DAY, "1d"),
    "all": Window(None, "1d"),
}


@dataclass(frozen=True, slots=True)
class Prices:
    """Bars by their start, and whose they are; `width` is that of a bar. A line of the consensus has closes only."""

    source: str | None
    symbol: str
    width: dt.timedelta
    bars: pd.DataFrame

    @property
    def has_candles(self) -> bool:
        """Tell whether the bars have more than their closes."""
        return "open" in self.bars and bool(self.bars["open"].notna().any())

    @property
    def ends(self) -> pd.DatetimeIndex:
        """Give the times at which the closes were the price."""
        return pd.DatetimeIndex(self.bars.index) + self.width


@dataclass(frozen=True, slots=True)
class Past:
    """What the charts of a range show, by time.

    `hashprice` has the columns with_fees and subsidy_only [USD/PH/day]; `difficulty` has value and source;
    `hashrate` has told and derived [H/s], the latter from the times of a whole epoch's blocks.
    """

    since: dt.datetime
    until: dt.datetime
    prices: Prices
    hashprice: pd.DataFrame
    difficulty: pd.DataFrame
    hashrate: pd.DataFrame
    network_sources: tuple[str, ...]
    halvings: tuple[dt.datetime, ...] = ()


def histories(actor: Actor) -> list[str]:
    """Give the sources that have bars, those of people's files last."""
    require(actor, Permission.MARKET_READ)
    with transaction() as session:
        return sorted(query.histories(session), key=lambda name: (name.startswith("file:"), name))


def past(actor: Actor, window: str, source: str | None, now: dt.datetime, *, candles: bool = False) -> Past:
    """Give the past of a range, with the prices of one source or of the fullest history in it."""
    require(actor, Permission.MARKET_READ)
    chosen = WINDOWS[window]
    since = chosen.since(now)
    with transaction() as session:
        prices = _prices(session, chosen, source, now, candles=candles)
        epochs = epochs_of(session)
        recent = market.series(session, market.DIFFICULTY, since=since, until=now)
        told = market.series(session, "hashrate_hs", since=since, until=now)
        rewards = market.series(session, market.REWARD, since=since, until=now)
        height = market.newest(session, "height", now)
    heights = heights_of(epochs, (height.at, float(height.value)) if height else None)
    steps = steps_of(epochs, recent)
    return Past(
        since=since,
        until=now,
        prices=prices,
        hashprice=_hashprice(prices, steps, heights, rewards),
        difficulty=_within(steps, since, now),
        hashrate=_hashrate(epochs, told, since, now),
        network_sources=tuple(dict.fromkeys([*epochs["source"], *recent["source"], *told["source"]])),
        halvings=_halvings(heights, since, now),
    )


def _prices(session: Session, window: Window, source: str | None, now: dt.datetime, *, candles: bool) -> Prices:
    since = window.since(now)
    if source == CONSENSUS:
        found = market.series(session, market.PRICE, since=since, until=now)
        name = CONSENSUS if len(found) else None
        return Prices(name, BTC_USD, dt.timedelta(0), found[["value"]].rename(columns={"value": "close"}))
    most = MAX_CANDLES if candles else query.MAX_POINTS
    bars = market.candles(session, window.interval, since=since, until=now, source=source, most=most)
    if bars.empty and window.interval != "1d":  # some sources tell days only
        bars = market.candles(session, "1d", since=since, until=now, source=source, most=most)
    return Prices(bars.attrs["source"] or None, bars.attrs["symbol"], bars.attrs["width"], bars)


def epochs_of(session: Session) -> pd.DataFrame:
    """Give difficulty, source and height of each epoch by the time of its first block."""
    found = query.epochs(session).astype({"height": float}).set_index("at")
    return found.set_axis(pd.DatetimeIndex(found.index, tz=dt.UTC))


def steps_of(epochs: pd.DataFrame, recent: pd.DataFrame) -> pd.DataFrame:
    """Join what the epochs say of the difficulty and what was told since then."""
    joined = pd.concat([epochs[["value", "source"]], recent[["value", "source"]]])
    return joined[~joined.index.duplicated()].sort_index()


def heights_of(epochs: pd.DataFrame, newest: tuple[dt.datetime, float] | None) -> pd.Series:
    """Give the heights that are known, by time: those at which epochs began, and the newest."""
    known = epochs["height"].dropna().astype(float)
    if newest is not None:
        known.loc[pd.Timestamp(newest[0])] = newest[1]
    return known.sort_index()


def _halvings(heights: pd.Series, since: dt.datetime, until: dt.datetime) -> tuple[dt.datetime, ...]:
    """Give when the subsidy was halved inside of a window."""
    if len(heights) < 2:
        return ()
    known = heights.to_numpy(dtype=float)
    wanted = np.arange(BLOCKS_PER_HALVING, known[-1] + 1, BLOCKS_PER_HALVING)
    wanted = wanted[wanted >= known[0]]
    found = [dt.datetime.fromtimestamp(at, dt.UTC) for at in np.interp(wanted, known, seconds_of(heights.index))]
    return tuple(at for at in found if since < at < until)


def _within(steps: pd.DataFrame, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """Cut a series of steps to a window, with the one before it at its start and the last one at its end."""
    found = _from_start(steps[steps.index <= until], since)
    if len(found):
        found.loc[pd.Timestamp(until)] = found.iloc[-1]
    return found


def _from_start(steps: Steps, since: dt.datetime) -> Steps:
    """Cut steps to those from a time on, with the one that stands then at its start."""
    begun = steps.index <= since
    standing = steps[begun].tail(1)
    standing.index = pd.DatetimeIndex([pd.Timestamp(since)] * len(standing))
    return pd.concat([standing, steps[~begun]])


def _hashprice(prices: Prices, steps: pd.DataFrame, heights: pd.Series, rewards: pd.DataFrame) -> pd.DataFrame:
    """Give the hashprice at each close: with the fees where a block reward was told, and with the subsidy alone."""
    if prices.bars.empty or steps.empty or heights.empty:
        return pd.DataFrame(columns=["with_fees", "subsidy_only"], dtype=float)
    at = prices.ends
    table = pd.DataFrame({"price": prices.bars["close"].to_numpy(dtype=float)}, index=at.rename("at")).sort_index()
    table = as_of(table, steps["value"].rename("difficulty"))
    table = as_of(table, rewards["value"].rename("reward"), REWARD_KNOWN_FOR)
    height = np.floor(np.interp(seconds_of(table.index), seconds_of(heights.index), heights.to_numpy(dtype=float)))
    arguments = table["difficulty"].to_numpy(dtype=float), table["price"].to_numpy(dtype=float)
    table["subsidy_only"] = hashprice_usd_per_ph_day(arguments[0], subsidy_btc(height), arguments[1])
    table["with_fees"] = hashprice_usd_per_ph_day(arguments[0], table["reward"].to_numpy(dtype=float), arguments[1])
    return table[["with_fees", "subsidy_only"]]


def as_of(table: pd.DataFrame, values: pd.Series, tolerance: pd.Timedelta | None = None) -> pd.DataFrame:
    """Put beside each time what was known last by then."""
    if values.empty:
        return table.assign(**{str(values.name): np.nan})
    index = pd.DatetimeIndex(values.index).as_unit("us")
    known = pd.DataFrame({values.name: values.to_numpy(dtype=float)}, index=index.rename("at")).sort_index()
    left = table.set_axis(pd.DatetimeIndex(table.index).as_unit("us").rename("at"))
    return pd.merge_asof(left, known, left_index=True, right_index=True, tolerance=tolerance)


def _hashrate(epochs: pd.DataFrame, told: pd.DataFrame, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    """Give the hashrate that sources told, and the mean of each whole epoch from its blocks' times, from its start on."""
    derived = pd.Series(dtype=float, name="derived", index=pd.DatetimeIndex([], tz=dt.UTC))
    if len(epochs) > 1:
        lengths_s = np.diff(seconds_of(epochs.index))
        blocks = np.diff(epochs["height"].to_numpy(dtype=float))
        values = network_hashrate_hs(blocks, epochs["value"].to_numpy(dtype=float)[:-1], lengths_s)
        # The last epoch is not whole yet: the one before it ends where it begins.
        derived = pd.Series([*values, values[-1]], index=epochs.index, name="derived")
        derived = _from_start(derived[derived.index <= until], since)
        if epochs.index[-1] < since:
            derived = derived.iloc[:0]
    known = told.loc[~told.index.duplicated(), "value"].astype(float).rename("told")
    return pd.concat([known, derived], axis=1, sort=True)


def seconds_of(index: pd.Index) -> npt.NDArray[np.float64]:
    """Give times as seconds since 1970."""
    return np.asarray(pd.DatetimeIndex(index).as_unit("us").asi8 / 1e6, dtype=np.float64)
