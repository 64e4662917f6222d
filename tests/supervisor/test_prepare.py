"""What the preparing child writes into the inventory before the rest starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from db.session import transaction
from settings import Settings
from simulator.farm import build, inventory
from supervisor.prepare import Report, _take_in


def taken_in(tmp_path: Path, http_port: int) -> set[int]:
    told = tmp_path / "told.json"
    told.write_text(json.dumps(inventory(build(3, 77, http_port=http_port))))
    script = f"print(open({str(told)!r}).read())"
    _take_in(Report(tmp_path / "report"), subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE))
    with transaction() as session:
        ports = session.execute(
            text(
                "SELECT http_port FROM miner JOIN site ON site.id = site_id WHERE site.simulated AND lifecycle = 'active'"
            )
        ).scalars()
        return set(ports)


def test_the_inventory_knows_where_web_interfaces_went_when_port_80_was_taken(
    app_settings: Settings, tmp_path: Path
) -> None:
    assert taken_in(tmp_path, 80) == {80}
    assert taken_in(tmp_path, 8080) == {8080}  # nothing else about the machines has changed
