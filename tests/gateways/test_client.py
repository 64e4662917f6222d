"""The client against machines on real sockets: every way to fail, none of which may hurt another machine."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.miners import Limits, Outcome, Target, sweep
from gateways.miners.client import FIRST_CONTACT
from tests.gateways import farm as behaviours
from tests.gateways import machines
from tests.gateways.farm import Farm, Machine, black_hole, farm, free_port, stock

# Who answers is waited for however slow the machine that tests; only those who never answer are given up soon.
PATIENT = Limits(connect_timeout_s=60, read_timeout_s=60, concurrency=400)
QUICK = Limits(connect_timeout_s=0.4, read_timeout_s=0.6, concurrency=400)
ANTMINER = ("summary", "stats", "pools", "version")


@pytest.fixture
def served() -> Iterator[Farm]:
    with farm() as made:
        yield made


def ask(*targets: Target, limits: Limits = PATIENT) -> dict[int, Outcome]:
    outcomes: list[Outcome] = []
    sweep(targets, outcomes.append, limits)
    assert len(outcomes) == len(targets), "each machine has exactly one outcome"
    return {outcome.key: outcome for outcome in outcomes}


def ask_one(address: tuple[str, int], dialect: str | None = "antminer", limits: Limits = PATIENT) -> Outcome:
    return ask(Target(7, *address, dialect), limits=limits)[7]


def test_a_healthy_machine_costs_one_connection(served: Farm) -> None:
    machine = stock()
    outcome = ask_one(served.add(behaviours.healthy, machine))
    assert machine.asked == ["+".join(ANTMINER)]
    assert outcome.error is None
    assert outcome.dialect == "antminer"
    assert outcome.reading is not None
    assert outcome.reading.hashrate_ths == pytest.approx(110.56689)
    assert outcome.reading.pool_url == "stratum+tcp://btc.global.luxor.tech:700"
    assert list(outcome.replies) == ["+".join(ANTMINER)]
    assert outcome.seconds > 0


def test_first_contact_tells_the_dialect_and_asks_what_is_left(served: Farm) -> None:
    antminer, avalon = stock(), Machine(machines.AVALON)
    luxos = Machine(machines.LUXOS)
    found = ask(
        Target(1, *served.add(behaviours.healthy, antminer)),
        Target(2, *served.add(behaviours.healthy, avalon)),
        Target(3, *served.add(behaviours.healthy, luxos)),
    )
    assert antminer.asked == ["+".join(FIRST_CONTACT)]  # nothing was left
    assert avalon.asked == ["+".join(FIRST_CONTACT), "estats"]
    assert luxos.asked == ["+".join(FIRST_CONTACT), "power+config"]
    assert {key: outcome.dialect for key, outcome in found.items()} == {1: "antminer", 2: "avalon", 3: "luxos"}
    assert found[2].reading is not None
    assert found[2].reading.power_w == 3731
    assert found[3].reading is not None
    assert found[3].reading.power_w == 1051


def test_a_machine_that_only_knows_cmd_is_met_all_the_same(served: Farm) -> None:
    machine = Machine(machines.WHATSMINER, key="cmd")
    address = served.add(behaviours.healthy, machine)
    first = ask_one(address, None)
    assert first.dialect == "whatsminer"
    machine.asked.clear()
    second = ask_one(address, first.dialect)
    assert len(machine.asked) == 1
    assert second.reading is not None
    assert second.reading.expected_hashrate_ths == pytest.approx(68.796)


def test_a_machine_that_refuses_joins_is_asked_one_by_one_and_remembered(served: Farm) -> None:
    machine = stock(joins=False)
    address = served.add(behaviours.healthy, machine)
    first = ask_one(address, None)
    assert first.dialect == "antminer/single"
    assert first.reading is not None
    assert len(first.reading.boards) == 3
    machine.asked.clear()
    second = ask_one(address, first.dialect)
    assert machine.asked == list(ANTMINER)
    assert second.dialect == "antminer/single"
    assert second.reading == first.reading


def test_a_new_firmware_is_noticed(served: Farm) -> None:
    outcome = ask_one(served.add(behaviours.healthy, Machine(machines.LUXOS)), "antminer")
    assert outcome.dialect == "luxos"
    assert outcome.reading is not None
    assert outcome.reading.power_w == 1051


@pytest.mark.parametrize("behave", [behaviours.without_nul, behaviours.keeps_open, behaviours.glued, behaviours.wide])
def test_odd_but_readable(served: Farm, behave: behaviours.Behave) -> None:
    outcome = ask_one(served.add(behave))
    assert outcome.error is None
    assert outcome.reading is not None
    assert outcome.reading.hashrate_ths == pytest.approx(110.56689)
    assert len(outcome.reading.boards) == 3


def test_a_reply_cut_once_has_a_second_chance(served: Farm) -> None:
    outcome = ask_one(served.add(behaviours.cut_once()))
    assert outcome.error is None
    assert outcome.dialect == "antminer"
    assert outcome.reading is not None
    assert outcome.reading.problems == []


@pytest.mark.parametrize(
    "behave, error",
    [
        (behaviours.hanging, "timeout"),
        (behaviours.byte_at_a_time, "timeout"),
        (behaviours.cut, "cut"),
        (behaviours.silent_close, "cut"),
        (behaviours.reset, "refused"),
        (behaviours.oversized, "oversized"),
        (behaviours.noise, "unreadable"),
    ],
)
@pytest.mark.parametrize("dialect", ["antminer", None])
def test_each_failure_has_its_name(served: Farm, behave: behaviours.Behave, error: str, dialect: str | None) -> None:
    outcome = ask_one(served.add(behave), dialect, QUICK if error == "timeout" else PATIENT)
    assert outcome.error == error
    assert outcome.reading is None
    assert outcome.dialect == dialect  # what an earlier sweep learned is kept


def test_nobody_there() -> None:
    assert ask_one(("127.0.0.1", free_port())).error == "refused"


def test_a_machine_that_takes_no_connection() -> None:
    with black_hole() as address:
        assert ask_one(address, limits=QUICK).error == "timeout"


@pytest.mark.parametrize(
    "address", [("127.0.0.1", 0), ("127.0.0.1", 99_999), ("no such host", 4028), ("", 4028), ("::f:1.2", 1)]
)
def test_an_address_that_is_none_fails_alone(served: Farm, address: tuple[str, int]) -> None:
    found = ask(Target(1, *address), Target(2, *served.add(behaviours.healthy)))
    assert found[1].error in ("unreachable", "refused")
    assert found[2].error is None


def test_dead_machines_do_not_hold_up_the_others(served: Farm) -> None:
    """Forty bad machines are waited for beside each other, and no healthy one waits for them: they let go only when
    every healthy one has its outcome."""
    released = threading.Event()
    bad = [served.add(behaviours.held(released, drip=drip)) for drip in (False, True) for _ in range(20)]
    good = served.add(behaviours.healthy)
    targets = [Target(key, *address, "antminer") for key, address in enumerate([*bad, *[good] * 60])]
    order: list[int] = []

    def take(outcome: Outcome) -> None:
        order.append(outcome.key)
        if len(order) == 60:
            released.set()

    sweep(targets, take, PATIENT)
    assert served.most >= 40
    assert set(order[:60]) == set(range(40, 100))
    assert sorted(order) == list(range(100))


def test_thousands_of_machines_within_the_bound(served: Farm) -> None:
    addresses = [served.add(behaviours.healthy) for _ in range(4)]
    targets = [Target(key, *addresses[key % 4], "antminer") for key in range(2_000)]
    found = ask(*targets, limits=Limits(connect_timeout_s=20, read_timeout_s=20, concurrency=50))
    assert {outcome.error for outcome in found.values()} == {None}
    assert served.most <= 50


def test_running_out_of_file_descriptors_is_no_machines_failure(served: Farm) -> None:
    """A process that may open 64 files, with 40 of them taken, asks 300 machines: all answer."""
    host, port = served.add(behaviours.healthy)
    program = f"""
        import resource, socket
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        from gateways.miners import Limits, Target, sweep
        from gateways.miners import client
        client.descriptors_for = lambda concurrency: concurrency  # as if others in the process had taken our share
        held = [socket.socket() for _ in range(30)]
        found = []
        targets = [Target(key, {host!r}, {port}, "antminer") for key in range(300)]
        sweep(targets, found.append, Limits(5.0, 5.0, 100))
        print(len(found), {{outcome.error for outcome in found}})
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=90,
        cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "300 {None}", run.stderr[-2000:]


def test_concurrency_follows_the_limit_of_open_files() -> None:
    program = """
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024))
        from gateways.miners.ask import descriptors_for
        first = descriptors_for(300)
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        print(first, soft, descriptors_for(5000), descriptors_for(10))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60,
        cwd=Path(__file__).parents[2], check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["300", "700", "462", "10"]  # (1024 - 100) / 2


def test_time_that_we_lost_ourselves_is_not_the_machines(served: Farm) -> None:
    """The first result blocks our own loop for longer than the time-out: the answers that came meanwhile count."""
    address = served.add(behaviours.healthy)
    targets = [Target(key, *address, "antminer") for key in range(20)]
    limits = Limits(connect_timeout_s=2, read_timeout_s=2, concurrency=20)
    outcomes: list[Outcome] = []

    def take(outcome: Outcome) -> None:
        if not outcomes:
            time.sleep(limits.connect_timeout_s + limits.read_timeout_s + 0.5)
        outcomes.append(outcome)

    sweep(targets, take, limits)
    assert {outcome.error for outcome in outcomes} == {None}


def test_no_machines_no_sweep() -> None:
    sweep([], lambda outcome: pytest.fail("nobody was asked"), QUICK)


def test_a_fault_of_ours_is_not_swallowed(served: Farm) -> None:
    def broken(_outcome: Outcome) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        sweep([Target(1, *served.add(behaviours.healthy), "antminer")], broken, QUICK)
    assert raised.group_contains(ZeroDivisionError)
