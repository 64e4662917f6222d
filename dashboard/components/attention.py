"""The two lists beside the heat map: which machines need somebody, and what the last hour brought."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import formats
from dashboard.components.vocabulary import alert_word
from dashboard.i18n import _

GRID = "/hosting/machines"
SHOWN = 24


def attention_list(machines: pd.DataFrame, usd_per_th_hour: float | None) -> Component:
    """Give the machines with open alerts; by money lost an hour, or by hashrate lost while no price is known."""
    if machines.empty:
        return html.P(
            _("No open alert. Machines that fail, overheat or fall silent will stand here."), className="hi-muted"
        )
    first = machines.iloc[0]
    count, lost_ths = int(first["machines"]), float(first["all_lost_ths"] or 0.0)
    head = _("%(machines)s machines, %(hashrate)s lost") % {
        "machines": formats.integer(count),
        "hashrate": formats.hashrate(lost_ths),
    }
    if usd_per_th_hour is None:
        note = _("Sorted by hashrate lost: no price of bitcoin and difficulty are known yet.")
    else:
        head += ", " + _("%s an hour") % formats.money(lost_ths * usd_per_th_hour)
        note = _("Sorted by money lost per hour.")
    rows = [_machine(row, usd_per_th_hour) for row in machines.head(SHOWN).itertuples()]
    more = count - len(rows)
    return html.Div(
        [
            html.P([html.Strong(head), html.Span(note, className="hi-muted")], className="hi-list__head"),
            html.Ol(rows, className="hi-list__rows"),
            dcc.Link(
                _("%s more in the grid") % formats.integer(more), href=grid(alert="any"), className="hi-list__more"
            )
            if more > 0
            else None,
        ]
    )


def changes_list(changes: pd.DataFrame, site: str | None) -> Component:
    """Give the last hour's events, summed up: how many machines went, came, restarted, lost a board."""
    rows = [row for row in (_change(change, site) for change in changes.itertuples()) if row is not None]
    if not rows:
        return html.P(_("Nothing changed in the last hour."), className="hi-muted")
    return html.Ol(rows, className="hi-list__rows hi-list__rows--changes")


def grid(**filters: str | None) -> str:
    """Give the address of the machine grid with these filters."""
    query = urlencode({key: value for key, value in filters.items() if value})
    return f"{GRID}?{query}" if query else GRID


def _machine(row: Any, usd_per_th_hour: float | None) -> Component:
    lost = None if row.lost_ths != row.lost_ths else row.lost_ths
    cost = "–" if lost is None else formats.hashrate(lost)
    if lost is not None and usd_per_th_hour is not None:
        cost = _("%s/h") % formats.money(lost * usd_per_th_hour)
    words = " · ".join(alert_word(kind) for kind in row.kinds)
    tone = "bad" if "offline" in row.kinds or "board_lost" in row.kinds else "warn"
    place = " ".join(str(part) for part in (row.site, row.rack, row.position) if part is not None and part == part)
    return html.Li(
        dcc.Link(
            [
                html.Span(
                    "▲" if tone == "bad" else "◆", className=f"hi-list__mark hi-tone-{tone}", **{"aria-hidden": "true"}
                ),
                html.Span(
                    [
                        html.Span(
                            [
                                html.Span(row.asset_id, className="hi-list__name"),
                                html.Span(words, className=f"hi-list__what hi-tone-{tone}"),
                            ],
                            className="hi-list__first",
                        ),
                        html.Span([place, " · ", formats.ago(row.since)], className="hi-muted hi-list__place"),
                    ],
                    className="hi-list__text",
                ),
                html.Span(cost, className="hi-list__cost", title=_("Lost against what the machine should do")),
            ],
            href=f"/hosting/machine/{row.id}",
            className="hi-list__row",
        )
    )


def _change(change: Any, site: str | None) -> Component | None:
    """Say one kind of event; those that nobody acts upon are left out."""
    count = int(change.machines)
    known: dict[tuple[str, str], tuple[str, str, dict[str, str]]] = {
        ("miner.state_changed", "offline"): (_("%s went offline"), "bad", {"state": "offline"}),
        ("miner.state_changed", "lost"): (_("%s count as lost"), "bad", {"state": "lost"}),
        ("miner.state_changed", "online"): (_("%s came back"), "good", {"state": "online"}),
        ("miner.restarted", ""): (_("%s restarted"), "warn", {}),
        ("miner.mode_changed", "sleeping"): (_("%s fell asleep"), "info", {"mode": "sleeping"}),
        ("miner.mode_changed", "mining"): (_("%s started to mine"), "good", {"mode": "mining"}),
        ("miner.identity_changed", "firmware"): (_("%s changed firmware"), "info", {}),
        ("miner.identity_changed", "pool_url"): (_("%s changed pool"), "warn", {}),
        ("miner.identity_changed", "mac"): (_("%s changed their MAC address"), "bad", {}),
        ("alert.opened", "board_lost"): (_("%s lost a board"), "bad", {"alert": "board_lost"}),
        ("alert.opened", "overheating"): (_("%s overheated"), "bad", {"alert": "overheating"}),
        ("alert.opened", "fan_failed"): (_("%s lost a fan"), "bad", {"alert": "fan_failed"}),
        ("alert.opened", "hashrate_low"): (_("%s fell below their hashrate"), "warn", {"alert": "hashrate_low"}),
        ("alert.opened", "rejects_high"): (_("%s have many rejects"), "warn", {"alert": "rejects_high"}),
        ("alert.opened", "pool_dead"): (_("%s lost their pool"), "bad", {"alert": "pool_dead"}),
        ("command.confirmed", "stop"): (_("%s stopped by order"), "info", {}),
        ("command.confirmed", "start"): (_("%s started by order"), "info", {}),
        ("command.confirmed", "reboot"): (_("%s rebooted by order"), "info", {}),
        ("command.expired", "stop"): (_("%s did not confirm a stop"), "bad", {}),
        ("command.expired", "start"): (_("%s did not confirm a start"), "bad", {}),
        ("command.expired", "reboot"): (_("%s did not confirm a reboot"), "bad", {}),
    }
    found = known.get((change.kind, change.what))
    if found is None:
        return None
    sentence, tone, filters = found
    href = f"/hosting/machine/{change.a_miner_id}" if count == 1 else grid(**filters, site=site) if filters else None
    inside = [
        html.Span("●", className=f"hi-list__mark hi-tone-{tone}", **{"aria-hidden": "true"}),
        html.Span(sentence % formats.integer(count), className="hi-list__text"),
        html.Span(formats.ago(change.newest), className="hi-muted hi-list__cost"),
    ]
    return html.Li(
        dcc.Link(inside, href=href, className="hi-list__row") if href else html.Div(inside, className="hi-list__row")
    )
