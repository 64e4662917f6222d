from __future__ import annotations

import collections

import numpy as np
import pytest

from simulator.farm import SITES, build, inventory
from simulator.faults import Faults
from simulator.history import Past, generate, site_sums
from simulator.physics import SLEEP_W, Physics, ambient_c
from simulator.spells import draw

NOON = 1_795_435_200.0


def test_the_same_seed_gives_the_same_farm() -> None:
    assert inventory(build(300, 7)) == inventory(build(300, 7))
    assert inventory(build(300, 7)) != inventory(build(300, 8))


def test_six_thousand_machines_and_a_repair_bench_fill_301_pages() -> None:
    farm = build(6000, 21)
    assert (len(farm.machines), len(farm.repair)) == (6000, 12)
    rows = inventory(farm)["machines"]
    for name in ("asset_id", "serial", "mac", "host"):
        assert len({row[name] for row in rows}) == 6012, name
    assert -(-len(rows) // 20) == 301


def test_sites_clients_and_racks_are_shared_out() -> None:
    farm = build(6000, 21)
    sites = collections.Counter(machine.site for machine in farm.machines)
    for number, site in enumerate(SITES):
        assert sites[number] / 6000 == pytest.approx(site.share, abs=0.01)
    unassigned = sum(machine.client_code is None for machine in farm.machines) / 6000
    assert 0.04 < unassigned < 0.08
    places = collections.Counter(
        (machine.site, machine.rack, machine.position) for machine in (*farm.machines, *farm.repair)
    )
    assert max(places.values()) == 1


def physics(miners: int = 200, speed_up: float = 1.0) -> Physics:
    return Physics(build(miners, 3), at_s=NOON, speed_up=speed_up)


def test_a_sleeping_machine_hashes_nothing_and_draws_a_few_watts() -> None:
    made = physics()
    made.stop(4)
    made.step(2)
    assert made.hashrate_ths[4] == 0
    assert made.power_w[4] == SLEEP_W
    assert made.power_w[5] > 1000


def test_a_woken_machine_climbs_over_minutes() -> None:
    made = physics()
    full = made.hashrate_ths[4]
    made.stop(4)
    made.step(2)
    made.start(4)
    rates = []
    for _ in range(6):
        made.step(100)
        rates.append(made.hashrate_ths[4])
    assert rates[0] < 0.4 * full
    assert rates == sorted(rates) or rates[-1] == pytest.approx(max(rates), rel=0.03)
    assert rates[-1] == pytest.approx(full, rel=0.05)


def test_heat_throttles_and_a_dead_fan_heats() -> None:
    made = physics()
    cool = made.chip_c[4]
    made.fans[4, 0] = False
    for _ in range(30):
        made.step(60)
    assert made.chip_c[4] > cool + 5
    made.blocked[6] = 40.0
    before = made.hashrate_ths[6]
    for _ in range(40):
        made.step(60)
    assert made.hashrate_ths[6] < 0.9 * before


def test_days_are_warmer_than_nights_and_summers_than_winters() -> None:
    texas = SITES[0]
    local_noon = NOON + 6 * 3600 + 3 * 3600
    assert ambient_c(texas, local_noon) > ambient_c(texas, local_noon - 12 * 3600) + 5
    year = np.arange(0, 365) * 86_400.0 + NOON
    temps = ambient_c(texas, year)
    assert temps.max() - temps.min() > 12


def test_faults_repeat_with_their_seed_and_end_by_themselves() -> None:
    def run() -> tuple[dict[int, str], dict[int, str]]:
        made = physics(2000)
        faults = Faults(made, 0.06, np.random.default_rng(1))
        faults.open_with(draw(2000, 3, 0.06))
        return dict(faults.wire), dict(faults.physical)

    assert run() == run()
    made = physics(50)
    faults = Faults(made, 0.0, np.random.default_rng(1))
    faults.begin(3, "board_lost", 30)
    assert not made.boards[3].all()
    made.step(31)
    faults.step()
    assert made.boards[3].all()
    assert faults.physical == {}


def test_a_day_of_history_is_the_sum_of_its_machines() -> None:
    end = int(NOON) - int(NOON) % 3600
    past = Past(build(90, 3), end, 0.06)
    miners = np.concatenate(list(generate(past, "miner", end - 7200, end, 3600)))
    sites = np.concatenate(list(generate(past, "site", end - 7200, end, 3600)))
    for row in sites:
        mine = miners[(miners["at"] == row["at"]) & (miners["site"] == row["site"])]
        assert row["hashrate_ths"] == pytest.approx(
            float((mine["hashrate_ths"].astype(float) * mine["online"]).sum()), rel=1e-5
        )
        assert row["machines"] >= len(mine)
    assert len(site_sums(miners[:0], past, end)) == 0


def test_every_window_of_the_history_tells_the_same_story() -> None:
    end = int(NOON) - int(NOON) % 86_400
    past = Past(build(60, 3), end, 0.06)
    whole = np.concatenate(list(generate(past, "miner", end - 4 * 3600, end, 3600)))
    part = np.concatenate(list(generate(past, "miner", end - 2 * 3600, end - 3600, 3600)))
    assert whole[whole["at"] == end - 2 * 3600].tobytes() == part.tobytes()
