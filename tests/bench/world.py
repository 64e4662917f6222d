"""A database, a Redis and a simulated farm for the length of a benchmark."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from collectors import inventory
from db.migrate import upgrade
from db.session import transaction
from simulator.farm import Farm, build
from simulator.farm import inventory as tell
from supervisor import embedded
from tests.scratch import forget_connections, scratch_database

MINERS, SEED = 6000, 21


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Start PostgreSQL and Valkey as the product does and point this process at them."""
    with tempfile.TemporaryDirectory(prefix="hashinsight-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        started = embedded.start(folder)
        try:
            yield started.cluster.url(), started.store.url
        finally:
            forget_connections()
            started.stop()


@contextmanager
def database(server_url: str, redis_url: str) -> Iterator[str]:
    """Make a migrated database and make it this process's own."""
    with scratch_database(server_url) as url:
        os.environ["HASHINSIGHT_DATABASE_URL"], os.environ["HASHINSIGHT_REDIS_URL"] = url, redis_url
        forget_connections()
        upgrade(url)
        yield url
        forget_connections()


def load_farm(miners: int = MINERS, port: int = 4028) -> Farm:
    """Put the simulated inventory into the database."""
    farm = build(miners, SEED, port)
    inventory.load_demo(tell(farm))
    return farm


def invent_states(seed: int = 1) -> None:
    """Give every machine a plausible newest reading by SQL, for measurements that need no sweep."""
    with transaction() as session:
        session.execute(text("SELECT setseed(:seed)"), {"seed": seed / 100})
        session.execute(
            text(
                """
                INSERT INTO miner_state (miner_id, site_id, asked_at, read_at, state, state_since, dialect, hashrate_ths,
                    hashrate_avg_ths, expected_hashrate_ths, expected_source, power_w, power_source, efficiency_j_per_th,
                    temp_max_c, fans_rpm, accepted, rejected, reject_ratio, uptime_s, pool_url, worker, mode, model, firmware, mac)
                SELECT miner.id, miner.site_id, :now, :now - random() * interval '1 hour',
                    (ARRAY['online', 'online', 'online', 'online', 'stale', 'offline', 'lost'])[1 + floor(random() * 7)::int], :now,
                    'luxos', model.hashrate_ths * (0.7 + random() * 0.35), model.hashrate_ths, model.hashrate_ths, 'device',
                    model.power_w * (0.9 + random() * 0.2), 'device', 15 + random() * 20, 55 + random() * 40,
                    ARRAY[4000 + floor(random() * 2000)::int, 4000], floor(random() * 1e6)::bigint, floor(random() * 1e3)::bigint,
                    random() * 0.05, floor(random() * 1e6)::bigint, 'stratum+tcp://pool' || floor(random() * 3)::int || '.example:3333',
                    'worker.' || miner.id, 'mining', model.name, 'v' || floor(random() * 5)::int, miner.mac
                FROM miner LEFT JOIN miner_model model ON model.id = miner.model_id WHERE lifecycle = 'active'
                """
            ),
            {"now": dt.datetime.now(dt.UTC)},
        )
    with transaction() as session:
        session.execute(text("RESET ROLE"))
        session.execute(text("ANALYZE"))
