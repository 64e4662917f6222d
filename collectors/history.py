"""The demo's past: the simulator's history into the rollups, so that no chart is empty on the first day.

Runs as its own low-priority process beside a live farm. What is needed for the first page comes first; each part is one
transaction with its mark, so that a run that was cut goes on where it ended.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.lib import recfunctions
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from collectors.copy import copy_array
from collectors.partitions import ensure
from collectors.rollups import LAYERS, floor, mark
from db.session import transaction

DAY_S = 86_400
MINER_COLUMNS = (
    "bucket", "miner_id", "site_id", "samples", "online", "hashrate_ths", "expected_hashrate_ths", "power_w",
    "energy_kwh", "temp_inlet_c", "temp_chip_max_c", "temp_max_c", "accepted", "rejected",
)  # fmt: skip
BOARD_COLUMNS = ("board_hashrate_ths", "board_temp_c")
SITE_COLUMNS = (
    "bucket", "site_id", "machines", "online", "hashrate_ths", "expected_hashrate_ths", "power_w", "energy_kwh",
    "temp_max_c", "temp_avg_c", "accepted", "rejected",
)  # fmt: skip
RAW_COLUMNS = (
    "at", "miner_id", "site_id", "hashrate_ths", "expected_hashrate_ths", "power_w", "temp_inlet_c", "temp_chip_max_c",
    "temp_max_c", *BOARD_COLUMNS,
)  # fmt: skip
COLUMNS = {"telemetry": RAW_COLUMNS, "telemetry_5m": (*MINER_COLUMNS, *BOARD_COLUMNS)}
# The simulator's NaN is what a machine does not tell.
ABSENT = {
    "temp_inlet_c": "nullif(temp_inlet_c, 'NaN')",
    "board_hashrate_ths": "array_replace(board_hashrate_ths, 'NaN', NULL)",
    "board_temp_c": "array_replace(board_temp_c, 'NaN', NULL)",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the past: a layer of the simulator into a table over a window [s since 1970]."""

    table: str
    layer: str
    step_s: int
    start_s: int
    end_s: int

    @property
    def mark(self) -> str:
        """The name under which it is remembered as done."""
        return f"history:{self.table}:{self.start_s}"


def parts(newest_s: int, days: int) -> list[Part]:
    """Give the parts in the order in which a person will miss them."""
    hour = newest_s - newest_s % 3600
    day = newest_s - newest_s % DAY_S
    five = newest_s - newest_s % 300
    first = day - days * DAY_S
    found = [
        Part("site_sample", "site", 60, newest_s - 3 * 3600, newest_s),
        Part("site_5m", "site", 300, five - 2 * DAY_S, five),
        Part("site_1h", "site", 3600, first, hour),
        Part("site_1d", "site", DAY_S, first, day),
        Part("telemetry", "miner", 60, newest_s - 3600, newest_s),
        Part("telemetry_5m", "miner", 300, five - DAY_S, five),
        Part("telemetry_1d", "miner", DAY_S, first, day),
        Part("telemetry", "miner", 60, newest_s - 3 * 3600, newest_s - 3600),
    ]
    for back in range(days + 1):
        start = day - back * DAY_S
        found.append(Part("telemetry_1h", "miner", 3600, start, min(start + DAY_S, hour)))
    return found


def chunks(part: Part, miners: int, seed: int, newest_s: int) -> Iterator[NDArray[np.void]]:
    """Ask the simulator for a part, in chunks."""
    command = [
        sys.executable, "-m", "simulator", "history", "--miners", str(miners), "--seed", str(seed),
        "--layer", part.layer, "--step", str(part.step_s), "--start", str(part.start_s), "--end", str(part.end_s),
        "--newest", str(newest_s),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        stream = _Pipe(process.stdout)
        while stream.more():
            yield np.lib.format.read_array(stream, allow_pickle=False)
    if process.returncode:
        raise RuntimeError(f"the simulator gave no history (exit {process.returncode})")


class _Pipe:
    """A pipe with nothing but `read`: NumPy would seek in anything that looks like a file."""

    def __init__(self, pipe: Any) -> None:
        self._pipe: io.BufferedReader = pipe

    def read(self, size: int = -1) -> bytes:
        return self._pipe.read(size)

    def more(self) -> bool:
        return bool(self._pipe.peek(1))


class Loader:
    """Puts parts into the tables; knows which database ids the simulator's numbers have."""

    def __init__(self, session: Session, miners: int, seed: int) -> None:
        inventory = subprocess.run(
            [sys.executable, "-m", "simulator", "inventory", "--miners", str(miners), "--seed", str(seed)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        told: dict[str, Any] = orjson.loads(inventory)
        ids = dict(session.execute(text("SELECT asset_id, id FROM miner")).tuples().all())
        sites = dict(session.execute(text("SELECT code, id FROM site")).tuples().all())
        active = [machine for machine in told["machines"] if machine["lifecycle"] == "active"]
        self.miner_ids = np.array([ids[machine["asset_id"]] for machine in active], "i4")
        self.site_ids = np.array([sites[site["code"]] for site in told["sites"]], "i2")

    def load(self, session: Session, part: Part, rows: NDArray[np.void]) -> None:
        """Store one chunk; rows that a live sweep has already made are left alone."""
        hours = part.step_s / 3600
        fields: dict[str, Any] = {"site_id": self.site_ids[rows["site"]]}
        if part.layer == "miner":
            fields["miner_id"] = self.miner_ids[rows["miner"]]
            fields["samples"] = np.maximum(1, rows["online"] * (part.step_s / 60)).astype("i4")
            fields["energy_kwh"] = (rows["power_w"] * rows["online"] * hours / 1000).astype("f4")
        else:
            fields["energy_kwh"] = (rows["power_w"] * hours / 1000).astype("f8")
        fields["bucket"] = rows["at"]
        columns = SITE_COLUMNS if part.layer == "site" else COLUMNS.get(part.table, MINER_COLUMNS)
        wide = recfunctions.append_fields(rows, list(fields), list(fields.values()), usemask=False)
        session.execute(text(f"CREATE TEMPORARY TABLE past (LIKE {part.table} INCLUDING DEFAULTS) ON COMMIT DROP"))
        copy_array(session, "past", columns, wide)
        names = ", ".join(columns)
        values = ", ".join(ABSENT.get(name, name) for name in columns)
        session.execute(text(f"INSERT INTO {part.table} ({names}) SELECT {values} FROM past ON CONFLICT DO NOTHING"))
        session.execute(text("DROP TABLE past"))


def fill(miners: int, seed: int, days: int, newest_s: int) -> None:
    """Load every part that has not been loaded yet."""
    with transaction() as session:
        loader = Loader(session, miners, seed)
        done = set(session.execute(text("SELECT layer FROM rollup_mark WHERE layer LIKE 'history:%'")).scalars())
    for part in parts(newest_s, days):
        if part.mark in done or part.start_s >= part.end_s:
            continue
        began = time.perf_counter()
        count = 0
        with transaction() as session:
            # By itself: who makes a partition keeps every reader of the table waiting until he commits.
            ensure(session, part.table, _utc(part.start_s), _utc(part.end_s - 1))
        with transaction() as session:
            session.execute(text("SET LOCAL synchronous_commit = off"))
            for chunk in chunks(part, miners, seed, newest_s):
                loader.load(session, part, chunk)
                count += len(chunk)
            mark(session, part.mark, _utc(part.end_s))
        taken_s = time.perf_counter() - began
        since = f"{_utc(part.start_s):%Y-%m-%d %H:%M}"
        print(f"history: {part.table} from {since}, {count} rows in {taken_s:.1f} s", flush=True)


def _utc(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def newest(session: Session) -> int:
    """Give where the past ends: fixed at the first run, so that a later one goes on with the same past.

    The live rollups go on from there at once: what lies before is this loader's, however long it takes.
    """
    found: dt.datetime | None = session.execute(
        text("SELECT done_until FROM rollup_mark WHERE layer = 'history'")
    ).scalar()
    if found is None:
        found = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        mark(session, "history", found)
        for layer in LAYERS:
            mark(session, layer.table, floor(found, layer.bucket))
    return int(found.timestamp())


def main(arguments: list[str]) -> int:
    """Fill the past from the command line."""
    parser = argparse.ArgumentParser(prog="python -m collectors.history", description=__doc__)
    parser.add_argument("--miners", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args(arguments)
    os.nice(10)
    with transaction() as session:
        newest_s = newest(session)
    fill(options.miners, options.seed, options.days, newest_s)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
