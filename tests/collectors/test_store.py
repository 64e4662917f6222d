"""A sweep's rows in the tables, and what a failure in the middle leaves behind: nothing."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest
from sqlalchemy import text

from collectors import store, telemetry
from collectors.judge import Before, Row, judge
from core.hosting.reading import Board, Mode, Reading
from core.hosting.states import Thresholds
from db.session import engine, transaction
from gateways.miners import Outcome
from settings import Settings
from tests.farm import Place, make_miner, make_place

START = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=30)
GOOD = Reading(
    dialect="luxos",
    hashrate_ths=195.0,
    expected_hashrate_ths=200.0,
    power_w=3500.0,
    efficiency_j_per_th=17.95,
    temp_max_c=71.5,
    fans_rpm=(6000, 5900),
    boards=(
        Board(slot=0, hashrate_ths=98.0, temp_chip_c=71.5, alive=True),
        Board(slot=1, hashrate_ths=None, alive=False),
    ),
    accepted=1000,
    rejected=3,
    uptime_s=5000,
    pool_url="stratum+tcp://pool.example:3333",
    mode=Mode.MINING,
    model='Antminer "S21"\\,',
    firmware="1.0",
    mac="AA:BB:CC:00:11:22",
    error_codes=("E1",),
    problems=["stats: cut"],
)


@pytest.fixture
def place(app_settings: Settings) -> Place:
    return make_place()


def sweep(place: Place, answers: dict[int, Reading | None], at: dt.datetime) -> list[Row]:
    """Judge and store one sweep as the collector does."""
    limits = Thresholds()
    with transaction() as session:
        known = {row.id: Before(*row) for row in session.execute(telemetry._TARGETS, {"site_id": place.site_id})}
    rows = [
        judge(known[miner], Outcome(miner, reading and replace(reading), None if reading else "timeout"), at, limits)
        for miner, reading in answers.items()
    ]
    with transaction() as session:
        store.store(session, place.site_id, at, rows)
    return rows


def fetch(sql: str, **values: object) -> list[dict[str, object]]:
    with transaction() as session:
        return [dict(row) for row in session.execute(text(sql), values).mappings()]


def newest(miner: int) -> dict[str, object]:
    [row] = fetch("SELECT * FROM miner_state WHERE miner_id = :miner", miner=miner)
    return row


def test_everything_a_machine_said_is_in_its_row(place: Place) -> None:
    miner = make_miner(place)
    sweep(place, {miner: GOOD}, START)
    row = newest(miner)
    assert row["boards"] == [
        [0, 98.0, None, None, None, 71.5, [], None, None, None, None, True],
        [1, None, None, None, None, None, [], None, None, None, None, False],
    ]
    assert (row["model"], row["mac"], row["firmware"]) == ('Antminer "S21"\\,', "AA:BB:CC:00:11:22", "1.0")
    assert (row["fans_rpm"], row["error_codes"], row["problems"]) == ([6000, 5900], ["E1"], ["stats: cut"])
    assert (row["state"], row["mode"], row["misses"], row["read_at"]) == ("online", "mining", 0, START)
    [history] = fetch("SELECT * FROM telemetry WHERE miner_id = :miner", miner=miner)
    assert history["board_hashrate_ths"] == [98.0, None]
    assert history["fan_min_rpm"] == 5900
    assert history["sleeping"] is False


def test_what_was_not_said_is_absent_and_never_zero(place: Place) -> None:
    miner = make_miner(place)
    sweep(place, {miner: Reading(hashrate_avg_ths=90.0)}, START)
    row, [history] = newest(miner), fetch("SELECT * FROM telemetry WHERE miner_id = :miner", miner=miner)
    for name in ("hashrate_ths", "power_w", "power_source", "temp_max_c", "fans_rpm", "accepted", "uptime_s", "boards"):
        assert row[name] is None
    for name in ("hashrate_ths", "power_w", "temp_max_c", "fan_min_rpm", "accepted", "uptime_s", "sleeping"):
        assert history[name] is None
    assert row["expected_source"] == "catalogue"


def test_a_failed_ask_keeps_what_was_last_known_and_makes_no_history(place: Place) -> None:
    miner = make_miner(place)
    sweep(place, {miner: GOOD}, START)
    sweep(place, {miner: None}, START + dt.timedelta(minutes=1))
    row = newest(miner)
    assert (row["hashrate_ths"], row["read_at"]) == (195.0, START)
    assert (row["asked_at"], row["misses"], row["last_error"]) == (START + dt.timedelta(minutes=1), 1, "timeout")
    assert len(fetch("SELECT 1 FROM telemetry WHERE miner_id = :miner", miner=miner)) == 1


def test_offline_opens_one_alert_and_the_second_good_reading_closes_it(place: Place) -> None:
    miner = make_miner(place)
    sweep(place, {miner: GOOD}, START)
    states = []
    for minute, answer in ((5, None), (6, None), (7, None), (8, GOOD), (9, GOOD)):
        sweep(place, {miner: answer}, START + dt.timedelta(minutes=minute))
        states.append(newest(miner)["state"])
    assert states == ["online", "stale", "offline", "stale", "online"]
    [alert] = fetch("SELECT opened_at, closed_at FROM alert WHERE miner_id = :miner AND kind = 'offline'", miner=miner)
    assert alert["opened_at"] == START + dt.timedelta(minutes=7)
    assert alert["closed_at"] == START + dt.timedelta(minutes=8)
    said = fetch("SELECT kind, payload FROM event WHERE miner_id = :miner ORDER BY id", miner=miner)
    changes = [row["payload"]["to"] for row in said if row["kind"] == "miner.state_changed"]  # type: ignore[index]
    assert changes == ["stale", "offline", "stale", "online"]
    assert newest(miner)["alerts"] == ["board_lost"]


def test_what_a_machine_is_found_with_is_told_apart_from_what_happens(place: Place) -> None:
    miner = make_miner(place)
    sweep(place, {miner: GOOD}, START)
    sweep(place, {miner: replace(GOOD, temp_max_c=99.0)}, START + dt.timedelta(minutes=1))
    said = fetch("SELECT payload FROM event WHERE miner_id = :miner AND kind = 'alert.opened' ORDER BY id", miner=miner)
    assert [row["payload"] for row in said] == [{"alert": "board_lost", "found": True}, {"alert": "overheating"}]


def test_a_board_that_is_lost_is_one_event_however_long_it_lasts(place: Place) -> None:
    miner = make_miner(place)
    for minute in range(4):
        sweep(place, {miner: GOOD}, START + dt.timedelta(minutes=minute))
    found = fetch("SELECT kind FROM alert WHERE miner_id = :miner", miner=miner)
    assert found == [{"kind": "board_lost"}]
    assert len(fetch("SELECT 1 FROM event WHERE miner_id = :miner AND kind = 'alert.opened'", miner=miner)) == 1


def test_the_sites_line_sums_what_answered(place: Place) -> None:
    answered, silent = make_miner(place, position=1), make_miner(place, position=2)
    make_miner(place, position=3, lifecycle="repair")
    sweep(place, {answered: GOOD, silent: None}, START)
    sweep(place, {answered: replace(GOOD, accepted=1100, uptime_s=5060), silent: None}, START + dt.timedelta(minutes=1))
    first, second = fetch("SELECT * FROM site_sample WHERE site_id = :site ORDER BY bucket", site=place.site_id)
    for line in (first, second):
        assert (line["machines"], line["online"], line["power_w"]) == (2, 1, 3500.0)
        assert line["energy_kwh"] == pytest.approx(3500 / 60 / 1000)
    assert (first["accepted"], second["accepted"]) == (0, 100)


def test_the_same_sweep_twice_is_stored_once(place: Place) -> None:
    miner = make_miner(place)
    for _ in range(2):
        sweep(place, {miner: GOOD}, START)
    assert len(fetch("SELECT 1 FROM telemetry WHERE miner_id = :miner", miner=miner)) == 1
    assert len(fetch("SELECT 1 FROM site_sample WHERE site_id = :site", site=place.site_id)) == 1


@pytest.fixture
def bystander(database_url: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection of the superuser beside the product's own."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    yield connection
    connection.close()


def counts(place: Place) -> list[dict[str, object]]:
    return fetch(
        "SELECT (SELECT count(*) FROM telemetry WHERE site_id = :site) AS history,"
        " (SELECT count(*) FROM miner_state WHERE site_id = :site) AS states,"
        " (SELECT count(*) FROM event WHERE site_id = :site) AS events,"
        " (SELECT count(*) FROM sweep WHERE site_id = :site) AS sweeps",
        site=place.site_id,
    )


def test_a_server_that_dies_in_the_middle_leaves_nothing_and_the_next_sweep_goes_on(
    place: Place,
    bystander: psycopg2.extensions.connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    miner = make_miner(place)
    answer = [Outcome(miner, replace(GOOD), None, "luxos", {"summary": b"{}"})]
    monkeypatch.setattr(telemetry, "sweep", lambda _targets, take, _limits: [take(outcome) for outcome in answer])
    before = counts(place)

    def killed(*_: object) -> None:
        with bystander.cursor() as cursor:  # as a crash does: every connection is gone at once, the lock's too
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with transaction() as session:
            session.execute(text("SELECT 1"))

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        whole = store._store_changes

        def half(*given: object) -> None:
            killed()
            whole(*given)  # type: ignore[arg-type]

        patch.setattr(store, "_store_changes", half)
        with pytest.raises(telemetry.NotStored):
            telemetry.sweep_site(place.code)
    assert f"sweep of {place.code}: nothing of it is stored" in caplog.text
    assert "Traceback" not in caplog.text
    assert counts(place) == before
    report = telemetry.sweep_site(place.code)
    assert (report.skipped, report.answered) == (False, 1)
    assert counts(place) == [{"history": 1, "states": 1, "events": counts(place)[0]["events"], "sweeps": 1}]


def test_a_database_that_is_away_is_one_sentence(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import create_engine

    nowhere = create_engine("postgresql+psycopg2://postgres@127.0.0.1:1/none")
    monkeypatch.setattr(telemetry, "engine", lambda: nowhere)
    with caplog.at_level(logging.ERROR), pytest.raises(telemetry.NotStored):
        telemetry.sweep_site(place.code)
    assert len(caplog.records) == 1
    assert "Connection refused" in caplog.text


def test_two_sweeps_of_a_site_never_overlap(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    make_miner(place)
    inside, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        inside.set()
        go_on.wait(20)

    monkeypatch.setattr(telemetry, "sweep", slow)
    first = threading.Thread(target=telemetry.sweep_site, args=(place.code,))
    first.start()
    assert inside.wait(20)
    assert telemetry.sweep_site(place.code).skipped
    go_on.set()
    first.join(20)
    monkeypatch.setattr(telemetry, "sweep", lambda *_: None)
    assert not telemetry.sweep_site(place.code).skipped


def test_the_lock_of_a_sweep_that_broke_is_free_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(telemetry, "sweep", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        telemetry.sweep_site(place.code)
    with engine().connect() as other:
        key = {"class": telemetry.LOCK_CLASS, "site": place.site_id}
        assert other.execute(text("SELECT pg_try_advisory_lock(:class, :site)"), key).scalar()
        other.execute(text("SELECT pg_advisory_unlock(:class, :site)"), key)
