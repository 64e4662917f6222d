"""What the analytics page draws for one address: bars, indicators over and below them, and the marks of a rule."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

from core.access import Actor
from core.indicators import INDICATORS, Indicator, Kind, Parameter
from core.signals.builtin import BUILT_IN
from dashboard import formats
from dashboard.components.controls import Said
from dashboard.components.market_words import source_name
from dashboard.i18n import _
from dashboard.views.rules import title
from services import analytics, signal_rules
from services.analytics import Bars
from services.signal_rules import OWN

RANGES: Mapping[str, int | None] = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "4y": 1461, "all": None}
ANY, NONE = "any", "none"  # an empty value is no choice in a list
USUAL: Mapping[str, str] = {
    "range": "1y", "bars": "auto", "style": "candles", "source": ANY, "compare": NONE, "rule": NONE, "log": "no",
}  # fmt: skip
HOURLY_UP_TO_DAYS = 90
SHOWN_AT_FIRST = ("sma", "rsi")
OWN_RULE = re.compile(OWN + r"[0-9]{1,18}")


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

    @property
    def panes(self) -> int:
        """Give how many panes are asked for below the price."""
        shown = sum(each.kind is Kind.PANE and self.shows(name) for name, each in INDICATORS.items())
        return shown + (self.text("compare") != NONE)

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
        "rule": None, "source": None, "compare": None,
        **{f"show-{name}": ("yes", "no") for name in INDICATORS},
        **{f"{each.name}-{parameter.name}": None for each in INDICATORS.values() for parameter in each.parameters},
    }  # fmt: skip
    fits = {
        name: value[:80]
        for name, value in given.items()
        if name in known and (known[name] is None or value in (known[name] or ()))
    }
    if not (fits.get("rule", NONE) in (NONE, *BUILT_IN) or OWN_RULE.fullmatch(fits["rule"])):
        del fits["rule"]
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
    marked: str
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
    return Drawn(bars, window, lines, other, *_marks(actor, asked, window, now), left_out)


def _marks(actor: Actor, asked: Asked, window: pd.DataFrame, now: dt.datetime) -> tuple[str, list[dt.datetime]]:
    rule = asked.text("rule")
    if rule == NONE or window.empty:
        return "", []
    _bars, standings = analytics.standings(actor, now)
    found = next((each for each in standings if each.watched.key == rule), None)
    if found is None:
        return "", []
    return title(found.watched), [at for at in found.fired_at if window.index[0] <= at <= window.index[-1]]


def rule_options(actor: Actor) -> dict[str, str]:
    """Give the rules whose signals the chart can show."""
    return {NONE: _("none"), **{each.key: title(each) for each in signal_rules.rules(actor)}}


def chart_class(panes: int) -> str:
    """Give the class that makes the chart as high as its panes ask."""
    return f"hi-analytics__chart hi-panes-{min(panes, 8)}"


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
