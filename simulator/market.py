"""`python -m simulator.market --port 4100`: seven market APIs behind one HTTP port, each beneath its name.

`/okx/api/v5/market/ticker` is OKX. Every answer carries the header `X-Simulated: true`. The hand behind it is
`POST /_control {"source": "okx", "mode": "refused", "lag_s": 0}`; a source is brought back by the mode `well`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from simulator.market_shapes import LIMITS, PAGES, TOO_MANY
from simulator.market_world import MarketWorld

MAX_REQUEST = 65_536
# What a source may suffer from. `banned` is what Binance does to those who go on after a 429.
MODES = ("well", "refused", "hanging", "error", "limited", "banned", "garbage", "cut", "mad")
MAD_FACTOR = 1.5


@dataclass(slots=True)
class Health:
    """How one source is."""

    mode: str = "well"
    lag_s: float = 0.0
    calls: deque[float] = field(default_factory=deque)


class Exchange:
    """All sources over one world."""

    def __init__(self, seed: int, clock: Callable[[], float] = time.time) -> None:
        self.world = MarketWorld(seed)
        self.clock = clock
        self.health = {name: Health() for name in PAGES}

    def set(self, source: str, mode: str, lag_s: float = 0.0) -> None:
        """Make a source ill or well."""
        if mode not in MODES:
            raise ValueError(f"there is no mode {mode!r}")
        self.health[source].mode, self.health[source].lag_s = mode, lag_s
        self.health[source].calls.clear()

    def answer(self, source: str, path: str, params: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """Answer one request as this source would."""
        health = self.health[source]
        now_s = self.clock()
        if health.mode == "error":
            return 503, {"error": "unavailable"}, {}
        if health.mode == "banned":
            return 418, {"code": -1003, "msg": "Way too much request weight used; IP banned."}, {"Retry-After": "120"}
        most, within_s = LIMITS[source]
        while health.calls and health.calls[0] <= now_s - within_s:
            health.calls.popleft()
        if health.mode == "limited" or len(health.calls) >= most:
            return TOO_MANY[source]
        health.calls.append(now_s)
        world = MadWorld(self.world) if health.mode == "mad" else self.world
        try:
            found = PAGES[source](world, now_s - health.lag_s, path, params)
        except (KeyError, ValueError) as error:
            return 400, {"error": str(error)}, {}
        return (404, {"error": "not found"}, {}) if found is None else (*found, {})


class MadWorld(MarketWorld):
    """The same world with prices that nobody else has."""

    def __init__(self, sane: MarketWorld) -> None:
        self.__dict__.update(sane.__dict__)

    def price_usd(self, at_s: float) -> float:
        """Give a price that is far off."""
        return super().price_usd(at_s) * MAD_FACTOR


class Door(asyncio.Protocol):
    """One HTTP/1.1 connection."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.gathered = b""

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the whole request is there."""
        self.gathered += data
        head, end, body = self.gathered.partition(b"\r\n\r\n")
        if len(self.gathered) > MAX_REQUEST:
            self.transport.abort()
            return
        lines = head.decode("latin-1").split("\r\n")
        said = next(
            (line.split(":", 1)[1] for line in lines if line.lower().startswith("content-length:")), "0"
        ).strip()
        if not end or not said.isdigit() or len(body) < int(said):
            return
        self.gathered = body[int(said) :]
        method, _space, rest = lines[0].partition(" ")
        url = urlsplit(rest.split(" ")[0])
        if url.path == "/_control":
            self._control(method, body[: int(said)])
            return
        source, _slash, path = url.path.lstrip("/").partition("/")
        health = self.exchange.health.get(source)
        if health is None:
            self.send(404, {"error": "there is no such source"}, {})
        elif health.mode == "refused":
            self.transport.abort()
        elif health.mode == "garbage":
            self.write(200, b"<html>Checking your browser</html>", {})
        elif health.mode == "cut":
            self.transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"code":"0","data":[')
            self.transport.close()
        elif health.mode != "hanging":
            self.send(*self.exchange.answer(source, f"/{path}", dict(parse_qsl(url.query))))

    def _control(self, method: str, body: bytes) -> None:
        try:
            if method == "POST":
                wanted = orjson.loads(body)
                self.exchange.set(wanted["source"], wanted["mode"], float(wanted.get("lag_s", 0)))
            self.send(200, {name: health.mode for name, health in self.exchange.health.items()}, {})
        except (KeyError, TypeError, ValueError) as error:
            self.send(400, {"error": f"{type(error).__name__}: {error}"}, {})

    def send(self, code: int, answer: Any, headers: dict[str, str]) -> None:
        """Write an answer in JSON."""
        self.write(code, orjson.dumps(answer), headers)

    def write(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        """Write one response."""
        extra = "".join(f"{name}: {value}\r\n" for name, value in {**headers, "X-Simulated": "true"}.items())
        head = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        self.transport.write(head.encode() + body)


async def serve(exchange: Exchange, port: int, bind: str = "127.0.0.1") -> asyncio.Server:
    """Open the door."""
    return await asyncio.get_running_loop().create_server(lambda: Door(exchange), bind, port)


async def _run(seed: int, port: int) -> None:
    server = await serve(Exchange(seed), port)
    print(f"simulator: {len(PAGES)} market sources on port {port}", flush=True)
    await server.serve_forever()


def main(arguments: list[str]) -> int:
    """Parse the command line and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m simulator.market", description=__doc__)
    parser.add_argument("--port", type=int, default=4100)
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_run(options.seed, options.port))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        sys.exit(f"simulator: port {options.port} cannot be opened: {error.strerror or error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
