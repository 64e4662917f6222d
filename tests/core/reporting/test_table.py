"""A figure that a browser sent becomes a table: its units and gaps are kept, nothing in it is believed."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reporting import Unreadable, read_figure
from core.reporting.cells import neutral, plain
from core.reporting.table import array

X = ["2026-01-01 00:00:00", "2026-01-01 01:00:00", "2026-01-01 02:00:00"]


def figure(*traces: dict[str, Any], **layout: Any) -> dict[str, Any]:
    return {"data": list(traces), "layout": {"yaxis": {"title": {"text": "PH/s"}}, **layout}}


def test_reads_what_plotly_itself_packs() -> None:
    values = np.array([1.5, np.nan, 3.25])
    packed = go.Figure(go.Scatter(x=[1, 2, 3], y=values, name="Hashrate")).to_dict()
    assert "bdata" in packed["data"][0]["y"]
    table = read_figure(packed)
    np.testing.assert_array_equal(table.columns[0].values, values)
    assert table.columns[0].name == "Hashrate"


def test_titles_and_units_come_from_the_axes() -> None:
    table = read_figure(
        figure(
            {"x": X, "y": [1, 2, 3], "name": "Now"},
            title={"text": "<b>Farm</b>"},
            xaxis={"title": {"text": "Time (UTC)"}},
        )
    )
    assert (table.title, table.x_title, table.unit) == ("Farm", "Time (UTC)", "PH/s")
    assert table.columns[0].heading == "Now [PH/s]"


def test_the_title_of_the_panel_serves_where_the_figure_has_none() -> None:
    assert read_figure(figure({"x": X, "y": [1, 2, 3]}, meta={"title": "算力"})).title == "算力"


def test_a_second_axis_gives_its_own_unit() -> None:
    table = read_figure(
        figure({"x": X, "y": [1, 2, 3]}, {"x": X, "y": [4, 5, 6], "yaxis": "y2"}, yaxis2={"title": {"text": "MW"}})
    )
    assert [column.unit for column in table.columns] == ["PH/s", "MW"]
    assert table.unit == ""


def test_different_places_are_joined_in_order_with_gaps() -> None:
    table = read_figure(figure({"x": X[:2], "y": [1, 2]}, {"x": X[1:], "y": [20, 30]}))
    assert table.x_kind == "time"
    assert table.x.astype(str).tolist() == [
        "2026-01-01T00:00:00.000",
        "2026-01-01T01:00:00.000",
        "2026-01-01T02:00:00.000",
    ]
    np.testing.assert_array_equal(table.columns[0].values, [1, 2, np.nan])
    np.testing.assert_array_equal(table.columns[1].values, [np.nan, 20, 30])


def test_what_is_no_number_is_absent_not_zero() -> None:
    table = read_figure(figure({"x": [1, 2, 3, 4, 5], "y": [None, "7", True, float("inf"), 0]}))
    np.testing.assert_array_equal(table.columns[0].values, [np.nan, np.nan, np.nan, np.nan, 0])


def test_candles_are_four_columns_named_by_their_figure() -> None:
    candles = {
        "type": "candlestick",
        "name": "Price",
        "x": ["2026-01-01T00:00:00", "2026-01-02T00:00:00"],
        "open": [10, 11],
        "high": [12, 13],
        "low": [9, 10.5],
        "close": [11, None],
        "meta": ["Opening", "Highest", "Lowest", "=Closing"],
    }
    table = read_figure(figure(candles, yaxis={"title": {"text": "USD"}}))
    assert [column.heading for column in table.columns[:3]] == ["Opening [USD]", "Highest [USD]", "Lowest [USD]"]
    assert not table.columns[3].name.startswith("=")
    assert table.columns[2].values.tolist() == [9.0, 10.5]
    assert np.isnan(table.columns[3].values[1])
    with pytest.raises(Unreadable):
        read_figure(figure({**candles, "low": [9]}))


def test_hidden_series_and_those_without_hover_are_left_out() -> None:
    table = read_figure(
        figure(
            {"x": X, "y": [1, 2, 3], "name": "a"},
            {"x": X, "y": [1, 2, 3], "visible": "legendonly"},
            {"x": X, "y": [1, 2, 3], "hoverinfo": "skip"},
        )
    )
    assert [column.name for column in table.columns] == ["a"]


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": [1]},
        {"data": [{"type": "heatmap", "z": [[1]]}]},
        {"data": [{"x": [1], "y": [1, 2]}]},
        {"data": [{"x": [1]}]},
        {"data": [{"x": [1], "y": "abc"}]},
        {"data": [{"x": [1], "y": {"dtype": "O", "bdata": "AAAA"}}]},
        {"data": [{"x": [1], "y": {"dtype": "f8", "bdata": "!!!"}}]},
        {"data": [{"x": [1], "y": {"dtype": "f8", "bdata": "AAAA"}}]},
        {"data": [{"x": [1], "y": {"dtype": "f8", "bdata": "A" * 2_300_000}}]},
        {"data": [{"x": [1], "y": {"dtype": "f8", "bdata": "AAAAAAAA8D8=", "shape": "1,1"}}]},
        {"data": [{"x": [1], "y": [1]}] * 65},
        {"data": [{"x": list(range(200_001)), "y": list(range(200_001))}]},
    ],
)
def test_hostile_figures_are_refused(hostile: Any) -> None:
    with pytest.raises(Unreadable):
        read_figure(hostile)


def test_text_is_made_harmless_everywhere() -> None:
    table = read_figure(
        figure({"x": ["@a", "b\x00"], "y": [1, 2], "name": "=HYPERLINK(1)"}, title="+1", xaxis={"title": "-x"})
    )
    assert table.columns[0].name == "'=HYPERLINK(1)"
    assert (table.title, table.x_title, table.x.tolist()) == ("'+1", "'-x", ["'@a", "b"])


@given(st.text())
def test_no_text_starts_as_a_formula(text: str) -> None:
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not plain(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert len(neutral(text)) <= 301


@given(st.lists(st.floats(allow_nan=True, width=32), max_size=50))
def test_packing_and_unpacking_gives_the_same_numbers(numbers: list[float]) -> None:
    values = np.array(numbers, dtype="<f4")
    packed = {"dtype": "f4", "bdata": base64.b64encode(values.tobytes()).decode(), "_inputArray": {"0": 666}}
    np.testing.assert_array_equal(array(packed), values)


def test_lying_bars_are_named_by_their_places() -> None:
    bars = {"type": "bar", "orientation": "h", "x": [10.5, -3], "y": ["S21", "S19"], "name": "Profit"}
    table = read_figure({"data": [bars], "layout": {"xaxis": {"title": {"text": "USD/day"}}}})
    assert table.x.tolist() == ["S21", "S19"]
    assert table.columns[0].heading == "Profit [USD/day]"
    assert table.columns[0].values.tolist() == [10.5, -3]


def test_a_heat_map_is_a_series_for_each_row() -> None:
    heat = {
        "type": "heatmap", "x": [0.05, 0.06], "y": [50_000.0, 60_000.5], "z": [[1, None], [3, 4]],
        "colorbar": {"title": {"text": "USD/day"}},
    }  # fmt: skip
    line = {"type": "contour", "hoverinfo": "skip"}
    table = read_figure({"data": [heat, line], "layout": {"xaxis": {"title": {"text": "Power price [USD/kWh]"}}}})
    assert (table.x_title, table.x.tolist()) == ("Power price [USD/kWh]", [0.05, 0.06])
    assert [column.heading for column in table.columns] == ["50000 [USD/day]", "60000.5 [USD/day]"]
    np.testing.assert_array_equal(table.columns[0].values, [1, np.nan])


def test_a_heat_map_of_another_shape_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_figure({"data": [{"type": "heatmap", "x": [1], "y": [1, 2], "z": [[1]]}], "layout": {}})
