"""Orders by the real ways in: HTTP digest, AES under a token, a session, a time ahead; and those that must be refused."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import warnings
from typing import Any

import httpx
import pytest

from simulator.dialects.md5crypt import crypt
from simulator.farm import SimMachine, build
from tests.simulated import Simulated, wished_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from passlib.hash import md5_crypt
    from pyasic.rpc.btminer import TokenData, create_privileged_cmd, parse_btminer_priviledge_data

ROOT = httpx.DigestAuth("root", "root")


def say(simulated: Simulated, machine: SimMachine, **message: Any) -> dict[str, Any]:
    return dict(json.loads(simulated.ask(machine, json.dumps(message).encode()).rstrip(b"\0")))


def asleep(simulated: Simulated, machine: SimMachine) -> bool:
    return bool(simulated.control(f"/machines/{machine.host}")["asleep"])


def page(simulated: Simulated, machine: SimMachine, name: str) -> str:
    return f"http://{machine.host}:{simulated.http_port}/cgi-bin/{name}.cgi"


def test_stock_pages_are_closed_to_a_wrong_password(simulated: Simulated) -> None:
    address = page(simulated, simulated.one("antminer"), "get_system_info")
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, auth=httpx.DigestAuth("root", "admin")).status_code == 401
    assert httpx.get(address, auth=httpx.DigestAuth("admin", "root")).status_code == 401
    assert httpx.get(address, auth=ROOT).json()["macaddr"] == simulated.one("antminer").mac


def test_a_stock_machine_sleeps_and_wakes_by_its_settings(simulated: Simulated) -> None:
    machine = simulated.one("antminer", 4)
    for mode, sleeps in ((1, True), (0, False)):
        settings = httpx.get(page(simulated, machine, "get_miner_conf"), auth=ROOT).json()
        wanted = {"miner-mode": mode, "pools": settings["pools"]}
        answer = httpx.post(page(simulated, machine, "set_miner_conf"), auth=ROOT, json=wanted).json()
        assert answer["stats"] == "success"
        assert asleep(simulated, machine) is sleeps
        settings = httpx.get(page(simulated, machine, "get_miner_conf"), auth=ROOT).json()
        assert settings["bitmain-work-mode"] == str(mode)


@pytest.mark.parametrize("body", [b"", b"{", b'{"miner-mode": 1}', b'{"miner-mode": "x", "pools": [1]}', b"[]"])
def test_settings_that_make_no_sense_change_nothing(simulated: Simulated, body: bytes) -> None:
    machine = simulated.one("antminer", 5)
    answer = httpx.post(page(simulated, machine, "set_miner_conf"), auth=ROOT, content=body).json()
    assert answer["stats"] == "error"
    assert not asleep(simulated, machine)


def test_a_stock_machine_restarts(simulated: Simulated) -> None:
    machine = simulated.one("antminer", 6)
    before = simulated.control(f"/machines/{machine.host}")["uptime_s"]
    assert httpx.get(page(simulated, machine, "reboot"), auth=ROOT).json() == {"stats": "success"}
    assert before > 3000 > 60 > simulated.control(f"/machines/{machine.host}")["uptime_s"]


def test_pages_are_only_where_a_page_is(simulated: Simulated) -> None:
    assert httpx.get(page(simulated, simulated.one("antminer"), "passwd"), auth=ROOT).status_code == 404
    with pytest.raises(httpx.TransportError):
        httpx.get(page(simulated, simulated.one("avalon"), "get_system_info"), auth=ROOT)


def test_luxos_obeys_the_holder_of_its_one_session(simulated: Simulated) -> None:
    machine = simulated.one("luxos", 4)
    session = say(simulated, machine, command="logon")["SESSION"][0]["SessionID"]
    assert say(simulated, machine, command="logon")["STATUS"][0]["STATUS"] == "E"
    assert say(simulated, machine, command="curtail", parameter="guess,sleep")["STATUS"][0]["STATUS"] == "E"
    assert not asleep(simulated, machine)
    assert say(simulated, machine, command="curtail", parameter=f"{session},sleep")["STATUS"][0]["STATUS"] == "S"
    assert asleep(simulated, machine)
    assert say(simulated, machine, command="curtail", parameter=f"{session},nap")["STATUS"][0]["STATUS"] == "E"
    say(simulated, machine, command="curtail", parameter=f"{session},wakeup")
    assert not asleep(simulated, machine)
    say(simulated, machine, command="logoff", parameter=session)
    assert say(simulated, machine, command="curtail", parameter=f"{session},sleep")["STATUS"][0]["STATUS"] == "E"
    assert say(simulated, machine, command="logon")["STATUS"][0]["STATUS"] == "S"


@pytest.mark.parametrize(("salt", "hashed"), [("BQ5hoXV9", "RxmaDUO33TS7O26yeMHZ81")])  # by crypt(3) of glibc
def test_md5_crypt_is_that_of_the_c_library(salt: str, hashed: str) -> None:
    assert crypt("admin", salt) == hashed


def token(simulated: Simulated, machine: SimMachine, password: str = "admin") -> TokenData:
    """Make the keys of a session with another library's md5-crypt."""
    salts = say(simulated, machine, cmd="get_token")["Msg"]
    key = md5_crypt.hash(password, salt=salts["salt"]).split("$")[3]
    sign = md5_crypt.hash(key + salts["time"], salt=salts["newsalt"]).split("$")[3]
    return TokenData(host_sign=sign, host_passwd_md5=key)


def order(simulated: Simulated, machine: SimMachine, held: TokenData, cmd: str) -> dict[str, Any]:
    raw = simulated.ask(machine, create_privileged_cmd(held, {"cmd": cmd, "respbefore": "true"}))
    reply = json.loads(raw.rstrip(b"\0"))
    return dict(parse_btminer_priviledge_data(held, reply)) if "enc" in reply else dict(reply)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatsminer_obeys_encrypted_orders(simulated: Simulated) -> None:
    machine = simulated.one("whatsminer", 4)
    held = token(simulated, machine)
    assert order(simulated, machine, held, "power_off")["STATUS"] == "S"
    assert asleep(simulated, machine)
    assert say(simulated, machine, cmd="status")["Msg"]["btmineroff"] == "true"
    assert order(simulated, machine, held, "power_on")["STATUS"] == "S"
    assert not asleep(simulated, machine)
    for mode in ("low", "high", "normal"):
        assert order(simulated, machine, held, f"set_{mode}_power")["STATUS"] == "S"
        assert say(simulated, machine, cmd="summary")["SUMMARY"][0]["Power Mode"] == mode.capitalize()
    assert order(simulated, machine, held, "format_disk")["STATUS"] == "E"
    assert order(simulated, machine, held, "reboot")["STATUS"] == "S"
    assert simulated.control(f"/machines/{machine.host}")["uptime_s"] < 60


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatsminer_refuses_who_cannot_know_the_password(simulated: Simulated) -> None:
    machine = simulated.one("whatsminer", 5)
    assert order(simulated, machine, TokenData(host_sign="x", host_passwd_md5="y"), "power_off")["STATUS"] == "E"
    assert order(simulated, machine, token(simulated, machine, "root"), "power_off")["STATUS"] == "E"
    held = token(simulated, machine)
    assert order(simulated, machine, held.model_copy(update={"host_sign": "guess"}), "power_off")["STATUS"] == "E"
    for data in ("", "!", "AAAA", "QUJD" * 16):
        assert say(simulated, machine, enc=1, data=data)["STATUS"] == "E"
    assert say(simulated, machine, cmd="power_off")["STATUS"] == "E"
    assert not asleep(simulated, machine)


def test_avalon_acts_at_the_time_it_is_given(simulated: Simulated) -> None:
    machine = simulated.one("avalon", 4)
    late = int(time.time()) - 60
    assert say(simulated, machine, command="ascset", parameter=f"0,softoff,1:{late}")["STATUS"][0]["STATUS"] == "E"
    soon = int(time.time()) + 2
    assert say(simulated, machine, command="ascset", parameter=f"0,softoff,1:{soon}")["STATUS"][0]["STATUS"] == "I"
    assert not asleep(simulated, machine)
    until = time.monotonic() + 15
    while not asleep(simulated, machine) and time.monotonic() < until:
        time.sleep(0.2)
    assert time.time() >= soon - 1
    assert asleep(simulated, machine)
    assert "SoftOFF[1]" in say(simulated, machine, command="estats")["STATS"][0]["MM ID0"]


def test_avalon_refuses_what_it_does_not_know(simulated: Simulated) -> None:
    machine = simulated.one("avalon", 5)
    for parameter in ("", "0", "0,dance", "0,softoff", "0,softoff,1:soon", "0,workmode,set,9"):
        assert say(simulated, machine, command="ascset", parameter=parameter)["STATUS"][0]["STATUS"] == "E", parameter
    assert say(simulated, machine, command="ascset", parameter="0,workmode,set,0")["STATUS"][0]["STATUS"] == "S"


def test_where_the_web_port_is_taken_stock_machines_obey_on_the_stated_other_one() -> None:
    farm = build(30, 30)
    machine = next(machine for machine in farm.machines if machine.dialect == "antminer")
    with socket.socket() as holder:
        taken = next(port for port in range(33_000, 40_000) if all(wished_port(at) == at for at in (port, port + 8000)))
        other = taken + 8000
        holder.bind(("0.0.0.0", taken))
        holder.listen()
        command = [
            sys.executable, "-m", "simulator", "serve", "--miners", "30", "--seed", "30", "--fault-rate", "0",
            "--port", str(wished_port(0)), "--http-port", str(taken),
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert f"web interfaces on port {other}, since {taken} cannot be opened" in said
            assert "30 machines" in process.stdout.readline()
            address = f"http://{machine.host}:{other}/cgi-bin"
            pools = httpx.get(f"{address}/get_miner_conf.cgi", auth=ROOT).json()["pools"]
            httpx.post(f"{address}/set_miner_conf.cgi", auth=ROOT, json={"miner-mode": 1, "pools": pools})
            mode = httpx.get(f"{address}/get_miner_conf.cgi", auth=ROOT).json()["bitmain-work-mode"]
            process.terminate()
    assert mode == "1"


@pytest.mark.parametrize("word", ["meteor=1", "slow", "slow=often", "slow=-1", "slow=inf"])
def test_a_fault_rate_that_makes_no_sense_is_a_sentence(word: str) -> None:
    command = [sys.executable, "-m", "simulator", "serve", "--miners", "3", "--fault", word]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "error: argument --fault: " in ended.stderr
    assert "Traceback" not in ended.stderr
