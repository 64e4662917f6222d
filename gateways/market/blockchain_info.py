"""Blockchain.info: an average price, daily since 2010, and the network's numbers, whose difficulty may lag an epoch."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from core.market.points import BLOCKS_PER_EPOCH, BTC_USD, Candle, Network, Quote
from gateways.market.client import Ask
from gateways.market.source import History, Source
from gateways.market.values import WrongShape, field, made, milliseconds, number, seconds, whole

HASHES_PER_GH = Decimal(10) ** 9
SATOSHI_PER_BTC = Decimal(10) ** 8
DAY = dt.timedelta(days=1)
SHORT_DAYS = 90  # what is longer is asked for as a whole


def spot(ask: Ask) -> list[Quote]:
    """Give the last price; it does not tell its time."""
    price = number(field(ask.json("/ticker"), "USD", "last"), "last")
    return [made(lambda: Quote("blockchain_info", BTC_USD, price, ask.now()))]


def candles(ask: Ask, _interval: str, first: dt.datetime, last: dt.datetime) -> list[Candle]:
    """Give daily prices, oldest first; before there was a market it says 0, which is no price."""
    days = (ask.now() - first).days + 2
    timespan = f"{days}days" if days < SHORT_DAYS else "all"
    said = ask.json("/charts/market-price", host="api", timespan=timespan, format="json", sampled="false")
    values = field(said, "values")
    if not isinstance(values, list):
        raise WrongShape("its values are no list")
    found = []
    for value in values:
        at, close = seconds(field(value, "x"), "x"), number(field(value, "y"), "y")
        if close and first <= at <= last and at.timestamp() % DAY.total_seconds() == 0:
            found.append(made(lambda a=at, c=close: Candle(a, c)))  # type: ignore[misc]
    return found


def network(ask: Ask) -> Network:
    """Give what /stats says, in which the fees are the sum of a day's blocks."""
    said = ask.json("/stats", host="api")
    blocks = whole(field(said, "n_blocks_mined"), "n_blocks_mined")
    fees = number(field(said, "total_fees_btc"), "total_fees_btc") / SATOSHI_PER_BTC
    # It has given block 431423 as the next retarget, which is the last one before it.
    retarget = whole(field(said, "nextretarget"), "nextretarget")
    retarget += -retarget % BLOCKS_PER_EPOCH if -retarget % BLOCKS_PER_EPOCH == 1 else 0
    return made(
        lambda: Network(
            at=milliseconds(field(said, "timestamp"), "timestamp"),
            height=whole(field(said, "n_blocks_total"), "n_blocks_total"),
            difficulty=number(field(said, "difficulty"), "difficulty"),
            hashrate_hs=number(field(said, "hash_rate"), "hash_rate") * HASHES_PER_GH,
            fees_btc_per_block=fees / blocks if blocks > 0 else None,
            retarget_height=retarget,
        )
    )


SOURCE = Source(
    name="blockchain_info",
    bases={"": "https://blockchain.info", "api": "https://api.blockchain.info"},
    exchange=False,
    spacing_s=10.0,
    spot=spot,
    candles=candles,
    history=History(BTC_USD, 10_000, {"1d": None}),
    network=network,
)
