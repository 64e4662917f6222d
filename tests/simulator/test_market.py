"""The true clients on the simulated sources, over real sockets: well, ill in every way, and well again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from core.market.points import INTERVALS
from gateways.market import BY_NAME, SOURCES, Client, RateLimited, Resting, SourceFailed
from simulator.market_shapes import PAGES
from simulator.market_world import MarketWorld
from tests.market_exchange import RunningExchange, running_exchange

OKX = BY_NAME["okx"]


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningExchange]:
    with running_exchange() as running:
        yield running


@pytest.fixture
def client(exchange: RunningExchange) -> Iterator[Client]:
    exchange.set("well")
    with Client(exchange.bases, sleep=lambda _s: None, read_s=0.5) as made:
        yield made


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_source_gives_what_it_declares(source, client, exchange) -> None:
    now = dt.datetime.now(dt.UTC)
    truth = exchange.exchange.world
    for quote in client.call(source, source.spot):
        wanted = truth.usdt_usd(now.timestamp()) if quote.symbol == "USDT-USD" else truth.price_usd(now.timestamp())
        assert float(quote.price) == pytest.approx(wanted, rel=0.01)
        assert now - quote.at <= source.patience
    if source.network:
        network = client.call(source, source.network)
        assert float(network.difficulty) == pytest.approx(truth.difficulty(network.height), rel=1e-6)
        assert float(network.hashrate_hs) == pytest.approx(truth.hashrate_hs(now.timestamp()), rel=0.2)
    for interval in source.history.reach if source.history else ():
        step = INTERVALS[interval]
        last = dt.datetime.fromtimestamp(now.timestamp() // step.total_seconds() * step.total_seconds(), dt.UTC) - step
        bars = client.call(source, lambda ask: source.candles(ask, interval, last - 9 * step, last))  # noqa: B023
        assert [bar.at for bar in bars] == [last - back * step for back in range(9, -1, -1)]


@pytest.mark.parametrize(
    "mode, kind",
    [
        ("refused", SourceFailed), ("hanging", SourceFailed), ("error", SourceFailed), ("garbage", SourceFailed),
        ("cut", SourceFailed), ("limited", RateLimited), ("banned", RateLimited),
    ],
)  # fmt: skip
def test_every_illness_is_told_and_ends(mode: str, kind: type[Exception], client, exchange) -> None:
    exchange.set(mode, "okx")
    with pytest.raises(kind):
        client.call(OKX, OKX.spot)
    exchange.set("well", "okx")
    with Client(exchange.bases) as another:
        assert another.call(OKX, OKX.spot)


def test_a_source_that_fails_three_times_rests_and_is_tried_again(exchange) -> None:
    time = [0.0]
    exchange.set("refused", "okx")
    with Client(exchange.bases, clock=lambda: time[0], sleep=lambda _s: None) as client:
        for _ in range(3):
            with pytest.raises(SourceFailed):
                client.call(OKX, OKX.spot)
        exchange.set("well", "okx")
        with pytest.raises(Resting):
            client.call(OKX, OKX.spot)
        time[0] = 60.0
        assert client.call(OKX, OKX.spot)


def test_after_a_long_night_a_source_is_asked_again_within_five_minutes(exchange) -> None:
    time = [0.0]
    exchange.set("refused", "okx")
    with Client(exchange.bases, clock=lambda: time[0], sleep=lambda _s: None) as client:
        for _ in range(12 * 60):  # each minute of half a day
            with pytest.raises(SourceFailed):
                client.call(OKX, OKX.spot)
            time[0] += 60
        exchange.set("well", "okx")
        assert client.rest_s(OKX) <= 300
        time[0] += 300
        assert client.call(OKX, OKX.spot)


def test_retry_after_is_obeyed(exchange) -> None:
    time = [0.0]
    exchange.set("banned", "binance")
    binance = BY_NAME["binance"]
    with Client(exchange.bases, clock=lambda: time[0], sleep=lambda _s: None) as client:
        with pytest.raises(RateLimited):
            client.call(binance, binance.spot)
        exchange.set("well", "binance")
        time[0] = 119.0  # it said 120
        with pytest.raises(Resting):
            client.call(binance, binance.spot)
        time[0] = 120.0
        assert client.call(binance, binance.spot)


def test_calls_keep_their_distance(exchange) -> None:
    slept: list[float] = []
    exchange.set("well")
    with Client(exchange.bases, clock=lambda: sum(slept), sleep=slept.append) as client:
        for _ in range(3):
            client.call(BY_NAME["coingecko"], BY_NAME["coingecko"].spot)
    assert slept == [6.0, 6.0]  # 10 a minute, below the 15 of the keyless API


def test_too_many_calls_are_answered_as_coingecko_does(client, exchange) -> None:
    source = BY_NAME["coingecko"]
    for _ in range(15):
        client.call(source, source.spot)
    with pytest.raises(RateLimited, match="429"):
        client.call(source, source.spot)


def test_the_world_is_the_same_for_the_same_seed_and_has_rough_edges() -> None:
    one, same, other = MarketWorld(1), MarketWorld(1), MarketWorld(2)
    at = 1_795_000_000
    assert one.price_usd(at) == same.price_usd(at) != other.price_usd(at)
    assert one.bar(at, 3600)[3] == one.bar(at + 3600, 3600)[0]  # a bar opens where the one before closed
    for epoch in range(10, 480):
        change = one.difficulty((epoch + 1) * 2016) / one.difficulty(epoch * 2016)
        assert 0.25 <= change <= 4  # the protocol's limits


@pytest.mark.parametrize("seed", [1, 7])
def test_the_chain_keeps_the_rules_of_the_protocol(seed: int) -> None:
    world = MarketWorld(seed)
    now_s = 1_795_000_000  # 18 November 2026
    newest = world.height(now_s) // 2016
    assert 960_000 < newest * 2016 < 990_000  # close to the real one, so that the halving is too
    for epoch in range(40, newest + 1):
        first, last = world.block_s(epoch * 2016), world.block_s((epoch + 1) * 2016)
        change = world.difficulty((epoch + 1) * 2016) / world.difficulty(epoch * 2016)
        assert change == pytest.approx(2016 * 600 / (last - first), rel=1e-6)
    times = [world.block_s(height) for height in range((newest - 2) * 2016, newest * 2016 + 1)]
    assert all(earlier < later for earlier, later in pairwise(times))
    for height in (1, 68_543, 68_544, 500_001, newest * 2016 - 1, newest * 2016):
        assert world.height(world.block_s(height) + 0.01) == height


def test_mempool_spaces_estimate_knows_the_blocks_so_far_and_no_future() -> None:
    world = MarketWorld(3)
    off: dict[int, list[float]] = {500: [], 1000: [], 2000: []}
    for epoch in range(400, 440):
        actual = world.difficulty((epoch + 1) * 2016) / world.difficulty(epoch * 2016) - 1
        for blocks, errors in off.items():
            now_s = world.block_s(epoch * 2016 + blocks) + 1
            _status, body = PAGES["mempool_space"](world, now_s, "/v1/difficulty-adjustment", {})
            assert body["remainingBlocks"] == 2016 - blocks
            errors.append(abs(body["difficultyChange"] / 100 - actual))
    means = [float(np.mean(errors)) for errors in off.values()]
    # Luck of the blocks is 600 s times the root of their number: some per cent early, next to nothing at the end.
    assert means[0] > means[1] > means[2]
    assert 0.005 < means[1] < 0.03
    assert means[2] < 0.003


def test_coingecko_gives_an_old_gap_within_its_365_days(client) -> None:
    source = BY_NAME["coingecko"]
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = today - dt.timedelta(days=362), today - dt.timedelta(days=360)
    bars = client.call(source, lambda ask: source.candles(ask, "1d", first, last))
    assert [bar.at for bar in bars] == [first, first + dt.timedelta(days=1), last]
