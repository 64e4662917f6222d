"""The grid's queries at 6,000 and at 100,000 machines, over every sort and a set of filters, count included."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterator

from core.hosting.columns import COLUMNS
from core.hosting.filters import parse
from db.queries import miners
from db.session import transaction
from tests.bench.measure import Row
from tests.bench.world import database, invent_states, load_farm

FILTERS = (
    "", "q=tx1-00", "q=a9", "state=offline&state=lost", "temp_max_c=80..", "hashrate_share=..0.9", "client=-", "ip=127.16.4.0/22",
    "state=online&temp_max_c=60..75&q=luxos",
)  # fmt: skip
ROUNDS = 5


def questions() -> list[str]:
    """Give every sort in both directions, and every filter."""
    keys = [column.key for column in COLUMNS.values() if column.sortable]
    sorts = [f"sort={sign}{key}" for key in keys for sign in ("", "-")]
    return [*sorts, *FILTERS, "page=301", "sort=-temp_max_c&page=150"]


def measure(server_url: str, redis_url: str) -> Iterator[Row]:
    """Give the rows of the grid."""
    for machines, limit in ((6000, 15), (100_000, 40)):
        with database(server_url, redis_url):
            load_farm(machines)
            invent_states()
            scope = miners.Scope(now=dt.datetime.now(dt.UTC), usd_per_th_hour=0.0021)
            taken: dict[str, float] = {}
            for question in questions():
                query = parse(question)
                runs = []
                for _round in range(ROUNDS):
                    with transaction() as session:
                        miners.alone(session)
                        began = time.perf_counter()
                        counted = miners.totals(session, query, scope)
                        miners.page(session, query, scope, int(counted["machines"].iloc[0]))
                        runs.append(time.perf_counter() - began)
                taken[question] = statistics.median(runs) * 1000
            worst = max(taken, key=lambda question: taken[question])
            middle = statistics.median(taken.values())
            yield Row(
                f"grid page of {machines:,}, median question",
                middle,
                "ms",
                f"<= {limit} ms",
                middle <= limit,
                note=f"{len(taken)} questions",
            )
            yield Row(
                f"grid page of {machines:,}, worst question",
                taken[worst],
                "ms",
                f"<= {limit} ms",
                taken[worst] <= limit,
                note=worst,
            )
