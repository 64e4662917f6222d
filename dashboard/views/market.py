"""What the market page shows: made once for each market version, choice and language; ages run in the browser."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from sqlalchemy.exc import SQLAlchemyError

from core.access import Actor, Permission, require
from core.market.csv_history import NotAHistory
from core.market.points import BLOCKS_PER_EPOCH, INTERVALS
from dashboard import formats
from dashboard.cache import under_version
from dashboard.components import figures
from dashboard.components import market as parts
from dashboard.components.figures import Figure
from dashboard.components.market_figures import hashprice_figure, hashrate_figure, price_figure, steps_figure
from dashboard.components.market_words import refusal_words, source_name
from dashboard.i18n import _, language, n_
from gateways.cache import market_version
from services import market, market_history, market_sources
from services.market import Fact, Snapshot
from services.market_history import WINDOWS, Past
from services.market_sources import MAX_UPLOAD_BYTES as MAX_UPLOAD_BYTES
from services.market_sources import TooLarge

log = logging.getLogger(__name__)

T = TypeVar("T")
CHARTS = ("price", "hashprice", "difficulty", "hashrate")
SERIES = ("line", "candles")
FULLEST = "*"  # not the empty value: dbc.Select keeps that one for a placeholder and would show it, blank
MAX_UPLOAD_MIB = MAX_UPLOAD_BYTES >> 20
HASHES_IN_TERA = Decimal(10) ** 12
SATOSHI_PLACES = 4
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the controls say; `source` None is the one with the fullest history in the range."""

    window: str
    series: str
    source: str | None


def choice(window: object, series: object, source: object) -> Choice:
    """Read what an address or a browser says; what is none of ours is the usual."""
    named = isinstance(source, str) and source != FULLEST and re.fullmatch(r"[\w:.-]{1,70}", source)
    return Choice(
        window=str(window) if window in WINDOWS else "30d",
        series=str(series) if series in SERIES else "line",
        source=str(source) if named else None,
    )


def source_options(actor: Actor, chosen: object = None) -> list[dict[str, str]]:
    """Give whose prices can be drawn; a chosen one is among them whatever it is."""
    names = ["consensus", *market_history.histories(actor)]
    if isinstance(chosen, str) and chosen != FULLEST and chosen not in names:
        names.append(chosen)
    usual = {"label": _("Fullest history"), "value": FULLEST}
    return [usual, *({"label": _upper(source_name(name)), "value": name} for name in names)]


def tiles(actor: Actor, now: dt.datetime) -> list[Any]:
    """Give the six numbers of the market."""
    snapshot = market.look(actor, now)
    week = _made("week", make=lambda: market_history.past(actor, "7d", None, now))
    year = _made("year", make=lambda: market_history.past(actor, "1y", None, now))
    return [
        _price_tile(snapshot, week, now),
        _hashprice_tile(snapshot, week, now),
        _fact_tile(
            snapshot.hashrate,
            now,
            label=_("Network hashrate"),
            text=lambda value: formats.hashrate(value / HASHES_IN_TERA),
            below=_epoch_change(year),
            href="#market-note-hashrate",
            explained=_("Hashrate of the whole network, estimated from its blocks."),
            spark=_finite(year.hashrate["derived"]),
        ),
        _fact_tile(
            snapshot.difficulty,
            now,
            label=_("Difficulty"),
            text=formats.compact,
            below=_("block {height}", height=formats.integer(snapshot.height.value)) if snapshot.height else None,
            href="#market-note-difficulty",
            explained=_("Difficulty of the present epoch."),
            spark=_finite(year.difficulty["value"]),
        ),
        _retarget_tile(snapshot, now),
        _reward_tile(snapshot, now),
    ]


def sources(actor: Actor, now: dt.datetime) -> Any:
    """Give the table of the sources."""
    return parts.sources_table(market_sources.sources(actor, now), now)


def charts(actor: Actor, wanted: Choice, now: dt.datetime) -> tuple[list[Figure], list[str]]:
    """Give the four charts and the line under each that names its source; one that cannot be read says so."""
    require(actor, Permission.MARKET_READ)
    key = (wanted.window, wanted.series, wanted.source, language())
    try:
        return _made("charts", *key, make=lambda: _charts(actor, wanted, now))
    except SQLAlchemyError:
        log.exception("the charts of the market could not be read")
        reason = _("The chart could not be read. It is asked for again with the next data.")
        return [figures.words(reason)] * len(CHARTS), [""] * len(CHARTS)


def take_history(actor: Actor, contents: object, file_name: object, interval: object, now: dt.datetime) -> Any:
    """Take a history out of an uploaded file and say what came of it."""
    bars = str(interval) if interval in INTERVALS else "1d"
    name = file_name if isinstance(file_name, str) else ""
    try:
        source, history = market_sources.import_history(actor, _bytes(contents), name, bars, now)
    except TooLarge:
        return parts.import_failed(too_large_words())
    except NotAHistory as refusal:
        return parts.import_failed(refusal_words(refusal))
    return parts.import_report(source, bars, history)


def too_large_words() -> str:
    """Give what is said of a file that is too large."""
    return _(
        "The file has more than {mib} MiB. Cut it into parts, or load it with the command line.", mib=MAX_UPLOAD_MIB
    )


def _made(part: str, *key: object, make: Callable[[], T]) -> T:
    return under_version(f"market-{part}", *key, make=make, version=market_version)


def _charts(actor: Actor, wanted: Choice, now: dt.datetime) -> tuple[list[Figure], list[str]]:
    past = market_history.past(actor, wanted.window, wanted.source, now, candles=wanted.series == "candles")
    key = str(wanted)
    logarithmic = WINDOWS[wanted.window].span is None
    shared: dict[str, Any] = {"past": past, "logarithmic": logarithmic, "revision": key}
    made = [
        price_figure(candles=wanted.series == "candles", **shared),
        hashprice_figure(**shared),
        steps_figure(**shared),
        hashrate_figure(**shared),
    ]
    return made, [_price_note(past), _hashprice_note(past), _network_note(past), _hashrate_note(past)]


def _price_note(past: Past) -> str:
    prices = past.prices
    if prices.source is None:
        return ""
    if prices.source == "consensus":
        return _("Source: {source}, as recorded here.", source=source_name("consensus"))
    return _(
        "Source: {source}, {symbol}, bars of {width}.",
        source=source_name(prices.source),
        symbol=prices.symbol,
        width=_width(prices.width),
    )


def _width(width: dt.timedelta) -> str:
    days, hours = width.days, width.seconds // 3600
    return n_("{n} day", "{n} days", days) if days and not hours else n_("{n} hour", "{n} hours", days * 24 + hours)


def _hashprice_note(past: Past) -> str:
    if past.hashprice.empty:
        return ""
    return _(
        "Made of the prices above ({price}) and the difficulty ({network}). Fees are counted where they were recorded.",
        price=source_name(past.prices.source),
        network=_names(past.network_sources),
    )


def _network_note(past: Past) -> str:
    return _("Source: {source}.", source=_names(past.network_sources)) if past.network_sources else ""


def _hashrate_note(past: Past) -> str:
    if past.hashrate.empty:
        return ""
    return _(
        "Source: {source}. By epoch: reckoned from the times of its 2,016 blocks.", source=_names(past.network_sources)
    )


def _names(sources: Sequence[str]) -> str:
    return ", ".join(source_name(source) for source in sources)


def _price_tile(snapshot: Snapshot, week: Past, now: dt.datetime) -> Any:
    price = snapshot.price
    closes, change = _last_day(pd.Series(week.prices.bars["close"].to_numpy(dtype=float), index=week.prices.ends))
    explained = [_("Price of one bitcoin in dollars.")]
    if price is not None and len(price.basis) > 1:
        explained.append(_("Median of these: {names}.", names=_names(price.basis)))
    if change:
        explained.append(_("The change is that of {source}.", source=source_name(week.prices.source)))
    return _fact_tile(
        price,
        now,
        label=_("Bitcoin"),
        text=lambda value: formats.money(value, 0),
        below=_("{change} in 24 h", change=change) if change else None,
        href="#market-note-price",
        explained=" ".join(explained),
        spark=closes,
    )


def _hashprice_tile(snapshot: Snapshot, week: Past, now: dt.datetime) -> Any:
    known = [fact for fact in (snapshot.price, snapshot.difficulty, snapshot.reward) if fact is not None]
    value = snapshot.hashprice_usd_per_ph_day
    values, change = _last_day(week.hashprice["subsidy_only"])
    oldest = min(known, key=lambda fact: fact.at) if value is not None else None
    return parts.tile(
        label=_("Hashprice, per PH/day"),
        value=formats.money(value),
        below=_("{change} in 24 h", change=change) if change and value is not None else _nothing(value),
        source=_("price, difficulty, reward") if oldest else None,
        at=oldest.at if oldest else None,
        stale_at=min(map(_stale_at, known)) if oldest else None,
        now=now,
        href="#market-note-hashprice",
        explained=_("What 1 PH/s earns a day: 1e15 × 86,400 / (difficulty × 2^32) × block reward × price.")
        if value is not None
        else _("It needs price, difficulty and block reward; not all of them have been told."),
        spark=values,
    )


def _retarget_tile(snapshot: Snapshot, now: dt.datetime) -> Any:
    change, at = snapshot.retarget_change, snapshot.retarget_at_s
    height = snapshot.height
    done = int(height.value) % BLOCKS_PER_EPOCH if height else None
    expected = dt.datetime.fromtimestamp(float(at.value), dt.UTC) if at else None
    words = None
    if expected is not None:
        left = (expected - now).total_seconds()
        words = (
            parts.moment(expected)
            if left <= 0
            else _("{day}, in {time}", day=parts.moment(expected), time=formats.duration(left))
        )
    known = [fact for fact in (change, at) if fact is not None]
    oldest = min(known, key=lambda fact: fact.at, default=None)
    return parts.tile(
        label=_("Next difficulty"),
        value=_signed_percent(float(change.value)) if change else formats.DASH,
        below=words or _("No source has told its date yet."),
        source=_names(tuple(dict.fromkeys(fact.source for fact in known))) if known else None,
        at=oldest.at if oldest else None,
        stale_at=min(map(_stale_at, known), default=None),
        now=now,
        href="#market-note-difficulty",
        explained=_(
            "Expected change of the difficulty. {n} of 2,016 blocks of this epoch are mined.", n=formats.integer(done)
        )
        if done is not None
        else _("Expected change of the difficulty at the end of this epoch."),
        progress=done / BLOCKS_PER_EPOCH if done is not None else 0.0,
    )


def _reward_tile(snapshot: Snapshot, now: dt.datetime) -> Any:
    reward, fees = snapshot.reward, snapshot.fees
    below = None
    if reward and fees:
        below = _(
            "subsidy {subsidy} + fees {fees}",
            subsidy=f"{reward.value - fees.value:.3f}",
            fees=formats.decimal(fees.value, SATOSHI_PLACES),
        )
    return _fact_tile(
        reward,
        now,
        label=_("Block reward"),
        text=lambda value: f"{formats.decimal(value, SATOSHI_PLACES)} BTC",
        below=below,
        href="#market-note-hashprice",
        explained=_("Subsidy and the mean fees of the last 144 blocks."),
        spark=(),
    )


def _fact_tile(
    fact: Fact | None,
    now: dt.datetime,
    *,
    label: str,
    text: Callable[[Decimal], str],
    below: str | None,
    href: str,
    explained: str,
    spark: Any,
) -> Any:
    value, _space, unit = text(fact.value).partition(" ") if fact else (formats.DASH, "", "")
    return parts.tile(
        label=label,
        value=value,
        unit=unit,
        below=_nothing(fact) if fact is None else below or "",
        source=source_name(fact.source, len(fact.basis)) if fact else None,
        at=fact.at if fact else None,
        stale_at=_stale_at(fact) if fact else None,
        now=now,
        href=href,
        explained=explained if fact else _("No source has told it yet."),
        spark=spark if fact else (),
    )


def _nothing(value: object) -> str:
    return _("No source has told it yet.") if value is None else ""


def _stale_at(fact: Fact) -> dt.datetime:
    return fact.at + dt.timedelta(seconds=market.stale_after_s(fact.kind))


def _epoch_change(year: Past) -> str | None:
    known = _finite(year.hashrate["derived"])
    if len(known) < 2 or known[0] == 0:
        return None
    return _("{change} in a year", change=_signed_percent(known[-1] / known[0] - 1, 0))


def _last_day(series: pd.Series) -> tuple[Any, str | None]:
    """Give the values of the last 24 h that are known, and the change over them where they are whole."""
    known = series.dropna()
    if known.empty:
        return (), None
    begin = known.index[-1] - DAY
    values = known[known.index >= begin]
    whole = values.index[0] == begin and values.iloc[0] > 0
    return values.to_numpy(), _signed_percent(values.iloc[-1] / values.iloc[0] - 1) if whole else None


def _signed_percent(share: float, digits: int = 2) -> str:
    sign = "+" if round(share * 100, digits) > 0 else "−" if round(share * 100, digits) < 0 else "±"
    return f"{sign}{formats.percent(abs(share), digits)}"


def _finite(column: Any) -> Any:
    values = np.asarray(column, dtype=float)
    return values[np.isfinite(values)]


def _bytes(contents: object) -> bytes:
    """Unpack what dcc.Upload sends; what is no file is an empty one."""
    _head, _comma, packed = contents.partition(",") if isinstance(contents, str) else ("", "", "")
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
