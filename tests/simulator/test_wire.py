"""The wire as real machines speak it: one request, one reply, NUL, closed; and every way in which that goes wrong."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.simulated import Simulated


def test_a_reply_is_json_ends_with_nul_and_closes(simulated: Simulated) -> None:
    raw = simulated.ask(simulated.one("antminer"), b'{"command":"summary"}')
    assert raw.endswith(b"\0")
    reply = json.loads(raw.rstrip(b"\0"))
    assert reply["STATUS"][0]["STATUS"] == "S"
    assert reply["SUMMARY"][0]["GHS 5s"] > 0


def test_joined_commands_come_back_by_name(simulated: Simulated) -> None:
    raw = simulated.ask(simulated.one("luxos"), b'{"command":"summary+power+nonsense"}')
    reply = json.loads(raw.rstrip(b"\0"))
    assert set(reply) == {"summary", "power", "nonsense", "id"}
    assert reply["power"][0]["POWER"][0]["Watts"] > 100
    assert reply["nonsense"][0]["STATUS"][0]["STATUS"] == "E"


def test_a_plain_request_gets_the_old_text_form(simulated: Simulated) -> None:
    text = simulated.ask(simulated.one("antminer"), b"summary").decode()
    assert text.startswith("STATUS=S,When=")
    assert "|SUMMARY,Elapsed=" in text
    assert text.endswith("|\0")


def test_an_unknown_command_is_refused_in_words(simulated: Simulated) -> None:
    reply = json.loads(simulated.ask(simulated.one("avalon"), b'{"command":"selfdestruct"}').rstrip(b"\0"))
    assert reply["STATUS"][0] == reply["STATUS"][0] | {"STATUS": "E", "Code": 14, "Msg": "Invalid command"}


def test_machines_are_told_apart_by_their_address(simulated: Simulated) -> None:
    macs = set()
    for number in range(3):
        machine = simulated.one("whatsminer", number)
        reply = json.loads(simulated.ask(machine, b'{"cmd":"summary"}').rstrip(b"\0"))
        assert reply["SUMMARY"][0]["MAC"] == machine.mac
        macs.add(machine.mac)
    assert len(macs) == 3


def test_the_text_form_names_sections_as_cgminer_does(simulated: Simulated) -> None:
    machine = simulated.one("antminer")
    pools = simulated.ask(machine, b"pools").decode()
    assert "|POOL=0,URL=stratum+tcp://" in pools
    assert "|POOL=1,URL=" in pools
    joined = simulated.ask(machine, b"version+summary").decode()
    assert joined.startswith("CMD=version|STATUS=S,When=")
    assert "|VERSION,BMMiner=1.0.0," in joined
    assert "|CMD=summary|STATUS=S,When=" in joined
    assert "{" not in joined
    refused = simulated.ask(simulated.one("whatsminer"), b"selfdestruct").decode()
    assert refused.startswith("STATUS=E,When=")


def test_whatsminer_refuses_in_its_own_shape(simulated: Simulated) -> None:
    reply = json.loads(simulated.ask(simulated.one("whatsminer"), b'{"cmd":"selfdestruct"}').rstrip(b"\0"))
    assert (reply["STATUS"], reply["Code"], reply["Msg"]) == ("E", 14, "invalid cmd")


@pytest.mark.parametrize("request_", [b"{}", b'{"command":5}', b'{"command":"a"}}', b'{"x"}', b"\xff\xfe", b"+", b"|"])
def test_nonsense_is_answered_with_an_error(simulated: Simulated, request_: bytes) -> None:
    for dialect in ("antminer", "luxos", "whatsminer", "avalon"):
        raw = simulated.ask(simulated.one(dialect), request_)
        assert raw.endswith(b"\0")
        assert b'"STATUS":"E"' in raw or b"STATUS=E," in raw


def test_a_request_may_come_in_pieces(simulated: Simulated) -> None:
    with socket.create_connection((simulated.one("luxos").host, simulated.port), timeout=5) as sock:
        for piece in (b'{"comm', b'and":"ver', b'sion"', b"}"):
            sock.sendall(piece)
            time.sleep(0.05)
        raw = b""
        while chunk := sock.recv(65_536):
            raw += chunk
    assert json.loads(raw.rstrip(b"\0"))["VERSION"][0]["Type"].startswith("Antminer")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.31.255.254"])
def test_where_no_machine_stands_nobody_answers(simulated: Simulated, host: str) -> None:
    try:
        with socket.create_connection((host, simulated.port), timeout=5) as sock:
            sock.sendall(b'{"command":"summary"}')
            got = sock.recv(10)
    except ConnectionError:
        got = b""
    assert got == b""


@pytest.fixture
def faulty(simulated: Simulated):
    yield simulated
    simulated.control("/clear", {})


def test_refused_machines_reset_the_connection(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "refused")
    with pytest.raises(ConnectionError):
        faulty.ask(machine, b'{"command":"summary"}')


def test_hanging_machines_say_nothing(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "hanging")
    with pytest.raises(TimeoutError):
        faulty.ask(machine, b'{"command":"summary"}', timeout_s=0.6)


def test_slow_machines_send_a_byte_at_a_time(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "slow")
    with socket.create_connection((machine.host, faulty.port), timeout=5) as sock:
        sock.sendall(b'{"command":"summary"}')
        got = b""
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            got += sock.recv(4096)
    assert 2 <= len(got) <= 10


@pytest.mark.parametrize("dialect", ["antminer", "luxos", "whatsminer", "avalon"])
@pytest.mark.parametrize("kind", ["cut", "glued", "missing_comma", "bad_escape", "nan", "wrong_encoding", "empty"])
def test_garbled_replies_are_no_json(faulty: Simulated, kind: str, dialect: str) -> None:
    machine = faulty.one(dialect, 1)
    request = b'{"command":"summary+pools"}'
    assert set(json.loads(faulty.ask(machine, request).rstrip(b"\0"), parse_constant=_no_constant)) >= {
        "summary",
        "pools",
    }
    faulty.fault(machine, kind)
    with pytest.raises(ValueError, match=r"."):
        json.loads(faulty.ask(machine, request).rstrip(b"\0"), parse_constant=_no_constant)


def test_a_machine_that_cannot_join_answers_the_parts(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "no_joins")
    reply = json.loads(faulty.ask(machine, b'{"command":"summary+pools"}').rstrip(b"\0"))
    assert reply["STATUS"][0]["Msg"] == "Invalid command"
    assert "POOLS" in json.loads(faulty.ask(machine, b'{"command":"pools"}').rstrip(b"\0"))


def test_a_fault_is_of_one_machine_only(faulty: Simulated) -> None:
    faulty.fault(faulty.one("antminer", 1), "refused")
    assert faulty.ask(faulty.one("antminer", 2), b'{"command":"summary"}').endswith(b"\0")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def test_oversized_replies_are_larger_than_any_reader_takes(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "oversized")
    with socket.create_connection((machine.host, faulty.port), timeout=5) as sock:
        sock.sendall(b'{"command":"summary"}')
        size = 0
        while size <= 1 << 20:
            size += len(sock.recv(1 << 16))
    assert size > 1 << 20


def test_wrong_types_are_json_that_means_nothing(faulty: Simulated) -> None:
    machine = faulty.one("antminer", 1)
    faulty.fault(machine, "wrong_types")
    reply = json.loads(faulty.ask(machine, b'{"command":"summary"}').rstrip(b"\0"))
    assert isinstance(reply["SUMMARY"][0]["Elapsed"], dict)
    assert isinstance(reply["SUMMARY"][0]["Accepted"], list)


def test_a_lost_board_costs_a_third_of_the_rate_and_comes_back(faulty: Simulated) -> None:
    machine = faulty.one("luxos", 1)
    before = faulty.control(f"/machines/{machine.host}")["hashrate_ths"]
    faulty.fault(machine, "board_lost")
    time.sleep(4.5)
    during = faulty.control(f"/machines/{machine.host}")["hashrate_ths"]
    assert during == pytest.approx(before * 2 / 3, rel=0.08)
    faulty.control("/clear", {})
    time.sleep(4.5)
    assert faulty.control(f"/machines/{machine.host}")["hashrate_ths"] == pytest.approx(before, rel=0.08)


def test_an_unknown_fault_is_refused(simulated: Simulated) -> None:
    with pytest.raises(OSError, match="400"):
        simulated.fault(simulated.one("antminer"), "meteor")
