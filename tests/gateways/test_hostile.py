"""Broken, lying and hostile replies: never an exception, never an invented value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hosting.reading import Reading
from gateways.miners import read_replies
from tests.gateways import machines
from tests.gateways.machines import said

LISTED = (
    "hashrate_ths", "expected_hashrate_ths", "power_w", "power_source", "temp_max_c", "accepted", "rejected",
    "uptime_s", "pool_url", "worker", "model", "firmware", "mac",
)  # fmt: skip


def within_limits(reading: Reading) -> None:
    for board in (reading, *reading.boards):
        for rate in (board.hashrate_ths, board.expected_hashrate_ths):
            assert rate is None or 0 <= rate <= 100_000
    assert reading.power_w is None or 0 <= reading.power_w <= 100_000
    assert reading.efficiency_j_per_th is None or reading.efficiency_j_per_th >= 0
    for degrees in (reading.temp_max_c, reading.temp_inlet_c, reading.temp_chip_max_c, reading.temp_board_max_c):
        assert degrees is None or -40 <= degrees <= 200
    assert all(0 <= rpm <= 40_000 for rpm in reading.fans_rpm)
    for count in (reading.accepted, reading.rejected, reading.stale, reading.hardware_errors, reading.uptime_s):
        assert count is None or (type(count) is int and 0 <= count < 2**63)
    for text in (reading.pool_url, reading.worker, reading.model, reading.firmware, reading.mac, reading.serial):
        assert text is None or (text.isprintable() and 0 < len(text) <= 250)
    assert len(reading.problems) <= 50
    assert all(isinstance(problem, str) for problem in reading.problems)


def changed(change: dict[str, Any], section: str = "SUMMARY", command: str = "summary") -> dict[str, bytes]:
    replies = dict(machines.STOCK)
    body = json.loads(replies[command])
    body[section][-1].update(change)
    replies[command] = json.dumps(body).encode()
    return replies


@pytest.mark.parametrize(
    "value", ["12abc", "abc", True, [], {}, [1], {"s": 1}, -4, 1e308, 10**30, "1e999", "-7", float("nan")]
)
def test_a_counter_that_is_none_is_named(value: object) -> None:
    reading = read_replies(changed({"Accepted": value}))
    assert reading.accepted is None
    assert any(problem.startswith("summary.Accepted: ") for problem in reading.problems)
    assert reading.rejected == 11  # what stands beside it is read all the same


@pytest.mark.parametrize("value", ["fast", True, [110566.89], {"v": 1}, -1, 1e15, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_named_and_no_other_window_takes_its_place(value: object) -> None:
    reading = read_replies({"summary": changed({"GHS 5s": value})["summary"]})
    assert reading.hashrate_ths is None
    assert "summary.GHS 5s: " in " ".join(reading.problems)
    assert reading.hashrate_avg_ths == pytest.approx(111.83485)


@pytest.mark.parametrize("value, problem", [(21 * 366 * 86_400, True), (-5, True), ("", False), (None, False)])
def test_uptime(value: object, problem: bool) -> None:
    reading = read_replies({"summary": changed({"Elapsed": value})["summary"]})
    assert reading.uptime_s is None
    assert bool(reading.problems) is problem


@pytest.mark.parametrize("absent", [0, -1, -273, -273.0, "-273", "0", "-1", "", None])
def test_no_sensor_is_no_temperature(absent: object) -> None:
    reading = read_replies(
        said(summary={"SUMMARY": [{"Factory GHS": 1, "Temperature": absent, "Chip Temp Max": absent}]})
    )
    assert reading.temp_max_c is None
    assert reading.problems == []


@pytest.mark.parametrize("value", [201, 3000, -60, "hot", [70], 1e308])
def test_a_temperature_that_cannot_be_is_named(value: object) -> None:
    reading = read_replies(said(summary={"SUMMARY": [{"Factory GHS": 1, "Temperature": value}]}))
    assert reading.temp_max_c is None
    assert any(problem.startswith("summary.Temperature: ") for problem in reading.problems)


def test_cold_machines_are_read() -> None:
    reading = read_replies(said(summary={"SUMMARY": [{"Factory GHS": 1, "Temperature": -12.5}]}))
    assert reading.temp_max_c == -12.5
    chains = {"chain_acn1": 2, "temp_pcb1": "-5--4-20-18", "temp_chip1": "0-0-0-0"}
    board = read_replies(changed(chains, "STATS", "stats")).boards[0]
    assert (board.temp_board_c, board.temp_chip_c) == (20, None)


def test_chain_values_are_named_by_their_keys() -> None:
    reading = read_replies(changed({"chain_rate2": "n/a", "temp_chip3": "51-4x-69", "fan2": 90_000}, "STATS", "stats"))
    assert [board.hashrate_ths is None for board in reading.boards] == [False, True, False]
    assert reading.boards[2].temp_chip_c is None
    assert reading.fans_rpm == (6000, 5040, 5040)
    assert {
        "stats.chain_rate2: not a number",
        "stats.temp_chip3: not a temperature",
        "stats.fan2: out of range",
    } <= set(reading.problems)


@pytest.mark.parametrize("value", ["C4:08:28:00:A4:1G", "C4:08:28:00:A4", "C4-08-28-00-A4-19-22", 1234, ["C4"], "мак"])
def test_a_mac_with_other_characters_is_none(value: object) -> None:
    reading = read_replies(said(summary={"SUMMARY": [{"Factory GHS": 1, "MAC": value}]}))
    assert reading.mac is None
    assert "mac: not a MAC address" in reading.problems


@pytest.mark.parametrize("value", ["c4-08-28-00-a4-19", "C408.2800.A419", "c4082800a419", " C4:08:28:00:A4:19\0"])
def test_one_mac_in_many_spellings(value: str) -> None:
    assert read_replies(said(summary={"SUMMARY": [{"Factory GHS": 1, "MAC": value}]})).mac == "C4:08:28:00:A4:19"


def test_dead_is_dead_however_it_is_spelt() -> None:
    devices = {"DEVS": [{"ASC": 0, "Status": "Deed", "MHS av": 0.0}, {"ASC": 1, "Status": "Alive", "MHS av": 5e6}]}
    reading = read_replies(said(summary={"SUMMARY": [{"Factory GHS": 1, "MHS av": 5e6}]}, edevs=devices))
    assert [board.alive for board in reading.boards] == [False, True]
    assert [board.hashrate_ths for board in reading.boards] == [0, 5]


def test_a_refused_command_invents_no_board() -> None:
    refused = b'{"STATUS":"E","When":1,"Code":14,"Msg":"invalid cmd","Description":"whatsminer v1.3"}'
    reading = read_replies({"summary": machines.WHATSMINER["summary"], "devs": refused})
    assert reading.boards == ()
    assert "devs: invalid cmd" in reading.problems
    assert reading.hashrate_ths == pytest.approx(70.66811452)


def stock_stats_as_text() -> str:
    return json.dumps(json.loads(machines.STOCK["stats"]), separators=(",", ":"))


MALFORMATIONS = {
    "glued objects": lambda text: text.replace("},{", "}{"),
    "missing comma": lambda text: text.replace(',"Elapsed"', '"Elapsed"'),
    "invalid escape": lambda text: text.replace('"ID":"BTM_SOC0"', '"ID":"C:\\x\\q \\u12"'),
    "not a number": lambda text: text.replace('"Wait":0', '"Wait":nan').replace('"Max":0', '"Max":-Infinity'),
    "trailing comma": lambda text: text.replace("}]", ",}]"),
    "trailing garbage": lambda text: text + "}]} and more",
    "leading garbage": lambda text: "\x01\x02 noise " + text,
    "control characters": lambda text: text.replace("BTM_SOC0", "BTM\x01\x02\n\tSOC0"),
    "closing nul and line": lambda text: text + "\0\r\n",
}


@pytest.mark.parametrize("name", MALFORMATIONS)
def test_malformed_json_is_mended_and_says_so(name: str) -> None:
    reading = read_replies({"stats": MALFORMATIONS[name](stock_stats_as_text()).encode()})
    assert reading.hashrate_ths == pytest.approx(110.56689)
    assert reading.expected_hashrate_ths == pytest.approx(110)
    assert len(reading.boards) == 3
    assert reading.fans_rpm == (6000, 5880, 5040, 5040)
    mended = name != "closing nul and line"
    assert reading.problems == (["stats: malformed JSON, mended"] if mended else [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gb18030"])
def test_wrong_encodings(encoding: str) -> None:
    text = stock_stats_as_text().replace("BTM_SOC0", "矿机")
    reading = read_replies({"stats": text.encode(encoding)})
    assert reading.hashrate_ths == pytest.approx(110.56689)
    assert len(reading.boards) == 3


def test_a_number_that_is_not_one_is_named_even_where_json_forbids_it() -> None:
    reading = read_replies({"summary": b'{"SUMMARY":[{"GHS 5s":NaN,"GHS av":1e999,"Accepted":7}]}'})
    assert (reading.hashrate_ths, reading.hashrate_avg_ths, reading.accepted) == (None, None, 7)
    assert "summary.GHS 5s: not a number" in reading.problems


@pytest.mark.parametrize("share", [0.005, 0.05, 0.3, 0.6, 0.9, 0.99])
def test_of_a_cut_reply_only_whole_values_count(share: float) -> None:
    whole = read_replies({"stats": machines.STOCK["stats"]})
    text = stock_stats_as_text()
    reading = read_replies({"stats": text[: int(len(text) * share)].encode()})
    assert reading.problems
    for name in LISTED:
        assert getattr(reading, name) in (None, getattr(whole, name))


class Vexing(Mapping[str, bytes]):
    """A mapping that breaks when looked at."""

    def __getitem__(self, key: str) -> bytes:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no")

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "replies",
    [
        {}, {"summary": b""}, {"summary": b"\0\0\0"}, {"summary": None}, {"summary": 5}, {"summary": "text"},
        {5: b"{}"}, None, [b"{}"], Vexing(), {"summary": b"null"}, {"summary": b"[]"}, {"summary": b"[[[]]]"},
        {"summary": b'"x"'},
        {"summary": b"[" * 100_000}, {"summary": b'{"a":' * 20_000}, {"summary": b"{" * 1_000_000},
        {"summary": b"\xff" * 1000},
        {"summary": b"x" * (2 << 20)}, {"summary": b'{"SUMMARY":5}'}, {"summary": b'{"SUMMARY":[5,null,"x",[]]}'},
        {"summary": b'{"STATUS":[[]],"SUMMARY":{"a":{"b":{}}}}'}, {"pools": b'{"POOLS":[{"URL":7},{"URL":["x"]}]}'},
        {"stats": b'{"STATS":[{"MM ID0":5},{"MM ID1":"["},{"MM ID2":"A[A[A[A["}]}'},
        {"get.device.info": b'{"msg":{"miner":[],"system":5}}'},
        {"a+b": b'{"a":[{"STATUS":[]}],"b":{"STATUS":{}}}'}, {"summary": bytearray(b"{}")},
        {"summary": memoryview(b"{}")},
        {"edevs": b'{"msg":{"edevs":[1,{"slot":"x","factory-hash":"?"}]}}'},
        {"stats": b'{"STATS":[{"chain":[1,{"temp_chip":{}}]}]}'},
    ],
)  # fmt: skip
def test_nothing_raises_and_nothing_is_invented(replies: Any) -> None:
    reading = read_replies(replies)
    assert all(getattr(reading, name) is None for name in LISTED)
    within_limits(reading)


MIB = 1_000_000
ENDLESS = {
    "brackets that never close": b'{"STATS":[{"MM ID0":"' + b"A[" * (MIB // 2) + b'"}]}',
    "a name that never ends": b'{"STATS":[{"MM ID0":"' + b"A" * MIB + b'"}]}',
    "quotes": b"{" + b'"' * 200_000,
    "escaped quotes": b'{"a":"' + b'\\"' * 100_000,
    "backslashes": b'{"' + b"\\" * 200_000,
    "digits": b'{"a":' + b"1" * 200_000,
    "spaces": b'{"a":0' + b" " * 200_000 + b"x",
    "commas": b"{" + b", " * 100_000,
    "keys without commas": b'{"a" "b":' * 20_000,
    "objects": b'{"a":[' * 30_000,
    "pipes": b"A=1|" * 250_000,
    "minus signs": b'{"STATS":[{"chain_acn1":1,"temp_chip1":"' + b"-" * 900_000 + b'"}]}',
}


@pytest.mark.parametrize("name", ENDLESS)
def test_the_time_a_reply_takes_grows_with_its_length_only(name: str) -> None:
    """A pattern that looks again from each place would need longer than any test may run."""
    within_limits(read_replies({"stats": ENDLESS[name]}))


def test_text_that_a_database_or_a_page_could_choke_on_is_cleaned() -> None:
    pools = {"POOLS": [{"URL": "stratum+tcp://\x00a\x1b[31m\u202ex:1" + "y" * 5000, "User": "\x00\n"}]}
    reading = read_replies(said(pools=pools))
    assert reading.pool_url is not None
    assert reading.pool_url.startswith("stratum+tcp://a[31mx:1yyy")
    assert reading.worker is None
    within_limits(reading)


def test_thousands_of_problems_are_kept_short() -> None:
    chains = {f"chain_rate{place}": "?" for place in range(17)} | {f"chain_hw{place}": -1 for place in range(17)}
    chains |= {f"chain_acn{place}": 1 for place in range(17)} | {f"fan{place}": "?" for place in range(17)}
    reading = read_replies(changed(chains, "STATS", "stats"))
    assert len(reading.problems) == 41
    assert reading.problems[-1].endswith(" more")


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["-273", "65-65--1-70", "1,234.5", "110 TH/s", "0x10", "1e400", -1, -273, 1e308, 2**70])
)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in items:
        yield from paths(value, (*path, key))


MACHINES = machines.ALL | {"joined": machines.joined(machines.STOCK), "joined avalon": machines.joined(machines.AVALON)}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_value_may_be_anything(data: st.DataObject) -> None:
    replies = dict(MACHINES[data.draw(st.sampled_from(sorted(MACHINES)))])
    command = data.draw(st.sampled_from(sorted(replies)))
    document = json.loads(replies[command].rstrip(b"\0"))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(paths(document))))
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = data.draw(nested)
    replies[command] = json.dumps(document).encode("utf-8", "surrogatepass")
    within_limits(read_replies(replies))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_may_be_damaged(data: st.DataObject) -> None:
    replies = dict(MACHINES[data.draw(st.sampled_from(sorted(MACHINES)))])
    command = data.draw(st.sampled_from(sorted(replies)))
    raw = bytearray(replies[command])
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 40)))
        raw[start:end] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"}{", b'"', b"\\", b",,", b"\0", b"NaN", b"]"])
        )
    replies[command] = bytes(raw)
    within_limits(read_replies(replies))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=12) | st.sampled_from(["summary", "stats", "pools", "devs", "estats"]),
        st.binary(max_size=200),
        max_size=4,
    )
)
def test_any_replies_at_all(replies: dict[str, bytes]) -> None:
    within_limits(read_replies(replies))
