"""Market collection with the true clients on the simulated sources: failing one by one, all of them, and returning."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from collectors import market, market_store
from core.market.points import Candle, Network, Quote
from db.session import transaction
from gateways.market import SOURCES, Client
from services import market as reading
from settings import Settings
from tests.market_exchange import RunningExchange, running_exchange

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    with running_exchange() as running:
        yield running


@pytest.fixture
def client(exchange: RunningExchange, app_settings: Settings) -> Iterator[Client]:
    """A client that does not wait, over an empty market."""
    _empty()
    with Client(exchange.bases, sleep=lambda _s: None, read_s=0.5) as made:
        yield made
    _empty()


def _empty() -> None:
    with transaction() as session:
        for table in ("market_point", "market_candle", "market_hole"):
            session.execute(text(f"DELETE FROM {table}"))


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def fresh(exchange: RunningExchange) -> Client:
    """A client that has had no bad experience."""
    return Client(exchange.bases, sleep=lambda _s: None, read_s=0.5)


def price() -> reading.Fact | None:
    with transaction() as session:
        return reading.newest(session, "btc_usd", now())


def test_the_consensus_is_stored_with_those_it_rests_on(client, exchange) -> None:
    market.collect_spot(client)
    found = price()
    assert found is not None
    assert (found.source, found.basis) == ("consensus", ("binance", "coinbase", "kraken", "okx"))
    truth = exchange.exchange.world.price_usd(now().timestamp())
    assert float(found.value) == pytest.approx(truth, rel=0.001)
    assert not found.stale
    assert found.age_s < 30


def test_a_price_that_nobody_else_has_is_no_voice(client, exchange) -> None:
    exchange.set("mad", "kraken")
    market.collect_spot(client)
    found = price()
    assert found is not None
    assert "kraken" not in found.basis
    assert float(found.value) == pytest.approx(exchange.exchange.world.price_usd(now().timestamp()), rel=0.001)


def test_sources_die_one_by_one_and_come_back(client, exchange) -> None:
    """Readers see the true price or the last one with its age, never an error and never another number."""
    with fresh(exchange) as patient:
        market.collect_spot(patient)
        for number, name in enumerate(one.name for one in SOURCES):
            exchange.set(("refused", "error", "garbage", "cut")[number % 4], name)
            market.collect_spot(patient)
            found = price()
            assert found is not None, name
            truth = exchange.exchange.world.price_usd(now().timestamp())
            assert float(found.value) == pytest.approx(truth, rel=0.005), name
            if number == len(SOURCES) - 2:
                assert found.source in ("blockchain_info", "consensus", "coingecko")
    last = price()
    assert last is not None
    assert market.collect_spot(client).verdict is None
    assert market.collect_candles(client, beginning=now() - 3 * DAY) == dict.fromkeys(market_sources(), 0)
    market.collect_network(client)
    kept = price()
    assert kept is not None
    assert (kept.value, kept.at, kept.source) == (last.value, last.at, last.source)
    with transaction() as session:
        later = reading.newest(session, "btc_usd", now() + HOUR)
    assert later is not None
    assert later.stale
    assert later.age_s == pytest.approx(3600, abs=60)
    exchange.set("well")
    with fresh(exchange) as returned:
        market.collect_spot(returned)
    back = price()
    assert back is not None
    assert (back.source, back.stale) == ("consensus", False)
    assert back.at > last.at


def market_sources() -> list[str]:
    return [one.name for one in SOURCES if one.candles]


def test_an_empty_market_reads_as_absent(client) -> None:
    assert price() is None
    with transaction() as session:
        found = reading.snapshot(session, now())
        assert reading.candles(session, "1h").empty
    assert (found.price, found.difficulty, found.hashprice_usd_per_ph_day) == (None, None, None)


def test_the_network_comes_from_the_next_source_when_the_first_is_dead(client, exchange) -> None:
    exchange.set("refused", "mempool_space")
    market.collect_network(client)
    with transaction() as session:
        found = reading.newest(session, "difficulty", now())
        assert found is not None
        assert found.source == "blockchain_info"
    exchange.set("well", "mempool_space")
    with fresh(exchange) as another:
        market.collect_network(another)
    with transaction() as session:
        again = reading.newest(session, "difficulty", now())
    assert again is not None
    assert again.source == "mempool_space"
    world = exchange.exchange.world
    assert float(again.value) == pytest.approx(world.difficulty(world.height(now().timestamp())), rel=1e-6)


def test_hashprice_is_made_of_stored_facts(client, exchange) -> None:
    market.collect_spot(client)
    market.collect_network(client)
    with transaction() as session:
        found = reading.snapshot(session, now())
    assert found.price
    assert found.difficulty
    assert found.reward
    # 1 PH/s for a day: 1e15 * 86400 / (D * 2**32) blocks
    blocks = 1e15 * 86400 / (float(found.difficulty.value) * 2**32)
    wanted = blocks * float(found.reward.value) * float(found.price.value)
    assert found.hashprice_usd_per_ph_day == pytest.approx(wanted, rel=1e-9)
    assert found.age_s == max(found.price.age_s, found.difficulty.age_s, found.reward.age_s)


AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)


def test_what_a_usdt_costs_is_known_for_an_hour_and_never_taken_for_one() -> None:
    known = ("kraken", Decimal("0.98"), AT)
    remembered = market._tether([], known, AT + HOUR)
    assert remembered is not None
    assert remembered.price == Decimal("0.98")
    assert market._tether([], known, AT + HOUR + dt.timedelta(seconds=1)) is None
    assert market._tether([], None, AT) is None


def test_an_exchange_in_usdt_has_no_voice_while_nobody_knows_what_a_usdt_costs() -> None:
    okx = next(one for one in SOURCES if one.name == "okx")
    quote = Quote("okx", "BTC-USDT", Decimal(100_000), AT)
    assert market._in_usd({okx: [quote]}, None, exchange=True) == []
    tether = Quote("kraken", "USDT-USD", Decimal("0.98"), AT)
    (found,) = market._in_usd({okx: [quote]}, tether, exchange=True)
    assert (found.symbol, found.price) == ("BTC-USD", Decimal(98_000))


def test_a_lagging_source_does_not_turn_the_difficulty_back_and_a_better_one_may_correct_it() -> None:
    by_name = {one.name: one for one in SOURCES}
    old, new = Decimal(113_760_000_000_000), Decimal(145_000_000_000_000)
    known = ("mempool_space", Network(at=AT, height=953_568, difficulty=new))
    lagging = Network(at=AT, height=953_569, difficulty=old)
    assert market._believed(by_name["blockchain_info"], lagging, known).difficulty is None
    poisoned = ("blockchain_info", Network(at=AT, height=953_568, difficulty=old))
    right = Network(at=AT, height=953_569, difficulty=new)
    assert market._believed(by_name["mempool_space"], right, poisoned).difficulty == new


def test_a_source_that_hangs_holds_nobody_up_for_long(client, exchange) -> None:
    exchange.set("hanging", "coinbase", "okx")
    began = time.monotonic()
    market.collect_spot(client)
    assert time.monotonic() - began < 10  # three tries of half a second, side by side
    found = price()
    assert found is not None
    assert not found.stale


def count(source: str, interval: str) -> int:
    with transaction() as session:
        return int(
            session.execute(
                text("SELECT count(*) FROM market_candle WHERE source = :source AND interval = :interval"),
                {"source": source, "interval": interval},
            ).scalar_one()
        )


def test_history_is_filled_once_and_gaps_are_repaired(client, exchange) -> None:
    market.collect_candles(client, beginning=now() - 20 * DAY)
    # closed days since then; CoinGecko has its own window
    for source in ("binance", "okx", "kraken", "coinbase", "blockchain_info"):
        assert count(source, "1d") in (19, 20), source
    assert count("okx", "1h") in (479, 480)  # five pages of a hundred
    before = count("okx", "1h")
    with transaction() as session:
        session.execute(
            text("DELETE FROM market_candle WHERE source = 'okx' AND at BETWEEN :a AND :b"),
            {"a": now() - 10 * DAY, "b": now() - 3 * DAY},
        )
    assert count("okx", "1h") < before - 150
    with fresh(exchange) as another:
        market.collect_candles(another, beginning=now() - 20 * DAY)
    assert count("okx", "1h") in (before, before + 1)


def test_a_late_correction_takes_the_place_of_a_bar_and_a_bare_close_does_not(client) -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    whole = Candle(at, Decimal(100), Decimal(90), Decimal(110), Decimal(80), Decimal(5))
    for bar in (
        whole,
        Candle(at, Decimal(101), Decimal(90), Decimal(110), Decimal(80), Decimal(6)),
        Candle(at, Decimal(7)),
    ):
        with transaction() as session:
            market_store.store_candles(session, "okx", "BTC-USDT", "1d", [bar], now())
    with transaction() as session:
        rows = session.execute(text("SELECT close, volume, open FROM market_candle")).all()
    assert [tuple(row) for row in rows] == [(101, 6, 90)]


def test_what_a_source_does_not_have_is_asked_for_once(client, exchange, monkeypatch) -> None:
    beginning = dt.datetime(2010, 7, 1, tzinfo=dt.UTC)  # days before there was a market
    source = next(one for one in SOURCES if one.name == "blockchain_info")
    market._fill(client, source, "1d", float("inf"), beginning)
    asked: list[object] = []
    monkeypatch.setattr(market, "_page", lambda _client, _source, _interval, page: asked.append(page) or [])
    market._fill(client, source, "1d", float("inf"), beginning)
    assert len(asked) == 1  # the newest three bars alone


def test_epochs_are_stored_once(client) -> None:
    for _ in range(2):
        market.collect_epochs(client)
    with transaction() as session:
        found = session.execute(text("SELECT count(*) FROM market_point WHERE kind = 'epoch_difficulty'")).scalar_one()
    assert found > 400


def test_a_file_is_imported_with_a_report(client, tmp_path: Path, capsys) -> None:
    file = tmp_path / "my prices.csv"
    file.write_text(
        "Date,Open,High,Low,Close\n2020-01-01,7200,7250,7150,7210\n2020-01-02,1,2,3,4\n2020-01-03,x,1,1,1\n"
    )
    assert market.main(["import", str(file)]) == 0
    said = capsys.readouterr().out
    assert "line 3:" in said
    assert "line 4:" in said
    assert "1 bars stored, 2 lines refused" in said
    with transaction() as session:
        found = reading.candles(session, "1d", source="file:my-prices")
    assert found["close"].tolist() == [7210.0]


def test_a_file_that_is_no_history_is_refused_with_a_sentence(client, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(SystemExit, match="x\\.csv"):
        market.main(["import", str(file)])
