"""Rules in words, their records as a table, and the form in which people make rules of their own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from core.signals import (
    Composite,
    Cross,
    Direction,
    Divergence,
    Level,
    Line,
    Mode,
    Price,
    Record,
    Rule,
    Side,
)
from core.signals.builtin import BUILT_IN
from core.signals.form import CLOSE, LINES, MAX_CONDITIONS, NUMBER, Condition, Relation
from core.signals.rules import Bias
from dashboard import formats, ids
from dashboard.components.icons import icon
from dashboard.components.market_words import price_words, source_name
from dashboard.i18n import _
from services.analytics import Bars, Standing
from services.signal_rules import MAX_HOLDING_DAYS, MAX_NAME, Watched

TOO_FEW = 10  # trades out of sample; a share of fewer says nothing
USUAL_DAYS = 20
NO_LINE = "none"  # not the empty value: dbc.Select keeps that one for a placeholder and would show it blank


def title(watched: Watched) -> str:
    """Name a rule."""
    return watched.title if watched.own else _(watched.title)


def note(watched: Watched) -> str:
    """Say in a sentence what a rule waits for, and how long its positions are held."""
    if watched.key in BUILT_IN:
        return _(BUILT_IN[watched.key].note)
    return _("{rule}; held for {days} days.", rule=told(watched.rule), days=watched.plan.holding_bars)


def told(rule: Rule) -> str:
    """Say a rule in words."""
    if isinstance(rule, Composite):
        parts = [told(part) for part in rule.rules]
        joined = {Mode.ALL: _(" and "), Mode.ANY: _(" or ")}.get(rule.mode)
        return _("not: {rule}", rule=parts[0]) if joined is None else joined.join(parts)
    if isinstance(rule, Divergence):
        lower = _("{line} makes a higher low while the price makes a lower one", line=_operand(rule.line))
        upper = _("{line} makes a lower high while the price makes a higher one", line=_operand(rule.line))
        return lower if rule.bias is Bias.BULLISH else upper
    left, right = _operand(rule.left), _operand(rule.right)
    if isinstance(rule, Cross):
        up = rule.direction is Direction.UP
        return (
            _("{left} rises above {right}", left=left, right=right)
            if up
            else _("{left} falls below {right}", left=left, right=right)
        )
    above = rule.side is Side.ABOVE
    return (
        _("{left} is above {right}", left=left, right=right)
        if above
        else _("{left} is below {right}", left=left, right=right)
    )


def _operand(operand: Line | Price | Level) -> str:
    if isinstance(operand, Level):
        return f"{operand.level:,.10g}"
    if isinstance(operand, Price):
        return price_words()[operand.column]
    name, length = line_word(f"{operand.indicator}.{operand.output}"), operand.params.get("length")
    return f"{name} ({length})" if length is not None else name


def line_word(key: str) -> str:
    """Name one of the lines that a condition may take."""
    line = LINES[key]
    if line is None:
        return price_words()[CLOSE]
    indicator, column = line
    if len(indicator.outputs) == 1:
        return _(indicator.title)
    output = next(each for each in indicator.outputs if each.name == column)
    return f"{_(indicator.title)}: {_(output.title)}"


# ---- the table


def records(actor: Actor, bars: Bars, standings: Sequence[Standing]) -> Component:
    """Give every rule with its honest record."""
    if not standings:
        return html.P(_("No daily bars yet: the records come with them."), className="hi-muted")
    may_delete = allowed(actor, Permission.SIGNALS_WRITE)
    return html.Div(
        [
            _table([_row(each, len(standings), may_delete=may_delete) for each in standings]),
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


def trial(standing: Standing | None, rules: int) -> Component:
    """Give the record of a rule that is being made."""
    if standing is None:
        return html.P(_("No daily bars yet: the records come with them."), className="hi-muted")
    return html.Div(
        [
            _table([_row(standing, rules, may_delete=False)]),
            html.P(
                _(
                    "A rule that one changes until its record shines has learnt that record by heart: those figures are "
                    "then no test any more."
                ),
                className="hi-muted",
            ),
        ]
    )


def _headings() -> list[str]:
    return [
        _("Rule"), _("What its record says"), _("Fired last"), _("Trades"), _("Hit rate"), _("Mean result of a trade"),
        _("Random entry"), _("Bought and held"),
    ]  # fmt: skip


def _table(rows: Sequence[Component]) -> Component:
    head = [html.Th(word, scope="col", className="hi-num" if at > 2 else "") for at, word in enumerate(_headings())]
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(list(rows))], className="hi-table hi-records"),
        className="hi-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": _("Rules and their records")},
    )


def _row(standing: Standing, rules: int, *, may_delete: bool) -> Component:
    fired = f"{standing.fired_at[-1]:%Y-%m-%d}" if standing.fired_at else formats.DASH
    if standing.evaluation is None:
        why = html.Span(_("These bars lack what the rule reads."), className="hi-muted")
        cells: list[Any] = [why, fired, *[formats.DASH] * 5]
    else:
        record = standing.evaluation.out_of_sample
        chance, low, high = record.chance, record.hit_rate_low95, record.hit_rate_high95
        symbol, words, tone = _verdict(record, rules)
        cells = [
            html.Span([icon(symbol), html.Span(words)], className=f"hi-sure {tone}"),
            fired,
            formats.integer(record.trades),
            _pair(
                formats.percent(record.hit_rate, 0),
                "" if low is None else f"{formats.percent(low, 0)} – {formats.percent(high, 0)}",
            ),
            _signed(record.expectancy),
            _pair(_signed(chance.mean), f"{_signed(chance.low90, 0)} – {_signed(chance.high90, 0)}")
            if chance
            else formats.DASH,
            _signed(record.buy_and_hold_return),
        ]
    shown = zip(cells, _headings()[1:], strict=True)
    return html.Tr(
        [
            _who(standing.watched, may_delete=may_delete),
            *(
                html.Td(cell, className="hi-num" if at > 1 else "hi-nowrap" if at else "", **{"data-label": heading})
                for at, (cell, heading) in enumerate(shown)
            ),
        ]
    )


def _who(watched: Watched, *, may_delete: bool) -> Component:
    named: list[Any] = [html.Div(title(watched))] if watched.title else []
    if watched.own and watched.key:
        by = html.Span(_("by {name}", name=watched.author), className="hi-muted")
        words = _("Delete the rule {name}", name=watched.title)
        drop = html.Button(
            icon("close"),
            id=ids.rule_delete(watched.key),
            type="button",
            n_clicks=0,
            className="hi-iconbutton",
            title=words,
            **{"aria-label": words},
        )
        named = [html.Div([title(watched), " ", by, drop if may_delete else None], className="hi-rule__own")]
    return html.Th([*named, html.Div(note(watched), className="hi-muted hi-rule__note")], scope="row")


def _pair(value: str, between: str) -> Component:
    return html.Span(
        [html.Span(value), html.Span(between, className="hi-muted hi-nowrap")], className="hi-records__pair"
    )


def _verdict(record: Record, rules: int) -> tuple[str, str, str]:
    if record.trades < TOO_FEW or record.chance is None:
        return "info", _("too few trades to tell"), "hi-muted"
    # With many rules tried one looks good by luck: the bar is raised by their number.
    if record.chance.p_value < 0.05 / rules:
        return "check", _("better than chance"), "hi-tone-good"
    return "info", _("not better than chance"), ""


def _signed(share: float | None, decimals: int = 1) -> str:
    if share is None or not math.isfinite(share):
        return formats.DASH
    return ("+" if share > 0 else "") + formats.percent(share, decimals)


# ---- the form


def editor() -> Component:
    """Give the form of a rule: its conditions, how they are joined, how long one holds, and its name."""
    relations = {
        Relation.RISES_ABOVE: _("rises above"),
        Relation.FALLS_BELOW: _("falls below"),
        Relation.IS_ABOVE: _("is above"),
        Relation.IS_BELOW: _("is below"),
        Relation.BULLISH: _("makes a higher low, the price a lower one"),
        Relation.BEARISH: _("makes a lower high, the price a higher one"),
    }
    lines = {key: line_word(key) for key in LINES}
    at_first = {1: ("rsi.rsi", "30")}
    conditions = [
        html.Div(
            [
                html.Span(_("Condition {number}", number=at), className="hi-muted hi-rule__number"),
                _select(
                    f"left{at}",
                    _("Indicator or price"),
                    {NO_LINE: _("none"), **lines},
                    at_first.get(at, (NO_LINE, ""))[0],
                ),
                _number(f"length{at}", _("Its length [days]"), None),
                _select(f"relation{at}", _("Relation"), relations, Relation.RISES_ABOVE),
                _select(f"right{at}", _("Compared with"), {NUMBER: _("a number"), **lines}, NUMBER),
                _number(f"number{at}", _("Number, or length [days]"), at_first.get(at, (NO_LINE, ""))[1] or None),
            ],
            className="hi-rule__condition",
            role="group",
            **{"aria-label": _("Condition {number}", number=at)},
        )
        for at in range(1, MAX_CONDITIONS + 1)
    ]
    joined = {Mode.ALL: _("all conditions at once"), Mode.ANY: _("any of the conditions")}
    return html.Details(
        [
            html.Summary(_("Make a rule of your own"), className="hi-fields__title"),
            html.Div(
                [
                    html.P(
                        _(
                            "Over daily bars. Its record comes at once; when it is kept, it is the team's, and each of its "
                            "signals is an event."
                        ),
                        className="hi-muted",
                    ),
                    *conditions,
                    html.Div(
                        [
                            _select("mode", _("It fires at"), joined, Mode.ALL),
                            _number("days", _("Held for [days]"), str(USUAL_DAYS), high=MAX_HOLDING_DAYS),
                            _field(_("Name of the rule"), dbc.Input(id=ids.rule_part("name"), maxlength=MAX_NAME)),
                        ],
                        className="hi-rule__condition",
                    ),
                    html.Div(
                        [
                            html.Button(_("Try it"), id=ids.RULE_TRY, type="button", n_clicks=0, className="hi-button"),
                            html.Button(
                                _("Keep the rule"),
                                id=ids.RULE_KEEP,
                                type="button",
                                n_clicks=0,
                                className="hi-button hi-button--primary",
                            ),
                        ],
                        className="hi-desk__actions",
                    ),
                    html.Div(id=ids.RULE_TRIED, role="status", **{"aria-live": "polite"}),
                ],
                className="hi-stack",
            ),
        ],
        className="hi-fields hi-rule",
    )


def conditions_of(given: Mapping[str, Any]) -> Iterable[Condition]:
    """Read the conditions of the form; one without a line is none."""
    for at in range(1, MAX_CONDITIONS + 1):
        left, right = str(given.get(f"left{at}") or ""), str(given.get(f"right{at}") or NUMBER)
        relation = str(given.get(f"relation{at}") or "")
        if left in LINES and (right == NUMBER or right in LINES) and relation in tuple(Relation):
            yield Condition(left, Relation(relation), right, number(given, f"length{at}"), number(given, f"number{at}"))


def number(given: Mapping[str, Any], name: str) -> float | None:
    """Read a number of the form; None where there is none. 0 is one."""
    try:
        found = float(str(given.get(name)))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _select(name: str, word: str, options: Mapping[Any, str], value: str) -> Component:
    listed = [{"value": str(key), "label": said} for key, said in options.items()]
    return _field(word, dbc.Select(id=ids.rule_part(name), options=listed, value=str(value)))


def _number(name: str, word: str, value: str | None, high: int | None = None) -> Component:
    return _field(word, dbc.Input(id=ids.rule_part(name), type="number", step="any", value=value, max=high))


def _field(word: str, inside: Any) -> Component:
    inside.class_name = "hi-field__input"
    return html.Div(html.Label([html.Span(word, className="hi-field__title"), inside]), className="hi-field")
