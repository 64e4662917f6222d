"""What is written down of the sources: who spoke, what became of it, who failed and how, who rests and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from collectors import market
from core.access import Role
from core.access.actor import Actor
from db.session import transaction
from gateways import cache
from gateways.market import Client
from services import market_sources
from services.market_sources import Health
from settings import Settings
from tests.market_exchange import RunningExchange, running_exchange

GUEST = Actor(Role.GUEST, name="guest")
TABLES = ("market_point", "market_candle", "market_hole", "market_source")


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    with running_exchange() as running:
        yield running


@pytest.fixture
def client(exchange: RunningExchange, app_settings: Settings) -> Iterator[Client]:
    _empty()
    with patient(exchange) as made:
        yield made
    _empty()


def _empty() -> None:
    with transaction() as session:
        for table in TABLES:
            session.execute(text(f"DELETE FROM {table}"))


def patient(exchange: RunningExchange, clock: Any = None) -> Client:
    """A client that does not wait; by its own clock it may rest for an hour."""
    return Client(exchange.bases, sleep=lambda _s: None, read_s=0.5, **({"clock": clock} if clock else {}))


def health(name: str, now: dt.datetime | None = None) -> Health:
    found = market_sources.sources(GUEST, now or dt.datetime.now(dt.UTC))
    return next(one for one in found if one.name == name)


def test_before_anybody_was_asked_nothing_is_said(client: Client) -> None:
    found = market_sources.sources(GUEST, dt.datetime.now(dt.UTC))
    assert [one.name for one in found] == [
        "coinbase", "kraken", "binance", "okx", "coingecko", "mempool_space", "blockchain_info",
    ]  # fmt: skip
    assert {(one.breaker, one.price, one.verdict, one.trouble) for one in found} == {("unknown", None, None, None)}
    assert health("mempool_space").gives == ("spot", "network", "epochs")
    assert health("binance").gives == ("spot", "candles")


def test_each_source_stands_with_its_quote_and_what_became_of_it(client: Client, exchange: RunningExchange) -> None:
    exchange.set("mad", "kraken")
    market.collect_spot(client)
    told = {name: (health(name).symbol, health(name).verdict) for name in ("coinbase", "kraken", "okx", "coingecko")}
    assert told == {
        "coinbase": ("BTC-USD", "used"),
        "kraken": ("BTC-USD", "outlier"),
        "okx": ("BTC-USDT", "used"),
        "coingecko": ("BTC-USD", "spare"),
    }
    truth = exchange.exchange.world.price_usd(dt.datetime.now(dt.UTC).timestamp())
    assert float(health("coinbase").price or 0) == pytest.approx(truth, rel=0.01)
    assert float(health("kraken").price or 0) == pytest.approx(1.5 * truth, rel=0.01)


def test_an_exchange_in_usdt_is_left_out_while_nobody_prices_a_usdt(client: Client, exchange: RunningExchange) -> None:
    exchange.set("refused", "coinbase", "kraken")  # the two that tell what a USDT costs
    market.collect_spot(client)
    assert health("okx").verdict == "unpriced"
    assert health("coingecko").verdict == "used"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("refused", "unreachable"),
        ("hanging", "timeout"),
        ("error", "down"),
        ("limited", "limited"),
        ("garbage", "unreadable"),
    ],
)
def test_a_failure_keeps_its_kind_and_the_last_quote(
    client: Client, exchange: RunningExchange, mode: str, kind: str
) -> None:
    market.collect_spot(client)
    before = health("okx")
    exchange.set(mode, "okx")
    market.collect_spot(client)
    found = health("okx")
    assert found.trouble is not None
    assert (found.trouble.kind, found.trouble.over) == (kind, False)
    assert found.trouble.detail
    assert (found.price, found.quoted_at, found.verdict) == (before.price, before.quoted_at, None)
    assert found.failures == 1


def test_failures_in_a_row_open_the_breaker_and_an_answer_closes_it(
    app_settings: Settings, exchange: RunningExchange
) -> None:
    _empty()
    seconds = [1000.0]
    exchange.set("refused", "okx")
    with patient(exchange, lambda: seconds[0]) as client:
        for failures in (1, 2, 3):
            market.collect_spot(client)
            assert health("okx").failures == failures
        now = dt.datetime.now(dt.UTC)
        resting = health("okx", now)
        assert resting.breaker == "open"
        assert resting.resting_until is not None
        assert 55 < (resting.resting_until - now).total_seconds() <= 60
        market.collect_spot(client)  # it is not asked while it rests
        assert health("okx").failures == 3
        assert health("okx", now + dt.timedelta(seconds=61)).breaker == "trying"
        exchange.set("well", "okx")
        seconds[0] += 61
        market.collect_spot(client)
    well = health("okx")
    assert (well.breaker, well.failures, well.verdict) == ("closed", 0, "used")
    assert well.trouble is not None
    assert well.trouble.over
    _empty()


def test_network_candles_and_epochs_are_written_down_too(client: Client, exchange: RunningExchange) -> None:
    exchange.set("refused", "mempool_space")
    market.collect_network(client)
    market.collect_epochs(client)
    market.collect_candles(client, beginning=dt.datetime.now(dt.UTC) - dt.timedelta(days=3))
    with transaction() as session:
        rows = session.execute(text("SELECT source, part, failures FROM market_source ORDER BY source, part")).all()
    told = {(row.source, row.part): row.failures for row in rows}
    assert told[("mempool_space", "network")] == 1
    assert told[("mempool_space", "epochs")] == 1
    assert told[("blockchain_info", "network")] == 0
    assert told[("okx", "candles")] == 0


def test_the_pages_are_told_that_the_market_was_asked_even_when_nobody_answered(
    client: Client, exchange: RunningExchange
) -> None:
    before = cache.market_version()
    exchange.set("refused")
    market.collect_spot(client)
    assert cache.market_version() == before + 1
