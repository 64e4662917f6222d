"""What the page of one machine shows. Asked for each time, by the actor who looks: only charts are shared."""

from __future__ import annotations

import datetime as dt
import logging
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from dash import html
from flask import abort
from sqlalchemy.exc import SQLAlchemyError

from core.access import Actor, Permission, allowed
from dashboard.cache import under_version
from dashboard.components import figures, machine_parts
from dashboard.components.boards import boards
from dashboard.components.command_dialog import command_buttons
from dashboard.components.figures import Figure, Line, Rule
from dashboard.components.timeline import operations, timeline
from dashboard.components.vocabulary import action_word
from dashboard.i18n import _, language
from services import charts as chart_service
from services import fleet
from services.fleet import MachineView

log = logging.getLogger(__name__)

STEPS_S = {"1h": 60, "24h": 300, "7d": 3600, "30d": 3600, "90d": 86_400}
CHARTS = 5
MOST_RULES = 8
MOST_BOARDS = 8


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of the page that move with the data."""

    head: Any
    banner: Any
    values: Any
    identity: Any
    boards: Any
    operations: Any
    events: Any
    busy: bool


def miner_key(text: object) -> int:
    """Read a machine's number out of an address; anything else is no machine."""
    if not isinstance(text, (str, int)) or not re.fullmatch(r"[0-9]{1,12}", str(text)):
        abort(404)
    return int(text)


def look(actor: Actor, miner_id: int) -> MachineView:
    """Give the machine, or answer 404: the same for one that is not there and one that is somebody else's."""
    try:
        return fleet.machine_view(actor, miner_id)
    except fleet.NotFound:
        abort(404)


def page(actor: Actor, miner_id: int) -> Page:
    """Give all parts of the page."""
    view = look(actor, miner_id)
    now = dt.datetime.now(dt.UTC)
    facts = view.facts
    zone = str(facts["time_zone"])
    return Page(
        head=machine_parts.head(view, refused=_refused(actor, view)),
        banner=machine_parts.banner(view, now),
        values=machine_parts.live_values(facts, now),
        identity=machine_parts.identity(facts),
        boards=boards(facts["boards"], answering=facts["read_at"] is not None),
        operations=operations(view.commands, time_zone=zone),
        events=timeline(view.events, time_zone=zone),
        busy=view.has_open_command,
    )


def operations_now(actor: Actor, miner_id: int) -> tuple[Any, Any, bool]:
    """Give the orders, the buttons, and whether an order is on its way."""
    view = look(actor, miner_id)
    shown = operations(view.commands, time_zone=str(view.facts["time_zone"]))
    return shown, command_buttons(refused=_refused(actor, view)), view.has_open_command


def charts(actor: Actor, miner_id: int, window: str, now: dt.datetime) -> list[Figure]:
    """Give the five charts; asked of the service first, so that a client's question is judged each time."""
    view = look(actor, miner_id)
    try:
        return under_version(
            "machine-charts", miner_id, window, language(), make=lambda: _charts(actor, view, window, now)
        )
    except SQLAlchemyError:
        log.exception("the charts of machine %s could not be read", miner_id)
        return [figures.words(_("The chart could not be read. It is asked for again with the next data."))] * CHARTS


def raw_reply(actor: Actor, miner_id: int) -> Any:
    """Give the last reply as it came."""
    try:
        at, replies = fleet.last_reply(actor, miner_id)
    except fleet.NotFound:
        abort(404)
    if not replies:
        return html.P(
            _("No reply is kept. Replies are kept for a day after a machine has answered."), className="hi-muted"
        )
    return machine_parts.raw(at, replies)


def _refused(actor: Actor, view: MachineView) -> str | None:
    if not allowed(actor, Permission.COMMAND):
        return _("Your role may look at machines, not command them.")
    if view.facts["lifecycle"] != "active":
        return _("The machine is not in service, so it is not commanded.")
    if view.has_open_command:
        return _("An order to this machine is still on its way. Wait until it is confirmed or has expired.")
    return None


def _charts(actor: Actor, view: MachineView, window: str, now: dt.datetime) -> list[Figure]:
    facts = view.facts
    series = chart_service.machine_series(actor, facts["id"], window, now)
    if series.empty:
        return [figures.words(_("The machine has no reading in this range."))] * CHARTS
    start = now - chart_service.MACHINE[window].span
    common: dict[str, Any] = {
        "at": series["at"].to_numpy(dtype=float),
        "time_zone": facts["time_zone"],
        "time_title": _("Time (%s)") % facts["time_zone"],
        "language": language(),
        "span": (start, now),
        "step_s": STEPS_S[window],
        "revision": f"{facts['id']}:{window}",
    }
    number = {name: pd.to_numeric(series[name]).to_numpy(dtype=float) for name in _NUMBERS}
    rules = _rules(view, start)
    return [
        figures.lines_over_time(
            title=_("Hashrate of the machine"),
            unit="TH/s",
            lines=[
                Line(_("Hashrate"), number["hashrate_ths"], 0, filled=True),
                Line(_("Expected"), number["expected_hashrate_ths"], 7, dashed=True),
            ],
            rules=rules,
            **common,
        ),
        figures.lines_over_time(
            title=_("Power of the machine"),
            unit="W",
            decimals=0,
            lines=[Line(_("Power"), number["power_w"], 1, filled=True)],
            **common,
        ),
        figures.lines_over_time(
            title=_("Temperatures of the machine"),
            unit="°C",
            lines=_told(
                Line(_("Hottest"), number["temp_max_c"], 0),
                Line(_("Chip"), number["temp_chip_max_c"], 4),
                Line(_("Inlet"), number["temp_inlet_c"], 1),
            ),
            **common,
        ),
        _board_chart(_("Hashrate by board"), "TH/s", series["board_hashrate_ths"], common),
        _board_chart(_("Temperature by board"), "°C", series["board_temp_c"], common),
    ]


_NUMBERS = ("hashrate_ths", "expected_hashrate_ths", "power_w", "temp_inlet_c", "temp_chip_max_c", "temp_max_c")


def _told(*lines: Line) -> list[Line]:
    """Leave out what the machine never tells, and what says the same as the line before."""
    kept: list[Line] = []
    for line in lines:
        if np.isfinite(line.values).any() and not any(
            np.array_equal(line.values, k.values, equal_nan=True) for k in kept
        ):
            kept.append(line)
    return kept or list(lines[:1])


def _board_chart(title: str, unit: str, arrays: pd.Series[Any], common: dict[str, Any]) -> Figure:
    rows = [_flat(value) for value in arrays]
    count = min(MOST_BOARDS, max((len(row) for row in rows), default=0))
    if count == 0:
        return figures.words(_("Boards are kept for the last hours only: choose 1 h or 24 h."))
    table = np.full((len(rows), count), np.nan)
    for number, row in enumerate(rows):
        known = [np.nan if value is None else float(value) for value in row[:count]]
        table[number, : len(known)] = known
    lines = [Line(_("Board %s") % (board + 1), table[:, board], board) for board in range(count)]
    return figures.lines_over_time(title=title, unit=unit, lines=lines, **common)


def _flat(value: Any) -> list[Any]:
    # The 5 min layer keeps the newest array of its bucket as an array of one array.
    if not isinstance(value, (list, tuple)):
        return []
    return list(value[0]) if value and isinstance(value[0], (list, tuple)) else list(value)


def _rules(view: MachineView, start: dt.datetime) -> list[Rule]:
    """Give the orders and restarts in the range as rules, the newest few."""
    found = [
        Rule(row.sent_at, action_word(row.action))
        for row in view.commands.itertuples()
        if row.sent_at is not None and row.sent_at == row.sent_at
    ]
    restarts = view.events[view.events["kind"] == "miner.restarted"]
    found += [Rule(row.at, _("Restart")) for row in restarts.itertuples()]
    return sorted((rule for rule in found if rule.at >= start), key=lambda rule: rule.at)[-MOST_RULES:]
