"""The analytics page at work: a change of the address brings the chart; the records come by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import ALL, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.access import Permission
from core.indicators import INDICATORS
from core.market.refusals import Refusal
from core.signals import Mode
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.analytics_figure import figure
from dashboard.components.controls import told
from dashboard.components.icons import icon
from dashboard.components.toast import toast
from dashboard.i18n import _
from dashboard.registry import clientside, guarded
from dashboard.views import analytics as views
from dashboard.views import rules
from services import analytics, signal_rules
from services.signal_rules import Watched

READ = Permission.ANALYTICS_READ
WRITE = Permission.SIGNALS_WRITE
PAGE = "analytics"

clientside("desk", "follow", Output(ids.ANALYTICS_FOLLOWED, "data"), Input(ids.URL, "search"))
clientside("desk", "say", Output(ids.desk_told(PAGE), "data"), Input(ids.desk_said(PAGE), "data"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@guarded(
    Output(ids.chart_part("graph", "analytics"), "figure"),
    Output(ids.ANALYTICS_CHART, "className"),
    Output(ids.ANALYTICS_TOLD, "children"),
    Output(ids.desk_said(PAGE), "data"),
    Input(ids.URL, "search"),
    Input(ids.ANALYTICS_FOLLOWED, "data"),
    permission=READ,
)
def show_chart(search: Any, _followed: Any) -> Any:
    """Bring the chart, and hide the parameters of what is not drawn."""
    asked = views.read(search)
    found = views.drawn(current_actor(), asked, _now())
    says = {
        f"{each.name}-{parameter.name}": views.parameter_said(asked, each, parameter)
        for each in INDICATORS.values()
        for parameter in each.parameters
    }
    return (
        figure(asked, found),
        views.chart_class(found.panes),
        views.told(found),
        told(says),
    )


@guarded(
    Output(ids.ANALYTICS_SIGNALS, "children"),
    Input(ids.URL, "pathname"),
    permission=READ,
)
def show_signals(_path: Any) -> Any:
    """Bring the rules with their records."""
    return _records()


def _records() -> Component:
    actor = current_actor()
    return rules.records(actor, *analytics.standings(actor, _now()))


def _rule_options() -> list[dict[str, str]]:
    return [{"value": key, "label": word} for key, word in views.rule_options(current_actor()).items()]


def _made(values: list[Any], parts: list[dict[str, Any]]) -> tuple[str, Watched]:
    """Give the name and the rule that stand in the form; a Refusal says why it is none."""
    given = {str(part.get("part")): value for part, value in zip(parts, values, strict=True)}
    mode = Mode.ANY if given.get("mode") == Mode.ANY else Mode.ALL
    days = rules.number(given, "days")
    made = signal_rules.made_of(current_actor(), tuple(rules.conditions_of(given)), mode, days)
    return str(given.get("name") or ""), made


def _why(refused: Refusal) -> str:
    values = refused.values
    if "line" in values:
        values = {**values, "line": rules.line_word(str(values["line"]))}
    return _(refused.reason.value, **values)


@guarded(
    Output(ids.RULE_TRIED, "children"),
    Input(ids.RULE_TRY, "n_clicks"),
    State(ids.rule_part(ALL), "value"),
    State(ids.rule_part(ALL), "id"),
    prevent_initial_call=True,
    permission=WRITE,
)
def try_rule(clicks: int | None, values: list[Any], parts: list[dict[str, Any]]) -> Any:
    """Show the record of the rule in the form."""
    if not clicks:
        raise PreventUpdate
    actor = current_actor()
    try:
        _name, made = _made(values, parts)
    except Refusal as refused:
        return html.P([icon("warning"), _("No rule yet: {why}.", why=_why(refused))], className="hi-bad")
    _bars, standing = analytics.tried(actor, made, _now())
    return rules.trial(standing, len(signal_rules.rules(actor)) + 1)


@guarded(
    Output(ids.ANALYTICS_SIGNALS, "children", allow_duplicate=True),
    Output(ids.desk_field(PAGE, "rule"), "options"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.RULE_KEEP, "n_clicks"),
    State(ids.rule_part(ALL), "value"),
    State(ids.rule_part(ALL), "id"),
    prevent_initial_call=True,
    permission=WRITE,
)
def keep_rule(clicks: int | None, values: list[Any], parts: list[dict[str, Any]]) -> Any:
    """Keep the rule in the form; its record stands with the others."""
    if not clicks:
        raise PreventUpdate
    try:
        name, made = _made(values, parts)
        signal_rules.keep(current_actor(), name, made)
    except Refusal as refused:
        return no_update, no_update, toast(_("Not kept: {why}.", why=_why(refused)), kind="bad")
    return _records(), _rule_options(), toast(_("The rule is kept, and watched from now on."), kind="good")


@guarded(
    Output(ids.ANALYTICS_SIGNALS, "children", allow_duplicate=True),
    Output(ids.desk_field(PAGE, "rule"), "options", allow_duplicate=True),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.rule_delete(ALL), "n_clicks"),
    prevent_initial_call=True,
    permission=WRITE,
)
def delete_rule(_clicks: Any) -> Any:
    """Delete a rule that somebody made."""
    pressed = ctx.triggered_id
    if not isinstance(pressed, dict) or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    try:
        name = signal_rules.delete(current_actor(), str(pressed.get("rule")))
    except Refusal as refused:
        return _records(), _rule_options(), toast(_("Not deleted: {why}.", why=_why(refused)), kind="bad")
    return _records(), _rule_options(), toast(_("The rule {name} is deleted.", name=name), kind="good")
