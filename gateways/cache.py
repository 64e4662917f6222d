"""Redis (or Valkey): one client a purpose, each in its own database."""

from __future__ import annotations

from functools import lru_cache

from redis import Redis

from settings import settings

CACHE, BROKER, RESULTS, NONCES = 0, 1, 2, 3
TIMEOUT_S = 3.0


class NoRedis(RuntimeError):
    """No Redis URL is set."""


def url(database: int) -> str:
    """Give the URL of one of the databases."""
    base = settings().redis_url
    if not base:
        raise NoRedis("HASHINSIGHT_REDIS_URL is not set; start the product with `make run` or set it")
    return f"{base.rstrip('/')}/{database}"


@lru_cache(maxsize=4)
def client(database: int = CACHE) -> Redis:
    """Give the client of one database; slow or absent servers raise within seconds."""
    return Redis.from_url(url(database), socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


FARM_VERSION = "version:farm"


def farm_version() -> int:
    """Give the number that moves whenever the farm's data did; 0 when there is none yet."""
    found = client().get(FARM_VERSION)
    return int(found) if found else 0


def bump_farm_version() -> None:
    """Say that the farm's data moved."""
    client().incr(FARM_VERSION)


MARKET_VERSION = "version:market"


def market_version() -> int:
    """Give the number that moves whenever the market was asked; 0 when it never was."""
    found = client().get(MARKET_VERSION)
    return int(found) if found else 0


def bump_market_version() -> None:
    """Say that the market was asked."""
    client().incr(MARKET_VERSION)
