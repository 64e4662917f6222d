"""Start, stop and reboot by the true protocols: against the simulated farm, and against machines that misbehave."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hosting.reading import Mode
from gateways.miners import Action, CommandFailed, Limits, Outcome, Target, send_command, sweep
from gateways.miners.control import whatsminer_aes
from gateways.miners.control import wire as control_wire
from gateways.miners.control.md5crypt import md5crypt
from gateways.miners.dialects import BY_KEY
from tests.gateways import farm as behaviours
from tests.gateways.farm import Farm, Machine, farm, free_port
from tests.product import wait_until
from tests.simulated import SimulatedFarm, simulated_farm

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # passlib's own import of the crypt module
    from passlib.hash import md5_crypt
    from pyasic.rpc.btminer import TokenData, create_privileged_cmd

ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
SALT = st.text("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def simulated() -> Iterator[SimulatedFarm]:
    with simulated_farm(miners=60, seed=5, speed_up=600) as made:
        yield made


@pytest.fixture
def served() -> Iterator[Farm]:
    with farm() as made:
        yield made


def read(targets: list[Target]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    sweep(targets, lambda outcome: found.__setitem__(outcome.key, outcome), Limits(10, 10, 50))
    return found


def one_of(simulated: SimulatedFarm, dialect: str) -> Target:
    machines = [machine for machine in simulated.inventory["machines"] if machine["lifecycle"] == "active"]
    targets = [Target(key, machine["host"], machine["port"]) for key, machine in enumerate(machines)]
    key = next(key for key, outcome in read(targets).items() if outcome.dialect == dialect)
    return Target(key, targets[key].host, targets[key].port, dialect, simulated.http_port)


def sleeps(target: Target) -> bool:
    reading = read([target])[target.key].reading
    return reading is not None and reading.mode is Mode.SLEEPING


@pytest.mark.parametrize("dialect", ["antminer", "luxos", "whatsminer", "avalon"])
def test_stopped_and_started_again(simulated: SimulatedFarm, dialect: str) -> None:
    target = one_of(simulated, dialect)
    assert not sleeps(target)
    send_command(target, Action.STOP)
    wait_until(lambda: sleeps(target), f"{dialect} asleep")
    send_command(target, Action.START)
    wait_until(lambda: not sleeps(target), f"{dialect} awake")


@pytest.mark.parametrize("dialect", ["antminer", "luxos", "whatsminer", "avalon"])
def test_rebooted(simulated: SimulatedFarm, dialect: str) -> None:
    target = one_of(simulated, dialect)

    def uptime() -> int:
        reading = read([target])[target.key].reading
        return -1 if reading is None or reading.uptime_s is None else reading.uptime_s

    before = uptime()
    send_command(target, Action.REBOOT)
    wait_until(lambda: 0 <= uptime() < before, f"{dialect} started anew")


def test_wrong_password(simulated: SimulatedFarm) -> None:
    known = one_of(simulated, "antminer")
    target = Target(known.key, known.host, known.port, "antminer", known.http_port, ("root", "wrong"))
    with pytest.raises(CommandFailed, match="does not accept our password") as raised:
        send_command(target, Action.STOP)
    assert not raised.value.sent
    assert not sleeps(target)
    assert "wrong" not in repr(target)  # nor in any log that prints it
    known = one_of(simulated, "whatsminer")
    with pytest.raises(CommandFailed, match="refused"):
        send_command(Target(known.key, known.host, known.port, "whatsminer", 80, ("admin", "wrong")), Action.STOP)


@pytest.mark.parametrize(
    "dialect, reason",
    [("vnish", "VNish"), ("generic", "cgminer API"), (None, "not told yet"), ("martian", "not told yet")],
)
def test_no_order_is_guessed(dialect: str | None, reason: str) -> None:
    with pytest.raises(CommandFailed, match=reason) as raised:
        send_command(Target(1, "127.0.0.1", free_port(), dialect), Action.STOP)
    assert not raised.value.sent


def test_the_profile_of_a_machine_does_not_hide_its_dialect(served: Farm) -> None:
    ok = json.dumps({"STATUS": [{"STATUS": "S", "Msg": "paused"}]}).encode()
    machine = Machine({"pause": ok})
    assert send_command(Target(1, *served.add(behaviours.healthy, machine), "braiins/single"), Action.STOP) == "paused"
    assert machine.asked == ["pause"]
    with pytest.raises(CommandFailed, match="no reboot"):
        send_command(Target(1, "127.0.0.1", 1, "braiins"), Action.REBOOT)


@pytest.mark.parametrize("dialect", [key for key, dialect in BY_KEY.items() if dialect.control])
def test_nobody_there(dialect: str) -> None:
    port = free_port()
    with pytest.raises(CommandFailed, match="not reachable") as raised:
        send_command(Target(1, "127.0.0.1", port, dialect, port), Action.STOP)
    assert not raised.value.sent


@pytest.mark.parametrize("dialect", ["avalon", "braiins"])
def test_an_order_without_an_answer_may_have_been_obeyed(
    served: Farm, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    monkeypatch.setattr(control_wire, "TIMEOUT_S", 0.3)
    for behave in (behaviours.hanging, behaviours.reset, behaviours.silent_close, behaviours.noise):
        with pytest.raises(CommandFailed) as raised:
            send_command(Target(1, *served.add(behave), dialect), Action.STOP)
        assert raised.value.sent


@pytest.mark.parametrize("dialect", ["luxos", "whatsminer"])
def test_a_question_before_the_order_moves_nothing(served: Farm, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    monkeypatch.setattr(control_wire, "TIMEOUT_S", 0.3)
    for behave in (behaviours.hanging, behaviours.reset, behaviours.silent_close, behaviours.noise, behaviours.healthy):
        with pytest.raises(CommandFailed) as raised:
            send_command(Target(1, *served.add(behave), dialect), Action.STOP)
        assert not raised.value.sent


def test_luxos_success_stands_though_the_session_cannot_be_closed(served: Farm) -> None:
    def reply(**body: Any) -> bytes:
        return json.dumps({"STATUS": [{"STATUS": "S", "Msg": "ok"}]} | body).encode()

    machine = Machine({"logon": reply(SESSION=[{"SessionID": "abc"}]), "curtail": reply()})
    assert send_command(Target(1, *served.add(behaviours.healthy, machine), "luxos"), Action.STOP) == "ok"
    assert machine.asked == ["logon", "curtail", "logoff"]


CONF = {
    "pools": [{"url": "stratum+tcp://p:1", "user": "u", "pass": "secret"}],
    "bitmain-fan-ctrl": True,
    "bitmain-fan-pwm": "83",
    "bitmain-freq-level": "90",
    "bitmain-work-mode": "0",
}


def antminer_web(served: Farm, answers: dict[str, Any]) -> tuple[tuple[str, int], list[tuple[str, Any]]]:
    """Serve CGI pages without a password and note what was posted."""
    posted: list[tuple[str, Any]] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _machine: Machine) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            line, *headers = head.decode().split("\r\n")
            length = next((int(row.split(":")[1]) for row in headers if row.lower().startswith("content-length")), 0)
            page = line.split(" ")[1].rpartition("/")[2]
            posted.append((page, json.loads(await reader.readexactly(length) or b"null")))
            answer = answers[page]
            if answer is None:
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()

    return served.add(behave), posted


def order(address: tuple[str, int], action: Action) -> str:
    return send_command(Target(1, address[0], 4028, "antminer", address[1]), action)


def test_an_antminer_keeps_its_other_settings(served: Farm) -> None:
    address, posted = antminer_web(
        served, {"get_miner_conf.cgi": CONF, "set_miner_conf.cgi": {"stats": "success", "msg": "OK!"}}
    )
    assert order(address, Action.STOP) == "OK!"
    page, body = posted[-1]
    assert page == "set_miner_conf.cgi"
    assert body["miner-mode"] == 1
    assert body["pools"] == CONF["pools"]
    assert (body["bitmain-fan-ctrl"], body["bitmain-fan-pwm"], body["freq-level"]) == (True, "83", "90")


@pytest.mark.parametrize(
    "conf, answer, reason, sent",
    [
        (CONF, {"stats": "error", "code": "M001", "msg": "Illegal request!"}, "Illegal request", False),
        (CONF, None, "no answer", True),
        ({"pools": None}, {}, "not readable", False),
        (b"<html>", {}, "not readable", False),
        ([1], {}, "not readable", False),
        (None, {}, "no answer", False),
    ],
)
def test_an_antminer_that_refuses_or_breaks_off(served: Farm, conf: Any, answer: Any, reason: str, sent: bool) -> None:
    address, _posted = antminer_web(served, {"get_miner_conf.cgi": conf, "set_miner_conf.cgi": answer})
    with pytest.raises(CommandFailed, match=reason) as raised:
        order(address, Action.STOP)
    assert raised.value.sent is sent


def test_an_antminer_that_goes_down_before_it_answers_is_rebooting(served: Farm) -> None:
    address, posted = antminer_web(served, {"reboot.cgi": None})
    assert order(address, Action.REBOOT) == "rebooting"
    assert posted == [("reboot.cgi", None)]


@settings(max_examples=40, deadline=None)
@given(ASCII, SALT)
def test_md5crypt_is_the_published_one(password: str, salt: str) -> None:
    assert f"$1${salt}${md5crypt(password, salt)}" == md5_crypt.using(salt=salt).hash(password)


def test_whatsminer_orders_are_those_that_an_independent_client_sends() -> None:
    made = whatsminer_aes.token("admin", "4242", "BQ5hoXV9", "jbzkfQls")
    key = md5crypt("admin", "BQ5hoXV9")
    theirs = TokenData(host_sign=md5crypt(key + "4242", "jbzkfQls"), host_passwd_md5=key)
    assert made.sign == theirs.host_sign
    assert made.key == hashlib.sha256(key.encode()).digest()
    sent = json.loads(create_privileged_cmd(theirs, {"cmd": "power_off", "respbefore": "true"}))
    assert json.loads(whatsminer_aes.decrypt(made.key, sent["data"])) == {
        "cmd": "power_off", "respbefore": "true", "token": made.sign,
    }  # fmt: skip


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100).filter(lambda text: not text.endswith(b"\0")))
def test_what_is_encrypted_can_be_read_again(key: bytes, text: bytes) -> None:
    sealed = whatsminer_aes.encrypt(key, text)
    assert len(base64.b64decode(sealed)) % 16 == 0
    assert whatsminer_aes.decrypt(key, sealed) == text
