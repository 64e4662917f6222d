"""The market's charts: prices as a line or as candles, hashprice, difficulty in steps, network hashrate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.components import figures
from dashboard.components.figures import Figure, Floats, Line, Rule
from dashboard.i18n import _, language
from services.market_history import Past

UTC = "UTC"
TERA, EXA = 1e12, 1e18
RISES, FALLS = "#22c55e", "#f87171"
LEGEND_PX = 36


def price_figure(*, past: Past, candles: bool, logarithmic: bool, revision: str) -> Figure:
    """Give the price of a coin in the currency that its source quotes."""
    prices = past.prices
    if prices.bars.empty:
        return figures.words(_("This source has no prices in this range yet."))
    unit = prices.symbol.partition("-")[2]
    drawn = candles and prices.has_candles
    at = pd.DatetimeIndex(prices.bars.index) if drawn else prices.ends
    line = Line(_("Closing price"), prices.bars["close"].to_numpy(dtype=float), 0)
    made = _over_time(
        past,
        _("Price of a bitcoin"),
        unit,
        [(line, at)],
        logarithmic,
        revision,
        decimals=2 if float(line.values[-1]) < 1000 else 0,
        step_s=prices.width.total_seconds(),
    )
    return _as_candles(made, prices.bars, at, logarithmic) if drawn else made


def hashprice_figure(*, past: Past, logarithmic: bool, revision: str) -> Figure:
    """Give what a petahash earned a day: with fees where they were recorded, and by the subsidy alone."""
    table = past.hashprice
    if table.empty or not table["subsidy_only"].notna().any():
        return figures.words(_("There is no price or no difficulty in this range yet."))
    unit = _("{currency}/PH/day", currency=past.prices.symbol.partition("-")[2])
    lines = [(Line(_("Subsidy alone"), table["subsidy_only"].to_numpy(dtype=float), 1), table.index)]
    if table["with_fees"].notna().sum() > 1:
        lines.append((Line(_("With fees"), table["with_fees"].to_numpy(dtype=float), 0), table.index))
    return _over_time(past, _("Hashprice"), unit, lines, logarithmic, revision, decimals=2)


def steps_figure(*, past: Past, logarithmic: bool, revision: str) -> Figure:
    """Give the difficulty, which moves in steps of 2,016 blocks."""
    table = past.difficulty
    if table.empty:
        return figures.words(_("No source has told the difficulty in this range yet."))
    line = Line(_("Difficulty"), table["value"].to_numpy(dtype=float) / TERA, 0)
    made = _over_time(past, _("Difficulty"), "T", [(line, table.index)], logarithmic, revision, decimals=2, holes=False)
    made["data"][0]["line"]["shape"] = "hv"
    return made


def hashrate_figure(*, past: Past, logarithmic: bool, revision: str) -> Figure:
    """Give the network's hashrate: as sources told it, and of each whole epoch by its blocks' times."""
    table = past.hashrate
    told, derived = table["told"].dropna(), table["derived"].dropna()
    lines = [
        (Line(word, values.to_numpy(dtype=float) / EXA, color), values.index)
        for word, values, color in ((_("By epoch"), derived, 1), (_("As told"), told, 0))
        if len(values) > 1
    ]
    if not lines:
        return figures.words(_("The network's hashrate has not been told for long enough in this range."))
    made = _over_time(past, _("Network hashrate"), "EH/s", lines, logarithmic, revision, holes=False)
    if len(derived) > 1:
        made["data"][0]["line"]["shape"] = "hv"
    return made


def _over_time(
    past: Past,
    title: str,
    unit: str,
    lines: Sequence[tuple[Line, Any]],
    logarithmic: bool,
    revision: str,
    *,
    decimals: int = 1,
    step_s: float = 0.0,
    holes: bool = True,
) -> Figure:
    """Draw lines that each have times of their own."""
    made = [
        figures.lines_over_time(
            title=title,
            unit=unit,
            at=_seconds(at),
            lines=[line],
            time_zone=UTC,
            time_title=_("Time (%s)") % UTC,
            language=language(),
            decimals=decimals,
            span=(past.since, past.until),
            # Where nothing is measured between two points there are no holes to be found.
            step_s=step_s if holes else (past.until - past.since).total_seconds(),
            rules=[Rule(moment, _("Halving")) for moment in past.halvings],
            revision=revision,
        )
        for line, at in lines
    ]
    whole = made[0]
    layout = whole["layout"]
    whole["data"] = [trace for figure in made for trace in figure["data"]]
    layout["margin"]["t"] = LEGEND_PX if len(made) > 1 or past.halvings else layout["margin"]["t"]
    layout["showlegend"] = len(made) > 1
    ranges = [figure["layout"]["yaxis"]["range"] for figure in made if "range" in figure["layout"]["yaxis"]]
    if ranges:
        layout["yaxis"]["range"] = [min(low for low, _high in ranges), max(high for _low, high in ranges)]
    if logarithmic:
        _make_logarithmic(whole, [line.values for line, _at in lines])
    return whole


def _make_logarithmic(figure: Figure, columns: Sequence[Floats]) -> None:
    """Years of growth are read by factors: on a linear axis all but the last ones lie on the ground."""
    values = np.concatenate([column[np.isfinite(column) & (column > 0)] for column in columns])
    figure["layout"]["yaxis"] |= {"type": "log", "exponentformat": "power", "showexponent": "all", "dtick": 1}
    if not len(values):
        return
    low, high = np.log10(values.min()), np.log10(values.max())
    room = max((high - low) * 0.05, 0.05)
    figure["layout"]["yaxis"] |= {
        "range": [float(low - room), float(high + room)],
        "dtick": max(1, round((high - low) / 6)),
    }


def _as_candles(figure: Figure, bars: pd.DataFrame, at: Any, logarithmic: bool) -> Figure:
    """Draw the bars whole: hollow where the price rose, filled where it fell, so that it is read without colours."""
    whole = bars["open"].notna().to_numpy()
    parts = {name: bars[name].to_numpy(dtype=float)[whole] for name in ("open", "high", "low", "close")}
    words = [_("Opening price"), _("Highest price"), _("Lowest price"), _("Closing price")]
    figure["data"] = [
        {
            "type": "candlestick",
            "name": _("Price"),
            "x": figures.texts(figures.local_times(_seconds(at)[whole], UTC)),
            **{name: figures.packed(values) for name, values in parts.items()},
            "meta": words,
            "increasing": {"line": {"color": RISES, "width": 1}, "fillcolor": figures.PANEL},
            "decreasing": {"line": {"color": FALLS, "width": 1}, "fillcolor": FALLS},
            "hovertemplate": "<br>".join(f"{word} %{{{name}:,.2f}}" for word, name in zip(words, parts, strict=True))
            + "<extra></extra>",
        }
    ]
    figure["layout"]["xaxis"]["rangeslider"] = {"visible": False}
    low, high = float(np.nanmin(parts["low"])), float(np.nanmax(parts["high"]))
    if logarithmic:
        low, high = float(np.log10(low)), float(np.log10(high))
    room = (high - low) * 0.05 or 1.0
    figure["layout"]["yaxis"]["range"] = [low - room, high + room]
    return figure


def _seconds(index: Any) -> Floats:
    return np.asarray(pd.DatetimeIndex(index).as_unit("us").asi8 / 1e6, dtype=float)
