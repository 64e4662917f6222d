"""The hash boards of a machine, drawn as boards: what each does beside what it should, its sensors, its chips."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import formats
from dashboard.i18n import _

# Upper limits [deg C] of the classes that colour a sensor: cool, normal, warm, hot; above them too hot.
CLASSES = ((50.0, "cool"), (75.0, "normal"), (82.0, "warm"), (88.0, "hot"))


def boards(found: list[dict[str, Any]] | None, *, answering: bool) -> Component:
    """Give all boards, or say why there is none."""
    if not found:
        reason = _("This machine does not tell of its boards.") if answering else _("No reading yet.")
        return html.P(reason, className="hi-muted hi-boards__none")
    return html.Div([_board(board) for board in found], className="hi-boards")


def sensor_class(temp_c: float) -> str:
    """Give the class of a temperature."""
    return next((name for limit, name in CLASSES if temp_c < limit), "over")


def is_silent(board: dict[str, Any]) -> bool:
    """Tell whether a board does not hash though it is there."""
    return board.get("alive") is False or board.get("hashrate_ths") == 0


def _board(board: dict[str, Any]) -> Component:
    rate, expected = board.get("hashrate_ths"), board.get("expected_hashrate_ths")
    silent = is_silent(board)
    share = rate / expected if rate is not None and expected else None
    chips, chips_expected = board.get("chips"), board.get("chips_expected")
    facts = (
        (_("Inlet"), formats.temperature(board.get("temp_inlet_c"))),
        (_("Board"), formats.temperature(board.get("temp_board_c"))),
        (_("Chip"), formats.temperature(board.get("temp_chip_c"))),
        (_("Frequency"), _plain(board.get("frequency_mhz"), "MHz")),
        (_("Chips"), _of(chips, chips_expected)),
        (_("Hardware errors"), formats.integer(board.get("hardware_errors"))),
    )
    sensors = board.get("chip_temps_c") or ()
    return html.Article(
        [
            html.Div(
                [
                    html.H3(_("Board %s") % (int(board.get("slot", 0)) + 1), className="hi-board__name"),
                    html.Span(_("silent"), className="hi-tag hi-tag--bad") if silent else None,
                    html.Span(formats.percent(share), className="hi-board__share") if share is not None else None,
                ],
                className="hi-board__head",
            ),
            html.Div(
                [
                    html.Span(formats.hashrate(rate), className="hi-board__rate"),
                    html.Span(_("of %s") % formats.hashrate(expected), className="hi-muted") if expected else None,
                ],
                className="hi-board__number",
            ),
            html.Meter(
                min="0",
                max="1",
                value=str(round(min(share, 1.0), 3)),
                className="hi-board__meter",
                **{"aria-label": _("Hashrate, % of expected")},
            )
            if share is not None
            else None,
            html.Ol(
                [
                    html.Li(formats.integer(round(temp)), className=f"hi-sensor hi-sensor--{sensor_class(temp)}")
                    for temp in sensors
                ],
                className="hi-board__sensors",
                **{"aria-label": _("Chip temperatures [°C]")},
            )
            if sensors
            else None,
            html.Dl(
                [part for name, value in facts for part in (html.Dt(name), html.Dd(value))], className="hi-board__facts"
            ),
        ],
        className="hi-board" + (" hi-board--silent" if silent else ""),
    )


def _plain(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{formats.integer(round(value))} {unit}"


def _of(part: int | None, whole: int | None) -> str:
    if part is None:
        return "–"
    return formats.integer(part) if whole is None else f"{formats.integer(part)} / {formats.integer(whole)}"
