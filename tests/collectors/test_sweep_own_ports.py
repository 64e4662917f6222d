"""A sweep of machines that share 127.0.0.1, all dialects, with every fault of the wire among them: counted by kind."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from collectors import inventory, telemetry
from db.session import transaction
from settings import Settings
from simulator.farm import inventory as tell
from tests.product import wait_until
from tests.simulator.test_own_ports import MINERS, OwnPorts, connects, own  # noqa: F401

DIALECTS = ("antminer", "luxos", "whatsminer", "avalon")
SITES = ("tx1", "no1", "kz1")
LOST = {
    "refused": "refused", "hanging": "timeout", "slow": "timeout", "cut": "cut", "oversized": "oversized",
    "empty": "unreadable",
}  # fmt: skip
MENDED = ("glued", "missing_comma", "bad_escape", "nan", "wrong_types", "wrong_encoding", "no_joins")


@pytest.fixture
def farm(app_settings: Settings, own: OwnPorts) -> Iterator[OwnPorts]:  # noqa: F811
    with transaction() as session:
        session.execute(
            text("UPDATE miner SET lifecycle = 'retired' FROM site WHERE site.id = site_id AND code = ANY(:codes)"),
            {"codes": list(SITES)},
        )
        session.execute(
            text("DELETE FROM miner_state WHERE miner_id IN (SELECT id FROM miner WHERE lifecycle = 'retired')")
        )
    inventory.load_demo(tell(own.farm))
    with transaction() as session:
        assets = [machine.asset_id for machine in own.farm.machines]
        session.execute(text("UPDATE miner SET lifecycle = 'active' WHERE asset_id = ANY(:assets)"), {"assets": assets})
    yield own
    own.ask("/clear", {})


def test_every_healthy_machine_is_read_and_the_others_are_counted_by_kind(farm: OwnPorts) -> None:
    broken = {
        farm.one(dialect, number).asset_id: kind
        for number, kind in enumerate((*LOST, *MENDED))
        for dialect in DIALECTS
        if len([machine for machine in farm.farm.machines if machine.dialect == dialect]) > number
    }
    for machine in farm.farm.machines:
        if machine.asset_id in broken:
            farm.fault(machine, broken[machine.asset_id])
    refused = [machine for machine in farm.farm.machines if broken.get(machine.asset_id) == "refused"]
    assert len(refused) == len(DIALECTS)
    wait_until(lambda: all(connects(machine.port) == errno.ECONNREFUSED for machine in refused), "the refused to close")
    reports = [telemetry.sweep_site(code) for code in SITES]
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT asset_id, state.hashrate_ths, state.last_error, state.power_w FROM miner_state state"
                " JOIN miner ON miner.id = miner_id WHERE asset_id = ANY(:assets)"
            ),
            {"assets": [machine.asset_id for machine in farm.farm.machines]},
        )
        found = {row.asset_id: row for row in rows}
        counted = dict(
            session.execute(
                text(
                    "SELECT kind, sum(number::int)::int FROM (SELECT DISTINCT ON (site_id) errors FROM sweep"
                    " JOIN site ON site.id = site_id WHERE code = ANY(:codes) ORDER BY site_id, started_at DESC) newest,"
                    " jsonb_each_text(errors) AS each (kind, number) GROUP BY kind"
                ),
                {"codes": list(SITES)},
            )
            .tuples()
            .all()
        )
    for machine in farm.farm.machines:
        row, kind = found[machine.asset_id], broken.get(machine.asset_id)
        assert row.last_error == LOST.get(kind or ""), (machine.dialect, kind, row.last_error)
        if kind is None:
            assert row.hashrate_ths == pytest.approx(machine.model.hashrate_ths, rel=0.15)
            assert row.power_w == pytest.approx(machine.model.power_w, rel=0.2)
    lost = [LOST[kind] for kind in broken.values() if kind in LOST]
    assert counted == {kind: lost.count(kind) for kind in set(lost)}
    assert sum(report.asked for report in reports) == MINERS
    assert sum(report.answered for report in reports) == MINERS - len(lost)
