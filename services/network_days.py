"""The network by the day: difficulty, blocks, new coins and fees, from what sources told of epochs, heights and fees."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from core.calculator.hashprice import issued_btc, network_hashrate_hs
from db.queries import calculator as query
from services import market
from services.market_history import as_of, epochs_of, heights_of, seconds_of, steps_of

DAY = dt.timedelta(days=1)
COLUMNS = ("difficulty", "hashrate_hs", "blocks", "issuance_btc", "fees_btc")


def network_by_day(session: Session, days: pd.DatetimeIndex, now: dt.datetime) -> pd.DataFrame:
    """Give the columns of `core.indicators.NETWORK_COLUMNS` but the price, for days of UTC.

    Blocks are those of the epoch spread over its time, so that hashrate and new coins move from epoch to epoch and not
    with the luck of a day. Fees are absent on days of which no source told them.
    """
    absent = pd.DataFrame(np.nan, index=days, columns=list(COLUMNS))
    if not len(days):
        return absent
    epochs = epochs_of(session)
    height = market.newest(session, "height", now)
    heights = heights_of(epochs, (height.at, float(height.value)) if height else None)
    recent = market.series(session, market.DIFFICULTY, since=days[0].to_pydatetime(), until=now)
    steps = steps_of(epochs, recent)
    if len(heights) < 2 or steps.empty:
        return absent
    ends = days + DAY
    told = as_of(pd.DataFrame(index=ends - pd.Timedelta(microseconds=1)), steps["value"].rename("difficulty"))
    known = heights.to_numpy(dtype=float)
    first, last = (
        np.interp(seconds_of(each), seconds_of(heights.index), known, left=np.nan, right=np.nan)
        for each in (days, ends)
    )
    found = absent.copy()
    found["difficulty"] = told["difficulty"].to_numpy(dtype=float)
    found["blocks"] = last - first
    whole = np.isfinite(last - first)
    found.loc[whole, "issuance_btc"] = np.asarray(issued_btc(last[whole])) - np.asarray(issued_btc(first[whole]))
    usable = whole & (found["difficulty"].to_numpy() > 0)
    found.loc[usable, "hashrate_hs"] = network_hashrate_hs(
        found.loc[usable, "blocks"].to_numpy(), found.loc[usable, "difficulty"].to_numpy()
    )
    fees = query.fees_by_day(session, days[0].to_pydatetime()).set_index("day")["fees_btc"]
    found["fees_btc"] = fees.reindex(days).to_numpy(dtype=float) * found["blocks"].to_numpy()
    return found
