"""Storing a sweep: all of it, beside a bare COPY of the same rows; and what a day of raw telemetry takes on disk."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterator

from sqlalchemy import text

from collectors import store
from collectors.copy import copy_rows
from collectors.judge import Before, judge
from collectors.telemetry import _TARGETS, targets
from core.hosting.states import Thresholds
from db.session import transaction
from gateways.miners import Outcome, sweep
from tests.bench.bench_sweep import farm_of
from tests.bench.measure import Row
from tests.bench.world import MINERS, database, load_farm

ROUNDS = 9
SWEEPS_A_DAY = 1440


def measure(server_url: str, redis_url: str) -> Iterator[Row]:
    """Give the rows of the store."""
    with farm_of(MINERS) as (farm, _control), database(server_url, redis_url):
        load_farm(MINERS, farm.machines[0].port)
        with transaction() as session:
            every = text(str(_TARGETS).replace("miner.site_id = :site_id AND", ""))
            befores = {row.id: Before(*row) for row in session.execute(every)}
        outcomes: list[Outcome] = []
        sweep(targets(befores.values()), outcomes.append)
        limits = Thresholds()
        at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=ROUNDS + 1)
        seconds, bare = [], []
        for number in range(ROUNDS):
            now = at + dt.timedelta(minutes=number)
            rows = [judge(befores[outcome.key], outcome, now, limits) for outcome in outcomes]
            began = time.perf_counter()
            with transaction() as session:
                store.store(session, 1, now, rows)
            seconds.append(time.perf_counter() - began)
            began = time.perf_counter()
            with transaction() as session:
                session.execute(text(store._STAGE))
                session.execute(text("CREATE TEMPORARY TABLE bare ON COMMIT DROP AS SELECT * FROM stage WITH NO DATA"))
                copy_rows(session, "bare", store.STAGE_COLUMNS, (store._values(row) for row in rows))
            bare.append(time.perf_counter() - began)
            if number == 0:
                for before in befores.values():
                    before.state = "online"
        median, floor = statistics.median(seconds[1:]) * 1000, statistics.median(bare[1:]) * 1000
        yield Row(
            "storing a sweep of 6,000", median, "ms", "<= 200 ms, <= 3x", median <= 200 and median <= 3 * floor, floor,
            "bare COPY of the same rows", runs=[round(value * 1000, 1) for value in seconds],
        )  # fmt: skip
        with transaction() as session:
            size, count = session.execute(
                text(
                    "SELECT sum(pg_total_relation_size(inhrelid)), (SELECT count(*) FROM telemetry) FROM pg_inherits WHERE inhparent = 'telemetry'::regclass"
                )
            ).one()
        yield Row(
            "a day of raw telemetry of 6,000 on disk",
            float(size) / count * MINERS * SWEEPS_A_DAY / 1e9,
            "GB",
            "stated",
            None,
        )
