"""What happened to a machine, the newest first, and how far the orders to it came."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import formats
from dashboard.components.vocabulary import action_word, command_state_word, event_words
from dashboard.i18n import _

MARKS = {"good": "●", "bad": "▲", "warn": "◆", "info": "○"}
STEPS = ("queued", "sent", "confirmed")
ENDED_BADLY = ("failed", "expired")


def timeline(events: pd.DataFrame, *, time_zone: str) -> Component:
    """Give the events as a list."""
    if events.empty:
        return html.P(
            _("Nothing happened yet. State changes, restarts, alerts and orders will stand here."), className="hi-muted"
        )
    return html.Ol([_event(row, time_zone) for row in events.itertuples()], className="hi-timeline")


def operations(commands: pd.DataFrame, *, time_zone: str) -> Component:
    """Give the orders with who asked, when, and how far they came."""
    if commands.empty:
        return html.P(_("No orders yet. Start, stop and reboot stand at the top of the page."), className="hi-muted")
    return html.Ol([_command(row, time_zone) for row in commands.itertuples()], className="hi-operations")


def progress(state: str) -> Component:
    """Draw how far a command came: queued, sent, confirmed."""
    reached = 1 if state == "sending" else STEPS.index(state) if state in STEPS else 1
    steps = []
    for number, step in enumerate(STEPS):
        done = (number <= reached and state != "sending") or number < reached
        bad = state in ENDED_BADLY and number == len(STEPS) - 1
        word = command_state_word(state if bad else step)
        tone = "bad" if bad else "good" if done and step == "confirmed" else "done" if done else "open"
        steps.append(html.Li(word, className=f"hi-step hi-step--{tone}"))
    return html.Ol(steps, className="hi-progress", **{"aria-label": command_state_word(state)})


def _event(row: Any, time_zone: str) -> Component:
    sentence, tone = event_words(row.kind, row.payload or {})
    who = f" · {row.person}" if isinstance(row.person, str) else ""
    return html.Li(
        [
            html.Span(MARKS[tone], className=f"hi-timeline__mark hi-tone-{tone}", **{"aria-hidden": "true"}),
            html.Span([sentence, html.Span(who, className="hi-muted")], className="hi-timeline__what"),
            _time(row.at, time_zone),
        ]
    )


def _command(row: Any, time_zone: str) -> Component:
    said = row.error if isinstance(row.error, str) else row.reply if isinstance(row.reply, str) else ""
    who = row.person if isinstance(row.person, str) else ""
    return html.Li(
        [
            html.Div(
                [
                    html.Strong(action_word(row.action)),
                    html.Span(who, className="hi-muted"),
                    _time(row.requested_at, time_zone),
                ],
                className="hi-operations__head",
            ),
            progress(row.state),
            html.Div(said[:200], className="hi-operations__said hi-muted") if said else None,
        ]
    )


def _time(moment: dt.datetime, time_zone: str) -> Component:
    return html.Time(
        formats.ago(moment),
        dateTime=moment.isoformat(),
        title=formats.instant(moment, time_zone),
        className="hi-timeline__when hi-muted",
    )
