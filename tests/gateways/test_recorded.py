"""What real machines said, read by hand from the recordings."""

from __future__ import annotations

import pytest

from core.hosting.reading import Mode, PowerSource
from gateways.miners import read_replies
from tests.gateways import machines


def test_stock_antminer() -> None:
    reading = read_replies(machines.STOCK)
    assert reading.dialect == "antminer"
    assert reading.model == "Antminer S19 Pro"
    assert reading.firmware == "49.0.1.3"
    assert reading.hashrate_ths == pytest.approx(110.56689)
    assert reading.hashrate_avg_ths == pytest.approx(111.83485)
    assert reading.expected_hashrate_ths == pytest.approx(110.0)
    assert reading.power_w is None  # stock firmware measures none on this port
    assert reading.power_source is None
    assert reading.efficiency_j_per_th is None
    assert reading.temp_max_c == 78
    assert reading.temp_board_max_c == 73
    assert reading.fans_rpm == (6000, 5880, 5040, 5040)
    assert (reading.accepted, reading.rejected, reading.stale) == (4057, 11, 1)
    assert reading.hardware_errors == 562
    assert reading.uptime_s == 50474
    assert reading.pool_url == "stratum+tcp://btc.global.luxor.tech:700"
    assert reading.worker == "satokierepair.H04YK"
    assert reading.pool_alive is True
    assert reading.mode is Mode.MINING
    assert reading.mac is None
    assert reading.problems == []


def test_boards_of_a_stock_antminer() -> None:
    boards = read_replies(machines.STOCK).boards
    assert [board.slot for board in boards] == [0, 1, 2]  # the fourth chain has no chips: it was never there
    assert [board.hashrate_ths for board in boards] == pytest.approx([37.6033, 35.53622, 37.42738])
    assert [board.temp_chip_c for board in boards] == [78, 71, 69]
    assert [board.temp_board_c for board in boards] == [73, 66, 64]
    assert [board.chips for board in boards] == [114, 114, 114]
    assert [board.hardware_errors for board in boards] == [183, 195, 184]
    assert boards[0].chip_temps_c == (78, 50, 69, 70)
    assert boards[0].frequency_mhz == 525
    assert all(board.alive for board in boards)


def test_luxos_knows_its_power() -> None:
    reading = read_replies(machines.LUXOS)
    assert reading.dialect == "luxos"
    assert reading.model == "Antminer S19k Pro"
    assert reading.firmware == "2025.4.8.220305"
    assert reading.hashrate_ths == pytest.approx(59.75606)
    assert reading.expected_hashrate_ths == pytest.approx(61.9542)
    assert reading.power_w == 1051
    assert reading.power_source is PowerSource.DEVICE
    assert reading.efficiency_j_per_th == pytest.approx(1051 / 59.75606)
    assert reading.temp_max_c == 47
    assert reading.fans_rpm == (1920, 1920, 2340, 2340)
    assert [board.chips for board in reading.boards] == [77, 77, 77]
    assert (reading.accepted, reading.rejected) == (1483, 1)
    assert reading.pool_url is None  # not asked
    assert reading.problems == []


def test_whatsminer() -> None:
    reading = read_replies(machines.WHATSMINER)
    assert reading.dialect == "whatsminer"
    assert reading.hashrate_ths == pytest.approx(70.66811452)
    assert reading.expected_hashrate_ths == pytest.approx(68.796)
    assert reading.power_w == 3417
    assert reading.power_limit_w == 3500
    assert reading.power_mode == "Normal"
    assert reading.mac == "C4:08:28:00:A4:19"
    assert reading.firmware == "20210322.22.REL"  # without the quotes that the machine puts around it
    assert reading.temp_max_c == 92.5
    assert reading.temp_board_max_c == 71.5
    assert reading.fans_rpm == (6450, 6480)
    assert (reading.accepted, reading.rejected) == (2338, 0)
    assert reading.uptime_s == 10154
    assert [board.hashrate_ths for board in reading.boards] == pytest.approx([20.05343874, 25.56731781, 24.35129228])
    assert [board.temp_chip_c for board in reading.boards] == [90.0, 90.11, 92.5]
    assert [board.chips for board in reading.boards] == [105, 105, 105]
    assert reading.error_codes == ()
    assert reading.problems == []


def test_whatsminer_of_api_v3_by_its_device_info_alone() -> None:
    reading = read_replies(machines.WHATSMINER_V3)
    assert reading.dialect == "whatsminer"
    assert reading.model == "Whatsminer M60S_VK40"
    assert reading.mac == "CE:02:01:00:8C:36"
    assert reading.firmware == "20251209.16.Rel2"
    assert reading.serial == "BTM3CS40HD24083100000000000000000"
    assert reading.hashrate_ths is None  # it said nothing of it
    assert reading.expected_hashrate_ths == pytest.approx(61.434 + 53.890 + 65.727)
    assert reading.power_w is None
    assert reading.fans_rpm == ()  # the one it names is the supply's own


def test_avalon() -> None:
    reading = read_replies(machines.AVALON)
    assert reading.dialect == "avalon"
    assert reading.model == "AvalonMiner 15-194"
    assert reading.hashrate_ths == pytest.approx(199.24107)
    assert reading.hashrate_avg_ths == pytest.approx(184.007)
    assert reading.power_w == 3731  # at the wall; 3526 W is what the supply gives out
    assert reading.power_limit_w == 3515
    assert reading.temp_inlet_c == 31
    assert reading.temp_max_c == 78
    assert reading.fans_rpm == (4275, 4282)
    assert (reading.accepted, reading.rejected) == (148, 1)
    assert reading.uptime_s == 975
    assert reading.mac == "12:34:56:78:90:12"
    assert [board.hashrate_ths for board in reading.boards] == pytest.approx([59.45952, 61.40783, 63.13966])
    assert [board.temp_chip_c for board in reading.boards] == [77, 78, 77]
    assert [board.chips for board in reading.boards] == [160, 160, 160]
    assert reading.boards[0].chip_temps_c[:4] == (66, 65, 63, 62)
    assert reading.problems == []


def test_the_temperature_that_an_avalon_does_not_have_is_no_temperature() -> None:
    reading = read_replies(machines.recorded("avalon-a1566", "devs"))
    assert reading.temp_max_c is None  # -273 in the recording
    assert reading.hashrate_avg_ths == pytest.approx(192.79624736)


def test_sealminer() -> None:
    reading = read_replies(machines.SEALMINER)
    assert reading.dialect == "sealminer"
    assert reading.hashrate_ths == pytest.approx(368.47943278)
    assert reading.hashrate_avg_ths == pytest.approx(206.86047351)
    assert (reading.accepted, reading.rejected, reading.uptime_s) == (1421, 3, 2481)
    assert reading.power_w is None
    assert reading.problems == []


@pytest.mark.parametrize("name", machines.ALL)
def test_a_joined_reply_reads_like_its_parts(name: str) -> None:
    apart = read_replies(machines.ALL[name])
    together = read_replies(machines.joined(machines.ALL[name]))
    assert together == apart


@pytest.mark.parametrize("name", machines.ALL)
def test_command_names_in_capitals_and_a_closing_nul_change_nothing(name: str) -> None:
    replies = machines.ALL[name]
    assert read_replies({key.upper(): raw + b"\0" for key, raw in replies.items()}) == read_replies(replies)


@pytest.mark.parametrize("name", machines.ALL)
def test_a_reply_given_twice_is_counted_once(name: str) -> None:
    replies = machines.ALL[name]
    assert read_replies(replies | machines.joined(replies)) == read_replies(replies)


def test_device_name_with_the_vendors_typo_is_no_temperature() -> None:
    reading = read_replies(machines.recorded("antminer-s19pro-stock", "devs"))
    assert reading.temp_max_c is None  # "Tenperature": 0.0
