"""An order from the click to the reading that proves it: nobody's death loses one, doubles one or lies about one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.access import Denied, Role
from db.session import transaction
from gateways import miners
from services import audit, commands, events
from services.commands import CommandRefused, Refusal
from settings import Settings
from tests.farm import Place, make_miner, make_place, set_state
from tests.services.orders import audits, change, confirm, happened, order, row

pytestmark = pytest.mark.usefixtures("app_settings")


@pytest.fixture(scope="module")
def place(app_settings: Settings) -> Place:
    return make_place()


@pytest.fixture
def sent_tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Tasks that went to a queue: (command, queue)."""
    sent: list[tuple[str, str]] = []

    def send(name: str, *args: object, queue: str, expires: float | None = None) -> None:
        assert name == "commands.dispatch"
        sent.append((str(args[0]), queue))

    monkeypatch.setattr(commands.queue, "send", send)
    return sent


class Machine:
    """The wire: remembers what it was told, and does what a test says."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.does: Any = None

    def send(self, target: miners.Target, action: miners.Action) -> str:
        self.told.append(action.value)
        if isinstance(self.does, BaseException):
            raise self.does
        return "ok from the machine"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine()
    monkeypatch.setattr(commands.miners, "send_command", made.send)
    return made


@pytest.fixture
def miner(place: Place) -> int:
    return make_miner(
        place, client_id=place.client_id, mode="mining", hashrate_ths=100.0, power_w=3300.0, uptime_s=90_000
    )


def test_an_order_writes_command_audit_and_event_and_then_sends_its_task(
    place: Place, miner: int, sent_tasks: list[tuple[str, str]]
) -> None:
    command_id = order(place, miner)
    assert (row(command_id).state, row(command_id).requested_by, row(command_id).uptime_before_s) == (
        "queued",
        place.person_id,
        90_000,
    )
    assert audits(command_id) == [("machine.stop", "ok", "queued")]
    assert happened(command_id) == ["command.requested"]
    assert sent_tasks == [(str(command_id), f"site.{place.code}")]


@pytest.mark.parametrize("role", list(Role))
def test_only_owner_admin_and_user_command(place: Place, miner: int, sent_tasks: list[Any], role: Role) -> None:
    actor = place.actor(role)
    if role in (Role.OWNER, Role.ADMIN, Role.USER):
        assert commands.preview(actor, miner, "stop").refusal is None
        assert commands.command_miner(actor, miner, "stop", uuid.uuid4().hex)
        return
    for verb in (
        lambda: commands.preview(actor, miner, "stop"),
        lambda: commands.command_miner(actor, miner, "stop", uuid.uuid4().hex),
    ):
        with pytest.raises(Denied):
            verb()
    with transaction() as session:
        assert session.execute(text("SELECT count(*) FROM command WHERE miner_id = :id"), {"id": miner}).scalar() == 0
    assert sent_tasks == []


def test_the_same_key_orders_once(place: Place, miner: int, sent_tasks: list[Any]) -> None:
    key = uuid.uuid4().hex
    assert order(place, miner, key=key) == order(place, miner, key=key)
    assert len(sent_tasks) == 1


def test_two_clicks_at_once_order_once(place: Place, miner: int, sent_tasks: list[Any]) -> None:
    key, given = uuid.uuid4().hex, []
    clicks = [threading.Thread(target=lambda: given.append(order(place, miner, key=key))) for _click in range(6)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(given) == 6
    assert len(set(given)) == 1
    assert len(sent_tasks) == 1


def test_a_key_does_not_serve_twice_for_different_orders(place: Place, miner: int, sent_tasks: list[Any]) -> None:
    key = uuid.uuid4().hex
    order(place, miner, key=key)
    with pytest.raises(CommandRefused) as refused:
        order(place, miner, action="reboot", key=key)
    assert refused.value.reason is Refusal.KEY_REUSED


def test_another_person_with_the_same_key_does_not_meet_it(place: Place, sent_tasks: list[Any]) -> None:
    key, other = uuid.uuid4().hex, make_place()
    first = order(place, make_miner(place), key=key)
    assert order(other, make_miner(other), key=key) != first


@pytest.mark.parametrize(
    "lifecycle, reason",
    [("repair", Refusal.NOT_ACTIVE), ("retired", Refusal.NOT_ACTIVE), ("new", Refusal.NOT_ACTIVE)],
)
def test_a_machine_out_of_service_is_not_commanded(
    place: Place, sent_tasks: list[Any], lifecycle: str, reason: Refusal
) -> None:
    with pytest.raises(CommandRefused) as refused:
        order(place, make_miner(place, lifecycle=lifecycle))
    assert refused.value.reason is reason
    assert sent_tasks == []


def test_a_machine_with_an_open_order_gets_no_second(place: Place, miner: int, sent_tasks: list[Any]) -> None:
    first = order(place, miner)
    with pytest.raises(CommandRefused) as refused:
        order(place, miner, action="reboot")
    assert refused.value.reason is Refusal.ALREADY_COMMANDED
    change(first, "state = 'confirmed'")
    assert order(place, miner, action="reboot")


@pytest.mark.parametrize(
    "miner_id, action, key, reason",
    [
        (2**40, "stop", "k" * 32, Refusal.UNKNOWN),
        (1, "explode", "k" * 32, Refusal.BAD_REQUEST),
        (1, "stop", "", Refusal.BAD_REQUEST),
        (1, "stop", None, Refusal.BAD_REQUEST),
    ],
)
def test_nonsense_is_refused(place: Place, miner_id: int, action: str, key: Any, reason: Refusal) -> None:
    with pytest.raises(CommandRefused) as refused:
        commands.command_miner(place.actor(Role.USER), miner_id, action, key)
    assert refused.value.reason is reason


@pytest.mark.parametrize("broken", ["audit", "event"])
def test_command_audit_and_event_stand_or_fall_together(
    place: Place, miner: int, sent_tasks: list[Any], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_args: Any, **_known: Any) -> None:
        raise RuntimeError("no room on disk")

    monkeypatch.setattr(audit if broken == "audit" else events, "record" if broken == "audit" else "emit", fail)
    with transaction() as session:
        before = session.execute(text("SELECT count(*) FROM audit_log")).scalar()
    with pytest.raises(RuntimeError, match="no room"):
        order(place, miner)
    with transaction() as session:
        assert session.execute(text("SELECT count(*) FROM command WHERE miner_id = :id"), {"id": miner}).scalar() == 0
        assert session.execute(text("SELECT count(*) FROM audit_log")).scalar() == before
    assert sent_tasks == []


def test_a_broker_that_is_away_delays_an_order_but_does_not_lose_it(
    place: Place, miner: int, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_known: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(commands.queue, "send", away)
    command_id = order(place, miner)
    assert row(command_id).state == "queued"
    sent: list[str] = []
    monkeypatch.setattr(commands.queue, "send", lambda _name, command, **_known: sent.append(command))
    commands.recover()
    assert str(command_id) not in sent  # too young to be lost
    change(command_id, "requested_at = now() - interval '1 minute'")
    commands.recover()
    assert sent.count(str(command_id)) == 1
    assert commands.dispatch(sent[sent.index(str(command_id))]) == "sent"


def test_dispatch_sends_once_however_often_the_task_comes(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any]
) -> None:
    command_id = order(place, miner)
    assert [commands.dispatch(str(command_id)) for _task in range(3)] == ["sent", None, None]
    assert machine.told == ["stop"]
    found = row(command_id)
    assert (found.state, found.reply, found.attempts, found.leased_until) == ("sent", "ok from the machine", 1, None)
    assert found.sent_at is not None
    assert audits(command_id)[-1] == ("machine.stop", "ok", "sent")
    assert happened(command_id) == ["command.requested", "command.sent"]


def test_two_workers_with_the_same_task_send_once(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any]
) -> None:
    command_id = order(place, miner)
    results: list[str | None] = []
    workers = [threading.Thread(target=lambda: results.append(commands.dispatch(command_id))) for _worker in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results, key=str) == [None, None, None, None, "sent"]
    assert machine.told == ["stop"]


class Killed(BaseException):
    """The worker is gone: nothing after this line runs in it."""


def killed_after_sending(command_id: uuid.UUID, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is told, and the worker dies before it writes that down."""
    with monkeypatch.context() as patched:

        def dies(*_args: Any, **_known: Any) -> str:
            raise Killed

        patched.setattr(commands, "_record", dies)
        with pytest.raises(Killed):
            commands.dispatch(command_id)
    assert row(command_id).state == "sending"


@pytest.mark.parametrize("action", ["start", "stop"])
def test_after_a_killed_sender_start_and_stop_are_sent_again(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    command_id = order(place, miner, action)
    killed_after_sending(command_id, machine, monkeypatch)
    assert commands.dispatch(command_id) is None  # the dead one's lease still holds
    change(command_id, "leased_until = now() - interval '1 second'")
    sent_tasks.clear()
    commands.recover()
    assert (str(command_id), f"site.{place.code}") in sent_tasks
    assert commands.dispatch(command_id) == "sent"
    assert machine.told == [action, action]


def test_after_a_killed_sender_a_reboot_is_not_sent_again_but_left_to_the_readings(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    command_id = order(place, miner, "reboot")
    killed_after_sending(command_id, machine, monkeypatch)
    change(command_id, "leased_until = now() - interval '1 second', sent_at = now() - interval '2 minutes'")
    set_state(place, miner, mode="mining", uptime_s=20)  # it did reboot
    assert commands.dispatch(command_id) == "sent"
    assert machine.told == ["reboot"]
    assert row(command_id).uptime_before_s == 90_000
    assert confirm(place) == 1
    assert row(command_id).state == "confirmed"


def test_a_sender_that_wakes_up_late_does_not_overwrite_the_one_that_took_over(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    command_id = order(place, miner)
    late = commands._claim(command_id)
    assert late is not None
    change(command_id, "leased_until = now() - interval '1 second'")
    assert commands.dispatch(command_id) == "sent"
    commands._record(late, "failed", error="I slept")
    assert (row(command_id).state, row(command_id).error) == ("sent", None)
    assert ("machine.stop", "failed", "failed") not in audits(command_id)


def test_a_machine_that_refuses_is_asked_three_times_and_then_the_order_failed(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any]
) -> None:
    machine.does = miners.CommandFailed("connection refused")
    command_id = order(place, miner)
    assert commands.dispatch(command_id) == "queued"
    assert commands.dispatch(command_id) is None  # not before its time
    for expected in ("queued", "failed"):
        change(command_id, "leased_until = now() - interval '1 second'")
        assert commands.dispatch(command_id) == expected
    assert (row(command_id).state, row(command_id).error) == ("failed", "connection refused")
    assert audits(command_id)[-1] == ("machine.stop", "failed", "failed")
    assert happened(command_id)[-1] == "command.failed"


def test_a_reboot_that_may_have_been_heard_is_not_repeated(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any]
) -> None:
    machine.does = miners.CommandFailed("no answer in 20 s", sent=True)
    command_id = order(place, miner, "reboot")
    assert commands.dispatch(command_id) == "sent"
    assert machine.told == ["reboot"]
    assert row(command_id).error == "no answer in 20 s"


@pytest.mark.parametrize(
    "action, before, after",
    [
        ("stop", {"mode": "mining", "hashrate_ths": 100.0}, {"mode": "sleeping", "hashrate_ths": 0.0}),
        (
            "start",
            {"mode": "sleeping", "hashrate_ths": 0.0},
            {"mode": "mining", "hashrate_ths": 60.0, "expected_hashrate_ths": 100.0},
        ),
        ("reboot", {"mode": "mining", "uptime_s": 5_000}, {"mode": "mining", "uptime_s": 12}),
    ],
)
def test_a_reading_after_the_order_confirms_it(
    place: Place, machine: Machine, sent_tasks: list[Any], action: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    miner = make_miner(place, **before)
    command_id = order(place, miner, action)
    assert commands.dispatch(command_id) == "sent"
    assert confirm(place) == 0  # the reading is older than the order
    set_state(place, miner, **before)
    assert confirm(place) == 0  # newer, but nothing happened yet
    set_state(place, miner, **after)
    assert confirm(place) == 1
    assert confirm(place) == 0
    assert row(command_id).state == "confirmed"
    assert row(command_id).confirmed_at is not None
    assert audits(command_id)[-1] == (f"machine.{action}", "ok", "confirmed")
    assert happened(command_id)[-1] == "command.confirmed"


def test_what_nothing_proves_in_time_expires_and_says_how_the_machine_is(
    place: Place, miner: int, machine: Machine, sent_tasks: list[Any]
) -> None:
    command_id = order(place, miner)
    commands.dispatch(command_id)
    change(command_id, "deadline_at = now() - interval '1 second'")
    commands.recover()
    assert row(command_id).state == "expired"
    assert audits(command_id)[-1] == ("machine.stop", "failed", "expired")
    with transaction() as session:
        payload = session.execute(
            text("SELECT payload FROM event WHERE kind = 'command.expired' AND payload->>'command' = :id"),
            {"id": str(command_id)},
        ).scalar_one()
    assert (payload["machine_state"], payload["mode"]) == ("online", "mining")
    commands.recover()
    assert happened(command_id).count("command.expired") == 1


def test_an_order_past_its_time_is_not_sent(place: Place, miner: int, machine: Machine, sent_tasks: list[Any]) -> None:
    command_id = order(place, miner)
    change(command_id, "deadline_at = now() - interval '1 second'")
    assert commands.dispatch(command_id) is None
    assert machine.told == []


def test_a_machine_that_never_answered_can_expire_too(place: Place, machine: Machine, sent_tasks: list[Any]) -> None:
    command_id = order(place, make_miner(place))
    change(command_id, "deadline_at = now() - interval '1 second'")
    commands.recover()
    assert row(command_id).state == "expired"
