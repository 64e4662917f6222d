"""Price histories out of CSV files, in the layouts in which people have them.

A layout is a set of names for the same columns, or, without a header, a number of columns; adding one is a line in a
table. A bad row is refused with its line and the reason and hurts no other row.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.market import gaps
from core.market.csv_values import Style, instant, number, puts_day_first, reads_continental
from core.market.points import INTERVALS, Candle
from core.market.refusals import Reason, Refusal

# Names of the columns, cut to their letters, in the order in which they are preferred. Yahoo's adjusted close is its
# close; an investing.com "Price" is one too; CoinMarketCap tells both ends of a bar, and its start is meant.
NAMES: dict[str, tuple[str, ...]] = {
    "at": (
        "timeopen", "opentime", "date", "datetime", "time", "timestamp", "snappedat", "unix", "unixtimestamp", "datum",
        "day", "日期",
    ),
    "open": ("open", "openprice", "hopenusd", "openusd", "openingprice", "opening", "eröffnung", "开盘"),
    "high": ("high", "highprice", "hhighusd", "highusd", "max", "hoch", "高"),
    "low": ("low", "lowprice", "hlowusd", "lowusd", "min", "tief", "低"),
    "close": (
        "close", "closeprice", "closingpriceusd", "closeusd", "price", "closingprice", "last", "priceusd", "marketprice",
        "adjclose", "value", "zuletzt", "schluss", "schlusskurs", "收盘",
    ),
    "volume": ("volumebtc", "volume", "vol", "basevolume", "交易量"),
}  # fmt: skip
# Volumes in dollars, as these tell them, are not volumes in coins; nothing stands beside them to divide by.
MONEY_VOLUMES = ("marketcap", "totalvolume", "adjclose")
# Files without a header by their number of columns: Kraken's OHLCVT, with a count of trades or without; Binance's klines.
HEADLESS: dict[int, tuple[str, ...]] = {
    2: ("at", "close"),
    5: ("at", "open", "high", "low", "close"),
    6: ("at", "open", "high", "low", "close", "volume"),
    7: ("at", "open", "high", "low", "close", "volume", "trades"),
    8: ("at", "open", "high", "low", "close", "vwap", "volume", "trades"),
    12: ("at", "open", "high", "low", "close", "volume", "close_at", "money", "trades", "taker", "taker_money", "ignore"),
}  # fmt: skip
DELIMITERS = "\t;|,"
MAX_ROWS = 500_000
# More coins than there are: a column that only says "volume" and goes beyond is money.
MAX_VOLUME_BTC = Decimal(21_000_000)
MAX_COLUMNS = 64
MAX_LINES_BEFORE_HEADER = 5  # CryptoDataDownload begins with its address

_WORD = re.compile(r"[^a-z一-鿿äöüß]")


class NotAHistory(Refusal):
    """The file as a whole cannot be read; the sentence says why."""


@dataclass(slots=True)
class History:
    """What came of a file: the good bars in the order of time, and each refused line with its reason."""

    candles: list[Candle] = field(default_factory=list)
    refused: list[tuple[int, Refusal]] = field(default_factory=list)


def parse(text: str, interval: str, now: dt.datetime) -> History:
    """Read a price history.

    Parameters
    ----------
    text : str
        The file.
    interval : str
        Width of its bars, a key of `INTERVALS`.
    now : datetime
        Bars that had not ended by then are refused: they may still change.

    Returns
    -------
    History
        Volumes are read only where the layout tells them in coins.

    Raises
    ------
    NotAHistory
        If it is no table with a time and a closing price, or its numbers or dates contradict each other.
    """
    step = INTERVALS[interval]
    rows = _rows(text)
    columns, start = _layout(rows)
    body = rows[start:]
    if not body:
        raise NotAHistory(Reason.NO_ROWS)
    try:
        style = _style(columns, body)
    except Refusal as error:
        raise NotAHistory(error.reason, **error.values) from None
    made = History()
    known: dict[dt.datetime, Candle] = {}
    for line, cells in body:
        try:
            candle = _candle(columns, cells, style)
            if gaps.floor(candle.at, step) != candle.at:
                raise Refusal(Reason.NOT_A_START, at=f"{candle.at:%Y-%m-%d %H:%M:%S}", interval=interval)
            if candle.at > now - step:
                raise Refusal(Reason.NOT_ENDED, at=_minute(candle.at))
            if candle.at in known:
                raise Refusal(Reason.TWICE, at=_minute(candle.at))
            known[candle.at] = candle
        except Refusal as refusal:
            made.refused.append((line, refusal))
    made.candles = sorted(known.values(), key=lambda candle: candle.at)
    if any(candle.volume is not None and candle.volume > MAX_VOLUME_BTC for candle in made.candles):
        made.candles = [replace(candle, volume=None) for candle in made.candles]
    return made


def _minute(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Give the rows that hold anything, with their line numbers."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise NotAHistory(Reason.NO_TEXT)
    lines = [line for line in text.splitlines() if line.strip()][:50]
    if not lines:
        raise NotAHistory(Reason.EMPTY)
    # Commas stand inside of numbers and dates too; nobody writes a tab or a semicolon there.
    many = len(lines) // 2
    delimiter = next((mark for mark in DELIMITERS if sorted(line.count(mark) for line in lines)[many]), ",")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found = []
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise NotAHistory(Reason.WIDE_LINE, line=reader.line_num, found=len(cells))
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > MAX_ROWS:
                raise NotAHistory(Reason.MANY_ROWS, most=MAX_ROWS)
    except csv.Error:
        raise NotAHistory(Reason.NOT_CSV, line=reader.line_num) from None
    return found


def _layout(rows: list[tuple[int, list[str]]]) -> tuple[dict[str, int], int]:
    """Give the place of each column and the first row behind the header."""
    for place, (_line, cells) in enumerate(rows[:MAX_LINES_BEFORE_HEADER]):
        words = [_WORD.sub("", cell.lower()) for cell in cells]
        columns = {}
        for column, names in NAMES.items():
            spot = next((words.index(name) for name in names if name in words), None)
            if spot is not None:
                columns[column] = spot
        if "at" in columns and "close" in columns:
            if "volume" in columns and _counts_money(words, columns):
                del columns["volume"]
            return _whole(columns), place + 1
    cells = rows[0][1]
    layout = HEADLESS.get(len(cells))
    if layout is None or not _is_time(cells[0]):
        raise NotAHistory(Reason.NO_HEADER)
    return _whole({name: place for place, name in enumerate(layout) if name in NAMES}), 0


def _counts_money(words: list[str], columns: dict[str, int]) -> bool:
    return words[columns["volume"]] == "volume" and any(name in words for name in MONEY_VOLUMES)


def _whole(columns: dict[str, int]) -> dict[str, int]:
    """Leave out open, high and low where not all three are there."""
    if {"open", "high", "low"} <= columns.keys():
        return columns
    return {name: place for name, place in columns.items() if name not in ("open", "high", "low")}


def _is_time(cell: str) -> bool:
    try:
        instant(cell, Style(day_first=True))
    except Refusal:
        return False
    return True


def _style(columns: dict[str, int], body: list[tuple[int, list[str]]]) -> Style:
    numbers = [columns[name] for name in columns if name != "at"]
    last = max(columns.values())
    whole = [cells for _line, cells in body if len(cells) > last]
    return Style(
        continental=reads_continental(cells[place] for cells in whole for place in numbers),
        day_first=puts_day_first(cells[columns["at"]] for cells in whole),
    )


def _candle(columns: dict[str, int], cells: list[str], style: Style) -> Candle:
    if len(cells) <= max(columns.values()):
        raise Refusal(Reason.SHORT_ROW, found=len(cells), needed=max(columns.values()) + 1)
    at = instant(cells[columns["at"]], style)
    values: dict[str, Decimal | None] = {
        name: number(cells[place], style) for name, place in columns.items() if name != "at"
    }
    close = values.pop("close")
    if close is None:
        raise Refusal(Reason.NO_CLOSE, at=_minute(at))
    return Candle(at, close, **values)
