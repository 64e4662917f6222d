"""The miners' own series, over daily rows of the network (`NETWORK_COLUMNS`).

MVRV is not among them: it needs the price at which every coin last moved, which no source of ours gives.
"""

from __future__ import annotations

import numpy as np
import talib

from core.calculator import hashprice_usd_per_ph_day
from core.indicators.indicator import Group, Indicator, Kind, Output, Parameter, Series, Style, ascending, length

RIBBON_DAYS = (9, 14, 25, 40, 60, 90, 128, 200)  # Willy Woo, "Difficulty Ribbon", 2018


def _ratio(part: Series, whole: Series) -> Series:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def hashprice(
    price_usd: Series, difficulty: Series, blocks: Series, issuance_btc: Series, fees_btc: Series
) -> tuple[Series]:
    """What 1 PH/s earned that day, in expectation, by the difficulty at its end and its mean block reward [USD/PH/day].

    NaN on a day without a block.

    ``1e15 * 86400 / (difficulty * 2**32) * (issuance + fees) / blocks * price``.
    """
    reward_btc = _ratio(issuance_btc + fees_btc, blocks)
    priced = np.where(difficulty > 0, difficulty, np.nan)
    return (hashprice_usd_per_ph_day(priced, reward_btc, price_usd),)


def hash_ribbons(hashrate_hs: Series, short: int, long: int) -> tuple[Series, Series, Series, Series]:
    """Two plain means of the hashrate [H/s] and what they say (Charles Edwards, "Hash Ribbons", 2019).

    Returns
    -------
    tuple of array
        The means; capitulation: 1 while the short one is below the long one, else 0; recovery: 1 on the day on which
        capitulation ended, else 0. NaN until they can be told.
    """
    quick, slow = talib.SMA(hashrate_hs, short), talib.SMA(hashrate_hs, long)
    capitulation = np.where(np.isnan(quick) | np.isnan(slow), np.nan, quick < slow)
    recovery = np.full(len(capitulation), np.nan)
    before, now = capitulation[:-1], capitulation[1:]
    recovery[1:] = np.where(np.isnan(before) | np.isnan(now), np.nan, (before == 1) & (now == 0))
    return quick, slow, capitulation, recovery


def difficulty_ribbon(difficulty: Series) -> tuple[Series, ...]:
    """Plain means of the difficulty over 9 to 200 days: they draw together when miners give up."""
    return tuple(talib.SMA(difficulty, days) for days in RIBBON_DAYS)


def puell(price_usd: Series, issuance_btc: Series, length: int) -> tuple[Series]:
    """USD value of the day's new coins over its own plain mean of `length` days (David Puell, 2019)."""
    issued_usd = issuance_btc * price_usd
    return (_ratio(issued_usd, talib.SMA(issued_usd, length)),)


def fees_share(issuance_btc: Series, fees_btc: Series) -> tuple[Series]:
    """``fees / (issuance + fees)``, 0 to 1; NaN on a day without either."""
    return (_ratio(fees_btc, issuance_btc + fees_btc),)


def miner_revenue(price_usd: Series, issuance_btc: Series, fees_btc: Series) -> tuple[Series]:
    """New coins and fees of the day at its price [USD/day]."""
    return ((issuance_btc + fees_btc) * price_usd,)


HASHPRICE = Indicator(
    "hashprice", "Hashprice", Kind.PANE, Group.MINING,
    ("price_usd", "difficulty", "blocks", "issuance_btc", "fees_btc"), (Output("hashprice", "Hashprice"),), hashprice,
    unit="USD/PH/day",
)  # fmt: skip
HASH_RIBBONS = Indicator(
    "hash_ribbons", "Hash ribbons", Kind.PANE, Group.MINING, ("hashrate_hs",),
    (
        Output("short", "Short mean"), Output("long", "Long mean"),
        Output("capitulation", "Capitulation", Style.FLAG), Output("recovery", "Recovery", Style.FLAG),
    ),
    hash_ribbons,
    (Parameter("short", "Short length", 30, 1), Parameter("long", "Long length", 60, 1)),
    unit="H/s", check=ascending("short", "long"),
)  # fmt: skip
DIFFICULTY_RIBBON = Indicator(
    "difficulty_ribbon", "Difficulty ribbon", Kind.PANE, Group.MINING, ("difficulty",),
    tuple(Output(f"sma_{days}", f"{days} d") for days in RIBBON_DAYS), difficulty_ribbon,
)  # fmt: skip
PUELL = Indicator(
    "puell", "Puell multiple", Kind.PANE, Group.MINING, ("price_usd", "issuance_btc"),
    (Output("puell", "Puell multiple"),), puell, (length(365, 2),), levels=(0.5, 4.0),
)  # fmt: skip
FEES_SHARE = Indicator(
    "fees_share", "Fees in the block reward", Kind.PANE, Group.MINING, ("issuance_btc", "fees_btc"),
    (Output("fees_share", "Fees in the block reward"),), fees_share,
)  # fmt: skip
MINER_REVENUE = Indicator(
    "miner_revenue", "Miner revenue", Kind.PANE, Group.MINING, ("price_usd", "issuance_btc", "fees_btc"),
    (Output("miner_revenue", "Miner revenue"),), miner_revenue, unit="USD/day",
)  # fmt: skip
