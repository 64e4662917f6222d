"""Jobs and the exports they make: read back by other libraries, run again after a death, nobody else's to fetch."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from core.access import Actor, Denied, Role
from db.session import transaction
from services import exports, jobs
from services.jobs import Kind, NoSuchJob
from settings import Settings
from tests.farm import Place, make_miner, make_place

pytestmark = pytest.mark.usefixtures("app_settings")

READ = dt.datetime(2031, 5, 17, 11, 58, 30, tzinfo=dt.UTC)
COLUMNS = [
    "state",
    "asset_id",
    "client",
    "hashrate_ths",
    "hashrate_share",
    "power_w",
    "last_seen",
    "worker",
    "ip",
    "uptime",
]
PARAMS: dict[str, Any] = {
    "query": "sort=-hashrate_ths",
    "columns": COLUMNS,
    "titles": {"state": "状态", "hashrate_ths": "算力", "asset_id": "=机器"},
    "words": {"online": "在线", "offline": "离线", "unassigned": "未分配"},
    "sheet": "机器",
    "file": "machines",
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs that were sent to a worker."""
    found: list[str] = []
    monkeypatch.setattr(jobs.queue, "send", lambda name, job, **_options: found.append(f"{name} {job}"))
    return found


@pytest.fixture
def place(sent: list[str], app_settings: Settings) -> Place:
    made = make_place()
    with transaction() as session:
        # Who waits in the queue is read from the row when the job runs.
        session.execute(text("UPDATE person SET role = 'user' WHERE id = :id"), {"id": made.person_id})
    return made


@pytest.fixture
def olga(place: Place) -> Actor:
    return place.actor(Role.USER)


@pytest.fixture
def machines(place: Place) -> Place:
    values = {"state": "online", "read_at": READ, "expected_hashrate_ths": 120.0, "power_w": 3300.0, "uptime_s": 7_200}
    make_miner(place, position=1, client_id=place.client_id, hashrate_ths=60.0, worker="=cmd|' /C calc'!A0", **values)
    make_miner(place, position=2, hashrate_ths=120.0, worker="+1", **values)
    make_miner(place, position=3, **(values | {"state": "offline"}), worker="@x")
    return place


def run(actor: Actor, kind: str, place: Place, **params: Any) -> jobs.Content:
    job_id = jobs.start(actor, kind, PARAMS | {"site": place.code} | params)
    assert jobs.run(job_id) == "done"
    return jobs.content(actor, job_id)


def test_excel_has_typed_cells_units_frozen_heading_and_no_formula(machines: Place, olga: Actor) -> None:
    made = run(olga, "machines_xlsx", machines)
    assert made.file_name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(made.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "状态"
    assert rows[0][1] == "'=机器"
    assert rows[0][3:7] == ("算力 [TH/s]", "hashrate_share [%]", "power_w [W]", "last_seen [UTC]")
    assert sheet.title == "机器"
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:J4"
    assert [row[3] for row in rows[1:]] == [120, 60, None]
    assert rows[1][:1] + rows[1][2:7] == ("在线", "未分配", 120, 100, 3300, READ.replace(tzinfo=None))
    assert [row[7] for row in rows[1:]] == ["'+1", "'=cmd|' /C calc'!A0", "'@x"]
    assert rows[1][9] == 2
    assert rows[3][0] == "离线"
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_csv_is_what_excel_reads_as_utf8(machines: Place, olga: Actor) -> None:
    made = run(olga, "machines_csv", machines)
    assert made.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 4
    assert rows[0][3] == "算力 [TH/s]"
    assert rows[1][0] == "在线"
    assert rows[1][3:7] == ["120", "100", "3300", "2031-05-17 11:58:30"]
    assert rows[3][3] == ""
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_a_client_exports_his_own_machines_only(machines: Place) -> None:
    with transaction() as session:
        client_person = session.execute(
            text(
                "INSERT INTO person (email, name, role, client_id) VALUES (:email, 'C', 'client', :client) RETURNING id"
            ),
            {"email": f"{uuid.uuid4().hex}@example.org", "client": machines.client_id},
        ).scalar_one()
    client = Actor(Role.CLIENT, client_person, machines.client_id, "C")
    made = run(client, "machines_csv", machines, query="client=unassigned&client=" + machines.code + "-b", site=None)
    assert made.content.decode("utf-8-sig").count("\r\n") == 1
    assert run(client, "machines_csv", machines, query="", site=None).content.decode("utf-8-sig").count("\r\n") == 2


def test_an_export_of_nothing_is_a_heading(place: Place, olga: Actor) -> None:
    made = run(olga, "machines_xlsx", place)
    assert openpyxl.load_workbook(io.BytesIO(made.content)).active.max_row == 1


def test_starting_sends_a_task_and_writes_the_audit_log(place: Place, olga: Actor, sent: list[str]) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS)
    assert sent == [f"jobs.run {job_id}"]
    assert jobs.status(olga, job_id).state == "queued"
    with transaction() as session:
        row = session.execute(
            text("SELECT action, after->>'query' FROM audit_log WHERE actor_id = :me"), {"me": olga.person_id}
        ).one()
    assert tuple(row) == ("export", "sort=-hashrate_ths")


def test_nobody_else_sees_fetches_or_cancels_a_job(machines: Place, olga: Actor) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS | {"site": machines.code})
    other = make_place().actor(Role.OWNER)
    jobs.cancel(other, job_id)
    assert jobs.run(job_id) == "done"
    for ask in (jobs.status, jobs.content):
        for actor, key in ((other, job_id), (olga, uuid.uuid4()), (olga, "not a uuid")):
            with pytest.raises(NoSuchJob):
                ask(actor, key)


def test_who_may_not_export_cannot_start_and_loses_a_waiting_job_with_the_right(place: Place, olga: Actor) -> None:
    with pytest.raises(Denied):
        jobs.start(place.actor(Role.GUEST), "machines_csv", PARAMS)
    job_id = jobs.start(olga, "machines_csv", PARAMS)
    with transaction() as session:
        session.execute(text("UPDATE person SET disabled_at = now() WHERE id = :id"), {"id": olga.person_id})
    assert jobs.run(job_id) == "failed"
    assert jobs.status(olga, job_id).error == "not_allowed"


def test_three_jobs_may_be_open(place: Place, olga: Actor) -> None:
    for _number in range(3):
        jobs.start(olga, "machines_csv", PARAMS)
    with pytest.raises(jobs.TooMany):
        jobs.start(olga, "machines_csv", PARAMS)


def test_a_job_cancelled_while_it_waits_never_runs(place: Place, olga: Actor) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS)
    jobs.cancel(olga, job_id)
    assert jobs.status(olga, job_id).state == "cancelled"
    assert jobs.run(job_id) is None


def test_a_job_cancelled_while_it_runs_ends_at_its_next_step(
    place: Place, olga: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []

    def work(actor: Actor, params: dict[str, Any], progress: Any) -> exports.File:
        for step in range(5):
            progress(step / 5)
            steps.append(step)
            if step == 1:
                jobs.cancel(olga, params["job"])
        raise AssertionError("it went on")

    monkeypatch.setitem(jobs.KINDS, "slow", Kind(jobs.KINDS["machines_csv"].permission, "export", work))
    job_id = jobs.start(olga, "slow", {})
    with transaction() as session:
        session.execute(
            text("UPDATE job SET params = jsonb_build_object('job', id::text) WHERE id = :id"), {"id": job_id}
        )
    assert jobs.run(job_id) == "cancelled"
    assert steps == [0, 1]
    status = jobs.status(olga, job_id)
    assert (status.state, status.progress) == ("cancelled", pytest.approx(0.4))


def killed(job_id: uuid.UUID, seconds_ago: int = 120) -> None:
    """Leave the job as a worker does that was killed in the middle of it."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE job SET state = 'running', attempts = attempts + 1, beat_at = now() - make_interval(secs => :ago) WHERE id = :id"
            ),
            {"id": job_id, "ago": seconds_ago},
        )


def test_the_job_of_a_killed_worker_is_run_again(machines: Place, olga: Actor, sent: list[str]) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS | {"site": machines.code})
    killed(job_id)
    sent.clear()
    jobs.recover()
    assert f"jobs.run {job_id}" in sent
    assert jobs.run(job_id) == "done"


def test_a_job_whose_worker_lives_is_left_alone(place: Place, olga: Actor, sent: list[str]) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS)
    killed(job_id, seconds_ago=5)
    sent.clear()
    jobs.recover()
    assert f"jobs.run {job_id}" not in sent
    assert jobs.run(job_id) is None


def test_a_job_that_kills_three_workers_has_failed_with_a_reason(place: Place, olga: Actor) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS)
    for _death in range(3):
        killed(job_id)
    jobs.recover()
    status = jobs.status(olga, job_id)
    assert (status.state, status.error) == ("failed", "worker_lost")
    assert jobs.run(job_id) is None


def test_a_worker_thought_dead_writes_nothing_over_its_successor(
    place: Place, olga: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(actor: Actor, params: dict[str, Any], progress: Any) -> exports.File:
        killed(job_id, seconds_ago=0)  # another one claims it meanwhile
        return exports.File("old.csv", "text/csv", b"old")

    monkeypatch.setitem(jobs.KINDS, "slow", Kind(jobs.KINDS["machines_csv"].permission, "export", work))
    job_id = jobs.start(olga, "slow", {})
    jobs.run(job_id)
    assert jobs.status(olga, job_id).state == "running"


def test_work_that_breaks_is_failed_with_a_reason_and_no_file(
    place: Place, olga: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(actor: Actor, params: dict[str, Any], progress: Any) -> exports.File:
        raise RuntimeError("disk full")

    monkeypatch.setitem(jobs.KINDS, "broken", Kind(jobs.KINDS["machines_csv"].permission, "export", work))
    job_id = jobs.start(olga, "broken", {})
    assert jobs.run(job_id) == "failed"
    assert jobs.status(olga, job_id).error == "failed"
    with pytest.raises(NoSuchJob):
        jobs.content(olga, job_id)


def test_files_that_nobody_fetches_are_forgotten_after_a_day(machines: Place, olga: Actor) -> None:
    job_id = jobs.start(olga, "machines_csv", PARAMS | {"site": machines.code})
    jobs.run(job_id)
    with transaction() as session:
        session.execute(text("UPDATE job SET finished_at = now() - interval '25 hours' WHERE id = :id"), {"id": job_id})
    jobs.recover()
    with pytest.raises(NoSuchJob):
        jobs.content(olga, job_id)
