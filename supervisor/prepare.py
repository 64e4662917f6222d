"""`python -m supervisor.prepare`: bring the database to the newest schema, take the demo farm in, make the accounts.

Runs as a child of the supervisor and reports in lines of JSON; nothing of what it imports stays in memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from settings import settings
from supervisor.plans import ROOT


class Report:
    """The file that the supervisor reads while we work."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._since = time.monotonic()

    def done(self, step: str, words: str, **more: Any) -> None:
        """Report a step and the seconds since the one before."""
        now = time.monotonic()
        with self._path.open("a") as file:
            print(json.dumps({"step": step, "text": words, "seconds": now - self._since, **more}), file=file)
        self._since = now


def main(arguments: list[str]) -> int:
    """Do all of it, in order."""
    parser = argparse.ArgumentParser(prog="python -m supervisor.prepare")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--simulator", nargs=argparse.REMAINDER, help="what tells the simulator where its machines are")
    options = parser.parse_args(arguments)
    report = Report(options.report)
    inventory = _ask_for_inventory(options.simulator) if options.simulator else None
    _migrate(report)
    if inventory:
        _take_in(report, inventory)
    _accounts(report)
    _sites(report)
    _ask_for_sweep()
    return 0


def _ask_for_inventory(where: list[str]) -> subprocess.Popen[bytes]:
    # It computes while the schema is made: two processors, two things to do.
    return subprocess.Popen(
        [
            sys.executable, "-m", "simulator", "inventory", "--miners", str(settings().demo_miners), "--seed",
            str(settings().demo_seed), *where,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )  # fmt: skip


def _migrate(report: Report) -> None:
    from db.migrate import upgrade

    url = settings().database_url
    assert url, "the supervisor gives the database's address"
    upgrade(url)
    report.done("schema", "schema up to date")


def _take_in(report: Report, asked: subprocess.Popen[bytes]) -> None:
    from collectors.inventory import load_demo
    from db.session import transaction

    answer, _ = asked.communicate()
    if asked.returncode:
        raise SystemExit(f"the simulator gave no inventory (exit code {asked.returncode})")
    inventory = json.loads(answer)
    names = ("asset_id", "serial", "host", "port", "http_port")
    wanted = {tuple(each[name] for name in names) for each in inventory["machines"]}
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT asset_id, serial, host, port, http_port FROM miner JOIN site ON site.id = miner.site_id "
                "WHERE site.simulated AND lifecycle <> 'retired'"
            )
        )
        present = {tuple(row) for row in rows}
    if present != wanted:
        load_demo(inventory)
    report.done("farm", f"simulated farm of {len(wanted):,} machines at {len(inventory['sites'])} sites")


def _accounts(report: Report) -> None:
    from services import accounts

    if settings().demo:
        report.done("accounts", "demo accounts", accounts=accounts.ensure_demo_accounts())
    else:
        report.done("accounts", "accounts", first_owner=accounts.first_owner_token())


def _sites(report: Report) -> None:
    from db.session import transaction

    with transaction() as session:
        report.done("sites", "sites", codes=list(session.execute(text("SELECT code FROM site ORDER BY id")).scalars()))


def _ask_for_sweep() -> None:
    # The clock's first tick comes a whole period after its start; nobody should look at an empty farm for a minute.
    from gateways import queue

    queue.send("farm.sweep_all", queue="farm", expires=settings().sweep_period_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
