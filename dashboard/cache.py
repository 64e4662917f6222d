"""What views share: made once for each version of the farm's data, whoever asks.

Who may ask is decided before; the key holds everything that the answer depends on (language, site, machine, range).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar

import orjson
from flask import Flask
from flask_caching import Cache
from plotly.io.json import to_json_plotly
from redis.exceptions import RedisError

from gateways import cache as redis
from settings import VERSION

log = logging.getLogger(__name__)

T = TypeVar("T")
LIFE_S = 150  # longer than two sweeps: without sweeps there is no new version, and ages move on all the same
STRIPES = 64

cache = Cache()
_locks = [RLock() for _ in range(STRIPES)]


def bind(server: Flask) -> None:
    """Give the cache to the app; called once by `create_app`."""
    cache.init_app(
        server,
        config={
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": redis.url(redis.CACHE),
            "CACHE_KEY_PREFIX": f"view:{VERSION}:",
            "CACHE_DEFAULT_TIMEOUT": LIFE_S,
            "CACHE_OPTIONS": {"socket_timeout": redis.TIMEOUT_S, "socket_connect_timeout": redis.TIMEOUT_S},
        },
    )


def under_version(part: str, *key: object, make: Callable[[], T], version: Callable[[], int] = redis.farm_version) -> T:
    """Give what `make` makes, made once for this key and data version; without Redis it is made each time."""
    try:
        place = f"{part}:{version()}:{':'.join(map(str, key))}"
        found: Any = cache.get(place)
        if found is not None:
            return found  # type: ignore[no-any-return]
    except RedisError as error:
        log.warning("no cache: %s", error)
        return make()
    with _locks[hash(place) % STRIPES]:  # one makes it, the others of this process wait for him
        found = cache.get(place)
        if found is None:
            found = make()
            cache.set(place, found)
        return found  # type: ignore[no-any-return]


def drawn_under_version(part: str, *key: object, make: Callable[[], tuple[Any, ...]]) -> list[orjson.Fragment]:
    """Give a callback's outputs made once for this key and data version, as the JSON that travels to the browser.

    To turn a list of machines into JSON takes longer than to ask the database for it: a hundred people who look at one
    farm cost it once, and what is written already is not read again on its way.
    """
    written: list[str] = under_version(f"drawn:{part}", *key, make=lambda: [to_json_plotly(value) for value in make()])
    return [orjson.Fragment(value) for value in written]
