"""Market sources: each asked by its own module, within limits, and believed only in the shape that it documents."""

from gateways.market.client import Ask, Client, Failure, RateLimited, Resting, SourceFailed
from gateways.market.registry import BY_NAME, SOURCES
from gateways.market.source import Source
from gateways.market.values import WrongShape

__all__ = [
    "BY_NAME",
    "SOURCES",
    "Ask",
    "Client",
    "Failure",
    "RateLimited",
    "Resting",
    "Source",
    "SourceFailed",
    "WrongShape",
]
