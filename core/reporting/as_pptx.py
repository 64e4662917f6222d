"""PowerPoint with a native chart: it can be edited there, reads Chinese, and has an alternative text.

A line chart with a date axis has the day as its smallest step in PowerPoint, so series over time are a scatter of
straight lines over Excel's day numbers.
"""

# mypy: allow-untyped-calls
from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Emu, Inches, Pt

from core.reporting.as_csv import x_texts
from core.reporting.as_xlsx import SERIES_COLORS, excel_days
from core.reporting.table import Table
from core.reporting.wording import Wording

LATIN, EAST_ASIAN = "Calibri", "Microsoft YaHei"
INK, MUTED, HAIRLINE = RGBColor(0x1A, 0x1D, 0x2E), RGBColor(0x66, 0x70, 0x85), RGBColor(0xE4, 0xE7, 0xEC)
WIDE, HIGH, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)


def write_pptx(table: Table, wording: Wording, at: dt.datetime) -> bytes:
    """Write one slide: title, chart, and a line that says where it comes from and when."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, HIGH
    deck.core_properties.title = table.title
    deck.core_properties.author = wording.source
    deck.core_properties.created = deck.core_properties.modified = at.replace(tzinfo=None)
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = MARGIN, Inches(0.4), WIDE - 2 * MARGIN, Inches(0.8)
    _say(title.text_frame, table.title, size=28, bold=True, color=INK)
    frame = slide.shapes.add_chart(
        _kind(table), MARGIN, Inches(1.3), Emu(WIDE - 2 * MARGIN), Inches(5.4), _chart_data(table)
    )
    series = ", ".join(column.heading for column in table.columns)
    name = frame._element.nvGraphicFramePr.cNvPr
    name.set("descr", wording.alt.format(title=table.title, series=series))
    name.set("name", table.title or wording.chart)
    _style(frame.chart, table)
    foot = slide.shapes.add_textbox(MARGIN, Inches(6.85), WIDE - 2 * MARGIN, Inches(0.4))
    stamp = wording.exported.format(time=f"{at:%Y-%m-%d %H:%M} UTC")
    _say(foot.text_frame, f"{wording.source} · {stamp}", size=11, bold=False, color=MUTED)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _bars(table: Table) -> bool:
    return all(column.shape == "bar" for column in table.columns)


def _kind(table: Table) -> Any:
    if _bars(table):
        return XL_CHART_TYPE.COLUMN_CLUSTERED
    return XL_CHART_TYPE.LINE if table.x_kind == "text" else XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS


def _chart_data(table: Table) -> CategoryChartData | XyChartData:
    if _bars(table) or table.x_kind == "text":
        data = CategoryChartData()
        data.categories = x_texts(table)
        for column in table.columns:
            data.add_series(column.heading, _or_none(column.values))
        return data
    points = XyChartData()
    places = excel_days(table.x) if table.x_kind == "time" else table.x.tolist()
    for column in table.columns:
        series = points.add_series(column.heading)
        for place, value in zip(places, _or_none(column.values), strict=True):
            series.add_data_point(place, value)
    return points


def _or_none(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]


def _style(chart: Any, table: Table) -> None:
    chart.has_title = False
    chart.font.size, chart.font.name, chart.font.color.rgb = Pt(12), LATIN, INK
    _east_asian(chart._chartSpace.find(f"{qn('c:txPr')}/{qn('a:p')}/{qn('a:pPr')}/{qn('a:defRPr')}"))
    chart.has_legend = len(table.columns) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    for number, (series, column) in enumerate(zip(chart.plots[0].series, table.columns, strict=True)):
        color = RGBColor.from_string(column.color or SERIES_COLORS[number % len(SERIES_COLORS)])
        if _bars(table):
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = color
        else:
            series.smooth = False
            series.format.line.width, series.format.line.color.rgb = Pt(2), color
    for axis, title in ((chart.category_axis, table.x_title), (chart.value_axis, table.unit)):
        axis.format.line.color.rgb = HAIRLINE
        if title:
            _say(axis.axis_title.text_frame, title, size=12, bold=False, color=MUTED)
    chart.category_axis.has_major_gridlines = False
    chart.value_axis.has_major_gridlines = True
    chart.value_axis.major_gridlines.format.line.color.rgb = HAIRLINE
    if table.x_kind == "time" and not _bars(table) and len(table.x):
        days = excel_days(table.x)
        labels = chart.category_axis.tick_labels
        labels.number_format = "hh:mm" if days[-1] - days[0] <= 1.5 else "yyyy-mm-dd"
        labels.number_format_is_linked = False
        if days[0] < days[-1]:
            chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = days[0], days[-1]
    blanks = chart._chartSpace.chart.find(qn("c:dispBlanksAs"))
    if blanks is not None:
        blanks.set("val", "gap")


def _say(frame: Any, text: str, *, size: int, bold: bool, color: RGBColor) -> None:
    frame.text = text
    frame.word_wrap = True
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name, run.font.color.rgb = Pt(size), bold, LATIN, color
            _east_asian(run._r.get_or_add_rPr())


def _east_asian(properties: Any) -> None:
    # Without it PowerPoint writes Chinese in the theme's Latin font and falls back to whatever the system has.
    if properties is None:
        return
    old = properties.find(qn("a:ea"))
    if old is not None:
        properties.remove(old)
    font = OxmlElement("a:ea")
    font.set("typeface", EAST_ASIAN)
    latin = properties.find(qn("a:latin"))
    if latin is None:
        properties.append(font)
    else:
        latin.addnext(font)
