"""The market simulator as a process of its own, the true clients before it: sources die one by one, then the process."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import text

from collectors import market
from db.session import transaction
from gateways.market import SOURCES, Client
from services import market as reading
from services.market import Snapshot
from settings import Settings
from simulator.market_world import MarketWorld
from supervisor.net import free_port
from supervisor.plans import ROOT
from tests.product import wait_until

SEED = 21
TABLES = ("market_point", "market_candle", "market_hole", "market_source")
NAMES = [source.name for source in SOURCES]


@contextmanager
def simulator(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the simulated sources until the block ends or somebody kills them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.market", "--port", str(port), "--seed", str(SEED)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port), "the simulated market")
        yield process
    finally:
        process.kill()
        process.wait(10)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_control", timeout=5).is_success
    except httpx.HTTPError:
        return False


def order(port: int, source: str, mode: str) -> None:
    body = {"source": source, "mode": mode}
    assert httpx.post(f"http://127.0.0.1:{port}/_control", json=body, timeout=5).is_success


def look(later_s: float = 0.0) -> Snapshot:
    """Give what a reader sees, now or after a while."""
    with transaction() as session:
        return reading.snapshot(session, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=later_s))


def prices() -> list[tuple[dt.datetime, float]]:
    with transaction() as session:
        rows = session.execute(text("SELECT at, value FROM market_point WHERE kind = 'btc_usd' ORDER BY at"))
        return [(row.at, float(row.value)) for row in rows]


@pytest.fixture
def empty_market(app_settings: Settings) -> Iterator[None]:
    def empty() -> None:
        with transaction() as session:
            for table in TABLES:
                session.execute(text(f"DELETE FROM {table}"))

    empty()
    yield
    empty()


def test_readers_never_see_an_error_or_an_invented_number(empty_market: None) -> None:
    port, world, seconds = free_port(), MarketWorld(SEED), [0.0]
    bases = {name: f"http://127.0.0.1:{port}/{name}" for name in NAMES}

    def collect(client: Client) -> Snapshot:
        """Let a minute pass, or as long as anybody rests, and collect."""
        seconds[0] += 1000
        market.collect_spot(client)
        market.collect_network(client)
        return look()

    with Client(bases, clock=lambda: seconds[0], sleep=lambda _s: None, read_s=2.0) as client:
        with simulator(port):
            first = collect(client)
            assert first.price is not None
            assert first.price.source == "consensus"
            for number, name in enumerate(NAMES, 1):
                order(port, name, "refused")
                shown = collect(client)
                assert shown.price is not None
                assert shown.difficulty is not None
                assert shown.hashprice_usd_per_ph_day is not None
                if number < len(NAMES):
                    # Whoever is left is believed: a blend of the exchanges first, then one voice, named.
                    assert not shown.price.stale, name
                    assert not set(shown.price.basis) & set(NAMES[:number]), name
                assert float(shown.price.value) == pytest.approx(
                    world.price_usd(shown.price.at.timestamp()), rel=0.03
                ), name
                assert float(shown.difficulty.value) == pytest.approx(
                    world.difficulty(world.height(shown.difficulty.at.timestamp())), rel=1e-6
                ), name
            last, stored = look(), prices()

        # The process is dead: nothing answers at all.
        assert not answers(port)
        dark = collect(client)
        assert prices() == stored
        assert last.price is not None
        assert dark.price is not None
        assert (dark.price.value, dark.price.source, dark.price.at) == (
            last.price.value,
            last.price.source,
            last.price.at,
        )
        later = look(later_s=7200)
        assert later.price is not None
        assert later.difficulty is not None
        assert later.stale
        assert later.price.stale
        assert later.difficulty.stale
        assert later.price.value == last.price.value
        assert 7200 <= later.price.age_s < 7200 + 7200
        assert later.hashprice_usd_per_ph_day == pytest.approx(last.hashprice_usd_per_ph_day, rel=1e-12)
        assert later.age_s is not None
        assert later.age_s >= 7200

        with simulator(port):
            back = collect(client)
    assert back.price is not None
    assert (back.price.source, back.price.stale) == ("consensus", False)
    assert back.price.at > last.price.at
    assert set(back.price.basis) == {"coinbase", "kraken", "binance", "okx"}
    assert all(value == pytest.approx(world.price_usd(at.timestamp()), rel=0.03) for at, value in prices()), (
        "a number that no source said"
    )
