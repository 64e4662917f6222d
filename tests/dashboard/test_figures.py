"""Charts without data: what they say fits on a phone."""

from __future__ import annotations

import pytest

from dashboard.components import figures


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        ("Nothing yet.", ["Nothing yet."]),
        (
            "Paste hourly prices above, or choose a power price by the time of the day.",
            ["Paste hourly prices above, or choose a", "power price by the time of the day."],
        ),
        (
            "请在上方粘贴每小时电价，或选择按时段计价的电价方式，然后查看结果。",
            ["请在上方粘贴每小时电价，或选择按时段计", "价的电价方式，然后查看结果。"],
        ),
        ("", [""]),
    ],
)
def test_a_sentence_in_a_chart_is_cut_into_lines_of_a_phone(message: str, lines: list[str]) -> None:
    assert figures.words(message)["layout"]["annotations"][0]["text"] == "<br>".join(lines)


def test_a_mark_does_not_begin_a_line() -> None:
    text = figures.words("一二三四五六七八九十一二三四五六七八九，十")["layout"]["annotations"][0]["text"]
    assert text == "一二三四五六七八九十一二三四五六七八九，<br>十"
