"""Faults of the machine: each shows, ends, and leaves the machine as it was."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.farm import build
from simulator.faults import PHYSICAL, WIRE, Faults
from simulator.physics import Physics
from simulator.spells import MIX, draw

NOON = 1_795_435_200.0
STATE = ("boards", "fans", "blocked", "reject_ratio", "pool_dead", "silicon")


def made(miners: int = 50) -> tuple[Physics, Faults]:
    physics = Physics(build(miners, 3), at_s=NOON)
    return physics, Faults(physics, 0.0, np.random.default_rng(1))


@pytest.mark.parametrize("kind", sorted(set(PHYSICAL) - {"restart"}))
def test_a_fault_shows_and_leaves_nothing_behind(kind: str) -> None:
    physics, faults = made()
    before = {name: getattr(physics, name).copy() for name in STATE}
    faults.begin(7, kind, 100)
    changed = [name for name in STATE if not np.array_equal(before[name], getattr(physics, name))]
    assert len(changed) == 1
    others = np.arange(50) != 7
    assert np.array_equal(before[changed[0]][others], getattr(physics, changed[0])[others])
    physics.step(101)
    faults.step(101)
    assert all(np.array_equal(before[name], getattr(physics, name)) for name in STATE)


def test_a_second_fault_takes_the_place_of_the_first() -> None:
    physics, faults = made()
    own = physics.silicon[7]
    faults.begin(7, "weak", 100)
    faults.begin(7, "weak", 100)
    faults.begin(7, "fan_failed", 100)
    assert physics.silicon[7] == own
    assert faults.physical == {7: "fan_failed"}
    faults.clear()
    assert physics.fans[7].all()


@pytest.mark.parametrize("kind", ["hanging", "board_lost"])
def test_a_fault_begun_again_lasts_as_long_as_last_said(kind: str) -> None:
    physics, faults = made()
    faults.begin(7, kind, 100)
    physics.step(90)
    faults.begin(7, kind, 100)
    physics.step(50)
    faults.step(50)
    assert 7 in faults.wire or 7 in faults.physical
    physics.step(51)
    faults.step(51)
    assert not faults.wire
    assert not faults.physical


def test_an_unknown_fault_changes_nothing() -> None:
    _physics, faults = made()
    with pytest.raises(KeyError):
        faults.begin(7, "meteor", 100)
    assert (faults.wire, faults.physical) == ({}, {})


def test_every_fault_of_the_mix_is_one_that_there_is() -> None:
    assert {kind for kind, _share, _hours in MIX} <= {*PHYSICAL, *WIRE}
    assert sum(share for _kind, share, _hours in MIX) == pytest.approx(1.0)


def test_the_demo_opens_with_a_few_machines_in_trouble() -> None:
    physics = Physics(build(3000, 21), at_s=NOON)
    faults = Faults(physics, 0.06, np.random.default_rng(1))
    faults.open_with(draw(3000, 21, 0.06))
    silent = sum(kind in ("refused", "hanging") for kind in faults.wire.values()) / 3000
    assert 0 < silent < 0.04
    assert 0.005 < len(faults.physical) / 3000 < 0.08


def test_rejects_and_a_dead_pool_show_in_the_shares() -> None:
    physics, faults = made()
    faults.begin(3, "rejects", 1e6)
    faults.begin(4, "pool_dead", 1e6)
    accepted, rejected = physics.accepted.copy(), physics.rejected.copy()
    for _ in range(60):
        physics.step(60)
    more, worse = physics.accepted - accepted, physics.rejected - rejected
    assert worse[3] / (more[3] + worse[3]) == pytest.approx(0.12, rel=1e-6)
    assert more[4] == 0
    assert worse[5] / (more[5] + worse[5]) < 0.005


def test_a_lost_board_costs_a_third_of_rate_and_power() -> None:
    physics, faults = made()
    for _ in range(30):
        physics.step(60)
    rate, power = physics.hashrate_ths[7], physics.power_w[7]
    faults.begin(7, "board_lost", 1e6)
    for _ in range(30):
        physics.step(60)
    assert physics.hashrate_ths[7] == pytest.approx(rate * 2 / 3, rel=0.04)
    assert 0.6 * power < physics.power_w[7] < 0.75 * power


def test_at_the_default_rate_about_997_of_a_thousand_machines_answer_over_a_day() -> None:
    physics = Physics(build(3000, 21), at_s=NOON)
    faults = Faults(physics, 0.06, np.random.default_rng(1))
    faults.open_with(draw(3000, 21, 0.06))
    silent = []
    for _minute in range(0, 24 * 60, 10):
        physics.step(600)
        faults.step(600)
        silent.append(sum(kind in ("refused", "hanging") for kind in faults.wire.values()) / 3000)
    # 0.06 faults a day, of which 10 % refuse for 6 h and 6 % hang for 8 h at the mean: 0.0025 x 1.08 / 1.01
    assert np.mean(silent) == pytest.approx(0.0027, abs=0.0008)
