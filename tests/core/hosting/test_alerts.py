from __future__ import annotations

import pytest

from core.hosting.alerts import Facts, open_alerts
from core.hosting.reading import Board, Mode, Reading
from core.hosting.states import State

HEALTHY = {
    "dialect": "antminer",
    "hashrate_ths": 110.0,
    "temp_max_c": 70.0,
    "fans_rpm": (5000, 5000),
    "uptime_s": 50_000,
    "pool_alive": True,
    "mode": Mode.MINING,
    "boards": tuple(Board(slot, hashrate_ths=36.0, alive=True) for slot in range(3)),
}


def alerts(before: frozenset[str] = frozenset(), rejects: float | None = 0.001, **changes: object) -> frozenset[str]:
    reading = Reading(**{**HEALTHY, **changes})  # type: ignore[arg-type]
    return open_alerts(Facts(State.ONLINE, reading, 110.0, rejects), before)


def test_a_healthy_machine_has_none() -> None:
    assert alerts() == frozenset()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"temp_max_c": 90.0}, "overheating"),
        ({"hashrate_ths": 80.0}, "hashrate_low"),
        ({"fans_rpm": (0, 5000)}, "fan_failed"),
        ({"pool_alive": False}, "pool_dead"),
        ({"boards": HEALTHY["boards"][:2]}, "board_lost"),  # type: ignore[index]
    ],
)
def test_each_condition_opens_its_alert(changes: dict[str, object], kind: str) -> None:
    assert kind in alerts(**changes)


def test_an_alert_closes_at_a_gentler_limit_than_it_opened() -> None:
    assert "overheating" not in alerts(temp_max_c=85.0)
    assert "overheating" in alerts(frozenset({"overheating"}), temp_max_c=85.0)
    assert "overheating" not in alerts(frozenset({"overheating"}), temp_max_c=80.0)


def test_what_cannot_be_told_stays_as_it_was() -> None:
    assert alerts(frozenset({"overheating"}), temp_max_c=None) == {"overheating"}
    assert alerts(temp_max_c=None) == frozenset()
    silent = Facts(State.STALE, None, None, None)
    assert open_alerts(silent, frozenset({"fan_failed"})) == {"fan_failed"}


def test_a_sleeping_machine_is_not_called_weak_and_its_fans_may_stand() -> None:
    asleep = alerts(mode=Mode.SLEEPING, hashrate_ths=0.0, fans_rpm=(0, 0), boards=())
    assert asleep == frozenset()


def test_a_machine_that_just_started_is_not_called_weak() -> None:
    assert "hashrate_low" not in alerts(hashrate_ths=20.0, uptime_s=100)


def test_a_machine_that_is_gone_is_offline() -> None:
    assert open_alerts(Facts(State.OFFLINE, None, None, None), frozenset()) == {"offline"}


def test_a_machine_without_any_turning_fan_is_cooled_otherwise() -> None:
    assert alerts(fans_rpm=(0, 0, 0, 0)) == frozenset()


def test_a_machine_that_does_not_tell_its_uptime_is_judged_all_the_same() -> None:
    assert alerts(hashrate_ths=80.0, uptime_s=None) == {"hashrate_low"}


@pytest.mark.parametrize(
    ("is_open", "share", "after"),
    [(False, 0.86, False), (False, 0.84, True), (True, 0.86, True), (True, 0.91, True), (True, 0.93, False)],
)
def test_a_weak_machine_is_weak_until_it_is_clearly_well(is_open: bool, share: float, after: bool) -> None:
    before = frozenset({"hashrate_low"}) if is_open else frozenset[str]()
    assert ("hashrate_low" in alerts(before, hashrate_ths=110.0 * share)) is after


def test_rejects_of_nobody_knows_how_many_stay_as_they_were() -> None:
    assert alerts(rejects=None) == frozenset()
    assert alerts(frozenset({"rejects_high"}), rejects=None) == {"rejects_high"}
    assert alerts(frozenset({"rejects_high"}), rejects=0.03) == {"rejects_high"}
    assert alerts(frozenset({"rejects_high"}), rejects=0.01) == frozenset()
