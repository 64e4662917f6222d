"""The market into the database: spot prices, the network's numbers, candles with their history and its gaps.

A source that fails is logged and left out; where all fail nothing is stored, and the last good value stays with its age.

`python -m collectors.market import FILE [--interval 1d] [--source NAME]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import re
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from collectors import market_sources as sources
from collectors import market_store as store
from collectors.market_sources import Asked, ask_all, say_moved
from core.calculator.hashprice import subsidy_btc
from core.market import gaps
from core.market.consensus import Vote, choose, in_usd
from core.market.csv_history import History, NotAHistory, parse
from core.market.gaps import Gap
from core.market.network import checked
from core.market.points import BTC_USD, BTC_USDT, INTERVALS, USDT_USD, Candle, Network, Quote
from core.market.refusals import Reason
from db.session import transaction
from gateways.market import SOURCES, Client, Source, SourceFailed

log = logging.getLogger(__name__)

# The bars that are wanted: daily from the first day with a price, hourly for two years.
BEGINNING = dt.datetime(2010, 7, 17, tzinfo=dt.UTC)
HOURS_KEPT = dt.timedelta(days=731)
CORRECTED_BARS = 3  # so many of the newest bars are asked for again, because exchanges correct them
SETTLED = dt.timedelta(days=2)  # a bar that is absent for this long will not come any more
USDT_KNOWN_FOR = dt.timedelta(hours=1)
NETWORK_KNOWN_FOR = dt.timedelta(hours=6)
BUDGET_S = 45.0  # a long back-fill yields to the next call of the schedule, which goes on
MAX_FILE_BYTES = 64 << 20


@lru_cache(maxsize=1)
def client() -> Client:
    """Give the client of this process, which remembers who is to be left alone."""
    return Client()


def collect_spot(asking: Client | None = None) -> Vote:
    """Ask for the price everywhere; store what each one said and the one that is believed."""
    using = asking or client()
    asked = ask_all(using, {source: source.spot for source in SOURCES if source.spot})
    answers, now = asked.answers, dt.datetime.now(dt.UTC)
    quotes = [quote for said in answers.values() for quote in said]
    with transaction() as session:
        for quote in quotes:
            store.store_points(session, quote.source, quote.at, {f"quote:{quote.symbol}": quote.price}, now)
        tether = _tether(quotes, store.newest(session, store.USDT_USD_KIND), now)
        if tether is not None:
            store.store_points(session, tether.source, tether.at, {store.USDT_USD_KIND: tether.price}, now)
        known = store.newest(session, store.BTC_USD_KIND)
        exchanges, others = (_in_usd(answers, tether, exchange=exchange) for exchange in (True, False))
        vote = choose(
            exchanges,
            others,
            now,
            patience={source.name: source.patience for source in SOURCES},
            known=Quote(known[0], BTC_USD, known[1], known[2]) if known else None,
        )
        verdict = vote.verdict
        if verdict is not None:
            values = {store.BTC_USD_KIND: verdict.price, "btc_usd_spread": verdict.spread}
            store.store_points(session, verdict.source, verdict.at, values, now, verdict.used)
        sources.note(session, using, "spot", asked, now, sources.judged(vote, quotes, [*exchanges, *others]))
    say_moved()
    if verdict is None:
        log.error("no source gave a price that can be believed; the last one stays, with its age")
    if vote.refused:
        log.warning("refused: %s", ", ".join(f"{name} ({why})" for name, why in sorted(vote.refused.items())))
    return vote


def _tether(quotes: list[Quote], known: tuple[str, Decimal, dt.datetime] | None, now: dt.datetime) -> Quote | None:
    """Give what a USDT costs: fresh, or as it was lately, for it moves little."""
    verdict = choose([quote for quote in quotes if quote.symbol == USDT_USD], [], now).verdict
    if verdict is not None:
        return Quote(verdict.source, USDT_USD, verdict.price, verdict.at)
    if known is not None and now - known[2] <= USDT_KNOWN_FOR:
        return Quote(known[0], USDT_USD, known[1], known[2])
    return None


def _in_usd(answers: dict[Source, list[Quote]], tether: Quote | None, *, exchange: bool) -> list[Quote]:
    found = []
    for source, quotes in answers.items():
        for quote in quotes if source.exchange is exchange else ():
            if quote.symbol == BTC_USD:
                found.append(quote)
            elif quote.symbol == BTC_USDT and tether is not None:
                found.append(in_usd(quote, tether.price))
    return found


def collect_network(asking: Client | None = None) -> None:
    """Ask for the network's numbers; each is taken from the first source that tells it and can be believed."""
    using = asking or client()
    asked = ask_all(using, {source: source.network for source in SOURCES if source.network})
    now = dt.datetime.now(dt.UTC)
    taken: set[str] = set()
    with transaction() as session:
        for source, told in asked.answers.items():
            network = _believed(source, told, _known_network(session, now))
            values = {name: value for name, value in _network_values(network).items() if value is not None}
            fresh = {name: value for name, value in values.items() if name not in taken}
            taken |= fresh.keys()
            store.store_points(session, source.name, network.at, fresh, now)
        sources.note(session, using, "network", asked, now)
    say_moved()
    if not taken:
        log.error("no source gave the network's numbers; the last ones stay, with their age")


def _known_network(session: Any, now: dt.datetime) -> tuple[str, Network] | None:
    height, difficulty = store.newest(session, "height"), store.newest(session, "difficulty")
    if height is None or difficulty is None or now - difficulty[2] > NETWORK_KNOWN_FOR:
        return None
    return difficulty[0], Network(at=height[2], height=int(height[1]), difficulty=difficulty[1])


def _believed(source: Source, told: Network, known: tuple[str, Network] | None) -> Network:
    """Check an answer against what is known, unless that came from a source that is preferred less."""
    if known is None:
        return told
    names = [one.name for one in SOURCES]
    if known[0] in names and names.index(known[0]) > names.index(source.name):
        return told
    found = checked(told, known[1])
    if found != told:
        log.warning("%s contradicts what is known of the network and is not believed in that", source.name)
    return found


def _network_values(network: Network) -> dict[str, Decimal | None]:
    reward = None
    if network.height is not None and network.fees_btc_per_block is not None:
        reward = Decimal(str(subsidy_btc(network.height))) + network.fees_btc_per_block
    at = network.retarget_at
    return {
        "height": _decimal(network.height),
        "difficulty": network.difficulty,
        "hashrate_hs": network.hashrate_hs,
        "fees_btc_per_block": network.fees_btc_per_block,
        "block_reward_btc": reward,
        "retarget_at_s": Decimal(str(at.timestamp())) if at else None,
        "retarget_height": _decimal(network.retarget_height),
        "retarget_change": network.retarget_change,
    }


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def collect_epochs(asking: Client | None = None) -> None:
    """Store every change of difficulty so far, at the time of its block."""
    using = asking or client()
    asked = ask_all(using, {source: source.epochs for source in SOURCES if source.epochs})
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        for source, epochs in asked.answers.items():
            for epoch in epochs:
                values = {"epoch_difficulty": epoch.difficulty, "epoch_height": _decimal(epoch.height)}
                store.store_points(session, source.name, epoch.at, values, now)
        sources.note(session, using, "epochs", asked, now)
    say_moved()


def collect_candles(asking: Client | None = None, *, beginning: dt.datetime = BEGINNING) -> dict[str, int]:
    """Fetch the newest bars, and as much of what is missing before them as there is time for; gives the bars stored."""
    using = asking or client()
    until = time.monotonic() + BUDGET_S
    asked = Asked()

    def work(source: Source) -> int:
        try:
            asked.answers[source] = sum(
                _fill(using, source, interval, until, beginning) for interval in _intervals(source)
            )
        except SourceFailed as error:
            log.warning("%s gave no candles: %s", source.name, error)
            asked.failures[source] = error
        return int(asked.answers.get(source, 0))

    able = [source for source in SOURCES if source.candles]
    with ThreadPoolExecutor(len(able), thread_name_prefix="candles") as pool:
        stored = dict(zip([source.name for source in able], pool.map(work, able), strict=True))
    with transaction() as session:
        sources.note(session, using, "candles", asked, dt.datetime.now(dt.UTC))
    say_moved()
    return stored


def _intervals(source: Source) -> Iterable[str]:
    """Give the intervals of a source, the widest first: a few pages of days are a whole history."""
    return sorted(source.history.reach if source.history else (), key=INTERVALS.__getitem__, reverse=True)


def _fill(using: Client, source: Source, interval: str, until: float, beginning: dt.datetime) -> int:
    history = source.history
    if history is None:
        return 0
    step, now = INTERVALS[interval], dt.datetime.now(dt.UTC)
    reach = history.reach[interval]
    last = gaps.last_closed(now, step)
    first = max(beginning, now - HOURS_KEPT) if interval == "1h" else beginning
    first = max(first, now - reach) if reach is not None else first
    with transaction() as session:
        times = store.candle_times(session, source.name, history.symbol, interval)
        empty = store.holes(session, source.name, history.symbol, interval, now)
    settled = [at for at in times if at <= last - CORRECTED_BARS * step]
    missing = [part for gap in gaps.gaps(settled, first, last, step) for part in gaps.without(gap, empty, step)]
    stored = 0
    for gap in reversed(missing):  # the newest first: charts begin there
        end = gap.last
        while end >= gap.first and time.monotonic() < until:
            page = Gap(max(gap.first, end - (history.page - 1) * step), end)
            found = _page(using, source, interval, page)
            with transaction() as session:
                store.store_candles(session, source.name, history.symbol, interval, found, now)
                # Where a whole page is empty the source has nothing older either.
                searched = page if found else Gap(gap.first, page.last)
                for hole in gaps.gaps([candle.at for candle in found], searched.first, searched.last, step):
                    if hole.last < now - SETTLED:
                        store.store_hole(session, source.name, history.symbol, interval, hole, now)
            stored += len(found)
            if not found:
                break
            end = page.first - step
    return stored


def _page(using: Client, source: Source, interval: str, page: Gap) -> list[Candle]:
    if source.candles is None:
        return []
    found = using.call(source, lambda ask: source.candles(ask, interval, page.first, page.last))  # type: ignore[misc]
    return [candle for candle in found if page.first <= candle.at <= page.last]


def import_history(session: Session, content: bytes, interval: str, source: str, now: dt.datetime) -> History:
    """Take a price history in dollars out of a file; gives what was stored and what was refused and why."""
    if not re.fullmatch(r"[\w.-]{1,60}", source):
        raise NotAHistory(Reason.BAD_NAME)
    try:
        history = parse(content.decode("utf-8-sig"), interval, now)
    except UnicodeDecodeError:
        raise NotAHistory(Reason.NO_TEXT) from None
    store.store_candles(session, f"{store.FILE}{source}", BTC_USD, interval, history.candles, now)
    return history


def source_of(file_name: str) -> str:
    """Give the name under which the bars of a file are kept where nobody chose one."""
    return re.sub(r"[^\w.-]+", "-", Path(file_name).stem)[:60].strip("-.") or "file"


def main(arguments: list[str]) -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m collectors.market", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    importing = verbs.add_parser("import")
    importing.add_argument("file", type=Path)
    importing.add_argument("--interval", choices=tuple(INTERVALS), default="1d")
    importing.add_argument("--source", help="name that the bars are kept under; the file's own without one")
    options = parser.parse_args(arguments)
    try:
        if options.file.stat().st_size > MAX_FILE_BYTES:
            sys.exit(f"{options.file} is larger than {MAX_FILE_BYTES >> 20} MiB")
        source = options.source or source_of(options.file.name)
        with transaction() as session:
            history = import_history(
                session, options.file.read_bytes(), options.interval, source, dt.datetime.now(dt.UTC)
            )
    except (OSError, NotAHistory) as error:
        sys.exit(f"{options.file}: {error}")
    say_moved()
    for line, why in history.refused:
        print(f"line {line}: {why}")
    print(f"{len(history.candles)} bars stored, {len(history.refused)} lines refused")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
