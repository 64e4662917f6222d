"""What the calculator is asked by people: with the market's newest numbers, the catalogue, and the fleet as it is."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from core.access import Actor, Permission, require
from core.calculator import Plan, Scenario
from core.calculator.batch import ranked, results, totals
from core.calculator.catalogue import Fault, Model, Status
from core.calculator.lots import MAX_LOTS, Lots, NotLots, Reason, cells, read_lots
from core.calculator.question import Asked, Live, Question, complete
from core.market.refusals import Refusal
from db.queries import calculator
from db.queries import market as market_query
from db.session import transaction
from services import audit, market
from services.market import Snapshot
from services.network_days import network_by_day
from services.spreadsheets import Unreadable, first_sheet

CATALOGUE_OBJECT = "model "
MAX_FILE_BYTES = 4 << 20
LOT_TEXTS = ("site", "model", "client")
LOT_NUMBERS = (
    "count", "hashrate_ths", "power_w", "power_price_usd_per_kwh", "pue", "outlay_usd", "uptime", "measured",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """A question with all that answers it: the market it stands in, and the machines that it names."""

    question: Question
    market: Snapshot
    model: Model | None
    compared: tuple[Model, ...]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Days:
    """Days that have been: at, price_usd, difficulty, subsidy_btc, fees_btc; whose they are, and what is not known."""

    frame: pd.DataFrame
    source: str
    fees_since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Many:
    """Lots with their results, ranked, what they come to, and the lines that could not be read."""

    table: pd.DataFrame
    totals: dict[str, float]
    refused: list[tuple[int, Refusal]]


def models(actor: Actor) -> tuple[Model, ...]:
    """Give the catalogue, the surest models first."""
    require(actor, Permission.CALCULATE)
    with transaction() as session:
        return tuple(_model(row) for row in calculator.models(session))


def desk(actor: Actor, question: Question, now: dt.datetime) -> Desk:
    """Put a question in front of the market as it is."""
    require(actor, Permission.CALCULATE)
    named = question.text("model")
    with transaction() as session:
        known = _named(session, [named, *question.compared])
        snapshot = market.snapshot(session, now)
    model = known.get(named)
    compared = tuple(known[name] for name in question.compared if name in known)
    return Desk(question, snapshot, model, compared, complete(question, model, live(snapshot)))


def live(snapshot: Snapshot) -> Live:
    """Give the market's numbers as the calculator takes them."""
    numbers = {
        "price_usd": snapshot.price,
        "difficulty": snapshot.difficulty,
        "block_height": snapshot.height,
        "fees_btc": snapshot.fees,
    }
    return Live(**{name: float(fact.value) for name, fact in numbers.items() if fact is not None})


def days(actor: Actor, since: dt.datetime, now: dt.datetime) -> Days:
    """Give the days since then as they were; a price that nobody told is absent."""
    require(actor, Permission.CALCULATE)
    with transaction() as session:
        source, symbol, _bars = market_query.candles(session, "1d", dt.timedelta(days=1), since, now, None)
        found = calculator.days(session, source, symbol, since, now)
        if found.empty:
            return Days(
                pd.DataFrame(columns=["at", "price_usd", "difficulty", "subsidy_btc", "fees_btc"]), source, None
            )
        table = pd.DataFrame({"at": pd.date_range(found["at"].iloc[0], found["at"].iloc[-1], freq="D")})
        network = network_by_day(session, pd.DatetimeIndex(table["at"]), now).reset_index(drop=True)
    table = table.merge(found, how="left", on="at")
    table["difficulty"] = network["difficulty"]
    table["subsidy_btc"] = network["issuance_btc"] / network["blocks"]
    fees = network["fees_btc"] / network["blocks"]
    table["fees_btc"] = fees.fillna(0.0)
    told = table["at"][fees.notna()]
    return Days(table, source, None if told.empty else told.iloc[0].to_pydatetime())


def many(actor: Actor, question: Question, lots: Lots, now: dt.datetime) -> Many:
    """Reckon lots of machines beside each other, under what the question says of market, pool and site."""
    require(actor, Permission.CALCULATE_MANY)
    asked = desk(actor, question, now).asked
    scenario = asked.scenario
    if scenario is None:
        return Many(pd.DataFrame(), {}, lots.refused)
    return reckoned(scenario, asked.plan, lots, question.text("rank"))


def reckoned(scenario: Scenario, plan: Plan, lots: Lots, rank: str) -> Many:
    """Give the results of lots; a lot without its own power price has the scenario's."""
    rows = lots.frame.copy()
    for name in ("power_price_usd_per_kwh", "pue", "outlay_usd", "uptime", "count"):
        if name in rows.columns:
            common = getattr(scenario if hasattr(scenario, name) else plan, name)
            rows[name] = rows[name].astype(float).fillna(float(common))
    if rows.empty:
        return Many(rows, {}, lots.refused)
    table = ranked(results(rows, scenario, plan), rank)
    return Many(table, totals(table), lots.refused)


def pasted(actor: Actor, text: str) -> Lots:
    """Read lots out of pasted or uploaded text; raises `NotLots`."""
    require(actor, Permission.CALCULATE_MANY)
    return read_lots(cells(text), models(actor))


def uploaded(actor: Actor, name: str, content: bytes) -> Lots:
    """Read lots out of a CSV or XLSX file; raises `NotLots`."""
    require(actor, Permission.CALCULATE_MANY)
    if len(content) > MAX_FILE_BYTES:
        raise NotLots(Reason.TOO_LARGE, most=MAX_FILE_BYTES >> 20)
    if name.lower().endswith(".xlsx") or content[:4] == b"PK\x03\x04":
        try:
            return read_lots(first_sheet(content, MAX_LOTS + 1), models(actor))
        except Unreadable as error:
            raise NotLots(Reason.NOT_A_WORKBOOK) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")  # what Excel in China writes
    return pasted(actor, text)


def fleet(actor: Actor, site: str | None) -> Lots:
    """Give the live fleet as lots by site, model and owner: measured where machines hash, by the data sheet elsewhere."""
    require(actor, Permission.CALCULATE_MANY)
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        return Lots(calculator.fleet(session, site))


def keep_model(actor: Actor, values: dict[str, Any]) -> None:
    """Change a model of the catalogue or add one; who did it and what was before stands in the audit log.

    Raises
    ------
    Refusal
        Where the values make no model.
    """
    require(actor, Permission.MODELS_WRITE)
    written = {name: str(value).strip() for name, value in values.items() if value is not None}
    status = written.get("status", "")
    after = _plain(
        Model(
            name=written.get("name", "")[:80],
            manufacturer=written.get("manufacturer", "")[:40],
            cooling=written.get("cooling", ""),
            hashrate_ths=_number(written.get("hashrate_ths", ""), Fault.NO_FIGURES),
            power_w=_number(written.get("power_w", ""), Fault.NO_FIGURES),
            status=Status(status) if status in tuple(Status) else Status.UNVERIFIED,
            release_year=int(_number(written["release_year"], Fault.NO_YEAR)) if written.get("release_year") else None,
            agreeing=0,
            notes=written.get("notes", "")[:300],
            source=written.get("source", "")[:200],
        )
    )
    with transaction() as session:
        before = _named(session, [after["name"]]).get(after["name"])
        calculator.keep_model(session, after)
        audit.record(
            session, actor, "model.changed", CATALOGUE_OBJECT + after["name"], "ok",
            before=_plain(before) if before else None, after=after,
        )  # fmt: skip


def model_changes(actor: Actor) -> list[Any]:
    """Give who changed what in the catalogue, the newest first."""
    require(actor, Permission.MODELS_WRITE)
    with transaction() as session:
        return calculator.model_changes(session, CATALOGUE_OBJECT)


def _number(text: str, fault: Fault) -> float:
    try:
        number = float(text)
    except ValueError:
        raise Refusal(fault) from None
    if not math.isfinite(number):
        raise Refusal(fault)
    return number


def _plain(model: Model) -> dict[str, Any]:
    return asdict(model) | {"status": model.status.value}


def _named(session: Session, names: Sequence[str]) -> dict[str, Model]:
    return {row.name: _model(row) for row in calculator.models_named(session, names)}


def _model(row: Any) -> Model:
    return Model(**{**row._asdict(), "status": Status(row.status)})
