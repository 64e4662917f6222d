"""Orders all the way: the true protocol of each dialect on simulated machines, proven by what the next sweep reads."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from collectors.telemetry import sweep_site
from core.access import Actor, Role
from db.session import transaction
from services import commands
from tests.simulated import SimulatedFarm

pytestmark = pytest.mark.usefixtures("farm")

OPERATOR = Actor(role=Role.OWNER, name="operator of the test")


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch, farm: SimulatedFarm) -> None:
    monkeypatch.setattr(commands.queue, "send", lambda *_args, **_known: None)
    monkeypatch.setenv("HASHINSIGHT_MINER_HTTP_PORT", str(farm.http_port))
    commands.settings.cache_clear()


def one(sql: str, **params: Any) -> Any:
    with transaction() as session:
        return session.execute(text(sql), params).one()


def swept_until(done: Callable[[], bool], site: str, what: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        sweep_site(site)
        site_id = one("SELECT id FROM site WHERE code = :code", code=site).id
        with transaction() as session:
            now = session.execute(text("SELECT now()")).scalar_one()
            commands.confirm(session, site_id, now)
        if done():
            return
        time.sleep(0.5)
    pytest.fail(what)


def machine_of(dialect: str) -> Any:
    for site in ("tx1", "no1", "kz1"):
        sweep_site(site)
    with transaction() as session:
        found = session.execute(
            text(
                "SELECT miner.id, miner.asset_id, site.code AS site FROM miner JOIN site ON site.id = miner.site_id"
                " JOIN miner_state newest ON newest.miner_id = miner.id"
                " WHERE site.code IN ('tx1', 'no1', 'kz1') AND newest.mode = 'mining'"
                " AND split_part(newest.dialect, '/', 1) = :dialect"
                " AND NOT EXISTS (SELECT FROM command WHERE miner_id = miner.id"
                "  AND state IN ('queued', 'sending', 'sent')) ORDER BY miner.id LIMIT 1"
            ),
            {"dialect": dialect},
        ).one_or_none()
    assert found is not None, f"the simulated farm has no {dialect}"
    return found


@pytest.mark.parametrize("dialect", ["luxos", "whatsminer", "antminer"])
def test_stop_and_start_are_confirmed_by_readings(dialect: str, farm: SimulatedFarm) -> None:
    machine = machine_of(dialect)
    for action, mode in (("stop", "sleeping"), ("start", "mining")):
        command_id = commands.command_miner(OPERATOR, machine.id, action, uuid.uuid4().hex)
        assert commands.dispatch(command_id) == "sent", one("SELECT error FROM command WHERE id = :id", id=command_id)

        def confirmed(command_id: uuid.UUID = command_id) -> bool:
            return bool(one("SELECT state FROM command WHERE id = :id", id=command_id).state == "confirmed")

        swept_until(confirmed, machine.site, f"{action} of {machine.asset_id} was not confirmed")
        newest = one("SELECT mode, power_w FROM miner_state WHERE miner_id = :id", id=machine.id)
        assert newest.mode in (mode, "starting") if action == "start" else newest.mode == mode
    with transaction() as session:
        outcomes = session.execute(
            text("SELECT action || ' ' || (after->>'state') FROM audit_log WHERE object = :asset ORDER BY id"),
            {"asset": machine.asset_id},
        ).scalars()
        assert list(outcomes)[-6:] == [
            "machine.stop queued",
            "machine.stop sent",
            "machine.stop confirmed",
            "machine.start queued",
            "machine.start sent",
            "machine.start confirmed",
        ]


def test_a_reboot_is_confirmed_by_a_smaller_uptime(farm: SimulatedFarm) -> None:
    machine = machine_of("luxos")
    command_id = commands.command_miner(OPERATOR, machine.id, "reboot", uuid.uuid4().hex)
    assert commands.dispatch(command_id) == "sent"

    def confirmed() -> bool:
        return bool(one("SELECT state FROM command WHERE id = :id", id=command_id).state == "confirmed")

    swept_until(confirmed, machine.site, "the reboot was not confirmed")


def test_a_machine_that_is_gone_fails_the_order_with_its_reason(farm: SimulatedFarm) -> None:
    machine = machine_of("luxos")
    with transaction() as session:
        session.execute(text("UPDATE miner SET port = 1 WHERE id = :id"), {"id": machine.id})
        old = session.execute(text("SELECT port FROM miner WHERE id <> :id LIMIT 1"), {"id": machine.id}).scalar_one()
    try:
        command_id = commands.command_miner(OPERATOR, machine.id, "stop", uuid.uuid4().hex)
        for expected in ("queued", "queued", "failed"):
            with transaction() as session:
                session.execute(text("UPDATE command SET leased_until = NULL WHERE id = :id"), {"id": command_id})
            assert commands.dispatch(command_id) == expected
        assert one("SELECT error FROM command WHERE id = :id", id=command_id).error
    finally:
        with transaction() as session:
            session.execute(text("UPDATE miner SET port = :port WHERE id = :id"), {"id": machine.id, "port": old})
