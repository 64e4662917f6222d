"""The analytics page's address and figure: what is asked is drawn, what cannot be read is left out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core.indicators import INDICATORS, compute
from core.reporting import read_figure
from dashboard import i18n
from dashboard.components.analytics_figure import MAX_CANDLES, MAX_POINTS, figure
from dashboard.views import analytics as views
from services.analytics import Bars


@pytest.fixture(autouse=True)
def reader() -> Any:
    with Flask("test").test_request_context():
        i18n.use("en")
        yield


def bars(count: int) -> Bars:
    index = pd.date_range("2015-01-01", periods=count, freq="D", tz="UTC", name="at")
    close = 1000 + 100 * np.sin(np.arange(count) / 9) + np.arange(count)
    frame = pd.DataFrame(
        {"open": close - 1, "high": close + 5, "low": close - 5, "close": close, "volume": 10.0}, index=index
    )
    return Bars(frame, "kraken", "BTC-USD", "1d")


def made(count: int, *names: str) -> views.Drawn:
    found = bars(count)
    lines = [(INDICATORS[name], {}, compute(name, found.frame)) for name in names]
    return views.Drawn(found, found.frame, lines, None, "", [], [])


def test_what_is_asked_for_is_read_and_the_usual_stands_for_the_rest() -> None:
    asked = views.read("?range=all&show-rsi=no&show-macd=yes&macd-fastperiod=5&macd-slowperiod=x&log=yes")
    assert (asked.text("range"), asked.text("style"), asked.interval) == ("all", "candles", "1d")
    assert not asked.shows("rsi")
    assert asked.shows("sma")
    assert asked.params(INDICATORS["macd"]) == {"fastperiod": 5}
    assert views.parameter_said(asked, INDICATORS["macd"], INDICATORS["macd"].parameters[1]).hint.startswith("From ")


@pytest.mark.parametrize("search, interval", [("?range=7d", "1h"), ("?range=1y", "1d"), ("?range=7d&bars=1d", "1d")])
def test_bars_suit_the_range_unless_they_are_chosen(search: str, interval: str) -> None:
    assert views.read(search).interval == interval


@given(st.text(max_size=200))
def test_no_address_breaks_it(text: str) -> None:
    asked = views.read(text)
    for indicator in INDICATORS.values():
        indicator.arguments(asked.params(indicator))  # raises only where values do not go together


@pytest.mark.parametrize(
    ("name", "column", "value", "shown", "unit"),
    [
        ("hash_ribbons", "short", 1.1e21, 1_100.0, "EH/s"),
        ("difficulty_ribbon", "sma_9", 151.49e12, 151.49, "T"),
        ("fees_share", "fees_share", 0.0058, 0.58, "%"),
        ("miner_revenue", "miner_revenue", 5e7, 5e7, "USD/day"),
    ],
)
def test_panes_are_in_units_that_people_read(name: str, column: str, value: float, shown: float, unit: str) -> None:
    found = made(30)
    outputs = [output.name for output in INDICATORS[name].outputs]
    frame = pd.DataFrame(np.nan, index=found.window.index, columns=outputs)
    frame[column] = value
    found.lines.append((INDICATORS[name], {}, frame))
    (trace,) = (
        column.values
        for column in read_figure(figure(views.read(""), found)).columns
        if column.name in ("Short mean", "9 d", "Fees in the block reward", "Miner revenue")
    )
    assert trace == pytest.approx([shown] * 30)
    assert figure(views.read(""), found)["layout"]["yaxis2"]["title"]["text"] == unit


def test_a_logarithmic_price_has_labels_that_are_read() -> None:
    assert figure(views.read("?log=yes"), made(300))["layout"]["yaxis"] | {
        "type": "log", "dtick": "D2", "tickformat": ",.3~r",
    } == figure(views.read("?log=yes"), made(300))["layout"]["yaxis"]  # fmt: skip
    found = made(300)
    found.window.iloc[0] = 0.05  # as in 2010: each decade has one label
    assert figure(views.read("?log=yes"), found)["layout"]["yaxis"]["dtick"] == 1
    assert "dtick" not in figure(views.read(""), made(300))["layout"]["yaxis"]


def test_the_figure_is_one_that_plotly_takes_and_files_can_hold() -> None:
    shown = figure(views.read("?range=all"), made(300, "sma", "bollinger", "rsi", "macd", "psar"))
    go.Figure(shown)
    table = read_figure(shown)
    bars = ["Opening price", "Highest price", "Lowest price", "Closing price"]
    assert [column.name for column in table.columns][:5] == [*bars, "Simple moving average"]
    assert len(table.x) == 300


def test_each_pane_has_its_place_below_the_price() -> None:
    layout = figure(views.read(""), made(300, "rsi", "macd", "atr"))["layout"]
    domains = [layout[axis]["domain"] for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    for above, below in itertools.pairwise(domains):
        assert below[1] <= above[0]
    assert domains[-1][0] == pytest.approx(0.0)
    assert layout["xaxis"]["anchor"] == "y4"


def test_long_histories_are_cut_to_what_a_screen_can_show_and_keep_the_extremes() -> None:
    found = made(6000, "sma")
    candles, line = figure(views.read("?range=all"), found)["data"]
    assert len(candles["x"]) <= MAX_CANDLES
    assert len(line["x"]) <= MAX_POINTS
    table = read_figure({"data": [candles], "layout": {}})
    assert np.nanmax(table.columns[1].values) == found.window["high"].max()
    assert np.nanmin(table.columns[2].values) == found.window["low"].min()
    assert table.columns[3].values[-1] == found.window["close"].iloc[-1]
    assert line["x"][-1] == "2031-06-05T00:00:00"  # the newest value is never the one that is left out


def test_the_lagging_line_is_drawn_back_and_known_no_earlier() -> None:
    found = made(200, "ichimoku")
    traces = {trace["name"]: trace for trace in figure(views.read(""), found)["data"]}
    lagging = next(trace for name, trace in traces.items() if "agging" in name)
    assert lagging["x"][-1] < found.window.index[-1].strftime("%Y-%m-%dT00:00:00")


def test_without_bars_the_chart_says_so() -> None:
    nothing = made(300)
    empty = views.Drawn(nothing.bars, nothing.window.iloc[:0], [], None, "", [], [])
    assert figure(views.read(""), empty)["layout"]["annotations"][0]["text"] == "No bars are stored for this yet."
