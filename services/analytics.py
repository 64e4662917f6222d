"""Bars with everything that indicators and rules read, the record of each rule, and the signals that are news."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.indicators import INDICATORS, NETWORK_COLUMNS, compute
from core.market.points import INTERVALS
from core.signals import Evaluation, Plan, Rule, evaluate, fires
from db.queries import market as query
from db.session import transaction
from services import events, market, signal_rules
from services.market_history import BEGINNING
from services.network_days import network_by_day
from services.signal_rules import Watched

ALL_BARS = 1_000_000
KEPT_S = 60  # how long bars are kept in a process: they come every quarter of an hour
NEWS = dt.timedelta(days=3)  # a signal of a bar that closed longer ago is history, not news
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars by their start, the closed ones only, and whose they are; daily ones with the network beside them."""

    frame: pd.DataFrame
    source: str
    symbol: str
    interval: str

    @property
    def step(self) -> dt.timedelta:
        """Give the width of a bar."""
        return INTERVALS[self.interval]


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule with its record and when it fired; no record where the bars cannot tell one."""

    watched: Watched
    evaluation: Evaluation | None
    fired_at: tuple[dt.datetime, ...]


def sources(actor: Actor) -> list[str]:
    """Give the sources that have bars."""
    require(actor, Permission.ANALYTICS_READ)
    with transaction() as session:
        return sorted(query.histories(session))


def bars(actor: Actor, interval: str, source: str | None, now: dt.datetime) -> Bars:
    """Give all bars of a source, or of that with the fullest history."""
    require(actor, Permission.ANALYTICS_READ)
    return _kept(interval, source, int(now.timestamp()) // KEPT_S)


def indicator(bars: Bars, name: str, params: dict[str, Any]) -> pd.DataFrame:
    """Compute an indicator over all bars; what is drawn of them is cut afterwards, so that nothing starts at the edge.

    Raises
    ------
    ValueError
        For parameters that it does not take, and where its rows are not among the bars (the miners' own are daily).
    """
    if INDICATORS[name].daily and bars.interval != "1d":
        raise ValueError(f"{name} is made of days")
    return compute(name, bars.frame, **params)


def standings(actor: Actor, now: dt.datetime) -> tuple[Bars, list[Standing]]:
    """Give every rule with its record over all days of the fullest history; each is made once a day and process."""
    require(actor, Permission.ANALYTICS_READ)
    days = bars(actor, "1d", None, now)
    if days.frame.empty:
        return days, []
    with transaction() as session:
        return days, [_of_days(each, days) for each in signal_rules.watched(session)]


def tried(actor: Actor, made: Watched, now: dt.datetime) -> tuple[Bars, Standing | None]:
    """Give the record of a rule that is not kept; None without daily bars."""
    require(actor, Permission.SIGNALS_WRITE)
    days = bars(actor, "1d", None, now)
    return days, None if days.frame.empty else _of_days(made, days)


def announce(now: dt.datetime) -> list[str]:
    """Raise an event for each signal that fired at a bar which has just closed; gives the names.

    The mark of a signal and its event are of one transaction: a process that dies leaves neither, and whoever comes
    later finds the mark.
    """
    days = _kept("1d", None, int(now.timestamp()) // KEPT_S)
    said = []
    with transaction() as session:
        rules = signal_rules.watched(session)
    for rule in rules:
        for at in _fired(rule.rule, days):
            if at + DAY < now - NEWS:
                continue
            with transaction() as session:
                if _is_new(session, rule.key, at, days.source):
                    payload = {"rule": rule.key, "title": rule.title, "bar_at": at.isoformat(), "source": days.source}
                    events.emit(session, "signal.fired", payload=payload)
                    said.append(rule.key)
    return said


def _is_new(session: Session, rule: str, at: dt.datetime, source: str) -> bool:
    made = session.execute(
        text(
            "INSERT INTO signal_fired (rule, bar_at, source) VALUES (:rule, :at, :source)"
            " ON CONFLICT (rule, bar_at) DO NOTHING RETURNING rule"
        ),
        {"rule": rule, "at": at, "source": source},
    )
    return made.first() is not None


@lru_cache(maxsize=12)
def _kept(interval: str, source: str | None, minute: int) -> Bars:
    now = dt.datetime.fromtimestamp(minute * KEPT_S, dt.UTC)
    step = INTERVALS[interval]
    with transaction() as session:
        found = market.candles(session, interval, since=BEGINNING, until=now, source=source, most=ALL_BARS)
        frame = found[["open", "high", "low", "close", "volume"]].astype(float)
        frame.index = pd.DatetimeIndex(frame.index, name="at")
        # A bar that still runs would repaint: what is told of it now may not be so at its close.
        frame = frame[frame.index + step <= now]
        if len(frame):
            # A missing bar is a gap, not a calm one.
            frame = frame.reindex(pd.date_range(frame.index[0], frame.index[-1], freq=step, name="at"))
        if interval == "1d" and len(frame):
            network = network_by_day(session, pd.DatetimeIndex(frame.index), now)
            frame = pd.concat([frame, network.set_axis(frame.index), frame["close"].rename("price_usd")], axis=1)
    if interval == "1d" and frame.empty:
        frame = frame.assign(**dict.fromkeys(NETWORK_COLUMNS, np.nan))
    return Bars(frame, found.attrs["source"], found.attrs["symbol"], interval)


def _of_days(watched: Watched, days: Bars) -> Standing:
    last = days.frame.index[-1].to_pydatetime()
    return Standing(watched, *_record(watched.rule, watched.plan, days.source, last, len(days.frame)))


@lru_cache(maxsize=128)
def _record(
    rule: Rule, plan: Plan, source: str, last: dt.datetime, size: int
) -> tuple[Evaluation | None, tuple[dt.datetime, ...]]:
    # The key names the bars: a new day, or an older one that was filled in, gives another.
    days = _kept("1d", source, int(dt.datetime.now(dt.UTC).timestamp()) // KEPT_S)
    try:
        found = evaluate(rule, days.frame, plan)
    except ValueError:
        found = None
    return found, _fired(rule, days)


def _fired(rule: Rule, days: Bars) -> tuple[dt.datetime, ...]:
    if days.frame.empty:
        return ()
    found = fires(rule, days.frame)
    return tuple(at.to_pydatetime() for at in found.index[found.to_numpy()])
