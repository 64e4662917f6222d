"""The parts of the market page: tiles with source and age, the table of sources, the report on a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from babel.dates import format_datetime
from dash import dcc, html
from dash.development.base_component import Component

from core.market.csv_history import History
from dashboard import formats
from dashboard.components.icons import icon
from dashboard.components.kpi import spark_values
from dashboard.components.market_words import (
    NAMES,
    breaker_words,
    failure_words,
    gives_word,
    refusal_words,
    verdict_words,
)
from dashboard.i18n import _, language, n_
from services.market_sources import Health

ROWS_SHOWN = 100


def age(at: dt.datetime, now: dt.datetime, *, class_name: str = "") -> Component:
    """Give how long ago it was, with the exact time on hover; assets/js/market.js lets it run."""
    return html.Time(
        formats.ago(at, now),
        dateTime=at.isoformat(),
        title=formats.instant(at),
        className=f"hi-age {class_name}".strip(),
    )


def clock_words() -> dict[str, str]:
    """Give the templates by which the browser writes ages."""
    return {
        "data-ago-s": _("{time} ago", time=_("{n} s")),
        "data-ago-min": _("{time} ago", time=_("{n} min")),
        "data-ago-h": _("{time} ago", time=_("{h} h {m} min")),
        "data-ago-d": _("{time} ago", time=_("{d} d {h} h")),
    }


def moment(at: dt.datetime) -> str:
    """Give day and minute, UTC."""
    pattern = "M月d日 HH:mm" if language() == "zh" else "d MMM, HH:mm"
    return f"{format_datetime(at.astimezone(dt.UTC), pattern, locale=formats.locale())} UTC"


def tile(
    *,
    label: str,
    value: str,
    unit: str = "",
    below: Any,
    source: str | None,
    at: dt.datetime | None,
    stale_at: dt.datetime | None,
    now: dt.datetime,
    href: str,
    explained: str,
    spark: Iterable[float] = (),
    progress: float | None = None,
) -> Component:
    """Give one number of the market: value, what lies behind it, source and age, and whether that is too old.

    `stale_at` is when it becomes stale if nothing newer comes: the browser marks it then, whoever still answers.
    """
    known = at is not None and stale_at is not None
    foot: list[Any] = [html.Span(source or _("no source yet"), className="hi-market__who")]
    if at is not None:
        foot += [
            age(at, now),
            html.Span([icon("stale"), _("stale")], className="hi-stale"),
        ]
    figure: Component = html.Div(className="hi-spark", **{"data-values": spark_values(spark)})
    if progress is not None:
        share = min(max(progress, 0.0), 1.0)
        figure = html.Div(html.Progress(value=f"{share:.4f}", max="1", className="hi-epoch__bar"), className="hi-epoch")
    late = stale_at is not None and now > stale_at
    return html.A(
        [
            html.Div(label, className="hi-kpi__label"),
            html.Div(
                [html.Span(value, className="hi-kpi__value"), html.Span(unit, className="hi-kpi__unit")],
                className="hi-kpi__number",
            ),
            html.Div(below, className="hi-kpi__change"),
            figure,
            html.Div(foot, className="hi-market__foot"),
        ],
        href=href,
        title=explained,
        className="hi-kpi hi-market__tile" + (" is-stale" if late else ""),
        **({"data-stale-at": f"{stale_at.timestamp():.0f}"} if known and stale_at else {}),
    )


def sources_table(sources: Sequence[Health], now: dt.datetime) -> Component:
    """Give how every source is: what it tells, its newest quote, what became of it, and what ails it."""
    headings = (_("Source"), _("Gives"), _("Newest quote"), _("In the price"), _("Circuit breaker"), _("Last failure"))
    return html.Div(
        html.Table(
            [
                html.Caption(_("Market sources"), className="hi-visually-hidden"),
                html.Thead(html.Tr([html.Th(word, scope="col") for word in headings])),
                html.Tbody([_source_row(health, headings, now) for health in sources]),
            ],
            className="hi-table hi-records",
        ),
        className="hi-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": _("Market sources")},
    )


def _source_row(health: Health, headings: Sequence[str], now: dt.datetime) -> Component:
    cells = [_quote(health, now), _verdict(health), _breaker(health), _trouble(health, now)]
    gives = ", ".join(gives_word(part) for part in health.gives)
    who = [
        html.Span(NAMES.get(health.name, health.name), className="hi-market__name"),
        html.Span(_("exchange") if health.exchange else _("aggregator"), className="hi-market__kind"),
    ]
    return html.Tr(
        [
            html.Th(who, scope="row"),
            *(
                html.Td(cell, **{"data-label": heading})
                for heading, cell in zip(headings[1:], [gives, *cells], strict=True)
            ),
        ]
    )


def _quote(health: Health, now: dt.datetime) -> Any:
    if health.price is None or health.quoted_at is None:
        return html.Span(formats.DASH, title=_("It has not told a price yet."))
    symbol = str(health.symbol).partition("-")[2]
    return html.Span(
        [
            html.Span([formats.decimal(health.price, 2), html.Span(f" {symbol}", className="hi-muted")]),
            age(health.quoted_at, now, class_name="hi-muted"),
        ],
        className="hi-records__pair",
    )


def _verdict(health: Health) -> Any:
    if health.asked_at is None:
        return html.Span(formats.DASH, title=_("No vote yet: nobody has been asked."))
    word, why, tone = verdict_words(health.verdict, health.exchange)
    symbols = {"good": "check", "muted": "circle", "warn": "warning", "bad": "close"}
    return html.Span(
        [
            html.Span([icon(symbols[tone]), word], className=f"hi-market__state hi-tone-{tone}"),
            html.Span(why, className="hi-muted"),
        ],
        className="hi-records__pair",
    )


def _breaker(health: Health) -> Any:
    symbol, word, tone = breaker_words(health.breaker, health.failures)
    until = (
        [html.Span(_("until {time}", time=moment(health.resting_until)), className="hi-muted")]
        if health.resting_until is not None
        else []
    )
    state = html.Span([icon(symbol), word], className=f"hi-market__state hi-tone-{tone}")
    return html.Span([state, *until], className="hi-records__pair")


def _trouble(health: Health, now: dt.datetime) -> Any:
    trouble = health.trouble
    if trouble is None:
        return html.Span(formats.DASH, title=_("It has not failed yet."))
    words = failure_words(trouble.kind)
    said = _("{words}, over now", words=words) if trouble.over else words
    return html.Span(
        [
            html.Span(said, title=trouble.detail, className="" if trouble.over else "hi-tone-warn"),
            html.Span([age(trouble.at, now), html.Code(trouble.detail)], className="hi-market__detail hi-muted"),
        ],
        className="hi-records__pair",
    )


def import_report(source: str, interval: str, history: History) -> Component:
    """Give what was taken out of a file and each line that was not, with the reason."""
    taken, refused = len(history.candles), len(history.refused)
    bars = {"1h": _("hourly bars"), "1d": _("daily bars")}[interval]
    if taken:
        first, last = (_date(history.candles[place].at) for place in (0, -1))
        words = _("{n} {bars} stored as “{name}”, {first} to {last}.")
        sentence = words.format(n=formats.integer(taken), bars=bars, name=source, first=first, last=last)
    else:
        sentence = _("No bar was stored.")
    head = html.P(
        [icon("check" if taken else "warning"), html.Span(sentence)], className="hi-good" if taken else "hi-bad"
    )
    show = (
        dcc.Link(_("Show it"), href=f"/market?range=all&source=file:{source}", className="hi-button") if taken else None
    )
    if not refused:
        return html.Div([head, html.P(_("No line was refused."), className="hi-muted"), show])
    rows = [
        html.Tr([html.Td(line, className="hi-num"), html.Td(refusal_words(why), className="hi-wrap")])
        for line, why in history.refused[:ROWS_SHOWN]
    ]
    more = (
        html.P(_("The first {n} of them are shown.", n=ROWS_SHOWN), className="hi-muted")
        if refused > ROWS_SHOWN
        else None
    )
    return html.Div(
        [
            head,
            html.P(n_("{n} line was refused:", "{n} lines were refused:", refused)),
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [html.Th(_("Row"), scope="col", className="hi-num"), html.Th(_("Reason"), scope="col")]
                            )
                        ),
                        html.Tbody(rows),
                    ],
                    className="hi-table",
                ),
                className="hi-market__refused",
                tabIndex="0",
                role="region",
                **{"aria-label": _("Refused lines")},
            ),
            more,
            show,
        ]
    )


def import_failed(sentence: str) -> Component:
    """Give why nothing was taken out of a file."""
    return html.Div(
        [
            html.P([icon("warning"), html.Span(sentence)], className="hi-bad"),
            html.P(_("Nothing was stored."), className="hi-muted"),
        ]
    )


def _date(at: dt.datetime) -> str:
    pattern = "yyyy年M月d日" if language() == "zh" else "d MMM yyyy"
    return str(format_datetime(at, pattern, locale=formats.locale()))
