"""mempool.space: the network's numbers from its own nodes, and a price that moves now and then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from core.market.points import BTC_USD, Network, Quote
from gateways.market.client import Ask
from gateways.market.source import Source
from gateways.market.values import field, made, milliseconds, number, rows, seconds, whole

SATOSHI_PER_BTC = Decimal(10) ** 8
# A date in milliseconds is beyond the year 5000 when it is read as seconds: older servers gave seconds.
SECONDS_BELOW = Decimal(10) ** 11


def spot(ask: Ask) -> list[Quote]:
    """Give the price and when it was taken."""
    said = ask.json("/v1/prices")
    price, at = number(field(said, "USD"), "USD"), seconds(field(said, "time"), "time")
    return [made(lambda: Quote("mempool_space", BTC_USD, price, at))]


def network(ask: Ask) -> Network:
    """Give height, difficulty, hashrate, mean fees of 144 blocks and the next retarget."""
    height = whole(ask.json("/blocks/tip/height"), "height")
    rates = ask.json("/v1/mining/hashrate/3d")
    rewards = ask.json("/v1/mining/reward-stats/144")
    ahead = ask.json("/v1/difficulty-adjustment")
    date = number(field(ahead, "estimatedRetargetDate"), "estimatedRetargetDate")
    read = seconds if date < SECONDS_BELOW else milliseconds
    blocks = whole(field(rewards, "endBlock"), "endBlock") - whole(field(rewards, "startBlock"), "startBlock") + 1
    fees = number(field(rewards, "totalFee"), "totalFee") / SATOSHI_PER_BTC
    return made(
        lambda: Network(
            at=ask.now(),
            height=height,
            difficulty=number(field(rates, "currentDifficulty"), "currentDifficulty"),
            hashrate_hs=number(field(rates, "currentHashrate"), "currentHashrate"),
            fees_btc_per_block=fees / blocks if blocks > 0 else None,
            retarget_at=read(date, "estimatedRetargetDate"),
            retarget_height=whole(field(ahead, "nextRetargetHeight"), "nextRetargetHeight"),
            retarget_change=number(field(ahead, "difficultyChange"), "difficultyChange") / 100,
        )
    )


def epochs(ask: Ask) -> list[Network]:
    """Give every change of difficulty so far, oldest first."""
    said = rows(ask.json("/v1/mining/difficulty-adjustments/all"), 3)
    return [
        made(
            lambda row=row: Network(  # type: ignore[misc]
                at=seconds(row[0], "time"), height=whole(row[1], "height"), difficulty=number(row[2], "difficulty")
            )
        )
        for row in reversed(said)
    ]


SOURCE = Source(
    name="mempool_space",
    bases={"": "https://mempool.space/api"},
    exchange=False,
    spacing_s=0.5,
    spot=spot,
    network=network,
    epochs=epochs,
    patience=dt.timedelta(hours=2),
)
