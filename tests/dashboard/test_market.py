"""The market page as each role gets it: whole in both languages, honest about age and absence, files taken or refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
import pytest
from flask import Flask
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import text

from collectors import market as collectors
from collectors import market_store
from core.access import Actor, Denied, Role
from core.market.points import Candle
from core.reporting import read_figure
from dashboard import cache, i18n
from dashboard.components.market_words import failure_words, refusal_words, source_name, verdict_words
from dashboard.views import market as views
from db.session import transaction
from gateways import cache as redis
from gateways.market import Client
from services import live
from services.market_sources import MAX_UPLOAD_BYTES
from settings import Settings
from tests.market_exchange import running_exchange

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
GUEST, ANALYST = Actor(Role.GUEST, name="guest"), Actor(Role.USER, name="analyst")
TABLES = ("market_point", "market_candle", "market_hole", "market_source")
USUAL = views.Choice("30d", "line", None)
GOOD = b"Date,Close\n2020-01-01,7210\n2020-01-02,minus\n2020-01-03,7300\n"


@pytest.fixture(scope="module", autouse=True)
def flask_app(app_settings: Settings) -> Iterator[Flask]:
    server = Flask(__name__)
    cache.bind(server)
    with server.test_request_context("/"):
        yield server


@pytest.fixture(autouse=True)
def empty_market() -> Iterator[None]:
    def empty() -> None:
        with transaction() as session:
            for table in TABLES:
                session.execute(text(f"DELETE FROM {table}"))
        redis.bump_market_version()

    empty()
    yield
    empty()


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with i18n.using(request.param):
        yield request.param


def said(*parts: Any) -> str:
    """Give everything that a browser would be sent of it."""
    return json.dumps(list(parts), cls=PlotlyJSONEncoder, ensure_ascii=False)


def fill(at: dt.datetime = NOW) -> None:
    """Store a market as it was a moment ago."""
    facts = {
        "difficulty": "1.2e14", "block_reward_btc": "3.15", "fees_btc_per_block": "0.025", "hashrate_hs": "8.5e20",
        "height": "957000", "retarget_change": "0.0124", "retarget_at_s": str((NOW + dt.timedelta(days=5)).timestamp()),
    }  # fmt: skip
    with transaction() as session:
        values = {kind: Decimal(value) for kind, value in facts.items()}
        market_store.store_points(session, "mempool_space", at, values, at)
        price = {"btc_usd": Decimal(100_000), "btc_usd_spread": Decimal(12)}
        market_store.store_points(session, "consensus", at, price, at, ["binance", "coinbase", "okx"])
        start = {"epoch_difficulty": Decimal("1.2e14"), "epoch_height": Decimal(955_584)}
        market_store.store_points(session, "mempool_space", at - dt.timedelta(days=9), start, at)
        hour = dt.timedelta(hours=1)
        bars = [
            Candle(at - (48 - place) * hour, *(Decimal(98_000 + 50 * place + more) for more in (0, -20, 60, -60)))
            for place in range(48)
        ]
        market_store.store_candles(session, "coinbase", "BTC-USD", "1h", bars, at)
        days = [Candle(at - dt.timedelta(days=place), *map(Decimal, (99, 98, 100, 97))) for place in range(1, 40)]
        market_store.store_candles(session, "coinbase", "BTC-USD", "1d", days, at)
    redis.bump_market_version()


def test_an_empty_market_is_dashes_with_a_reason_and_no_zero(language: str) -> None:
    tiles = views.tiles(GUEST, NOW)
    assert len(tiles) == 6
    reason = i18n._("No source has told it yet.")
    shown = said(tiles)
    assert shown.count('"–"') == 6
    assert shown.count(reason) >= 5
    assert "stale-at" not in shown
    made, notes = views.charts(GUEST, USUAL, NOW)
    assert [len(figure["data"]) for figure in made] == [0] * 4
    assert all(figure["layout"]["annotations"][0]["text"] for figure in made)
    assert notes == [""] * 4
    assert i18n._("not asked yet") in said(views.sources(GUEST, NOW))


def test_every_number_has_its_source_and_age(language: str) -> None:
    fill()
    shown = [said(tile) for tile in views.tiles(GUEST, NOW + dt.timedelta(seconds=42))]
    assert "$100,000" in shown[0]
    assert source_name("consensus", 3) in shown[0]
    assert "+1.21 %" in shown[0]  # 100,350 after 99,150, a close exactly 24 h before
    # 1e15 * 86400 / (1.2e14 * 2**32) * 3.15 BTC * 100,000 USD
    assert "$52.81" in shown[1]
    assert '"850.0"' in shown[2]
    assert {"en": "120T", "zh": "120万亿"}[language] in shown[3]
    assert "+1.24 %" in shown[4]
    assert {"en": "25 Nov, 12:00 UTC, in 4 d 23 h", "zh": "11月25日 12:00 UTC，还有 4 天 23 小时"}[language] in shown[4]
    assert '"0.7024"' in shown[4]  # 1,416 of 2,016 blocks
    assert "3.1500" in shown[5]
    assert "3.125" in shown[5]
    for tile in shown:
        assert i18n._("{time} ago", time=i18n._("{n} s", n=42)) in tile
        assert {"en": "20 Nov 2026 12:00:00 UTC", "zh": "2026年11月20日 12:00:00 UTC"}[language] in tile
        assert "is-stale" not in tile
    for tile in shown[2:]:
        assert "mempool.space" in tile


def test_a_number_that_is_too_old_is_marked_with_icon_word_and_age(language: str) -> None:
    fill()
    shown = [said(tile) for tile in views.tiles(GUEST, NOW + dt.timedelta(minutes=4))]
    assert ["is-stale" in tile for tile in shown] == [True, True, False, False, False, False]
    later = [said(tile) for tile in views.tiles(GUEST, NOW + dt.timedelta(hours=2))]
    assert all("is-stale" in tile for tile in later)
    for tile in later:
        assert "hi-icon--stale" in tile
        assert i18n._("stale") in tile
        assert i18n._("{time} ago", time=i18n._("{h} h {m} min", h=2, m=0)) in tile
    assert "$100,000" in later[0]  # the last good value stays


def test_the_browser_is_told_when_each_number_becomes_stale() -> None:
    fill()
    tiles = views.tiles(GUEST, NOW)
    at = NOW.timestamp()
    told = [float(getattr(tile, "data-stale-at")) - at for tile in tiles]
    assert told == [180, 180, 2700, 2700, 2700, 2700]


@pytest.mark.parametrize("series", ["line", "candles"])
@pytest.mark.parametrize("window", ["24h", "7d", "30d", "90d", "1y", "all"])
def test_every_chart_is_one_that_plotly_draws_and_our_files_hold(window: str, series: str, language: str) -> None:
    fill()
    made, notes = views.charts(GUEST, views.Choice(window, series, "coinbase"), NOW)
    for figure in made[:3]:
        go.Figure(figure)
        assert len(read_figure(figure).x) > 1
    assert made[0]["data"][0]["type"] == {"line": "scatter", "candles": "candlestick"}[series]
    assert made[0]["layout"]["yaxis"]["title"]["text"] == "USD"
    assert made[0]["layout"]["yaxis"].get("type") == ("log" if window == "all" else None)
    assert "Coinbase" in notes[0]
    assert "BTC-USD" in notes[0]
    assert "mempool.space" in notes[2]


def test_a_source_that_quotes_in_usdt_says_so() -> None:
    fill()
    with transaction() as session:
        bars = [Candle(NOW - dt.timedelta(hours=1), Decimal(99_000))]
        market_store.store_candles(session, "okx", "BTC-USDT", "1h", bars, NOW)
    made, notes = views.charts(GUEST, views.Choice("24h", "line", "okx"), NOW)
    assert made[0]["layout"]["yaxis"]["title"]["text"] == "USDT"
    assert made[1]["layout"]["yaxis"]["title"]["text"] == "USDT/PH/day"
    assert "OKX, BTC-USDT" in notes[0]


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (("7d", "candles", "okx"), views.Choice("7d", "candles", "okx")),
        (("1000y", "pie", "'; DROP TABLE market_point"), USUAL),
        ((None, 3, ["okx"]), USUAL),
        (("all", "line", views.FULLEST), views.Choice("all", "line", None)),
        (("all", "line", "file:价格"), views.Choice("all", "line", "file:价格")),
    ],
)
def test_an_address_is_read_or_the_usual_is_shown(asked: tuple[Any, ...], read: views.Choice) -> None:
    assert views.choice(*asked) == read


def test_the_table_says_who_counts_who_does_not_and_why(language: str) -> None:
    with running_exchange() as exchange, Client(exchange.bases, sleep=lambda _s: None, read_s=0.5) as client:
        exchange.set("mad", "kraken")
        exchange.set("error", "okx")
        exchange.set("limited", "coingecko")
        collectors.collect_spot(client)
    shown = said(views.sources(GUEST, dt.datetime.now(dt.UTC)))
    for words in (
        *verdict_words("used", True)[:2],
        *verdict_words("outlier", True)[:2],
        failure_words("down"),
        failure_words("limited"),
        i18n._("resting"),
        i18n.n_("{n} failure in a row", "{n} failures in a row", 1),
        "HTTP 503",
    ):
        assert words in shown, words
    assert shown.count("Blockchain.info") == 1


def upload(content: bytes) -> str:
    return "data:text/csv;base64," + base64.b64encode(content).decode()


def test_a_file_is_reported_line_by_line_in_the_reader_s_language(language: str) -> None:
    shown = said(views.take_history(ANALYST, upload(GOOD), "prices.csv", "1d", NOW))
    sentence = {"en": "'minus' is not a number", "zh": "'minus' 不是数字"}[language]
    assert sentence in shown
    assert '"children": 3' in shown or '"children": "3"' in shown
    assert "source=file:prices" in shown
    assert {"en": "1 Jan 2020 to 3 Jan 2020", "zh": "从 2020年1月1日 到 2020年1月3日"}[language] in shown
    names = [option["value"] for option in views.source_options(ANALYST)]
    assert names == [views.FULLEST, "consensus", "file:prices"]


@pytest.mark.parametrize(
    ("contents", "english"),
    [
        (upload(b"\x89PNG\r\n\x1a\n\0"), "The file is no text"),
        (upload(b""), "The file is empty"),
        ("data:text/csv;base64,%%%", "The file is empty"),
        ("no file at all", "The file is empty"),
        ({"a": 1}, "The file is empty"),
        (upload(b"1" * (MAX_UPLOAD_BYTES + 1)), "The file has more than 5 MiB"),
    ],
)
def test_what_is_no_history_is_refused_in_a_sentence(contents: Any, english: str) -> None:
    shown = said(views.take_history(ANALYST, contents, None, None, NOW))
    assert english in shown
    assert "Nothing was stored." in shown
    with i18n.using("zh"):
        assert "未保存任何内容" in said(views.take_history(ANALYST, contents, "x", "1d", NOW))


def test_many_refused_lines_are_cut_and_counted() -> None:
    content = b"Date,Close\n" + b"2020-01-01,minus\n" * 500
    shown = said(views.take_history(ANALYST, upload(content), "prices.csv", "1d", NOW))
    assert "500 lines were refused" in shown
    assert shown.count("is not a number") == 100


def test_a_guest_looks_and_brings_nothing() -> None:
    fill()
    assert "$100,000" in said(views.tiles(GUEST, NOW))
    with pytest.raises(Denied):
        views.take_history(GUEST, upload(GOOD), "prices.csv", "1d", NOW)


def test_every_reason_has_words_in_both_languages() -> None:
    from core.market.refusals import Reason, Refusal

    for reason in Reason:
        values = dict.fromkeys(("name", "value", "low", "high", "other", "text", "at", "interval"), "7")
        refusal = Refusal(reason, **values, found=1, needed=2, line=3, most=4)
        english = refusal_words(refusal)
        with i18n.using("zh"):
            assert refusal_words(refusal) != english


def test_the_top_bar_takes_price_age_and_limit_from_the_market() -> None:
    assert live.status(GUEST)["btc_usd"] is None
    fill()
    found = live.status(GUEST)
    assert (found["btc_usd"], found["btc_source"], found["btc_voices"]) == (100_000.0, "consensus", 3)
    assert found["btc_at"] == NOW.timestamp()
    assert found["btc_stale_after_s"] == 180
