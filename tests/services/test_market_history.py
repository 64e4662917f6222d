"""The market's past for charts, against numbers reckoned by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import text

from collectors import market_store
from core.access import Denied, Role
from core.access.actor import Actor
from core.market.points import Candle
from db.session import transaction
from services import market, market_history
from settings import Settings

GUEST = Actor(Role.GUEST, name="guest")
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TABLES = ("market_point", "market_candle", "market_hole", "market_source")


@pytest.fixture(autouse=True)
def empty_market(app_settings: Settings) -> Iterator[None]:
    def empty() -> None:
        with transaction() as session:
            for table in TABLES:
                session.execute(text(f"DELETE FROM {table}"))

    empty()
    yield
    empty()


def points(at: dt.datetime, source: str = "mempool_space", **values: float) -> None:
    with transaction() as session:
        told = {kind: Decimal(str(value)) for kind, value in values.items()}
        market_store.store_points(session, source, at, told, NOW)


def bars(source: str, symbol: str, interval: str, step: dt.timedelta, closes: list[int], *, whole: bool = True) -> None:
    """Store bars of which the last ends now."""
    first = NOW - len(closes) * step
    made = [
        Candle(first + place * step, Decimal(close), *([Decimal(close)] * 3 if whole else [None] * 3))
        for place, close in enumerate(closes)
    ]
    with transaction() as session:
        market_store.store_candles(session, source, symbol, interval, made, NOW)


def test_an_empty_market_has_an_empty_past() -> None:
    for window in market_history.WINDOWS:
        found = market_history.past(GUEST, window, None, NOW, candles=True)
        assert found.prices.source is None
        assert [len(table) for table in (found.prices.bars, found.hashprice, found.difficulty, found.hashrate)] == [
            0
        ] * 4
        assert (found.network_sources, found.halvings) == ((), ())
    assert market_history.histories(GUEST) == []
    assert market_history.past(GUEST, "24h", "consensus", NOW).prices.source is None


def test_a_window_that_is_none_of_ours_is_refused_and_a_stranger_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        market_history.past(GUEST, "3y", None, NOW)
    monkeypatch.setattr("core.access.permissions.MATRIX", dict.fromkeys(Role, frozenset()))
    with pytest.raises(Denied):
        market_history.past(GUEST, "24h", None, NOW)
    with pytest.raises(Denied):
        market.look(GUEST, NOW)


def test_the_fullest_history_is_drawn_and_a_chosen_one_alone() -> None:
    bars("okx", "BTC-USDT", "1h", HOUR, [100_000] * 20)
    bars("kraken", "BTC-USD", "1h", HOUR, [100_500] * 5)
    assert market_history.histories(GUEST) == ["kraken", "okx"]
    chosen = market_history.past(GUEST, "24h", "kraken", NOW).prices
    assert (chosen.source, chosen.symbol, chosen.bars["close"].tolist()) == ("kraken", "BTC-USD", [100_500.0] * 5)
    assert chosen.ends[-1] == pd.Timestamp(NOW)  # the close of the last bar was the price at its end
    assert market_history.past(GUEST, "24h", "coingecko", NOW).prices.source is None


def test_a_source_that_tells_days_only_is_drawn_by_days() -> None:
    bars("blockchain_info", "BTC-USD", "1d", DAY, list(range(100, 120)), whole=False)
    found = market_history.past(GUEST, "7d", "blockchain_info", NOW).prices
    assert (found.width, found.has_candles, len(found.bars)) == (DAY, False, 7)


def test_candles_are_made_wider_where_they_would_be_a_smear() -> None:
    bars("okx", "BTC-USDT", "1h", HOUR, [100_000 + place for place in range(720)])
    whole = market_history.past(GUEST, "30d", None, NOW).prices
    wide = market_history.past(GUEST, "30d", None, NOW, candles=True).prices
    assert (len(whole.bars), whole.width) == (720, HOUR)
    assert wide.width == 2 * HOUR
    assert len(wide.bars) == 360
    assert wide.bars["open"].iloc[-1] == 100_718
    assert wide.bars["close"].iloc[-1] == 100_719


def test_the_consensus_is_drawn_as_it_was_recorded() -> None:
    for minutes, value in ((90, 100_000), (60, 101_000), (1, 102_000)):
        points(NOW - dt.timedelta(minutes=minutes), "consensus", btc_usd=value)
    found = market_history.past(GUEST, "24h", "consensus", NOW, candles=True).prices
    assert found.bars["close"].tolist() == [100_000.0, 101_000.0, 102_000.0]
    assert not found.has_candles


def test_hashprice_by_hand_with_the_fees_only_where_they_were_recorded() -> None:
    bars("coinbase", "BTC-USD", "1h", HOUR, [100_000] * 24)
    points(NOW - 10 * DAY, epoch_difficulty=1.2e14, epoch_height=955_584)
    points(NOW - 3 * HOUR, height=957_000, block_reward_btc=3.15)
    found = market_history.past(GUEST, "24h", None, NOW)
    # 1e15 * 86400 / (1.2e14 * 2**32) blocks a day by a petahash: 1.676380634e-4, times 3.125 BTC, times 100,000 USD
    assert found.hashprice["subsidy_only"].tolist() == pytest.approx([52.38689] * 24, rel=1e-6)
    with_fees = found.hashprice["with_fees"].dropna()
    assert with_fees.tolist() == pytest.approx([52.80599] * 4, rel=1e-6)  # 3.15 BTC; closes 3, 2, 1 and 0 hours ago
    assert found.network_sources == ("mempool_space",)


def test_the_subsidy_halves_at_its_block_inside_of_an_epoch() -> None:
    # Blocks 840,000 - 1,008 and 840,000 + 1,008 a fortnight apart: the halving lies in the middle.
    points(NOW - 10 * DAY, epoch_difficulty=1e14, epoch_height=838_992)
    points(NOW + 4 * DAY, height=841_008)
    bars("coinbase", "BTC-USD", "1d", DAY, [100_000] * 8)
    found = market_history.past(GUEST, "30d", "coinbase", NOW)
    assert [at.replace(microsecond=0) for at in found.halvings] == [NOW - 3 * DAY]
    halves = found.hashprice["subsidy_only"]
    assert halves[halves.index < NOW - 3 * DAY].iloc[-1] / halves.iloc[-1] == pytest.approx(2)


def test_difficulty_stands_from_one_step_to_the_next() -> None:
    points(NOW - 40 * DAY, epoch_difficulty=1e14, epoch_height=951_552)
    points(NOW - 5 * DAY, epoch_difficulty=1.5e14, epoch_height=953_568)
    points(NOW - HOUR, difficulty=1.5e14)
    found = market_history.past(GUEST, "30d", None, NOW).difficulty
    assert found["value"].iloc[0] == 1e14  # what was known before stands at the window's start
    assert found.index[0] == pd.Timestamp(NOW - 30 * DAY)
    assert found.index[-1] == pd.Timestamp(NOW)
    assert found["value"].iloc[-1] == 1.5e14


def test_hashrate_of_a_whole_epoch_is_reckoned_from_its_blocks() -> None:
    fortnight = 14 * DAY
    for place, difficulty in enumerate((1e14, 1.1e14, 1.2e14)):
        points(
            NOW - 5 * DAY - (2 - place) * fortnight, epoch_difficulty=difficulty, epoch_height=949_536 + 2016 * place
        )
    points(NOW - HOUR, hashrate_hs=8.1e20)
    found = market_history.past(GUEST, "90d", None, NOW).hashrate
    # 2016 blocks in 14 days are one in 600 s: 1e14 * 2**32 / 600
    assert found["derived"].dropna().tolist() == pytest.approx(
        [7.158278827e20, 7.874106709e20, 7.874106709e20], rel=1e-9
    )
    assert found["told"].dropna().tolist() == [8.1e20]


@pytest.mark.parametrize("off", [-HOUR, dt.timedelta(), HOUR])
def test_an_epoch_may_begin_with_the_window(off: dt.timedelta) -> None:
    for place, difficulty in enumerate((1e14, 1.1e14, 1.2e14)):
        at = NOW - 90 * DAY + off + (place - 1) * 14 * DAY
        points(at, epoch_difficulty=difficulty, epoch_height=949_536 + 2016 * place)
    points(NOW - HOUR, hashrate_hs=8.1e20)
    found = market_history.past(GUEST, "90d", None, NOW)
    start = pd.Timestamp(NOW - 90 * DAY)
    assert found.hashrate.index.is_unique
    assert found.difficulty.index.is_unique
    assert found.difficulty["value"].loc[start] == (1e14 if off > dt.timedelta() else 1.1e14)
    assert found.hashrate["derived"].loc[start] == pytest.approx(7.158278827e20 * (1 if off > dt.timedelta() else 1.1))


def test_no_hashrate_is_reckoned_over_a_missing_epoch() -> None:
    points(NOW - 60 * DAY, epoch_difficulty=1e14)  # its height is not known
    points(NOW - 10 * DAY, epoch_difficulty=1.2e14, epoch_height=955_584)
    assert market_history.past(GUEST, "90d", None, NOW).hashrate["derived"].notna().sum() == 0
