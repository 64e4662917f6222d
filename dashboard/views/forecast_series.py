"""The three series of the forecasts page: each gives its chart, its facts and what they rest on, or says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from dash.development.base_component import Component

from core.access import Actor
from core.forecasting import MODELS
from dashboard import formats
from dashboard.components import figures
from dashboard.components import forecast_parts as parts
from dashboard.components.figures import Figure, Rule
from dashboard.components.forecast_figures import Words, fan
from dashboard.components.forecast_words import UTC, Asked, day, minute, reason, search_of, zone_name
from dashboard.components.market_words import source_name
from dashboard.i18n import _, language
from services import difficulty, fleet, forecasts
from services.difficulty import Epoch
from services.forecasts import Missing, PriceForecast
from services.market import Fact

TERA = 1e12
OLD_AFTER = dt.timedelta(days=2)
BANDS = ["mean", "low80", "high80", "low95", "high95"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The chart and what stands around it; `what` names what a zoom belongs to."""

    figure: Figure
    what: str
    facts: list[Component]
    told: str
    table: Component | None = None


def _price(actor: Actor, asked: Asked, _site: str | None, now: dt.datetime) -> Answer:
    found = forecasts.price(actor, asked.model, asked.horizon_days, now)
    if isinstance(found, Missing):
        return _without(found, asked)
    past = forecasts.past(actor, found.source, now - difficulty.past_shown(asked.horizon_days), now)
    figure = fan(
        title=_title(asked, _("Price of a bitcoin")),
        unit="USD",
        past=past,
        ahead=_joined(found),
        words=_words(_("Close of the day")),
        time_zone=UTC,
        time_title=_("Time (%s)") % UTC,
        language=language(),
        rules=[Rule(found.last_at, _("last close"))],
        revision=search_of(asked),
    )
    end, spot = found.path.iloc[-1], forecasts.spot(actor, now)
    facts = [
        parts.fact(
            label=_("Price now"),
            value=formats.money(float(spot.value), 0) if spot else formats.DASH,
            note=_from(spot, now),
            explained=formats.instant(spot.at) if spot else _("No source has told a price yet."),
            old=bool(spot and spot.stale),
        ),
        *_ends(
            asked, end, found.last_price_usd, lambda value: formats.money(value, 0), "", _("against the last close")
        ),
    ]
    return Answer(figure, f"{search_of(asked)}:{found.fitted_at}", facts, _told(found, now))


def _hashprice(actor: Actor, asked: Asked, _site: str | None, now: dt.datetime) -> Answer:
    found = difficulty.hashprice(actor, asked.model, asked.horizon_days, now)
    if isinstance(found, Missing):
        return _without(found, asked)
    unit = formats.unit_word("USD/PH/day")
    figure = fan(
        title=_title(asked, _("Hashprice")),
        unit=unit,
        past=found.past,
        ahead=found.path,
        words=_words(_("Past, subsidy alone")),
        time_zone=UTC,
        time_title=_("Time (%s)") % UTC,
        language=language(),
        rules=[
            Rule(found.price.last_at, _("last close")),
            *(Rule(at, _("halving")) for at in found.halvings),
        ],
        decimals=2,
        revision=search_of(asked),
    )
    now_usd = found.now.hashprice_usd_per_ph_day
    facts = [
        parts.fact(
            label=_("Hashprice now"),
            value=formats.money(now_usd),
            unit=_("/PH/day"),
            note=formats.ago(now - dt.timedelta(seconds=found.now.age_s), now)
            if found.now.age_s is not None
            else _("not known"),
            explained=_("Price, difficulty, subsidy and fees as they were told last; the age is that of the oldest."),
            old=now_usd is not None and found.now.stale,
        ),
        *_ends(asked, found.path.iloc[-1], now_usd, formats.money, _("/PH/day"), _("against now")),
    ]
    fees = (
        _("It counts {fees} of fees a block, the mean of a day, as they are now; the past is told without them.",
          fees=formats.btc(found.fees_btc_per_block))
        if found.fees_btc_per_block is not None
        else _("No source has told the fees: past and forecast are of the subsidy alone.")
    )  # fmt: skip
    told = f"{_told(found.price, now)} {_seen(found.epoch, now)} {fees}"
    return Answer(figure, f"{search_of(asked)}:{found.price.fitted_at}", facts, told)


def _difficulty(actor: Actor, asked: Asked, site: str | None, now: dt.datetime) -> Answer:
    running = difficulty.epoch(actor, now)
    if isinstance(running, Missing):
        return _without(running, asked)
    zone = fleet.time_zone(actor, site)
    path = difficulty.ahead(actor, running, asked.horizon_days)
    ahead = path.set_index("at")[BANDS] / TERA
    known = ahead.iloc[:1].copy()
    known.loc[:, :] = float(running.difficulty.value) / TERA
    # Until the first retarget the difficulty is known; behind the last one its epoch goes on.
    known.index = [ahead.index[0] - dt.timedelta(seconds=running.retarget.remaining_s)]
    rest = ahead.iloc[-1:].set_axis([ahead.index[-1] + dt.timedelta(days=difficulty.EPOCH_DAYS)])
    since = now - difficulty.past_shown(max(asked.horizon_days, 45))
    past = running.past[running.past.index >= since] / TERA
    past = pd.concat([past, pd.Series([past.iloc[-1]], index=known.index)]) if len(past) else past
    figure = fan(
        title=_title(asked, _("Difficulty")),
        unit="T",
        past=past,
        ahead=pd.concat([known, ahead, rest]),
        words=_words(_("Past")),
        time_zone=zone,
        time_title=_("Time (%s)") % zone,
        language=language(),
        rules=[Rule(ahead.index[0].to_pydatetime(warn=False), _("next retarget"))],
        decimals=2,
        stepped=True,
        revision=f"{search_of(asked)}:{zone}",
    )
    rows = [
        [
            day(row.at.to_pydatetime(warn=False), zone),
            f"{formats.decimal(row.mean / TERA, 2)} T",
            parts.signed(row.mean / float(running.difficulty.value) - 1),
            f"{formats.decimal(row.low80 / TERA, 2)} – {formats.decimal(row.high80 / TERA, 2)} T",
            f"{formats.decimal(row.low95 / TERA, 2)} – {formats.decimal(row.high95 / TERA, 2)} T",
        ]
        for row in path.itertuples()
    ]
    headings = [_("Retarget"), _("Difficulty"), _("Against now"), _("80 % range"), _("95 % range")]
    table = parts.table(caption=_("Epochs ahead"), headings=headings, rows=rows)
    return Answer(
        figure, f"{search_of(asked)}:{zone}:{running.started_at}", _retarget_facts(running, zone, now),
        _seen(running, now), table,
    )  # fmt: skip


ANSWERS: dict[str, Callable[[Actor, Asked, str | None, dt.datetime], Answer]] = {
    "price": _price,
    "difficulty": _difficulty,
    "hashprice": _hashprice,
}


def _retarget_facts(running: Epoch, zone: str, now: dt.datetime) -> list[Component]:
    found = running.retarget
    at = running.seen_at + dt.timedelta(seconds=found.remaining_s)
    earliest, latest = (
        running.seen_at + dt.timedelta(seconds=seconds)
        for seconds in (found.remaining_low80_s, found.remaining_high80_s)
    )
    theirs = running.told_change
    their_name = source_name(theirs.source if theirs else "mempool_space")
    their_date = (
        _("on {date}, told {ago}", ago=formats.ago(theirs.at, now),
          date=minute(dt.datetime.fromtimestamp(float(running.told_at.value), dt.UTC), zone))
        if theirs and running.told_at
        else _("It has told nothing of this retarget yet.")
    )  # fmt: skip
    return [
        parts.fact(
            label=_("Next change"),
            value=parts.signed(found.change, 2).removesuffix(" %"),
            unit="%",
            note=_("80 %: {low} to {high}", low=parts.signed(found.low80), high=parts.signed(found.high80)),
            explained=_("95 %: {low} to {high}", low=parts.signed(found.low95), high=parts.signed(found.high95)),
            old=running.stale,
        ),
        parts.fact(
            label=_("Next retarget"),
            value=minute(at, zone, year=False),
            unit=zone_name(at, zone),
            note=_("in {time}", time=formats.duration(max((at - now).total_seconds(), 0.0))),
            explained=_("80 %: {low} to {high}", low=minute(earliest, zone), high=minute(latest, zone)),
        ),
        parts.fact(
            label=_("Blocks to go"),
            value=formats.integer(running.blocks_to_go),
            note=_(
                "{share} of the epoch done, block {height}",
                share=formats.percent(running.done, 0),
                height=formats.integer(running.height),
            ),
        ),
        parts.fact(
            label=_("{source} estimates", source=their_name),
            value=parts.signed(float(theirs.value), 2).removesuffix(" %") if theirs else formats.DASH,
            unit="%" if theirs else "",
            note=their_date,
            explained=_("The source's own estimate, for comparison; ours does not use it."),
            old=bool(theirs and theirs.stale),
        ),
    ]


def _ends(asked: Asked, end: Any, before: float | None, written: Any, unit: str, against: str) -> list[Component]:
    """Give the facts of the last day: what is expected, and both ranges."""
    days = asked.horizon_days
    change = f"{parts.signed(end['mean'] / before - 1)} {against}" if before else against
    return [
        parts.fact(label=_("Expected in {n} days", n=days), value=written(end["mean"]), unit=unit, note=change),
        *(
            parts.fact(
                label=_("{level} % range in {n} days", level=level, n=days),
                value=f"{written(end[f'low{level}'])} – {written(end[f'high{level}'])}",
                unit=unit,
                note=_("It should hold the value in {level} of 100 cases.", level=level),
            )
            for level in (80, 95)
        ),
    ]


def _joined(found: PriceForecast) -> Any:
    """Give the path with the last close in front, from which it sets out."""
    start = pd.DataFrame({name: [found.last_price_usd] for name in found.path.columns}, index=[found.last_at])
    return pd.concat([start, found.path])


def _without(missing: Missing, asked: Asked) -> Answer:
    return Answer(figures.words(reason(missing, asked)), "", [], "")


def _told(found: PriceForecast, now: dt.datetime) -> str:
    told = _(
        "{source} {symbol}, {bars} daily closes to {last}. {model} fitted {fitted}.",
        source=source_name(found.source),
        symbol=found.symbol,
        bars=formats.integer(found.bars),
        last=day(found.last_at),
        model=_(MODELS[found.model].title),
        fitted=minute(found.fitted_at),
    )
    age = now - found.last_at
    if age <= OLD_AFTER:
        return told
    old = _("The newest close is {time} old.", time=formats.duration(age.total_seconds()))
    return f"{told} {old}"


def _seen(running: Epoch, now: dt.datetime) -> str:
    return _(
        "Block {height} of {source}, seen {ago}.",
        height=formats.integer(running.height),
        source=source_name(running.source),
        ago=formats.ago(running.seen_at, now),
    )


def _from(fact: Fact | None, now: dt.datetime) -> str:
    if fact is None:
        return _("not known")
    return f"{source_name(fact.source)} · {formats.ago(fact.at, now)}"


def _title(asked: Asked, name: str) -> str:
    return _("{name}, {n} days ahead", name=name, n=asked.horizon_days)


def _words(past: str) -> Words:
    return Words(
        past=past,
        expected=_("Expected"),
        band=_("{level} % range"),
        low=_("{level} % range, low"),
        high=_("{level} % range, high"),
    )
