"""Charts from question to figure, over 90 days of history."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from sqlalchemy import text

from collectors import history
from db.queries import charts
from db.session import transaction
from tests.bench.measure import Row, at_most, timed
from tests.bench.world import MINERS, SEED, database, load_farm


def measure(server_url: str, redis_url: str) -> Iterator[Row]:
    """Give the rows of the charts."""
    with database(server_url, redis_url):
        load_farm(MINERS)
        with transaction() as session:
            newest = history.newest(session)
        began = time.perf_counter()
        history.fill(MINERS, SEED, 90, newest)
        yield Row("filling 90 days of the demo's history", time.perf_counter() - began, "s", "stated")
        with transaction() as session:
            miner = session.execute(text("SELECT min(id) FROM miner WHERE lifecycle = 'active'")).scalar_one()
            size = session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        yield Row("the demo's database", size / 1e9, "GB", "stated")
        now = dt.datetime.fromtimestamp(newest, dt.UTC)

        def fleet(window: str) -> None:
            with transaction() as session:
                charts.fleet_series(session, window, now)

        def machine(window: str) -> None:
            with transaction() as session:
                charts.machine_series(session, miner, window, now)

        yield at_most("24 h of the fleet, query", timed(lambda: fleet("24h"), runs=9), 50)
        yield at_most("24 h of one machine, query", timed(lambda: machine("24h"), runs=9), 60)
        yield at_most("90 d of the fleet, query", timed(lambda: fleet("90d"), runs=9), 150)
        yield at_most("90 d of one machine, query", timed(lambda: machine("90d"), runs=9), 150)
