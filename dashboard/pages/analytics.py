"""Analyse / Analytics: candles with any indicators over and below them, and rules with their honest record."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from core.access import Permission, allowed
from core.indicators import INDICATORS, Group, Indicator
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.charts import chart
from dashboard.components.controls import Said, choice_field, desk, flag_field, group, number_field, stores
from dashboard.components.market_words import source_name
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views import analytics as views
from dashboard.views import rules, simulated
from services import analytics

register(
    __name__,
    path="/analytics",
    name="Analytics",
    group="analyse",
    permission=Permission.ANALYTICS_READ,
    icon="analytics",
    order=30,
)

PAGE = "analytics"
NOTHING = Said()


def layout(**query: str) -> Component:
    """Give the page; the chart and the records come with the first answers."""
    asked = views.read(urlencode(query))
    return html.Div(
        [
            title_row(
                _("Analytics"),
                _("Candles, indicators and signals. Nothing looks ahead; the address holds what you see: share it."),
                simulated.tag(),
            ),
            desk(controls=_controls(asked), answer=_answer(asked), label=_("What is drawn"), fold=_("What is drawn")),
            dcc.Store(id=ids.ANALYTICS_FOLLOWED),
            *stores(PAGE),
        ],
        className="hi-stack hi-analytics",
    )


def _answer(asked: views.Asked) -> list[Component]:
    tools = {"zoom": _("Zoom"), "drawline": _("Draw a line"), "drawrect": _("Draw a box"), "clear": _("Clear drawings")}
    return [
        html.Div(
            [
                html.Button(word, type="button", className="hi-button", **{"data-draw": tool})
                for tool, word in tools.items()
            ],
            className="hi-desk__actions",
            role="group",
            **{"aria-label": _("Drawing")},
        ),
        html.Div(
            chart(name="analytics", title=_("Price and indicators"), tall=True),
            id=ids.ANALYTICS_CHART,
            className=views.chart_class(asked.panes),
        ),
        html.P(id=ids.ANALYTICS_TOLD, className="hi-muted"),
        html.Section(
            [
                html.H2(_("Signals"), className="hi-panel__title"),
                html.Div([html.Div(className="hi-skeleton-line") for _number in range(6)], id=ids.ANALYTICS_SIGNALS),
                rules.editor() if allowed(current_actor(), Permission.SIGNALS_WRITE) else None,
            ],
            className="hi-panel hi-stack",
        ),
    ]


def _controls(asked: views.Asked) -> list[Component]:
    sources = {views.ANY: _("the fullest history")} | {
        name: source_name(name) for name in analytics.sources(current_actor())
    }
    words = {"7d": _("7 d"), "30d": _("30 d"), "90d": _("90 d"), "1y": _("1 y"), "4y": _("4 y"), "all": _("All")}
    view = [
        _choice(asked, "range", _("Range of time"), words),
        _choice(asked, "bars", _("Bars"), {"auto": _("as the range asks"), "1h": _("1 h"), "1d": _("1 d")}),
        _choice(asked, "style", _("Drawn as"), {"candles": _("Candles"), "line": _("Line")}),
        flag_field(page=PAGE, name="log", title=_("Logarithmic price"), value=asked.text("log") == "yes", usual=False),
        _choice(asked, "source", _("Prices of"), sources),
        _choice(
            asked,
            "compare",
            _("Compare with"),
            {views.NONE: _("nobody"), **{name: word for name, word in sources.items() if name != views.ANY}},
        ),
        _choice(
            asked,
            "rule",
            _("Signals on the chart"),
            views.rule_options(current_actor()),
        ),
    ]
    titles = {
        Group.TREND: _("Trend"),
        Group.MOMENTUM: _("Momentum"),
        Group.VOLATILITY: _("Volatility"),
        Group.VOLUME: _("Volume"),
        Group.MINING: _("Mining"),
    }
    groups = [
        group(
            title=titles[each],
            fields=[
                part
                for indicator in INDICATORS.values()
                if indicator.group is each
                for part in _indicator(asked, indicator)
            ],
            opened=any(asked.shows(i.name) for i in INDICATORS.values() if i.group is each),
        )
        for each in Group
    ]
    return [group(title=_("View"), fields=view, opened=True), *groups]


def _choice(asked: views.Asked, name: str, title: str, options: Mapping[str, str]) -> Component:
    value = asked.text(name)
    shown = dict(options) if value in options else {**options, value: source_name(value)}
    return choice_field(
        page=PAGE, name=name, title=title, options=shown, value=value, usual=views.USUAL[name], said=NOTHING
    )


def _indicator(asked: views.Asked, indicator: Indicator) -> list[Component]:
    shown = flag_field(
        page=PAGE,
        name=f"show-{indicator.name}",
        title=_(indicator.title),
        value=asked.shows(indicator.name),
        usual=indicator.name in views.SHOWN_AT_FIRST,
    )
    fields = []
    for parameter in indicator.parameters:
        name, says = f"{indicator.name}-{parameter.name}", views.parameter_said(asked, indicator, parameter)
        if parameter.choices:
            options = {choice: choice for choice in parameter.choices}
            usual = str(parameter.default)
            fields.append(
                choice_field(page=PAGE, name=name, title=_(parameter.title), options=options, value=asked.said.get(name, usual), usual=usual,
                    said=says,
                )
            )  # fmt: skip
        else:
            value = views.taken(parameter, asked.said.get(name, ""))
            fields.append(
                number_field(page=PAGE, name=name, title=_(parameter.title), unit="", value=None if value is None else float(value),
                    low=parameter.low, high=parameter.high, said=says,
                )
            )  # fmt: skip
    return [shown, *fields]
