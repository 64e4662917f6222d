"""Asking the market's sources side by side, and writing down how each of them is for those who look.

The breaker of a source lives in the worker that asks, and there are several of them: failures are counted together here.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.market.consensus import Vote
from core.market.points import USDT_USD, Quote
from gateways import cache
from gateways.market import Client, Resting, Source, SourceFailed

log = logging.getLogger(__name__)

MAX_DETAIL = 200
USED, SPARE, UNPRICED = "used", "spare", "unpriced"

_ANSWERED = text("""
INSERT INTO market_source (source, part, asked_at, answered_at, symbol, price, quoted_at, verdict)
VALUES (:source, :part, :now, :now, :symbol, :price, :quoted_at, :verdict)
ON CONFLICT (source, part) DO UPDATE SET asked_at = excluded.asked_at, answered_at = excluded.answered_at, failures = 0,
    resting_until = NULL, verdict = excluded.verdict, symbol = coalesce(excluded.symbol, market_source.symbol),
    price = coalesce(excluded.price, market_source.price),
    quoted_at = coalesce(excluded.quoted_at, market_source.quoted_at)
""")
_FAILED = text("""
INSERT INTO market_source (source, part, asked_at, failures, failed_at, failure, detail, resting_until)
VALUES (:source, :part, :now, 1, :now, :failure, :detail, :resting_until)
ON CONFLICT (source, part) DO UPDATE SET asked_at = excluded.asked_at, failures = market_source.failures + 1,
    failed_at = excluded.failed_at, failure = excluded.failure, detail = excluded.detail, verdict = NULL,
    resting_until = excluded.resting_until
""")
_RESTS = text(
    "UPDATE market_source SET resting_until = :resting_until, verdict = NULL WHERE source = :source AND part = :part"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: the answer of each source that has one, and why the others have none."""

    answers: dict[Source, Any] = field(default_factory=dict)
    failures: dict[Source, SourceFailed] = field(default_factory=dict)


def ask_all(asking: Client, questions: Mapping[Source, Callable[[Any], Any]]) -> Asked:
    """Put a question to every source side by side."""

    def ask(item: tuple[Source, Callable[[Any], Any]]) -> Any:
        source, question = item
        try:
            return asking.call(source, question)
        except SourceFailed as error:
            log.warning("%s gave nothing: %s", source.name, error)
            return error

    with ThreadPoolExecutor(max(len(questions), 1), thread_name_prefix="market") as pool:
        found = dict(zip(questions, pool.map(ask, questions.items()), strict=True))
    return Asked(
        {source: answer for source, answer in found.items() if not isinstance(answer, SourceFailed)},
        {source: answer for source, answer in found.items() if isinstance(answer, SourceFailed)},
    )


def note(
    session: Session,
    asking: Client,
    part: str,
    asked: Asked,
    now: dt.datetime,
    quotes: Mapping[str, tuple[Quote, str]] | None = None,
) -> None:
    """Write down how the sources that were asked are; `quotes` are what each said of the price, with the verdict."""
    for source in sorted([*asked.answers, *asked.failures], key=lambda one: one.name):
        error = asked.failures.get(source)
        row: dict[str, Any] = {"source": source.name, "part": part, "now": now}
        if error is None:
            quote, verdict = (quotes or {}).get(source.name, (None, None))
            row |= {"symbol": quote.symbol, "price": quote.price, "quoted_at": quote.at} if quote else _NO_QUOTE
            session.execute(_ANSWERED, {**row, "verdict": verdict})
            continue
        rest_s = asking.rest_s(source)
        row["resting_until"] = now + dt.timedelta(seconds=rest_s) if rest_s else None
        if isinstance(error, Resting):
            session.execute(_RESTS, row)
        else:
            session.execute(_FAILED, {**row, "failure": error.kind.value, "detail": str(error)[:MAX_DETAIL]})


_NO_QUOTE = {"symbol": None, "price": None, "quoted_at": None}


def judged(vote: Vote, quotes: Iterable[Quote], in_usd: Iterable[Quote]) -> dict[str, tuple[Quote, str]]:
    """Give each source's quote of a bitcoin with what became of it in the vote."""
    used = vote.verdict.used if vote.verdict else ()
    priced = {quote.source for quote in in_usd}
    found = {}
    for quote in quotes:
        if quote.symbol == USDT_USD:
            continue
        name = quote.source
        why = vote.refused[name].value if name in vote.refused else SPARE if name in priced else UNPRICED
        found[name] = (quote, USED if name in used else why)
    return found


def say_moved() -> None:
    """Tell the pages that the market was asked; without Redis they look again by themselves."""
    try:
        cache.bump_market_version()
    except (RedisError, cache.NoRedis) as error:
        log.warning("the pages are not told of the market: %s", error)
