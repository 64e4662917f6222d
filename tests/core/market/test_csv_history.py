"""Histories as Yahoo, CoinMarketCap, investing.com, Binance, Kraken, CoinGecko and others hand them out."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.csv_history import History, NotAHistory, parse
from core.market.points import Candle

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def day(year: int, month: int, number: int) -> dt.datetime:
    return dt.datetime(year, month, number, tzinfo=dt.UTC)


def told(history: History) -> list[tuple[int, str]]:
    return [(line, str(why)) for line, why in history.refused]


def bar(at: dt.datetime, close: str, *others: str | None) -> Candle:
    values = [None if value is None else Decimal(value) for value in (*others, None, None, None, None)[:4]]
    return Candle(at, Decimal(close), *values)


# Each as its maker writes it; the values are made up. Yahoo's and CoinMarketCap's volumes are dollars: left out.
LAYOUTS: dict[str, tuple[str, list[Candle]]] = {
    "yahoo": (
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2024-01-01,42280.234375,44175.437500,42214.976563,44167.332031,44167.332031,18426978443\n"
        "2024-01-02,44187.140625,45899.707031,44176.949219,44957.968750,44957.968750,39335274536\n",
        [
            bar(day(2024, 1, 1), "44167.332031", "42280.234375", "44175.437500", "42214.976563"),
            bar(day(2024, 1, 2), "44957.968750", "44187.140625", "45899.707031", "44176.949219"),
        ],
    ),
    "coinmarketcap": (
        "\ufefftimeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp\n"
        '"2024-01-01T00:00:00.000Z";"2024-01-01T23:59:59.999Z";"2024-01-01T23:57:00.000Z";"2024-01-01T00:12:00.000Z";'
        '"2781";42280.2344;44175.4366;42214.9753;44167.3305;18426978442.83;865113569834.6;"2024-01-01T23:59:59.999Z"\n',
        [bar(day(2024, 1, 1), "44167.3305", "42280.2344", "44175.4366", "42214.9753")],
    ),
    "investing.com": (
        '"Date","Price","Open","High","Low","Vol.","Change %"\n'
        '"01/13/2024","42,848.0","42,853.4","43,246.7","42,437.1","43.41K","-0.01%"\n'
        '"01/02/2024","44,946.0","44,182.9","45,885.4","44,166.0","0.11M","1.72%"\n',
        [
            bar(day(2024, 1, 2), "44946.0", "44182.9", "45885.4", "44166.0", "110000"),
            bar(day(2024, 1, 13), "42848.0", "42853.4", "43246.7", "42437.1", "43410"),
        ],
    ),
    "investing.com in Germany": (
        '"Datum","Zuletzt","Eröffnung","Hoch","Tief","Vol.","+/- %"\n'
        '"02.01.2024","44.946,0","44.182,9","45.885,4","44.166,0","0,11M","1,72%"\n',
        [bar(day(2024, 1, 2), "44946.0", "44182.9", "45885.4", "44166.0", "110000")],
    ),
    "investing.com in China": (
        '"日期","收盘","开盘","高","低","交易量","涨跌幅"\n'
        '"2024年1月2日","44,946.0","44,182.9","45,885.4","44,166.0","0.11M","1.72%"\n',
        [bar(day(2024, 1, 2), "44946.0", "44182.9", "45885.4", "44166.0", "110000")],
    ),
    "Binance, ms": (
        "1704153600000,44179.55,45879.63,44148.34,44946.91,65146.40661000,1704239999999,2931,1831,35,1618,0\n",
        [bar(day(2024, 1, 2), "44946.91", "44179.55", "45879.63", "44148.34", "65146.40661")],
    ),
    "Binance, µs": (
        "1735776000000000,94591.78,97839.50,94392.00,96984.79,21970.48948000,1735862399999999,21,35,11,10,0\n",
        [bar(day(2025, 1, 2), "96984.79", "94591.78", "97839.50", "94392.00", "21970.48948")],
    ),
    "Kraken OHLCVT": (
        "1381104000,123.61,123.61,123.61,123.61,0.1,1\n1381190400,123.91,124.19,123.9,124.18,3.9916,2\n",
        [
            bar(day(2013, 10, 7), "123.61", "123.61", "123.61", "123.61", "0.1"),
            bar(day(2013, 10, 8), "124.18", "123.91", "124.19", "123.9", "3.9916"),
        ],
    ),
    "CoinGecko": (
        "snapped_at,price,market_cap,total_volume\n"
        "2013-04-28 00:00:00 UTC,135.3,1500517590,0\n2013-04-29 00:00:00 UTC,141.96,1575032004.0,0.0\n",
        [bar(day(2013, 4, 28), "135.3"), bar(day(2013, 4, 29), "141.96")],
    ),
    "CoinDesk": (
        '"Currency","Date","Closing Price (USD)","24h Open (USD)","24h High (USD)","24h Low (USD)"\n'
        '"BTC","2013-10-01","123.65499","124.30466","124.75166","122.56349"\n',
        [bar(day(2013, 10, 1), "123.65499", "124.30466", "124.75166", "122.56349")],
    ),
    "CryptoDataDownload": (
        "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
        "1646092800,2022-03-01 00:00:00,BTC/USD,43221.71,44225.07,43063.57,43650.0,49.006,2143000.1\n",
        [bar(day(2022, 3, 1), "43650.0", "43221.71", "44225.07", "43063.57", "49.006")],
    ),
    "date and price, in words": (
        "Date\tPrice\nNov 3, 2021\t$62,970.05\n4 November 2021\t$61,452.23\n",
        [bar(day(2021, 11, 3), "62970.05"), bar(day(2021, 11, 4), "61452.23")],
    ),
    "a time zone of its own": (
        "time,close\n2024-01-02T02:00:00+02:00,1.5\n",
        [bar(day(2024, 1, 2), "1.5")],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_to_the_digit(name: str) -> None:
    text, expected = LAYOUTS[name]
    history = parse(text, "1d", NOW)
    assert history.refused == []
    assert history.candles == expected


def test_hours_are_read_at_their_hours() -> None:
    history = parse("1704157200,1,2,0.5,1.5,3,4\n1704158000,1,2,0.5,1.5,3,4\n", "1h", NOW)
    assert [candle.at.hour for candle in history.candles] == [1]
    assert told(history) == [(2, "2024-01-02 01:13:20 is not the start of a bar of 1h")]


def test_bad_rows_are_refused_by_line_and_hurt_no_other() -> None:
    text = (
        "Date,Open,High,Low,Close,Volume\n"
        "2024-01-01,10,12,9,11,1\n"
        "2024-01-02,10,10.5,9,11,1\n"
        "2024-01-03,null,null,null,null,null\n"
        "2024-01-04,10,12,9,minus,1\n"
        "2024-13-05,10,12,9,11,1\n"
        "\n"
        "2024-01-01,10,12,9,11,2\n"
        "2024-01-06,10,12,9,0,1\n"
        "2024-01-07,10\n"
        "2026-11-20,10,12,9,11,1\n"
        "2024-01-08,10,12,11.5,11,1\n"
        "2024-01-09,11,13,10,12,1\n"
    )
    history = parse(text, "1d", NOW)
    assert [candle.at.day for candle in history.candles] == [1, 9]
    said = dict(told(history))
    assert said[3] == "high 10.5 is below 11"
    assert said[4] == "2024-01-03 00:00 has no closing price"
    assert said[5] == "'minus' is not a number"
    assert said[6].startswith("'2024-13-05' is not a date")
    assert said[8] == "2024-01-01 00:00 stands twice in the file; the first one counts"
    assert said[9] == "close 0 is not within 0.0001 and 1000000000"
    assert said[10] == "the row has 2 columns, and 6 are needed"
    assert said[11] == "the bar of 2026-11-20 00:00 has not ended"
    assert said[12] == "low 11.5 is above 10"
    assert len(history.refused) == 9


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("Date,Close\n", "no rows"),
        ("PK\x03\x04\0\0", "no text"),
        ("a,b\n1,2\n", "no header"),
        ("Date,Volume\n2024-01-01,3\n", "no header"),
        ("<html><body>Not found</body></html>", "no header"),
        ('Date,Close\n2024-01-01,"12,345"\n', "two ways"),
        ("Date;Close\n2024-01-01;12.345\n", "two ways"),
        ('Date,Close\n2024-01-01,"1,5"\n2024-01-02,1.25\n', "decimal comma and others a decimal point"),
        ("Date,Close\n13/01/2024,1.5\n01/13/2024,1.5\n", "begin with the day and others with the month"),
    ],
)
def test_what_cannot_be_read_or_in_two_ways_is_refused_as_a_whole(text: str, why: str) -> None:
    with pytest.raises(NotAHistory, match=why):
        parse(text, "1d", NOW)


def test_a_date_that_no_row_decides_is_refused_and_equal_ones_are_not() -> None:
    history = parse("Date,Close\n01/02/2024,1.5\n03/03/2024,1.5\n", "1d", NOW)
    assert [candle.at for candle in history.candles] == [day(2024, 3, 3)]
    assert told(history) == [(2, "'01/02/2024' can be read in two ways; write dates as YYYY-MM-DD")]


@pytest.mark.parametrize(
    "date", ["9999-12-31", "9999-12-31 23:00-12:00", "0001-01-01 00:00+12:00", "²²²²²²²²²²", "1e9"]
)
def test_a_date_at_the_end_of_the_calendar_hurts_no_other_row(date: str) -> None:
    history = parse(f"Date,Close\n{date},1.5\n2024-01-01,2.5\n", "1d", NOW)
    assert [candle.at for candle in history.candles] == [day(2024, 1, 1)]
    assert [line for line, _why in told(history)] == [2]


def test_a_volume_beyond_all_coins_is_money_and_left_out() -> None:
    text = "Date,Open,High,Low,Close,Volume\n2024-01-01,1,1,1,1,100\n2024-01-02,1,1,1,1,18426978443\n"
    assert [candle.volume for candle in parse(text, "1d", NOW).candles] == [None, None]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(NotAHistory):
        assert all(candle.close > 0 for candle in parse(text, "1d", NOW).candles)


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="0123456789-/.:,TZ ", max_size=24), st.text(alphabet="0123456789.,-eKMB$ ", max_size=12)
        ),
        max_size=8,
    )
)
def test_any_cells_are_read_or_refused_in_words(rows: list[tuple[str, str]]) -> None:
    text = "date;close\n" + "\n".join(f"{at};{close}" for at, close in rows)
    with contextlib.suppress(NotAHistory):
        assert all(candle.close > 0 and candle.at < NOW for candle in parse(text, "1d", NOW).candles)
