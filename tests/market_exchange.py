"""The simulated market sources in a thread of the test, and the true client on them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateways.market import SOURCES
from simulator.market import Exchange, serve


@dataclass(frozen=True)
class RunningExchange:
    """Where it listens, and the hand behind it."""

    exchange: Exchange
    bases: dict[str, str]

    def set(self, mode: str, *names: str, lag_s: float = 0.0) -> None:
        """Make the named sources, or all, ill or well."""
        for name in names or self.bases:
            self.exchange.set(name, mode, lag_s)


@contextmanager
def running_exchange(seed: int = 21) -> Iterator[RunningExchange]:
    """Serve for the length of the block."""
    exchange = Exchange(seed)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(serve(exchange, 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield RunningExchange(exchange, {one.name: f"http://127.0.0.1:{port}/{one.name}" for one in SOURCES})
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        server.close()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
