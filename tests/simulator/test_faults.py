"""Faults of the machine: each shows, ends, and leaves the machine as it was."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simulator.farm import build
from simulator.faults import PHYSICAL, WIRE, Faults
from simulator.physics import REBOOT_S, Physics
from simulator.server import Fleet
from simulator.spells import MIX, draw

NOON = 1_795_435_200.0
STATE = ("boards", "fans", "blocked", "reject_ratio", "pool_dead", "silicon", "drift_per_h")


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
    faults.step()
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
    faults.step()
    assert 7 in faults.wire or 7 in faults.physical
    physics.step(51)
    faults.step()
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


def test_a_drifting_machine_loses_its_rate_slowly_and_is_mended_at_once() -> None:
    physics, faults = made()
    for _ in range(60):
        physics.step(60)
    full = physics.hashrate_ths[7]
    faults.begin(7, "drift", 6 * 3600)
    rates = []
    for _ in range(5):
        for _ in range(60):
            physics.step(60)
        rates.append(float(physics.hashrate_ths[7] / full))
    assert rates == pytest.approx([0.96, 0.92, 0.88, 0.84, 0.80], abs=0.03)  # four percent of its rate an hour
    physics.step(3600)
    faults.step()
    physics.step(2)
    assert physics.hashrate_ths[7] == pytest.approx(full, rel=0.04)


def test_a_machine_that_restarts_is_away_and_then_climbs_from_nothing() -> None:
    physics, faults = made()
    fleet = Fleet(physics.farm, physics, faults)
    machine, full = physics.farm.machines[7], physics.hashrate_ths[7]
    faults.begin(7, "restart", 60)
    physics.step(REBOOT_S - 5)
    assert fleet.fault(machine) == "refused"
    physics.step(5.5)
    assert fleet.fault(machine) is None
    assert fleet.view(machine).elapsed == 0
    assert physics.hashrate_ths[7] < 0.02 * full
    for _ in range(10):
        physics.step(60)
    assert physics.hashrate_ths[7] == pytest.approx(full, rel=0.05)
    assert fleet.view(machine).elapsed == 600


def farm_of_faults(step_s: float, seed: int = 1, **own_rates: float) -> list[tuple[dict[int, str], dict[int, str]]]:
    """Give the faults of 400 machines after each of four hours that pass in steps of so many seconds."""
    physics = Physics(build(400, 3), at_s=NOON)
    faults = Faults(physics, 2.0, np.random.default_rng(seed), own_rates)
    found = []
    for hour in range(1, 5):
        while (left_s := NOON + hour * 3600 - physics.now_s) > 1e-6:
            physics.step(min(step_s, left_s))
            faults.step()
        found.append((dict(faults.wire), dict(faults.physical)))
    return found


def test_a_run_repeats_however_its_steps_fall() -> None:
    even, uneven = farm_of_faults(60.0, slow=1.0), farm_of_faults(47.3, slow=1.0)
    assert even == uneven
    assert len(even[3][0]) > 10
    assert len(even[3][1]) > 10
    assert even != farm_of_faults(60.0, seed=2, slow=1.0)


def test_any_kind_comes_by_a_rate_of_its_own() -> None:
    kinds = sorted({*PHYSICAL, *WIRE})
    physics = Physics(build(1000, 3), at_s=NOON)
    faults = Faults(physics, 0.0, np.random.default_rng(1), dict.fromkeys(kinds, 0.25))
    seen: set[tuple[int, str]] = set()
    for _ in range(60):
        physics.step(60)
        faults.step()
        seen.update((*faults.wire.items(), *faults.physical.items()))
    # In an hour 1000 * 0.25 / 24 of each: about ten, less those that met a machine with another fault.
    came = Counter(kind for _index, kind in seen)
    assert set(came) == set(kinds)
    assert np.mean(list(came.values())) == pytest.approx(250 / 24, rel=0.2)
    with pytest.raises(KeyError, match="meteor"):
        Faults(physics, 0.0, np.random.default_rng(1), {"meteor": 1.0})


def test_by_default_997_of_a_thousand_machines_answer() -> None:
    physics = Physics(build(6000, 21), at_s=NOON)
    faults = Faults(physics, 0.06, np.random.default_rng(26))
    faults.open_with(draw(6000, 21, 0.06))
    fleet = Fleet(physics.farm, physics, faults)
    silent_kinds = ("refused", "hanging", "slow", "cut", "oversized", "empty")
    shares = []
    for minute in range(6 * 60):
        physics.step(60)
        faults.step()
        if minute % 10 == 0:
            silent = sum(fleet.fault(machine) in silent_kinds for machine in physics.farm.machines)
            shares.append(1 - silent / 6000)
    # 0.06 faults a machine a day, of which 0.10 silence it for 6 h and 0.06 for 8 h: 0.27 % of its time.
    assert np.mean(shares) == pytest.approx(0.9973, abs=0.0010)
    assert min(shares) > 0.995
