"""Files read back by the libraries that people's programs are built on: openpyxl, python-pptx, csv."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import numpy as np
import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from core.reporting import FORMATS, Column, Table, Wording

AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
ZH = Wording(chart="图表", data="数据", exported="导出于 {time}", alt="图表:{title}。系列:{series}")


def over_time(**changes: Any) -> Table:
    x = np.array(["2026-01-01T00:00:00", "2026-01-01T01:00:00", "2026-01-01T02:00:00"], dtype="datetime64[ms]")
    given: dict[str, Any] = {
        "title": "矿场算力",
        "x_title": "时间 (UTC)",
        "x_kind": "time",
        "x": x,
        "columns": (
            Column("算力", "PH/s", np.array([842.3, np.nan, 843.1]), color="F7931A"),
            Column("'=预期", "PH/s", np.array([850.0, 850.0, 850.0])),
        ),
    }
    return Table(**(given | changes))


def written(table: Table, kind: str) -> bytes:
    return FORMATS[kind].write(table, ZH, AT)


def test_csv_opens_in_excel_and_keeps_gaps() -> None:
    raw = written(over_time(), "csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows == [
        ["时间 (UTC)", "算力 [PH/s]", "'=预期 [PH/s]"],
        ["2026-01-01 00:00:00", "842.3", "850.0"],
        ["2026-01-01 01:00:00", "", "850.0"],
        ["2026-01-01 02:00:00", "843.1", "850.0"],
    ]


def test_excel_holds_true_times_numbers_and_a_native_chart() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(over_time(), "xlsx")))
    assert book.sheetnames == ["数据", "图表"]
    data, chart = book["数据"], book["图表"]
    assert [cell.value for cell in data[1]] == ["时间 (UTC)", "算力 [PH/s]", "'=预期 [PH/s]"]
    assert data["A3"].value == dt.datetime(2026, 1, 1, 1)
    assert (data["B2"].value, data["B3"].value, data["B4"].value) == (842.3, None, 843.1)
    assert all(cell.data_type != "f" for row in data for cell in row)
    assert data.freeze_panes == "B2"
    assert "2026-01-02 03:04 UTC" in chart["A2"].value
    (drawn,) = chart._charts
    assert len(drawn.series) == 2
    assert drawn.series[0].yVal.numRef.f == "'数据'!$B$2:$B$4" or drawn.series[0].yVal.numRef.f == "数据!$B$2:$B$4"


def slide_of(raw: bytes) -> Any:
    deck = Presentation(io.BytesIO(raw))
    assert len(deck.slides) == 1
    return deck.slides[0]


def chart_frame(slide: Any) -> Any:
    (frame,) = [shape for shape in slide.shapes if shape.has_chart]
    return frame


def test_powerpoint_has_a_native_chart_that_can_be_edited() -> None:
    frame = chart_frame(slide_of(written(over_time(), "pptx")))
    chart = frame.chart
    assert chart.chart_type is XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS
    assert [series.name for series in chart.plots[0].series] == ["算力 [PH/s]", "'=预期 [PH/s]"]
    assert list(chart.plots[0].series[1].values) == [850.0, 850.0, 850.0]
    assert chart.part.chart_workbook.xlsx_part is not None
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    assert 842.3 in [cell.value for row in sheet for cell in row]


def test_powerpoint_leaves_a_gap_where_nothing_was_measured() -> None:
    frame = chart_frame(slide_of(written(over_time(), "pptx")))
    points = frame.chart._chartSpace.xpath("(//c:ser)[1]/c:yVal//c:pt/@idx")
    assert points == ["0", "2"]


def test_powerpoint_reads_chinese_and_has_an_alternative_text() -> None:
    slide = slide_of(written(over_time(), "pptx"))
    frame = chart_frame(slide)
    described = frame._element.nvGraphicFramePr.cNvPr.get("descr")
    assert described == "图表:矿场算力。系列:算力 [PH/s], '=预期 [PH/s]"
    assert frame.chart._chartSpace.xpath("./c:txPr//a:ea/@typeface") == ["Microsoft YaHei"]
    assert slide.shapes.title.text_frame.text == "矿场算力"
    assert set(slide.shapes.title._element.xpath(".//a:ea/@typeface")) == {"Microsoft YaHei"}


def test_powerpoint_names_its_axes_with_units() -> None:
    chart = chart_frame(slide_of(written(over_time(), "pptx"))).chart
    assert chart.category_axis.axis_title.text_frame.text == "时间 (UTC)"
    assert chart.value_axis.axis_title.text_frame.text == "PH/s"


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize(
    "table",
    [
        over_time(x=np.array([], dtype="datetime64[ms]"), columns=(Column("a", "", np.array([])),)),
        over_time(x=np.array([1.0]), x_kind="number", columns=(Column("a", "W", np.array([np.nan])),)),
        over_time(
            x=np.array(["a", "b"]), x_kind="text", columns=(Column("a", "W", np.array([1.0, 2.0]), shape="bar"),)
        ),
        over_time(x=np.array(["a", "b"]), x_kind="text", columns=(Column("a", "W", np.array([1.0, np.nan])),)),
        over_time(columns=(Column("a", "W", np.array([1.0, 2.0, 3.0]), shape="bar"),)),
    ],
    ids=["empty", "one", "bars", "text", "bars over time"],
)
def test_every_shape_of_table_is_written(table: Table, kind: str) -> None:
    raw = written(table, kind)
    if kind == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(raw))["数据"].max_row == max(len(table.x) + 1, 1)
    elif kind == "pptx":
        assert len(chart_frame(slide_of(raw)).chart.plots[0].series) == 1
    else:
        assert raw.count(b"\r\n") == len(table.x) + 1


def test_columns_must_be_as_long_as_their_places() -> None:
    with pytest.raises(ValueError, match="2 values over 3 places"):
        over_time(columns=(Column("a", "W", np.array([1.0, 2.0])),))
