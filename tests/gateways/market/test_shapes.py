"""Each source read from its own recorded or documented answers; and refused when the answer is another one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from core.market.points import BTC_USD, BTC_USDT, USDT_USD
from gateways.market import (
    BY_NAME,
    SOURCES,
    RateLimited,
    SourceFailed,
    WrongShape,
    binance,
    blockchain_info,
    coinbase,
    coingecko,
    kraken,
    mempool_space,
    okx,
)

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


class Canned:
    """Answers by path, as a source would."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def json(self, path: str, host: str = "", **params: Any) -> Any:
        self.asked.append((path, params))
        return next(answer for ending, answer in self.answers.items() if path.replace("-", "_").endswith(ending))

    def now(self) -> dt.datetime:
        return NOW


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


OKX_TICKER = {"code": "0", "msg": "", "data": [{"instId": "BTC-USDT", "last": "115450", "ts": "1761583471970"}]}
OKX_ROW = ["1747141200000", "103644.1", "103700", "103629.2", "103700", "11316.08", "113.1608", "11731625.855"]


def test_okx_tells_its_price_and_time() -> None:
    (quote,) = okx.spot(Canned(ticker=OKX_TICKER))
    assert (quote.symbol, quote.price) == (BTC_USDT, Decimal("115450"))
    assert quote.at == utc(2025, 10, 27, 16, 44, 31).replace(microsecond=970_000)


def test_okx_bars_are_turned_round_and_the_open_one_is_left_out() -> None:
    newer = ["1747144800000", *OKX_ROW[1:], "0"]
    ask = Canned(history_candles={"code": "0", "msg": "", "data": [newer, [*OKX_ROW, "1"]]})
    (bar,) = okx.candles(ask, "1d", utc(2025, 5, 1), utc(2025, 5, 13))
    assert (bar.at, bar.low, bar.volume) == (utc(2025, 5, 13, 13), Decimal("103629.2"), Decimal("11316.08"))
    assert ask.asked[0][1]["bar"] == "1Dutc"  # the plain 1D is a day of Hong Kong


@pytest.mark.parametrize("code, kind", [("50011", RateLimited), ("51001", SourceFailed)])
def test_okx_errors_inside_of_a_200(code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        okx.spot(Canned(ticker={"code": code, "msg": "Instrument ID does not exist", "data": []}))


KRAKEN_TICKER = {
    "error": [],
    "result": {"XXBTZUSD": {"c": ["44099.90000", "0.05668947"]}, "USDTZUSD": {"c": ["0.99950", "10"]}},
}


def test_kraken_gives_both_pairs() -> None:
    bitcoin, tether = kraken.spot(Canned(Ticker=KRAKEN_TICKER))
    assert (bitcoin.symbol, bitcoin.price, bitcoin.at) == (BTC_USD, Decimal("44099.9"), NOW)
    assert (tether.symbol, tether.price) == (USDT_USD, Decimal("0.9995"))


def test_kraken_bars() -> None:
    rows = [
        [1701810000, "43785.1", "44216.0", "43724.0", "43912.9", "43933.1", "343.40651248", 3343],
        [1701813600, "43913.0", "44465.0", "43809.0", "44355.0", "44192.3", "423.89511718", 3326],
    ]
    ask = Canned(OHLC={"error": [], "result": {"XXBTZUSD": rows, "last": 1701810000}})
    (bar,) = kraken.candles(ask, "1h", utc(2023, 12, 5, 21), utc(2023, 12, 5, 21))
    assert (bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume) == (
        utc(2023, 12, 5, 21), Decimal("43785.1"), Decimal("44216"), Decimal("43724"), Decimal("43912.9"),
        Decimal("343.40651248"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "said, kind",
    [
        ("EAPI:Rate limit exceeded", RateLimited),
        ("EGeneral:Too many requests", RateLimited),
        ("EQuery:Unknown asset pair", SourceFailed),
    ],
)
def test_kraken_errors_inside_of_a_200(said: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=said.split(":")[1]):
        kraken.spot(Canned(Ticker={"error": [said]}))


def test_coinbase_columns_are_low_high_open_close() -> None:
    ask = Canned(candles=[[1415318400, 0.32, 4.2, 0.35, 4.1, 12.3]])
    (bar,) = coinbase.candles(ask, "1d", utc(2014, 11, 7), utc(2014, 11, 7))
    assert (bar.low, bar.high, bar.open, bar.close) == tuple(Decimal(text) for text in ("0.32", "4.2", "0.35", "4.1"))


def test_coinbase_asks_for_one_page_of_a_long_window() -> None:
    ask = Canned(candles=[])
    coinbase.candles(ask, "1h", utc(2024, 1, 1), utc(2025, 1, 1))
    # 300 bars, both ends included: 12 days and 11 hours further on
    assert ask.asked[0][1]["end"] == "2024-01-13T11:00:00Z"


def test_coinbase_price() -> None:
    said = {"price": "65000.01", "time": "2026-10-01T09:59:30.123456Z"}
    bitcoin, tether = coinbase.spot(Canned(**{"BTC_USD/ticker": said, "USDT_USD/ticker": {**said, "price": "1.0002"}}))
    assert (bitcoin.price, bitcoin.at.second) == (Decimal("65000.01"), 30)
    assert tether.symbol == USDT_USD


def test_binance() -> None:
    said = {"symbol": "BTCUSDT", "lastPrice": "65000.00000200", "closeTime": 1699869899040}
    (quote,) = binance.spot(Canned(**{"24hr": said}))
    assert (quote.symbol, quote.price) == (BTC_USDT, Decimal("65000.000002"))
    row = [1499040000000, "0.01634790", "0.80000000", "0.01575800", "0.01577100", "148976.11427815", 1499644799999]
    (bar,) = binance.candles(Canned(klines=[[*row, "2434.1", 308, "1756.8", "28.4", "0"]]), "1d", NOW, NOW)
    assert (bar.at, bar.close) == (utc(2017, 7, 3), Decimal("0.015771"))
    with pytest.raises(WrongShape, match="BTCUSDT"):
        binance.spot(Canned(**{"24hr": {**said, "symbol": "LTCBTC"}}))


def test_coingecko() -> None:
    (quote,) = coingecko.spot(Canned(price={"bitcoin": {"usd": 76975, "last_updated_at": 1779092258}}))
    assert (quote.price, quote.at) == (Decimal(76975), utc(2026, 5, 18, 8, 17, 38))
    # Midnight of 19 May ends the bar of 18 May; the point of the running day lies on no midnight.
    prices = [[1779148800000, 77953.8], [1779199200000, 78052.8]]
    (bar,) = coingecko.candles(Canned(range={"prices": prices}), "1d", utc(2026, 5, 1), utc(2026, 5, 19))
    assert (bar.at, bar.close, bar.open) == (utc(2026, 5, 18), Decimal("77953.8"), None)
    with pytest.raises(RateLimited):
        coingecko.spot(
            Canned(price={"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}})
        )


STATS = {
    "timestamp": 1557646525000, "hash_rate": 44977500727.36728, "total_fees_btc": 11648437530, "n_blocks_mined": 135,
    "n_blocks_total": 575644, "nextretarget": 576575, "difficulty": 6702169884349,
}  # fmt: skip


def test_blockchain_info_stats() -> None:
    network = blockchain_info.network(Canned(stats=STATS))
    assert (network.height, network.difficulty) == (575644, Decimal(6702169884349))
    # 116.4843753 BTC in 135 blocks; 576576 = 286 * 2016
    assert network.fees_btc_per_block == pytest.approx(Decimal("0.8628472"), abs=Decimal("1e-7"))
    assert network.retarget_height == 576576
    # its own identity: blocks * difficulty * 2**32 / 86400
    assert float(network.hashrate_hs or 0) == pytest.approx(135 * 6702169884349 * 2**32 / 86400, rel=1e-9)


def test_blockchain_info_has_no_price_before_there_was_a_market() -> None:
    values = [{"x": 1231459200, "y": 0.0}, {"x": 1282089600, "y": 0.07}]
    (bar,) = blockchain_info.candles(Canned(market_price={"values": values}), "1d", utc(2009, 1, 3), NOW)
    assert (bar.at, bar.close) == (utc(2010, 8, 18), Decimal("0.07"))


def mempool(date: int) -> Canned:
    ahead = {"estimatedRetargetDate": date, "difficultyChange": 2.5, "nextRetargetHeight": 741888}
    rewards = {"startBlock": 736556, "endBlock": 736655, "totalFee": "1311748254"}
    rates = {"currentHashrate": 252033247355212300000, "currentDifficulty": 31251101365711.12}
    return Canned(height=740767, **{"hashrate/3d": rates, "reward_stats/144": rewards, "difficulty_adjustment": ahead})


@pytest.mark.parametrize("date", [1627762478, 1627762478000])
def test_mempool_space(date: int) -> None:
    network = mempool_space.network(mempool(date))
    assert network.retarget_at == utc(2021, 7, 31, 20, 14, 38)
    assert network.fees_btc_per_block == Decimal("0.1311748254")  # of the 100 blocks that it counted
    assert network.retarget_change == Decimal("0.025")
    assert (network.height, network.difficulty) == (740767, Decimal("31251101365711.12"))


def test_mempool_space_epochs_come_oldest_first() -> None:
    said = [[1703311464, 822528, 72006146478567.1, 1.06983], [1702180644, 820512, 67305906902031.39, 0.990408]]
    first, second = mempool_space.epochs(Canned(**{"difficulty_adjustments/all": said}))
    assert (first.height, second.height) == (820512, 822528)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@pytest.mark.parametrize("nonsense", [None, [], {}, "maintenance", 7, {"code": "0", "data": {}}, {"error": 3}, [[]]])
def test_nonsense_is_refused_with_a_sentence(source: Any, nonsense: Any) -> None:
    ask = Canned(**{"": nonsense})
    for question in (source.spot, source.network):
        if question is not None:
            with pytest.raises((WrongShape, SourceFailed), match=r"\w \w"):
                question(ask)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "0", True, None, "1e99", "12,5", {}])
def test_impossible_prices_are_refused(price: Any) -> None:
    with pytest.raises(WrongShape):
        blockchain_info.spot(Canned(ticker={"USD": {"last": price}}))


def test_every_source_is_registered_once_and_can_do_something() -> None:
    assert len(BY_NAME) == len(SOURCES) == 7
    assert sum(source.exchange for source in SOURCES) >= 3
    assert all(source.spot for source in SOURCES)
    assert all(base.startswith("https://") for source in SOURCES for base in source.bases.values())
