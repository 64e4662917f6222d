"""What the analytics page shows for one address: bars, indicators over and below them, marks of a rule, and the records."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from core.access import Actor
from core.indicators import INDICATORS, Indicator, Kind, Parameter
from core.signals import Record
from core.signals.builtin import BUILT_IN
from dashboard import formats
from dashboard.components.controls import Said
from dashboard.components.icons import icon
from dashboard.components.market_words import source_name
from dashboard.i18n import _
from services import analytics
from services.analytics import Bars, Standing

RANGES: Mapping[str, int | None] = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "4y": 1461, "all": None}
ANY, NONE = "any", "none"  # an empty value is no choice in a list
USUAL: Mapping[str, str] = {
    "range": "1y", "bars": "auto", "style": "candles", "source": ANY, "compare": NONE, "rule": NONE, "log": "no",
}  # fmt: skip
HOURLY_UP_TO_DAYS = 90
SHOWN_AT_FIRST = ("sma", "rsi")
TOO_FEW = 10  # trades out of sample; a share of fewer says nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    said: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give a choice, or the usual one."""
        return self.said.get(name, USUAL.get(name, ""))

    @property
    def interval(self) -> str:
        """Give the width of the bars."""
        if self.text("bars") in ("1h", "1d"):
            return self.text("bars")
        days = RANGES[self.text("range")]
        return "1h" if days is not None and days <= HOURLY_UP_TO_DAYS else "1d"

    def shows(self, name: str) -> bool:
        """Tell whether an indicator is asked for."""
        return self.said.get(f"show-{name}", "yes" if name in SHOWN_AT_FIRST else "no") == "yes"

    def params(self, indicator: Indicator) -> dict[str, Any]:
        """Give the parameters that were set; one that it does not take is left out."""
        found = {}
        for parameter in indicator.parameters:
            text = self.said.get(f"{indicator.name}-{parameter.name}")
            value = None if text is None else taken(parameter, text)
            if value is not None:
                found[parameter.name] = value
        return found


def taken(parameter: Parameter, text: str) -> int | float | str | None:
    """Read a parameter; None where it is none of its values."""
    try:
        if parameter.choices:
            return parameter.taken(text)
        return parameter.taken(int(text) if isinstance(parameter.default, int) else float(text))
    except ValueError:
        return None


def read(search: Any) -> Asked:
    """Read an address; what is none of ours is left out."""
    given = dict(parse_qsl(search.lstrip("?"))[:200]) if isinstance(search, str) else {}
    known: dict[str, tuple[str, ...] | None] = {
        "range": tuple(RANGES), "bars": ("auto", "1h", "1d"), "style": ("candles", "line"), "log": ("yes", "no"),
        "rule": (NONE, *BUILT_IN), "source": None, "compare": None,
        **{f"show-{name}": ("yes", "no") for name in INDICATORS},
        **{f"{each.name}-{parameter.name}": None for each in INDICATORS.values() for parameter in each.parameters},
    }  # fmt: skip
    fits = {
        name: value[:80]
        for name, value in given.items()
        if name in known and (known[name] is None or value in (known[name] or ()))
    }
    return Asked(fits)


def parameter_said(asked: Asked, indicator: Indicator, parameter: Parameter) -> Said:
    """Give what a parameter's field says of itself."""
    out = "" if asked.shows(indicator.name) else "is-out"
    text = asked.said.get(f"{indicator.name}-{parameter.name}")
    refused = text is not None and taken(parameter, text) is None
    low, high = f"{parameter.low:g}", f"{parameter.high:g}"
    hint = _("From {low} to {high}: not taken.", low=low, high=high) if refused else ""
    return Said(str(parameter.default), hint, f"{out} {'is-refused' if refused else ''}".strip())


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the chart is made of: bars of the window, each indicator's columns over it, and what could not be drawn."""

    bars: Bars
    window: pd.DataFrame
    lines: list[tuple[Indicator, dict[str, Any], pd.DataFrame]]
    other: Bars | None
    marks: list[dt.datetime]
    left_out: list[str]

    @property
    def panes(self) -> int:
        """Give how many panes stand below the price."""
        return sum(each.kind is Kind.PANE for each, _params, _lines in self.lines) + (self.other is not None)


def drawn(actor: Actor, asked: Asked, now: dt.datetime) -> Drawn:
    """Fetch and compute: indicators over all bars there are, and only then cut to the window."""
    source = asked.text("source")
    bars = analytics.bars(actor, asked.interval, None if source == ANY else source, now)
    days = RANGES[asked.text("range")]
    since = None if days is None or bars.frame.empty else bars.frame.index[-1] - dt.timedelta(days=days)
    window = bars.frame if since is None else bars.frame[bars.frame.index > since]
    lines, left_out = [], []
    for name, indicator in INDICATORS.items():
        if not asked.shows(name):
            continue
        params = asked.params(indicator)
        try:
            found = analytics.indicator(bars, name, params)
        except ValueError:
            left_out.append(_(indicator.title))
            continue
        cut = found if since is None else found[found.index > since]
        if cut.isna().all(axis=None):
            left_out.append(_(indicator.title))
        else:
            lines.append((indicator, params, cut))
    compare = asked.text("compare")
    other = analytics.bars(actor, asked.interval, compare, now) if compare not in (NONE, bars.source) else None
    return Drawn(bars, window, lines, other, _marks(actor, asked, window, now), left_out)


def _marks(actor: Actor, asked: Asked, window: pd.DataFrame, now: dt.datetime) -> list[dt.datetime]:
    rule = asked.text("rule")
    if rule == NONE or window.empty:
        return []
    _bars, standings = analytics.standings(actor, now)
    fired = next((each.fired_at for each in standings if each.name == rule), ())
    return [at for at in fired if window.index[0] <= at <= window.index[-1]]


def told(found: Drawn) -> str:
    """Say under the chart whose bars these are, how new, and what could not be drawn."""
    if found.bars.frame.empty:
        return ""
    last = found.bars.frame.index[-1].to_pydatetime() + found.bars.step
    said = [
        _(
            "{source}, {symbol}, {count} bars; the last one closed {at}. Times are UTC.",
            source=source_name(found.bars.source),
            symbol=found.bars.symbol,
            count=formats.integer(len(found.bars.frame)),
            at=formats.instant(last),
        )
    ]
    if found.left_out:
        names = _(", ").join(found.left_out)
        said.append(_("Not drawn, since these bars do not tell it: {names}.", names=names))
    return " ".join(said)


def signals(bars: Bars, standings: list[Standing]) -> Component:
    """Give every rule with its honest record."""
    if not standings:
        return html.P(_("No daily bars yet: the records come with them."), className="hi-muted")
    titles = [
        _("Rule"), _("What its record says"), _("Fired last"), _("Trades"), _("Hit rate"), _("Mean result of a trade"),
        _("Random entry"), _("Bought and held"),
    ]  # fmt: skip
    head = html.Tr(
        [html.Th(title, scope="col", className="hi-num" if at > 2 else "") for at, title in enumerate(titles)]
    )
    body = [_row(each, len(standings)) for each in standings]
    return html.Div(
        [
            html.Div(
                html.Table([html.Thead(head), html.Tbody(body)], className="hi-table hi-table--wide"),
                className="hi-scroll",
                tabIndex="0",
                role="region",
                **{"aria-label": _("Rules and their records")},
            ),
            html.P(
                _(
                    "Daily bars of {source}. All figures are of the last 30 % of the days, which no rule was made on; bought at "
                    "the open after the signal, 0.1 % fee each way. Random entry: the same number of trades, held as long, at "
                    "random times. The past says nothing certain of what comes.",
                    source=source_name(bars.source),
                ),
                className="hi-muted",
            ),
        ]
    )


def _row(standing: Standing, rules: int) -> Component:
    rule = BUILT_IN[standing.name]
    name = html.Th([html.Div(_(rule.title)), html.Div(_(rule.note), className="hi-muted hi-rule__note")], scope="row")
    fired = standing.fired_at[-1] if standing.fired_at else None
    when = html.Td(f"{fired:%Y-%m-%d}" if fired else formats.DASH, className="hi-nowrap")
    if standing.evaluation is None:
        why = _("These bars lack what the rule reads.")
        return html.Tr([name, html.Td(why, className="hi-muted"), when, html.Td(formats.DASH, colSpan=5)])
    record = standing.evaluation.out_of_sample
    chance = record.chance
    beside = f"{_signed(chance.mean)} ({_signed(chance.low90)} … {_signed(chance.high90)})" if chance else formats.DASH
    low, high = record.hit_rate_low95, record.hit_rate_high95
    interval = f" ({formats.percent(low, 0)}–{formats.percent(high, 0)})" if low is not None else ""
    symbol, words, tone = _verdict(record, rules)
    return html.Tr(
        [
            name,
            html.Td([icon(symbol), html.Span(words)], className=f"hi-sure {tone}"),
            when,
            html.Td(formats.integer(record.trades), className="hi-num"),
            html.Td(formats.percent(record.hit_rate, 0) + interval, className="hi-num hi-nowrap"),
            html.Td(_signed(record.expectancy), className="hi-num"),
            html.Td(beside, className="hi-num hi-nowrap"),
            html.Td(_signed(record.buy_and_hold_return), className="hi-num"),
        ]
    )


def _verdict(record: Record, rules: int) -> tuple[str, str, str]:
    if record.trades < TOO_FEW or record.chance is None:
        return "info", _("too few trades to tell"), "hi-muted"
    # With many rules tried one looks good by luck: the bar is raised by their number.
    if record.chance.p_value < 0.05 / rules:
        return "check", _("better than chance"), "hi-tone-good"
    return "info", _("not better than chance"), ""


def _signed(share: float | None) -> str:
    if share is None or not math.isfinite(share):
        return formats.DASH
    return ("+" if share > 0 else "") + formats.percent(share, 1)


def widths(count: int, most: int) -> int:
    """Give how many bars become one so that there are no more than `most`."""
    return max(1, -(-count // most))


def joined(window: pd.DataFrame, step: int) -> pd.DataFrame:
    """Make bars wider: first open, highest high, lowest low, last close; of a bar that is missing nothing is made."""
    if step == 1:
        return window[["open", "high", "low", "close"]]
    places = np.arange(len(window)) // step
    grouped = window.groupby(places)
    made = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last"})
    return made.set_axis(window.index[::step])
