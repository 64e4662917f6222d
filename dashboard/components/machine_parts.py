"""The parts of a machine's page that are made of its newest reading: head, banner, values, identity, raw reply."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import formats, ids
from dashboard.components.boards import is_silent
from dashboard.components.command_dialog import command_buttons
from dashboard.components.vocabulary import (
    age_s,
    alert_word,
    error_word,
    lifecycle_word,
    source_word,
)
from dashboard.i18n import _
from services.fleet import MachineView

MARKS = {"good": "●", "bad": "▲", "warn": "◆", "info": "○"}
LONGEST_REPLY = 60_000


def head(view: MachineView, *, refused: str | None) -> Component:
    """Give the title row: name, place, the machines beside it, and the orders."""
    facts = view.facts
    place = " · ".join(str(part) for part in (facts["site_name"], facts["rack"], facts["position"]) if part is not None)
    model = facts["device_model"] or facts["catalogue_model"] or "–"
    return html.Header(
        [
            html.Div(
                [
                    html.Nav(
                        [
                            dcc.Link(_("Machines"), href="/hosting/machines"),
                            html.Span("/", **{"aria-hidden": "true"}),
                            html.Span(facts["asset_id"], **{"aria-current": "page"}),
                        ],
                        className="hi-breadcrumb",
                        **{"aria-label": _("Where you are")},
                    ),
                    html.H1(facts["asset_id"], className="hi-title"),
                    html.P(f"{model} · {place}", className="hi-muted hi-title__line"),
                ]
            ),
            html.Div(
                [_beside(view.neighbours), html.Div(command_buttons(refused=refused), id=ids.MACHINE_ACTIONS)],
                className="hi-machine__tools",
            ),
        ],
        className="hi-machine__head",
    )


def banner(view: MachineView, now: dt.datetime) -> Component:
    """Say in words how the machine is, what that loses, and what that costs an hour."""
    tone, sentence = _condition(view, now)
    lost = view.facts["lost_ths"]
    parts = [sentence]
    if tone in ("bad", "warn") and lost is not None and lost > 0:
        parts.append(_lost(view, lost))
    text = ", ".join(parts)
    others = [alert_word(kind) for kind in view.alerts["kind"]]
    return html.Div(
        [
            html.Span(MARKS[tone], className=f"hi-banner__mark hi-tone-{tone}", **{"aria-hidden": "true"}),
            html.Div(
                [
                    html.Strong(text, className="hi-banner__text"),
                    html.Div([html.Span(word, className="hi-tag") for word in others], className="hi-tags")
                    if len(others) > 1
                    else None,
                ]
            ),
            html.Span(
                _("Read %s") % formats.ago(view.facts["read_at"]) if view.facts["read_at"] else _("Never read"),
                className="hi-muted hi-banner__age",
            ),
        ],
        className=f"hi-banner hi-banner--{tone}",
    )


def live_values(facts: dict[str, Any], now: dt.datetime) -> Component:
    """Give every newest value with its unit, where it comes from and how old it is."""
    age = formats.duration(age_s(facts["read_at"], now))
    share = _share(facts)
    rows: list[tuple[str, str, str]] = [
        (_("Hashrate"), formats.hashrate(facts["hashrate_ths"]), source_word("device")),
        (_("Average hashrate"), formats.hashrate(facts["hashrate_avg_ths"]), source_word("device")),
        (
            _("Expected hashrate"),
            formats.hashrate(facts["expected_hashrate_ths"]),
            source_word(facts["expected_source"]),
        ),
        (_("Of expected"), formats.percent(share), _("hashrate divided by expected hashrate")),
        (_("Power"), formats.power(facts["power_w"]), source_word(facts["power_source"])),
        (_("Power limit"), formats.power(facts["power_limit_w"]), source_word("device")),
        (_("Efficiency"), formats.efficiency(facts["efficiency_j_per_th"]), _("power divided by hashrate")),
        (_("Inlet temperature"), formats.temperature(facts["temp_inlet_c"]), source_word("device")),
        (_("Board temperature"), formats.temperature(facts["temp_board_max_c"]), _("the hottest board")),
        (_("Chip temperature"), formats.temperature(facts["temp_chip_max_c"]), _("the hottest chip sensor")),
        (_("Fans"), _fans(facts["fans_rpm"]), source_word("device")),
        (_("Shares accepted"), formats.integer(facts["accepted"]), _("since the machine started")),
        (
            _("Shares rejected"),
            _rejected(facts),
            _("since the machine started; the share of the last 200 shares or so"),
        ),
        (_("Hardware errors"), formats.integer(facts["hardware_errors"]), _("since the machine started")),
        (_("Uptime"), formats.duration(facts["uptime_s"]), source_word("device")),
        (_("Mode"), _mode(facts), source_word("device")),
    ]
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(name),
                    html.Dd(value, title=_explained(value, source, age)),
                ],
                className="hi-value",
            )
            for name, value, source in rows
        ],
        className="hi-values",
    )


def identity(facts: dict[str, Any]) -> Component:
    """Give who the machine is: what people wrote down, and what it says itself where that differs."""
    device_mac = facts["device_mac"]
    differs = device_mac is not None and facts["mac"] is not None and device_mac.upper() != facts["mac"].upper()
    rows: list[tuple[str, Any]] = [
        (_("Asset"), facts["asset_id"]),
        (_("Serial number"), facts["serial"]),
        (_("MAC address"), facts["mac"]),
        (_("MAC by the machine"), html.Span(device_mac, className="hi-tone-warn") if differs else None),
        (_("Address"), f"{facts['host']}:{facts['port']}"),
        (_("Site"), facts["site_name"]),
        (
            _("Rack, position"),
            " · ".join(str(part) for part in (facts["rack"], facts["position"]) if part is not None) or None,
        ),
        (_("Model by catalogue"), facts["catalogue_model"]),
        (_("Model by the machine"), facts["device_model"]),
        (_("Client"), facts["client"] or _("unassigned")),
        (_("Firmware"), facts["firmware"]),
        (_("Dialect"), facts["dialect"]),
        (_("Pool"), facts["pool_url"]),
        (_("Worker"), facts["worker"]),
        (_("In service"), lifecycle_word(facts["lifecycle"])),
        (_("Error codes"), ", ".join(facts["error_codes"] or ()) or None),
    ]
    skipped_when_absent = (_("MAC by the machine"), _("Error codes"))
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(name),
                    html.Dd("–" if value is None else value, title=_("not known") if value is None else ""),
                ],
                className="hi-fact",
            )
            for name, value in rows
            if value is not None or name not in skipped_when_absent
        ],
        className="hi-facts hi-facts--two",
    )


def raw(at: str | None, replies: dict[str, str]) -> Component:
    """Give the replies by command, each pretty where it is JSON, with a button that copies it."""
    blocks = []
    for number, (command, said) in enumerate(replies.items()):
        place = f"raw-{number}"
        blocks.append(
            html.Details(
                [
                    html.Summary(
                        [
                            html.Code(command),
                            html.Span(_("%s characters") % formats.integer(len(said)), className="hi-muted"),
                        ]
                    ),
                    html.Button(
                        _("Copy"),
                        type="button",
                        className="hi-button hi-raw__copy",
                        **{"data-copy": place, "data-copied": _("Copied")},
                    ),
                    html.Pre(pretty(said), id=place, className="hi-raw__text", tabIndex="0"),
                ],
                className="hi-raw",
                open=number == 0,
            )
        )
    when = formats.ago(dt.datetime.fromisoformat(at)) if at else "–"
    return html.Div([html.P(_("Read %s") % when, className="hi-muted"), *blocks])


def pretty(said: str) -> str:
    """Indent what is JSON; leave what is not as it came, cut at a length that a page can bear."""
    try:
        text = json.dumps(json.loads(said), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = said
    return text[:LONGEST_REPLY] + ("\n…" if len(text) > LONGEST_REPLY else "")


def _beside(neighbours: dict[str, Any]) -> Component:
    def link(key: str, arrow: str, word: str) -> Component:
        name = neighbours.get(f"{key}_asset_id")
        if name is None:
            return html.Span(arrow, className="hi-button hi-button--quiet is-off", **{"aria-hidden": "true"})
        said = word % name
        return dcc.Link(
            html.Span(arrow, title=said, **{"aria-label": said}, role="img"),
            href=f"/hosting/machine/{int(neighbours[f'{key}_id'])}",
            className="hi-button hi-button--quiet",
        )

    return html.Nav(
        [link("before", "←", _("Previous in the rack: %s")), link("after", "→", _("Next in the rack: %s"))],
        className="hi-machine__beside",
        **{"aria-label": _("Machines in this rack")},
    )


def _condition(view: MachineView, now: dt.datetime) -> tuple[str, str]:
    """Give the tone and the sentence for what matters most now."""
    facts = view.facts
    state, mode = facts["state"], facts["mode"]
    since = formats.duration(age_s(facts["state_since"], now))
    if facts["lifecycle"] != "active":
        return "info", _("Not asked: the machine is %s") % lifecycle_word(facts["lifecycle"])
    if facts["read_at"] is None:
        return "warn", _("Not read yet: %s") % error_word(facts["last_error"]) if facts["asked_at"] else _(
            "Not asked yet"
        )
    if state in ("offline", "lost"):
        return "bad", _("No answer for %(time)s (%(reason)s)") % {
            "time": formats.duration(age_s(facts["read_at"], now)),
            "reason": error_word(facts["last_error"]),
        }
    if mode == "sleeping":
        return "info", _("Sleeping, draws %s") % formats.power(facts["power_w"])
    if len(view.alerts):
        return _worst_alert(view, now)
    if state == "stale":
        return "warn", _("Readings are late: the newest is %s old") % formats.duration(age_s(facts["read_at"], now))
    if mode == "starting":
        return "info", _("Starting since %s") % since
    return "good", _("Hashing at %s of what is expected") % formats.percent(_share(facts))


def _worst_alert(view: MachineView, now: dt.datetime) -> tuple[str, str]:
    opened = dict(zip(view.alerts["kind"], view.alerts["opened_at"], strict=True))
    order = ("board_lost", "overheating", "fan_failed", "pool_dead", "hashrate_low", "rejects_high")
    kind = next((kind for kind in order if kind in opened), next(iter(opened)))
    since = formats.duration(age_s(opened[kind], now))
    if kind == "board_lost":
        silent = [str(int(board.get("slot", 0)) + 1) for board in view.facts["boards"] or () if is_silent(board)]
        which = _("Board %s") % ", ".join(silent) if silent else _("A board")
        return "bad", _("%(board)s silent for %(time)s") % {"board": which, "time": since}
    tone = "bad" if kind in ("overheating", "fan_failed", "pool_dead") else "warn"
    return tone, _("%(alert)s for %(time)s") % {"alert": alert_word(kind), "time": since}


def _lost(view: MachineView, lost_ths: float) -> str:
    expected = view.facts["expected_hashrate_ths"] or view.facts["nameplate_ths"]
    share = formats.percent(lost_ths / expected) if expected else formats.hashrate(lost_ths)
    said = _("%s of the hashrate lost") % share
    if view.usd_per_th_hour is None:
        return said
    return f"{said}, " + _("%s an hour") % formats.money(lost_ths * view.usd_per_th_hour)


def _share(facts: dict[str, Any]) -> float | None:
    rate, expected = facts["hashrate_ths"], facts["expected_hashrate_ths"]
    return None if rate is None or not expected else rate / expected


def _fans(speeds: list[int] | None) -> str:
    return " · ".join(formats.integer(speed) for speed in speeds) + " rpm" if speeds else "–"


def _rejected(facts: dict[str, Any]) -> str:
    said = formats.integer(facts["rejected"])
    ratio = facts["reject_ratio"]
    return said if ratio is None else f"{said} · {formats.percent(ratio, digits=2)}"


def _mode(facts: dict[str, Any]) -> str:
    mode = {"mining": _("mining"), "starting": _("starting"), "sleeping": _("sleeping")}.get(facts["mode"] or "", "–")
    return f"{mode} · {facts['power_mode']}" if facts["power_mode"] else mode


def _explained(value: str, source: str, age: str) -> str:
    if value == "–":
        return _("The machine does not tell this.")
    return _("Source: %(source)s. Age: %(age)s.") % {"source": source, "age": age}
