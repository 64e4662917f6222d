"""The past: what a reader of the stream gets, and that its layers and windows tell one story."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.farm import SITES, build
from simulator.faults import Faults
from simulator.history import BOARD_DTYPE, MINER_DTYPE, ROWS_A_CHUNK, SITE_DTYPE, Past, generate
from simulator.physics import Physics
from simulator.spells import draw

DAY = 86_400
END = 1_795_435_200 // DAY * DAY


RATE = 0.06


def past(count: int) -> Past:
    return Past(build(count, 3), END, RATE)


def miners(count: int, start: int, end: int, step: int) -> NDArray[np.void]:
    return np.concatenate(list(generate(past(count), "miner", start, end, step)))


def sites(count: int, start: int, end: int, step: int) -> NDArray[np.void]:
    return np.concatenate(list(generate(past(count), "site", start, end, step)))


def test_the_command_line_streams_what_the_module_gives() -> None:
    command = [
        sys.executable, "-m", "simulator", "history", "--miners", "30", "--seed", "3", "--layer", "miner", "--step", "3600",
        "--start", str(END - DAY), "--end", str(END),
    ]  # fmt: skip
    stream = io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    read = np.load(stream, allow_pickle=False)
    assert stream.read() == b""
    assert read.tobytes() == miners(30, END - DAY, END, 3600).tobytes()


def test_rows_are_in_order_and_whole() -> None:
    rows = miners(60, END - 3 * DAY, END, 3600)
    assert rows.dtype == MINER_DTYPE
    assert (np.diff(rows["at"]) >= 0).all()
    assert len(np.unique(rows[["at", "miner"]])) == len(rows)
    assert set(np.unique(rows["site"])) == set(range(len(SITES)))
    assert ((rows["online"] > 0) & (rows["online"] <= 1)).all()
    for name in ("hashrate_ths", "power_w", "temp_chip_max_c", "temp_max_c"):
        assert np.isfinite(rows[name]).all(), name
    assert (rows["accepted"] >= 0).all()
    assert (rows["rejected"] >= 0).all()


def test_chunks_stay_within_their_size() -> None:
    sizes = [len(chunk) for chunk in generate(past(2000), "miner", END - 12 * DAY, END, 3600)]
    assert len(sizes) > 1
    assert max(sizes) < ROWS_A_CHUNK + 2000


def test_ninety_days_have_outages_but_are_mostly_online() -> None:
    rows = miners(120, END - 90 * DAY, END, DAY)
    newest = rows[rows["at"] >= END - 20 * DAY]
    assert 0.95 < newest["online"].sum() / (20 * 120) < 1.0
    first = np.unique(rows["miner"][rows["at"] == rows["at"].min()])
    assert 100 < len(first) < 120  # the farm grew meanwhile


def test_a_warm_hour_costs_more_power_than_a_cold_one() -> None:
    rows = miners(800, END - 2 * DAY, END, 3600)
    texas = rows[(rows["site"] == 0) & (rows["online"] == 1)]
    by_hour = [texas[texas["at"] == at] for at in np.unique(texas["at"])]
    inlet = np.array([np.nanmean(hour["temp_inlet_c"]) for hour in by_hour])
    power = np.array([hour["power_w"].mean() / hour["expected_hashrate_ths"].mean() for hour in by_hour])
    assert inlet.max() - inlet.min() > 8
    assert np.corrcoef(inlet, power)[0, 1] > 0.8


@pytest.mark.parametrize("step", [300, 3600])
def test_shares_follow_the_rate(step: int) -> None:
    rows = miners(60, END - DAY, END, step)
    shares = rows["accepted"].sum() + rows["rejected"].sum()
    work = (rows["hashrate_ths"].astype(float) * rows["online"] * step).sum()
    assert shares == pytest.approx(work / 21_000, rel=0.01)
    assert 0.0005 < rows["rejected"].sum() / shares < 0.01


def test_layers_agree_on_a_day_hour_by_hour() -> None:
    hours = miners(60, END - DAY, END, 3600)
    fine = miners(60, END - DAY, END, 300)
    for machine in (0, 7, 42):
        coarse = hours[(hours["miner"] == machine)]
        detail = fine[(fine["miner"] == machine)]
        there = float((detail["online"] * 300.0).sum())
        assert float((coarse["online"] * 3600.0).sum()) == pytest.approx(there, rel=0.01)
        assert float(np.average(coarse["power_w"], weights=coarse["online"])) == pytest.approx(
            float(np.average(detail["power_w"], weights=detail["online"])), rel=0.02
        )


def test_no_time_is_no_rows() -> None:
    assert list(generate(past(30), "miner", END, END, 3600)) == []


def test_the_past_meets_the_present_without_a_seam() -> None:
    """Where the past ends the live farm stands with the same faults, heat, rate and power."""
    farm = build(1500, 3)
    physics = Physics(farm, at_s=END)
    faults = Faults(physics, RATE, np.random.default_rng(1))
    spells = draw(1500, farm.seed, RATE)
    faults.open_with(spells)
    last = miners(1500, END - 60, END, 60)
    silent = {index for index, kind in faults.wire.items() if kind in ("refused", "hanging", "cut")}
    assert silent
    gone = set(range(1500)) - set(last["miner"].tolist())
    assert gone ^ silent <= set(spells.of("refused", "hanging", "cut").machine.tolist())
    assert len(gone ^ silent) <= 2  # a fault that began or ended within the last minute, or came second
    there = last["miner"]
    assert last["hashrate_ths"].sum() == pytest.approx(physics.hashrate_ths[there].sum(), rel=0.003)
    assert last["power_w"].sum() == pytest.approx(physics.power_w[there].sum(), rel=0.003)
    assert last["temp_max_c"].max() == pytest.approx(physics.chip_c[there].max(), abs=2.5)
    told = np.floor(physics.chip_c[there])
    assert np.quantile(np.abs(last["temp_max_c"] - told), 0.95) <= 1.01
    for index, kind in faults.physical.items():
        if kind == "board_lost" and index in there:
            assert last["hashrate_ths"][there == index][0] == pytest.approx(physics.hashrate_ths[index], rel=0.06)


def test_boards_are_told_where_the_layer_is_fine_enough() -> None:
    rows = miners(400, END - 300, END, 300)
    assert rows.dtype == BOARD_DTYPE
    whole = ~np.isnan(rows["board_hashrate_ths"]).any(axis=1)
    assert 0.9 < whole.mean() < 1.0
    total = rows["board_hashrate_ths"][whole].sum(axis=1)
    assert total == pytest.approx(rows["hashrate_ths"][whole], rel=0.04)
    assert (rows["board_temp_c"][whole].max(axis=1) == rows["temp_max_c"][whole]).all()
    assert miners(30, END - 3600, END, 3600).dtype == MINER_DTYPE


def test_an_inlet_is_told_only_by_machines_that_have_the_sensor() -> None:
    farm = build(400, 3)
    rows = miners(400, END - 300, END, 300)
    tells = np.array([farm.machines[index].dialect in ("whatsminer", "avalon") for index in rows["miner"]])
    assert 0 < tells.mean() < 1
    assert (np.isfinite(rows["temp_inlet_c"]) == tells).all()


@pytest.mark.parametrize("site", range(len(SITES)))
def test_sites_curtail_in_the_evening_only_and_go_on_answering(site: int) -> None:
    hours = sites(600, END - 90 * DAY, END, 3600)
    mine = hours[hours["site"] == site]
    assert mine.dtype == SITE_DTYPE
    ratio = mine["hashrate_ths"] / mine["expected_hashrate_ths"]
    low = mine[ratio < 0.6]
    local = ((low["at"] + 1800 + SITES[site].utc_offset_h * 3600) % DAY) / 3600
    assert 11 <= len(low) <= 45
    assert ((local > 16.5) & (local < 22.5)).all()
    assert (low["online"] / low["machines"] > 0.9).all()
    assert low["power_w"].mean() < 0.5 * mine["power_w"].mean()


def test_the_farm_grew_by_deliveries() -> None:
    days = sites(600, END - 90 * DAY, END, DAY)
    texas = days["machines"][days["site"] == 0]
    steps = np.diff(texas)
    assert (steps >= 0).all()
    assert np.count_nonzero(steps) == 3
    assert 0.9 < texas[0] / texas[-1] < 0.95


def test_a_day_tells_what_its_hours_tell() -> None:
    hours, day = sites(200, END - DAY, END, 3600), sites(200, END - DAY, END, DAY)
    for name, limit in (("hashrate_ths", 0.004), ("power_w", 0.004), ("online", 0.004), ("temp_avg_c", 0.01)):
        for site in range(len(SITES)):
            mean = hours[name][hours["site"] == site].mean()
            assert day[name][day["site"] == site][0] == pytest.approx(mean, rel=limit), name
