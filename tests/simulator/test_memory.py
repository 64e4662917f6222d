"""A simulator that was killed comes back as the same farm."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from simulator.farm import build
from simulator.memory import recall, remember, write_state
from simulator.physics import REBOOT_S, SLEEP_W, Physics

NOON = 1_795_435_200.0


def physics(at_s: float = NOON, miners: int = 40, seed: int = 3) -> Physics:
    return Physics(build(miners, seed), at_s=at_s)


def test_sleep_modes_uptimes_and_counters_go_on(tmp_path: Path) -> None:
    path = tmp_path / "farm.json"
    first = physics()
    first.stop(4)
    first.mode[5] = 2
    first.reboot(6)
    for _ in range(10):
        first.step(60)
    write_state(first, path)
    second = physics(first.now_s + 300)
    recall(second, path)
    assert np.flatnonzero(second.asleep).tolist() == [4]
    assert (second.hashrate_ths[4], second.power_w[4]) == (0, SLEEP_W)
    assert second.mode[5] == 2
    assert second.now_s - second.boot_s[6] == pytest.approx(900 - REBOOT_S, abs=1)
    assert (second.boot_s == first.boot_s.round()).all()
    awake = np.arange(40) != 4
    assert (second.accepted[awake] > first.accepted[awake]).all()
    assert second.accepted[4] == round(first.accepted[4])


def test_an_order_is_kept_at_once(tmp_path: Path) -> None:
    path = tmp_path / "farm.json"
    made = physics()

    async def order_and_die() -> None:
        keeping = asyncio.create_task(remember(made, path))
        await asyncio.sleep(0.05)
        made.stop(4)  # the clock of the physics stands still: only the order can be the reason to write
        await asyncio.sleep(1)
        keeping.cancel()

    asyncio.run(order_and_die())
    second = physics()
    recall(second, path)
    assert np.flatnonzero(second.asleep).tolist() == [4]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"farm": "40 machines of seed 3"}', "\x00\xff"])
def test_a_spoilt_file_is_no_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "farm.json"
    path.write_text(text, encoding="latin-1")
    made = physics()
    before = made.boot_s.copy()
    recall(made, path)
    recall(made, tmp_path / "none.json")
    recall(made, None)
    assert not made.asleep.any()
    assert np.array_equal(before, made.boot_s)


def test_the_file_of_another_farm_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "farm.json"
    other = physics(seed=4)
    other.stop(4)
    write_state(other, path)
    made = physics()
    recall(made, path)
    assert not made.asleep.any()
