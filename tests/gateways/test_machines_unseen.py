"""Firmware that no recording beside us shows, written after its documented or published shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.hosting.reading import Mode, PowerSource, Reading
from gateways.miners import read_replies
from tests.gateways.machines import WHATSMINER_V3, said


def stats(*entries: dict[str, Any]) -> Reading:
    return read_replies(said(stats={"STATS": list(entries)}))


S9_TEXT = {
    "summary": b"STATUS=S,When=1,Code=11,Msg=Summary,Description=bmminer 1.0.0|SUMMARY,Elapsed=120,GHS 5s=13558.14,"
    b"GHS av=13519.46,Accepted=7,Rejected=1,Hardware Errors=3,Stale=0|\0",
    "stats": b"STATUS=S,When=1,Code=70,Msg=BMMiner stats,Description=bmminer 1.0.0|BMMiner=2.0.0,Miner=16.8.1.3,"
    b"CompileTime=Fri Nov 17 17:37:49 CST 2017,Type=Antminer S9|STATS=0,ID=BC50,Elapsed=120,GHS 5s=13558.14,fan_num=2,"
    b"fan1=0,fan2=0,fan3=5880,fan4=0,fan5=0,fan6=4440,chain_acn6=63,chain_rate6=4519.2,chain_acn7=63,chain_rate7=,"
    b"temp6=57,temp2_6=72,freq_avg6=568,total_rateideal=13500.02|\0",
    "pools": b"STATUS=S|POOL=0,URL=stratum+tcp://a.example:1,Status=Alive,Priority=0,User=x.y,Stratum Active=true|\0",
}


def test_old_antminer_in_pipe_text() -> None:
    reading = read_replies(S9_TEXT)
    assert (reading.dialect, reading.model, reading.firmware) == ("antminer", "Antminer S9", "16.8.1.3")
    assert reading.hashrate_ths == pytest.approx(13.55814)
    assert reading.expected_hashrate_ths == pytest.approx(13.50002)
    assert reading.fans_rpm == (5880, 4440)  # its two fans are numbers 3 and 6
    assert [(board.slot, board.hashrate_ths) for board in reading.boards] == [
        (5, pytest.approx(4.5192)),
        (6, None),
    ]  # its chains 6 and 7
    assert reading.temp_max_c == 72
    assert (reading.accepted, reading.rejected, reading.uptime_s) == (7, 1, 120)
    assert (reading.pool_url, reading.worker) == ("stratum+tcp://a.example:1", "x.y")
    assert reading.problems == []


def test_numbers_as_text() -> None:
    reading = stats(
        {"Type": "Antminer S17"}, {"GHS 5s": "53012.55", "GHS av": "52999.1", "miner_count": 3, "fan_num": "4"}
    )
    assert reading.hashrate_ths == pytest.approx(53.01255)
    assert reading.hashrate_avg_ths == pytest.approx(52.9991)


@pytest.mark.parametrize("unit, factor", [("GH", 1e-3), ("TH", 1.0), ("MH", 1e-6), ("GH/s", 1e-3), (None, 1e-3)])
def test_the_unit_of_chains_is_the_one_that_the_machine_names(unit: str | None, factor: float) -> None:
    entry: dict[str, Any] = {"chain_acn1": 10, "chain_rate1": "12.5", "total_rateideal": 25}
    reading = stats({"Type": "Antminer T21"}, entry | ({"rate_unit": unit} if unit else {}))
    assert reading.boards[0].hashrate_ths == pytest.approx(12.5 * factor)
    assert reading.expected_hashrate_ths == pytest.approx(25 * factor)


@pytest.mark.parametrize(
    "fans, fan_num, expected",
    [
        ((6000, 0, 5040, 5040, 0, 0, 0, 0), 4, (6000, 0, 5040, 5040)),  # the second of four stands still
        ((0, 0, 5880, 0, 0, 0, 0, 0), 2, (5880, 0)),  # one of two turns, wherever it is plugged in
        ((3000, 3000, 0, 0), None, (3000, 3000)),  # not counted: a 0 says nothing
        ((0, 0, 0, 0), 0, ()),
        ((0, 0, 0, 0), 4, (0, 0, 0, 0)),  # all dead, and the machine says that there are four
    ],
)
def test_fans(fans: tuple[int, ...], fan_num: int | None, expected: tuple[int, ...]) -> None:
    entry: dict[str, Any] = {f"fan{place}": rpm for place, rpm in enumerate(fans, 1)} | {"miner_count": 3}
    reading = stats({"Type": "Antminer S19"}, entry | ({} if fan_num is None else {"fan_num": fan_num}))
    assert reading.fans_rpm == expected


def test_a_water_cooled_machine_lists_four_fans_that_it_does_not_have() -> None:
    entry = {"fan_num": 4, "fan1": 0, "fan2": 0, "fan3": 0, "fan4": 0, "chain_acn1": 160}
    assert stats({"Type": "Antminer S21 XP Hyd."}, entry).fans_rpm == ()


def test_vnish_power_is_the_sum_of_its_chains() -> None:
    reading = stats(
        {"Type": "Antminer S19 (vnish 1.2.0)", "Miner": "49.0.1.3"},
        {"GHS 5s": "95423.11", "chain_acn1": 76, "chain_consumption1": 1020, "chain_consumption2": 1010},
    )
    assert (reading.dialect, reading.model) == ("vnish", "Antminer S19")
    assert reading.hashrate_ths == pytest.approx(95.42311)
    assert (reading.power_w, reading.power_source) == (2030, PowerSource.DEVICE)


def test_custom_firmware_that_gives_a_total_power_and_failing_chips() -> None:
    reading = stats(
        {"Type": "Antminer S19x88 Hiveon"},
        {"GHS 5s": 6751.0, "chain_acn1": 8, "chain_acs1": " xx xo ox xx", "chain_rate1": 2264.99, "total_power": 1345,
         "chain_power1": 454, "chain_rateideal1": 21248.76, "total_rateideal": 63288.82},
    )  # fmt: skip
    assert reading.power_w == 1345
    assert reading.expected_hashrate_ths == pytest.approx(63.28882)
    board = reading.boards[0]
    assert (board.chips, board.chips_expected) == (2, 8)
    assert board.expected_hashrate_ths == pytest.approx(21.24876)


def test_sleeping_antminer_is_a_real_zero() -> None:
    reading = stats(
        {"Type": "Antminer S19"}, {"GHS 5s": 0, "GHS av": 0, "chain_acn1": 114, "freq1": 0, "rate_unit": "GH"}
    )
    assert reading.hashrate_ths == 0
    assert reading.mode is Mode.SLEEPING
    assert reading.efficiency_j_per_th is None


NEW_WEB_SHAPE = {
    "stats": {
        "INFO": {"miner_version": "71.0.1.3", "type": "Antminer S21"},
        "STATS": [
            {
                "chain": [
                    {"asic": " ooo oo- ---", "asic_num": 6, "freq_avg": 327, "index": 0, "rate_ideal": 194099.1,
                     "rate_real": 188896.1, "temp_chip": [44, 44, 56, 56], "temp_pcb": [44, 52, 0, 0], "hw": 5},
                ],
                "elapsed": 167430, "fan": [3000, 0], "fan_num": 2, "rate_5s": 572845.56, "rate_avg": 576153.9,
                "rate_ideal": 581972.7, "rate_unit": "GH/s", "watt": 5525,
            }
        ],
        "STATUS": {"Msg": "stats", "STATUS": "S"},
    },
    "pools": {
        "POOLS": [
            {"index": 0, "url": "", "user": "", "status": "Dead", "priority": 0},
            {"index": 1, "url": "stratum+tcp://p.example:1", "user": "u.1", "status": "Alive", "priority": 1},
        ]
    },
}  # fmt: skip


def test_the_newer_antminer_shape() -> None:
    reading = read_replies({command: json.dumps(body).encode() for command, body in NEW_WEB_SHAPE.items()})
    assert (reading.dialect, reading.model, reading.firmware) == ("antminer", "Antminer S21", "71.0.1.3")
    assert reading.hashrate_ths == pytest.approx(572.84556)
    assert reading.hashrate_avg_ths == pytest.approx(576.1539)
    assert reading.expected_hashrate_ths == pytest.approx(581.9727)
    assert reading.power_w == 5525
    assert reading.fans_rpm == (3000, 0)
    assert reading.uptime_s == 167430
    board = reading.boards[0]
    assert (board.slot, board.chips, board.chips_expected, board.hardware_errors) == (0, 5, 6, 5)
    assert (board.temp_chip_c, board.temp_board_c) == (56, 52)
    assert (reading.pool_url, reading.worker) == ("stratum+tcp://p.example:1", "u.1")


BRAIINS = said(
    summary={"SUMMARY": [{"Elapsed": 9, "MHS 5s": 95000000.5, "MHS av": 94000000, "Accepted": 1, "Rejected": 0}]},
    devs={
        "DEVS": [
            {"ASC": 0, "ID": 1, "MHS 5s": 31000000.0, "Nominal MHS": 33000000.0, "Status": "Alive"},
            {"ASC": 1, "ID": 2, "MHS 5s": 0, "Nominal MHS": 33000000.0, "Status": "Dead"},
        ]
    },
    temps={"TEMPS": [{"ID": 1, "Board": 61.0, "Chip": 76.0}, {"ID": 2, "Board": 0, "Chip": -273}]},
    fans={"FANS": [{"FAN": 0, "ID": 0, "RPM": 5070, "Speed": 100}, {"FAN": 1, "ID": 1, "RPM": 0, "Speed": 100}]},
    tunerstatus={
        "TUNERSTATUS": [{"ApproximateMinerPowerConsumption": 3045, "PowerLimit": 3050, "TunerChainStatus": [{}]}]
    },
    devdetails={"DEVDETAILS": [{"ID": 1, "Model": "Antminer S19j Pro", "Chips": 126}]},
    version={"VERSION": [{"API": "3.7", "BOSer": "boser-buildroot 0.1.0-45f356ea"}]},
)


def test_braiins_os() -> None:
    reading = read_replies(BRAIINS)
    assert (reading.dialect, reading.model) == ("braiins", "Antminer S19j Pro")
    assert reading.firmware == "boser-buildroot 0.1.0-45f356ea"
    assert reading.hashrate_ths == pytest.approx(95.0000005)
    assert reading.expected_hashrate_ths == pytest.approx(66.0)
    assert (reading.power_w, reading.power_limit_w) == (3045, 3050)
    assert reading.fans_rpm == (5070, 0)
    assert [board.alive for board in reading.boards] == [True, False]
    assert [board.temp_chip_c for board in reading.boards] == [76, None]
    assert reading.temp_max_c == 76


WHATSMINER_V3_STATUS = {
    "code": 0,
    "desc": "get.miner.status",
    "msg": {
        "summary": {"board-temperature": [41.1, 40.1, 41.5], "chip-temp-max": 82.0, "elapsed": 50000,
                    "factory-hash": 181.051,
                    "environment-temperature": 28.5, "fan-speed-in": 5400, "fan-speed-out": 5280, "hash-average": 170.8,
                    "hash-realtime": 171.259, "power-limit": 3600, "power-realtime": 3156.0},
        "pools": [
            {"account": "a.b", "pool-priority": 0, "status": "alive", "stratum-active": False, "url": "stratum+tcp://x:1"},
            {"account": "a.c", "pool-priority": 1, "status": "alive", "stratum-active": True, "url": "stratum+tcp://y:1"},
        ],
        "edevs": [
            {"chip-temp-max": 80.0, "effective-chips": 75, "factory-hash": 60.35, "freq": 625.0, "hash-average": 57.1,
             "id": 0},
            {"chip-temp-max": 0, "effective-chips": 0, "factory-hash": -0.001, "freq": 0, "hash-average": 0.0, "id": 1},
        ],
    },
}  # fmt: skip


def test_whatsminer_of_api_v3() -> None:
    reading = read_replies(WHATSMINER_V3 | {"get.miner.status": json.dumps(WHATSMINER_V3_STATUS).encode()})
    assert reading.hashrate_ths == pytest.approx(171.259)
    assert reading.expected_hashrate_ths == pytest.approx(181.051)
    assert (reading.power_w, reading.power_limit_w) == (3156, 3600)
    assert reading.efficiency_j_per_th == pytest.approx(3156 / 171.259)
    assert (reading.temp_inlet_c, reading.temp_board_max_c, reading.temp_max_c) == (28.5, 41.5, 82)
    assert reading.fans_rpm == (5400, 5280)
    assert (reading.pool_url, reading.worker) == ("stratum+tcp://y:1", "a.c")  # the active one, not the first
    assert [board.hashrate_ths for board in reading.boards] == [pytest.approx(57.1), 0]
    assert [board.temp_chip_c for board in reading.boards] == [80, None]
    assert reading.uptime_s == 50000
    assert reading.mac == "CE:02:01:00:8C:36"
    assert reading.problems == []


def test_whatsminer_of_api_v2_wrapped_in_msg() -> None:
    replies = {
        "summary": b'{"STATUS":[{"STATUS":"S","Code":11,"Msg":"Summary","Description":"cgminer 4.9.2"}],"SUMMARY":['
        b'{"HS RT":124500000.0,"MHS av":125000000.0,"Factory GHS":126000,"Power":-1,"Env Temp":28.5,'
        b'"Liquid Cooling":true,'
        b'"Fan Speed In":0,"Fan Speed Out":0}],"id":1}',
        "status": b'{"STATUS":"S","Code":131,"Msg":{"mineroff":"true","FirmwareVersion":'
        b'"20240624.18.REL","power_mode":"low"}}',
        "get_error_code": b'{"Code":131,"Msg":{"error_code":[{"530":"2024-06-01"},{"541":"x"}]},"STATUS":"S"}',
        "get_miner_info": b'{"Code":131,"Msg":{"mac":"D4:01:02:03:04:05","minersn":"HT1"},"STATUS":"S"}',
    }
    reading = read_replies(replies)
    assert reading.dialect == "whatsminer"
    assert reading.hashrate_ths == pytest.approx(124.5)
    assert reading.expected_hashrate_ths == pytest.approx(126)
    assert reading.power_w is None  # -1 W is no word about power
    assert reading.fans_rpm == ()  # it lies in oil
    assert reading.mode is Mode.SLEEPING
    assert (reading.firmware, reading.mac, reading.serial) == ("20240624.18.REL", "D4:01:02:03:04:05", "HT1")
    assert reading.error_codes == ("530", "541")


def test_avalon_of_several_modules_adds_them_up() -> None:
    first = (
        "Ver[8211612] DNA[01] Temp[24] TMax[86] Fan[4110] GHSspd[7301.5] GHSavg[7291.03] GHSmm[7391.03] "
        "PS[0 1215 1289 231 1300 1285]"
    )
    second = (
        "Ver[8211612] DNA[02] Temp[25] TMax[88] Fan[4120] GHSspd[7200.5] GHSavg[7199.00] GHSmm[7400.00] "
        "PS[0 1215 1289 231 1310 1285]"
    )
    reading = stats({"ID": "AVA80", "Elapsed": 5, "MM ID1": first, "MM ID2": second})
    assert reading.dialect == "avalon"
    assert reading.hashrate_ths == pytest.approx(14.502)
    assert reading.expected_hashrate_ths == pytest.approx(14.79103)
    assert reading.power_w == 2610
    assert reading.fans_rpm == (4110, 4120)
    assert (reading.temp_inlet_c, reading.temp_max_c) == (25, 88)


def test_a_module_that_cannot_be_read_is_not_left_out_of_the_sum() -> None:
    reading = stats({"ID": "AVA80", "MM ID1": "GHSspd[7301.5]", "MM ID2": "GHSspd[?]"})
    assert reading.hashrate_ths is None
    assert "estats.GHSspd: not a number" in reading.problems


def test_small_avalon_asleep() -> None:
    summary = (
        "'STATS':{Ver[Q-25052801_14a19a2] SYSTEMSTATU[Work: In Idle, Hash Board: 1] Temp[-273] Fan1[0] Fan2[0] "
        "PS[0 1222 4 0 0 2245 146] GHSspd[0.00] GHSmm[55032.79] GHSavg[44499.41] MGHS[44499.41] TMax[0] MPO[800] "
        "SoftOFF[4] WORKMODE[0] ITemp[26]}"
    )
    reading = stats({"ID": "AVALON0", "Elapsed": 9, "MM ID0:Summary": summary, "HBinfo": "'HB0':{PVT_T0[58 59 59]}"})
    assert reading.mode is Mode.SLEEPING
    assert (reading.hashrate_ths, reading.power_w) == (0, 146)
    assert reading.temp_chip_max_c is None
    assert reading.boards[0].chip_temps_c == (58, 59, 59)


def test_sealminer_in_full() -> None:
    reading = read_replies(
        {
            "stats": b'{"STATUS":[{"STATUS":"S","Code":70,"Msg":"BDMiner stats","Description":"bdminer 4.11.1"}],'
            b'"STATS":[{"Model":"A2","Firmware":"2025091001","MAC":"50:d4:48:4b:86:78","Mining Mode":"Normal",'
            b'"Temp":70,'
            b'"Power Limit":3500,'
            b'"MHS(Ideal)":221663472,"MHS(30s)":220407636.7,"MHS(Avg)":218701205.6,"PSU Input Power":3504,'
            b'"Fan Count":2,'
            b'"0 PWM":112,"0 Speed":3723,"1 Speed":0,"0 Online":true,"0 Chip Count":153,"0 Bad Chip Count":3,'
            b'"0 MHS(Ideal)":74342544,"0 MHS(Sample)":73905832.0,"0 Freq":349,"0 Temp 0":55,"0 Temp 2":71,'
            b'"1 MHS(Ideal)":73927728,"1 Online":false}]}',
        }
    )
    assert (reading.dialect, reading.model, reading.firmware) == ("sealminer", "Sealminer A2", "2025091001")
    assert reading.hashrate_ths == pytest.approx(220.4076367)
    assert reading.expected_hashrate_ths == pytest.approx(221.663472)
    assert (reading.power_w, reading.power_limit_w, reading.power_mode) == (3504, 3500, "Normal")
    assert reading.fans_rpm == (3723, 0)
    assert reading.mac == "50:D4:48:4B:86:78"
    first, second = reading.boards
    assert (first.hashrate_ths, first.temp_board_c, first.chips) == (pytest.approx(73.905832), 71, 150)
    assert (second.hashrate_ths, second.alive) == (None, False)
    assert reading.temp_max_c == 71


def test_sealminer_expects_the_sum_of_its_boards_where_it_gives_no_total() -> None:
    replies = said(
        stats={"STATS": [{"0 MHS(Ideal)": 74000000, "1 MHS(Ideal)": 73000000}]}, version={"VERSION": [{"BDMiner": "4"}]}
    )
    assert read_replies(replies).expected_hashrate_ths == pytest.approx(147)


def test_auradine() -> None:
    head = {"STATUS": [{"STATUS": "S", "Description": "GCMiner-2023-05.24"}]}
    reading = read_replies(
        said(
            summary=head
            | {"SUMMARY": [{"Elapsed": 56696, "MHS av": 7970630.04, "MHS 5s": 20599767.17, "Accepted": 3310}]},
            psu={"PSU": [{"PowerIn": "3058.94W", "PowerOut": "2900.00W"}]},
            fan={"Fan": [{"ID": 1, "Speed": 7080}, {"ID": 2, "Speed": 0}]},
            devs={"DEVS": [{"ID": 1, "Status": "Alive", "Temperature": 28.25, "MHS 5s": 6800000.0}]},
            temperature={"Temperature": [{"ID": 1, "ChipTemp": [{"ID": 0, "Temperature": 45.8}], "BoardTemp": None}]},
            ipreport={"IPReport": [{"mac": "1c:00:00:0e:3b:2b", "model": "AT1500", "version": "2023-12.27"}]},
        )
    )
    assert (reading.dialect, reading.model, reading.mac) == ("auradine", "Auradine AT1500", "1C:00:00:0E:3B:2B")
    assert reading.hashrate_ths == pytest.approx(20.59976717)
    assert reading.power_w == pytest.approx(3058.94)
    assert reading.fans_rpm == (7080, 0)
    assert reading.temp_max_c == pytest.approx(45.8)


@pytest.mark.parametrize(
    "key, value, ths",
    [
        ("KHS av", 2.5e9, 2.5),
        ("MHS 20s", 25.0e6, 25),
        ("GHS 5s", "110.5", 0.1105),
        ("THS av", "12.5", 12.5),
        ("PHS 5s", 0.2, 200),
    ],
)
def test_any_other_machine_is_read_by_the_units_in_its_keys(key: str, value: object, ths: float) -> None:
    reading = read_replies(said(summary={"SUMMARY": [{key: value, "Elapsed": "77"}]}))
    assert reading.dialect == "generic"
    assert reading.hashrate_ths == pytest.approx(ths)
    assert reading.uptime_s == 77
    assert reading.expected_hashrate_ths is None
    assert reading.power_w is None


def test_the_pool_that_works_is_the_active_one_then_a_living_one_then_the_first() -> None:
    def url(*pools: dict[str, Any]) -> str | None:
        return read_replies(said(pools={"POOLS": list(pools)})).pool_url

    dead = {"URL": "a", "Status": "Dead", "Priority": 0}
    assert url(dead, {"URL": "b", "Status": "Alive", "Priority": 1}) == "b"
    assert (
        url(dead, {"URL": "b", "Status": "Alive", "Priority": 2}, {"URL": "c", "Status": "Alive", "Priority": 1}) == "c"
    )
    assert url({"URL": "b", "Status": "Alive", "Priority": 0}, dead | {"Stratum Active": True}) == "a"
    assert url(dead, {"URL": "b", "Status": "Dead", "Priority": 1}) == "a"
    assert url({"URL": "", "Status": "Alive"}, dead) == "a"
    assert url() is None


def test_the_owners_own_words_do_not_decide_the_dialect() -> None:
    pools = {"POOLS": [{"URL": "stratum+tcp://whatsminer.luxos.example:1", "User": "avalon.bosminer vnish"}]}
    replies = said(pools=pools, stats={"STATS": [{"Type": "Antminer S19"}, {"GHS 5s": 1.0, "chain_acn1": 1}]})
    assert read_replies(replies).dialect == "antminer"
