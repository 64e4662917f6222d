"""Analyse / Market: what a bitcoin and a petahash are worth, on whose word, and since when."""

from __future__ import annotations

import datetime as dt

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.access import Actor, Permission, allowed
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components.charts import chart
from dashboard.components.icons import icon
from dashboard.components.market import clock_words
from dashboard.components.segments import segments
from dashboard.components.shell import title_row
from dashboard.i18n import _
from dashboard.registry import register
from dashboard.views import market as views
from dashboard.views import simulated

register(
    __name__,
    path="/market",
    name="Market",
    group="analyse",
    permission=Permission.MARKET_READ,
    icon="market",
    order=10,
)


def layout(**query: object) -> Component:
    """Give the page with the newest numbers; the charts come with the first answer."""
    actor, now = current_actor(), dt.datetime.now(dt.UTC)
    choice = views.choice(query.get("range"), query.get("series"), query.get("source"))
    files = allowed(actor, Permission.EXPORT)
    return html.Div(
        [
            title_row(
                _("Market"),
                _("What a bitcoin and a petahash are worth now, on whose word, and since when."),
                simulated.tag(),
            ),
            html.Div(views.tiles(actor, now), id=ids.MARKET_TILES, className="hi-kpis hi-market__tiles"),
            _controls(actor, choice),
            html.Div(
                [
                    html.Div(
                        _chart("price", _("Price of a bitcoin"), files=files, tall=True), className="hi-chart--wide"
                    ),
                    html.Div(_chart("hashprice", _("Hashprice"), files=files), className="hi-chart--wide"),
                    _chart("difficulty", _("Difficulty"), files=files),
                    _chart("hashrate", _("Network hashrate"), files=files),
                ],
                className="hi-charts",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(_("Sources"), className="hi-panel__title"),
                            html.P(
                                _(
                                    "The price is the median of the exchanges that are fresh and agree, three at the least. "
                                    "Where too few speak, one believable source is taken; where none does, the last price "
                                    "stays with its age."
                                ),
                                className="hi-muted",
                            ),
                        ],
                        className="hi-market__head",
                    ),
                    html.Div(views.sources(actor, now), id=ids.MARKET_SOURCES),
                ],
                className="hi-panel",
            ),
            _upload() if allowed(actor, Permission.MARKET_WRITE) else None,
            *(dcc.Store(id=sink) for sink in (ids.MARKET_VERSION, ids.MARKET_FOLLOWED, ids.MARKET_DRAWN)),
        ],
        id=ids.MARKET,
        className="hi-market",
        **clock_words(),
    )


def _controls(actor: Actor, choice: views.Choice) -> Component:
    return html.Div(
        [
            html.H2(_("Over time"), className="hi-section"),
            html.Div(
                [
                    html.Label(
                        [
                            html.Span(_("Prices of"), className="hi-muted"),
                            dbc.Select(
                                id=ids.MARKET_SOURCE,
                                options=views.source_options(actor, choice.source),
                                value=choice.source or views.FULLEST,
                                class_name="hi-market__source",
                            ),
                        ],
                        className="hi-market__label",
                    ),
                    segments(
                        id=ids.MARKET_SERIES,
                        words={"line": _("Line"), "candles": _("Candles")},
                        chosen=choice.series,
                        label=_("Drawn as"),
                    ),
                    segments(
                        id=ids.MARKET_RANGE,
                        words={
                            "24h": _("24 h"),
                            "7d": _("7 d"),
                            "30d": _("30 d"),
                            "90d": _("90 d"),
                            "1y": _("1 y"),
                            "all": _("All"),
                        },
                        chosen=choice.window,
                        label=_("Range of time"),
                    ),
                ],
                className="hi-market__controls",
            ),
        ],
        className="hi-chartbar",
    )


def _chart(name: str, title: str, *, files: bool, tall: bool = False) -> Component:
    return chart(
        name=f"market-{name}",
        title=title,
        tall=tall,
        files=files,
        foot=html.P(id=ids.market_note(name), className="hi-market__note"),
    )


def _upload() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.H2(_("Histories of your own"), className="hi-panel__title"),
                    html.P(
                        _(
                            "A CSV file with dates and closing prices in dollars, or with open, high, low and close, as "
                            "exchanges and price sites hand them out. {mib} MiB at most.",
                            mib=views.MAX_UPLOAD_MIB,
                        ),
                        className="hi-muted",
                    ),
                ],
                className="hi-market__head",
            ),
            html.Div(
                [
                    segments(
                        id=ids.MARKET_BARS,
                        words={"1d": _("Daily bars"), "1h": _("Hourly bars")},
                        chosen="1d",
                        label=_("Width of the bars"),
                    ),
                    # Without `max_size`: dcc.Upload then drops a large file and says nothing. assets/js/market.js says it.
                    dcc.Upload(
                        [
                            html.Button([icon("plus"), _("Choose a CSV file")], type="button", className="hi-button"),
                            html.Span(_("or drop it here"), className="hi-muted"),
                        ],
                        id=ids.MARKET_UPLOAD,
                        className="hi-market__drop",
                        multiple=False,
                    ),
                ],
                className="hi-market__upload",
                **{
                    "data-most-bytes": str(views.MAX_UPLOAD_BYTES),
                    "data-too-large": views.too_large_words(),
                    "data-reading": _("Reading the file …"),
                },
            ),
            html.Div(id=ids.MARKET_REPORT, role="status", **{"aria-live": "polite"}),
        ],
        className="hi-panel",
    )
