"""`make bench`: measure, print one table, write bench.json. `ARGS="sweep grid"` measures only those."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Row
from tests.bench.world import servers

ALONE = ("sweep", "product", "indicators", "calculator", "forecasting")  # need no servers of ours
WITH_SERVERS = ("store", "grid", "charts")
FILE = Path("bench.json")


def rows(wanted: list[str]) -> Iterator[Row]:
    """Measure one part after the other."""
    for name in ALONE:
        if name in wanted:
            yield from importlib.import_module(f"tests.bench.bench_{name}").measure()
    if set(wanted) & set(WITH_SERVERS):
        with servers() as (database_url, redis_url):
            for name in WITH_SERVERS:
                if name in wanted:
                    yield from importlib.import_module(f"tests.bench.bench_{name}").measure(database_url, redis_url)


def line(row: Row) -> str:
    """Give one line of the table."""
    ratio = f"{row.ratio:.2f}x {row.floor_name} ({row.floor:.3g} {row.unit})" if row.ratio and row.floor else ""
    mark = {True: "yes", False: "NO", None: "-"}[row.reached]
    return f"{row.name:<46} {row.median:>9.3g} {row.unit:<4} {row.target:<26} {mark:<4} {ratio} {row.note}".rstrip()


def main(arguments: list[str]) -> int:
    """Print as it goes; a figure that was not reached is said, and fails nothing."""
    wanted = arguments or [*ALONE, *WITH_SERVERS]
    print(f"{'what':<46} {'median':>9} {'':<4} {'to reach':<26} {'ok':<4} beside the floor")
    found = []
    for row in rows(wanted):
        found.append(row)
        print(line(row), flush=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    FILE.write_text(json.dumps({"machine": machine, "rows": [row.as_json() for row in found]}, indent=1))
    print(f"written to {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
