"""The sources, in the order in which they are preferred where only one can be believed. Adding one is a module and a line."""

from __future__ import annotations

from gateways.market import binance, blockchain_info, coinbase, coingecko, kraken, mempool_space, okx
from gateways.market.source import Source

SOURCES: tuple[Source, ...] = (
    coinbase.SOURCE,
    kraken.SOURCE,
    binance.SOURCE,
    okx.SOURCE,
    coingecko.SOURCE,
    mempool_space.SOURCE,
    blockchain_info.SOURCE,
)
BY_NAME = {source.name: source for source in SOURCES}
