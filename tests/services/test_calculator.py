"""The calculator on a real database: catalogue, market, days that have been, the fleet, and who may what."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.access import Actor, Denied, Role
from core.calculator import models as shipped
from core.calculator.lots import NotLots
from core.calculator.question import Question, complete, parse
from core.calculator.sheet import sheet
from core.market.refusals import Refusal
from db.session import transaction
from services import calculator, spreadsheets
from tests.farm import make_miner, make_place

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
GUEST = Actor(role=Role.GUEST)
USER = Actor(role=Role.USER)
ADMIN = Actor(role=Role.ADMIN)


def forget(session: Session) -> None:
    for table in ("market_point", "market_candle"):
        session.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def market(app_settings: Any) -> None:
    """Tell a small market: 11 days of prices with one missing, two epochs, fees of the last two days."""
    day = dt.timedelta(days=1)
    midnight = NOW.replace(hour=0)
    with transaction() as session:
        forget(session)
        points = [
            ("btc_usd", NOW, "consensus", 100_000), ("difficulty", NOW, "mempool_space", 1.5e14),
            ("height", NOW, "mempool_space", 930_000), ("fees_btc_per_block", NOW, "mempool_space", 0.02),
            ("fees_btc_per_block", NOW - day, "mempool_space", 0.04),
            ("epoch_difficulty", midnight - 20 * day, "blockchain_info", 1.0e14),
            ("epoch_difficulty", midnight - 5 * day, "blockchain_info", 1.5e14),
            ("epoch_height", midnight - 20 * day, "blockchain_info", 927_360),
            ("epoch_height", midnight - 5 * day, "blockchain_info", 929_376),
        ]  # fmt: skip
        for kind, at, source, value in points:
            session.execute(
                text("INSERT INTO market_point (kind, at, source, value) VALUES (:k, :a, :s, :v)"),
                {"k": kind, "a": at, "s": source, "v": value},
            )
        for back in range(1, 12):
            if back == 3:
                continue
            session.execute(
                text(
                    "INSERT INTO market_candle (source, symbol, interval, at, close) VALUES ('kraken','BTC-USD','1d',:a,:c)"
                ),
                {"a": midnight - back * day, "c": 100_000 - 1000 * back},
            )


def test_the_catalogue_is_the_shipped_one(app_settings: Any) -> None:
    found = {model.name: model for model in calculator.models(GUEST)}
    assert len(found) >= 100
    assert found.keys() >= {model.name for model in shipped()}
    assert found["Antminer S21 (200 TH)"].power_w == 3500.0
    assert found["Antminer S21 (200 TH)"].source
    odd = next(model for model in shipped() if model.hashrate_ths != int(model.hashrate_ths))
    assert found[odd.name].hashrate_ths == odd.hashrate_ths  # as it was written, not as a REAL turned into a double


def test_a_change_of_the_catalogue_has_a_history(app_settings: Any) -> None:
    given = {
        "name": "Prototype 1", "manufacturer": "Ours", "cooling": "air", "hashrate_ths": "300", "power_w": 3000,
        "status": "unverified", "release_year": "", "notes": "", "source": "bench",
    }  # fmt: skip
    calculator.keep_model(ADMIN, given)
    calculator.keep_model(ADMIN, given | {"power_w": 2900})
    changes = [change for change in calculator.model_changes(ADMIN) if change.object == "model Prototype 1"]
    assert [change.after["power_w"] for change in changes] == [2900, 3000]
    assert changes[0].before["power_w"] == 3000
    assert changes[1].before is None
    for wrong, why in (
        ({"power_w": 0}, "above 0"),
        ({"hashrate_ths": "inf"}, "above 0"),
        ({"hashrate_ths": "fast"}, "above 0"),
        ({"hashrate_ths": None}, "above 0"),
        ({"name": "  "}, "a name"),
        ({"cooling": "wind"}, "wind"),
        ({"release_year": "soon"}, "year"),
        ({"release_year": 1999}, "year"),
        ({"release_year": "inf"}, "year"),
    ):
        with pytest.raises(Refusal, match=why):
            calculator.keep_model(ADMIN, given | wrong)
    assert len([c for c in calculator.model_changes(ADMIN) if c.object == "model Prototype 1"]) == 2


@pytest.mark.parametrize(
    "verb",
    [
        lambda: calculator.keep_model(USER, {}),
        lambda: calculator.model_changes(USER),
        lambda: calculator.pasted(GUEST, "Antminer S21,1"),
        lambda: calculator.uploaded(GUEST, "x.csv", b""),
        lambda: calculator.fleet(GUEST, None),
        lambda: calculator.fleet(Actor(role=Role.CLIENT, client_id=1), None),
    ],
)
def test_what_is_not_for_everybody(app_settings: Any, verb: Any) -> None:
    with pytest.raises(Denied):
        verb()


def test_a_guest_asks_under_the_market_as_it_is(market: None) -> None:
    desk = calculator.desk(GUEST, parse("?compare5=No+such+machine"), NOW)
    assert desk.asked.values["price_usd"] == 100_000
    assert desk.asked.values["fees_btc"] == pytest.approx(0.02)
    assert desk.market.price is not None
    assert desk.market.price.source == "consensus"
    assert [model.name for model in desk.compared][:2] == ["Antminer S21 (200 TH)", "Antminer S21 XP (270 TH)"]
    later = calculator.desk(GUEST, Question(), NOW + dt.timedelta(hours=2))
    assert later.market.price is not None
    assert later.market.price.stale
    assert later.asked.values["price_usd"] == 100_000  # the last good value, marked as old


def test_days_that_have_been_are_as_they_were(market: None) -> None:
    found = calculator.days(GUEST, NOW - dt.timedelta(days=12), NOW)
    assert found.source == "kraken"
    frame = found.frame
    assert len(frame) == 11
    assert frame["price_usd"].iloc[0] == 89_000
    assert frame["price_usd"].isna().sum() == 1  # the day that nobody told
    assert frame["difficulty"].tolist() == [1.0e14] * 6 + [1.5e14] * 5
    assert frame["subsidy_btc"].tolist() == pytest.approx([3.125] * 11)
    assert frame["fees_btc"].tolist() == [0.0] * 10 + [0.04]
    assert found.fees_since == NOW.replace(hour=0) - dt.timedelta(days=1)


def test_the_subsidy_changes_inside_the_epoch_of_a_halving(market: None) -> None:
    with transaction() as session:
        # 840,000 was the halving: the epoch that begins at 838,656 reaches it after 1,344 of its 2,016 blocks, that is
        # after ten of its fifteen days, on the day that begins ten days before the next epoch.
        for kind, back, value in (("epoch_height", 20, 838_656), ("epoch_height", 5, 840_672), ("height", 0, 841_300)):
            session.execute(
                text("UPDATE market_point SET value = :v WHERE kind = :k AND at <= :until AND at > :since"),
                {
                    "v": value, "k": kind, "until": NOW - dt.timedelta(days=back),
                    "since": NOW - dt.timedelta(days=back + 1),
                },
            )  # fmt: skip
    frame = calculator.days(GUEST, NOW - dt.timedelta(days=12), NOW).frame
    assert frame["at"].iloc[0] == NOW.replace(hour=0) - dt.timedelta(days=11)
    assert frame["subsidy_btc"].tolist()[:2] == pytest.approx([6.25, 3.125])


def test_without_a_history_there_are_no_days(app_settings: Any) -> None:
    with transaction() as session:
        forget(session)
    assert calculator.days(GUEST, NOW - dt.timedelta(days=12), NOW).frame.empty


def test_the_fleet_is_measured_where_it_hashes(app_settings: Any) -> None:
    place = make_place()
    with transaction() as session:
        model = session.execute(text("SELECT id FROM miner_model WHERE name = 'Antminer S21 (200 TH)'")).scalar_one()
    for position, (state, rate) in enumerate([("online", 190.0), ("online", 180.0), ("offline", 10.0)], 1):
        miner = make_miner(place, position=position, state=state, hashrate_ths=rate, power_w=3400.0)
        with transaction() as session:
            session.execute(text("UPDATE miner SET model_id = :m WHERE id = :i"), {"m": model, "i": miner})
    lots = calculator.fleet(USER, place.code).frame
    assert lots["count"].sum() == 3
    row = lots.iloc[0]
    assert (row["model"], row["hashrate_ths"], row["power_w"], row["measured"]) == (
        "Antminer S21 (200 TH)",
        185.0,
        3400.0,
        2,
    )


def test_lots_are_ranked_and_a_lot_without_a_price_has_the_questions(market: None) -> None:
    lots = calculator.pasted(
        USER, "model,count,power price\nAntminer S19j Pro (104 TH),10,\nAntminer S21 (200 TH),5,0.01\nx,1,"
    )
    found = calculator.many(USER, parse("?power_price_usd_per_kwh=0.07&rank=margin"), lots, NOW)
    assert found.table["model"].tolist() == ["Antminer S21 (200 TH)", "Antminer S19j Pro (104 TH)"]
    assert found.table["power_price_usd_per_kwh"].tolist() == [0.01, 0.07]
    assert found.totals["hashrate_ths"] == pytest.approx(10 * 104 + 5 * 200)
    assert [line for line, _why in found.refused] == [4]


def test_a_workbook_and_a_file_of_china_are_read(app_settings: Any) -> None:
    book = openpyxl.Workbook()
    for row in (["型号", "数量"], ["Antminer S21 (200 TH)", 7], ["nothing", 1]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    lots = calculator.uploaded(USER, "fleet.xlsx", out.getvalue())
    assert lots.frame["count"].tolist() == [7.0]
    assert [line for line, _why in lots.refused] == [3]
    chinese = "型号,数量\nAntminer S21 (200 TH),9\n".encode("gb18030")
    assert calculator.uploaded(USER, "机群.csv", chinese).frame["count"].tolist() == [9.0]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"PK\x03\x04" + bytes(200)])
def test_what_is_no_workbook_is_refused(app_settings: Any, content: bytes) -> None:
    with pytest.raises(NotLots, match="no Excel workbook"):
        calculator.uploaded(USER, "x.xlsx", content)
    with pytest.raises(NotLots, match="larger"):
        calculator.uploaded(USER, "x.csv", bytes(calculator.MAX_FILE_BYTES + 1))


def test_the_workings_open_with_formulas_and_the_names_they_use(market: None) -> None:
    asked = complete(
        parse("?count=10&months=12"),
        calculator.models(GUEST)[0],
        calculator.live(calculator.desk(GUEST, Question(), NOW).market),
    )
    assert asked.scenario is not None
    words = spreadsheets.Wording(
        title=str, unit_of=str, choice=lambda _name, value: value, inputs="In", results="Results", months="Months", name="Name",
        value="Value", unit="Unit", note="",
    )  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.workings(sheet(asked.scenario, asked.plan), words)))
    names = set(book.defined_names)
    assert {"price_usd", "count", "btc", "profit_usd"} <= names
    cells = {row[0].value: row[1].value for row in book["In"].iter_rows(max_col=2)}
    assert cells["Revenue"] == "=btc*price_usd"
    assert book["Months"].max_row == 14  # a heading, today, twelve months
    shown = openpyxl.load_workbook(
        io.BytesIO(spreadsheets.workings(sheet(asked.scenario, asked.plan), words)), data_only=True
    )
    values = {row[0].value: row[1].value for row in shown["In"].iter_rows(max_col=2)}
    assert values["Revenue"] == pytest.approx(values["Coins"] * 100_000)
