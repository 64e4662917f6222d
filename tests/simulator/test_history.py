"""The past: what a reader of the stream gets, and that its layers and windows tell one story."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.farm import SITES, build
from simulator.history import MINER_DTYPE, ROWS_A_CHUNK, generate

DAY = 86_400
END = 1_795_435_200 // DAY * DAY


def miners(count: int, start: int, end: int, step: int) -> NDArray[np.void]:
    return np.concatenate(list(generate(build(count, 3), "miner", start, end, step, END)))


def test_the_command_line_streams_what_the_module_gives() -> None:
    command = [
        sys.executable, "-m", "simulator", "history", "--miners", "30", "--seed", "3", "--layer", "miner", "--step", "3600",
        "--start", str(END - DAY), "--end", str(END),
    ]  # fmt: skip
    stream = io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    read = np.load(stream, allow_pickle=False)
    assert stream.read() == b""
    assert np.array_equal(read, miners(30, END - DAY, END, 3600))


def test_rows_are_in_order_and_whole() -> None:
    rows = miners(60, END - 3 * DAY, END, 3600)
    assert rows.dtype == MINER_DTYPE
    assert (np.diff(rows["at"]) >= 0).all()
    assert len(np.unique(rows[["at", "miner"]])) == len(rows)
    assert set(np.unique(rows["site"])) == set(range(len(SITES)))
    assert ((rows["online"] > 0) & (rows["online"] <= 1)).all()
    for name in ("hashrate_ths", "power_w", "temp_chip_max_c", "temp_inlet_c"):
        assert np.isfinite(rows[name]).all(), name
    assert (rows["accepted"] >= 0).all()
    assert (rows["rejected"] >= 0).all()


def test_chunks_stay_within_their_size() -> None:
    sizes = [len(chunk) for chunk in generate(build(2000, 3), "miner", END - 12 * DAY, END, 3600, END)]
    assert len(sizes) > 1
    assert max(sizes) < ROWS_A_CHUNK + 2000


def test_ninety_days_have_outages_but_are_mostly_online() -> None:
    rows = miners(120, END - 90 * DAY, END, DAY)
    newest = rows[rows["at"] >= END - 20 * DAY]
    assert 0.95 < newest["online"].sum() / (20 * 120) < 1.0
    first = np.unique(rows["miner"][rows["at"] == rows["at"].min()])
    assert 100 < len(first) < 120  # the farm grew meanwhile


def test_a_warm_hour_costs_more_power_than_a_cold_one() -> None:
    rows = miners(200, END - 2 * DAY, END, 3600)
    texas = rows[(rows["site"] == 0) & (rows["online"] == 1)]
    by_hour = [texas[texas["at"] == at] for at in np.unique(texas["at"])]
    inlet = np.array([hour["temp_inlet_c"].mean() for hour in by_hour])
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
    assert list(generate(build(30, 3), "miner", END, END, 3600, END)) == []
