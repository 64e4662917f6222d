"""`python app.py` as a person lives it: start, use, kill, stop, start again."""

from __future__ import annotations

import csv
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from simulator.memory import LOOK_S
from supervisor.net import free_port
from tests.product import Product, end, running, wait_until
from tests.simulated import simulated_farm

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

KILLED = ("farm", "jobs", "beat", "simulator", "web", "valkey", "postgres")
KEPT_TABLES = ("command", "event", "audit_log")


@pytest.fixture(scope="module")
def product(scratch: Path) -> Iterator[Product]:
    # Its own, not the browser tests': here it is killed.
    with running(scratch / "killed-product", DEMO_SPEED_UP=60) as made:
        wait_until(lambda: (made.health().get("last_sweep") or {}).get("answered"), "the first sweep", made.said)
        yield made


def refused(product: Product) -> str:
    """Start something that must not start, and give its one sentence."""
    code = product.launch().wait(60)
    lines = [line for line in product.said().splitlines() if line.startswith("HashInsight: ")]
    assert code == 1, product.said()
    assert len(lines) == 1, product.said()
    assert "Traceback" not in product.said()
    return lines[0]


def test_start_says_each_step_the_address_and_an_account_for_each_role(product: Product) -> None:
    said = product.said()
    for step in (
        "PostgreSQL (embedded, new)",
        "Valkey (embedded)",
        "Schema",
        "Simulated farm of 60 machines",
        product.url,
    ):
        assert step in said
    assert set(product.accounts()) >= {"owner", "admin", "user", "client"}
    assert product.url in said
    assert httpx.get(f"{product.url}/login").status_code == 200


def test_health_names_every_part_and_the_last_sweep(product: Product) -> None:
    # The sites are swept one after the other: until each was, the sum is smaller.
    wait_until(lambda: (product.health()["last_sweep"] or {}).get("asked") == 60, "a sweep of all", product.health)
    wait_until(product.is_well, "good health", product.health)
    health = product.health()
    assert health["status"] == "ok"
    assert set(health["parts"]) == {"database", "redis", "worker", "jobs", "beat", "simulator"}
    assert all(part["state"] == "up" and part["age_s"] < 35 for part in health["parts"].values())
    sweep = health["last_sweep"]
    assert sweep["asked"] == 60
    assert 0 < sweep["answered"] <= 60
    assert sweep["seconds"] > 0
    assert sweep["at"].endswith("+00:00")


@pytest.mark.parametrize("name", KILLED)
def test_killed_part_comes_back_and_no_row_is_lost(product: Product, name: str) -> None:
    wait_until(product.is_well, "good health before", product.health)
    ((miner,),) = product.query(
        "SELECT miner_id FROM miner_state WHERE state = 'online' AND mode = 'mining' AND miner_id NOT IN "
        "(SELECT miner_id FROM command) ORDER BY miner_id LIMIT 1"
    )
    command = product.order(miner, "stop", f"killed-{name}-0123456789")
    if name == "simulator":
        # Its machines write down what they were told within 0.2 s; a real one has it in its flash when it says yes.
        asked = f"SELECT state IN ('sent', 'confirmed') FROM command WHERE id = '{command}'"
        wait_until(lambda: product.query(asked) == [(True,)], "the order's way", product.health)
        time.sleep(3 * LOOK_S)
    before = {table: product.query(f"SELECT count(*), max(id::text) FROM {table}")[0][0] for table in KEPT_TABLES}
    pid = product.children()[name]["pid"]
    sweeps = product.query("SELECT max(id) FROM sweep")[0][0]

    os.kill(pid, signal.SIGKILL)

    wait_until(lambda: product.children().get(name, {}).get("pid") not in (None, pid), f"{name}'s return", product.said)
    assert f"{name} was ended by SIGKILL; starting it again" in product.said()
    wait_until(product.is_well, "good health after", product.health)
    wait_until(lambda: product.query("SELECT max(id) FROM sweep")[0][0] > sweeps, "the next sweep", product.health)
    for table, rows in before.items():
        assert product.query(f"SELECT count(*) FROM {table}")[0][0] >= rows, f"{table} lost rows"
    wait_until(
        lambda: product.query(f"SELECT state FROM command WHERE id = '{command}'") == [("confirmed",)],
        "the confirmation of the order that was under way",
        lambda: product.query(f"SELECT state, attempts, error, reply FROM command WHERE id = '{command}'"),
    )


def test_second_start_keeps_data_and_addresses_and_ctrl_c_leaves_no_process(scratch: Path) -> None:
    with running(scratch / "twice") as first:
        wait_until(lambda: first.query("SELECT count(*) FROM sweep")[0][0], "a sweep", first.health)
        # One row by its id: a sweep that began earlier may be stored later.
        kept = first.query("SELECT id, started_at FROM sweep LIMIT 1")
        state = first.state()
        processes = first.processes()
        assert len(processes) > 8
        assert first.stop(signal.SIGINT) == 0
        assert "Everything has stopped" in first.said()
        assert Product.alive(processes) == []
        with running(scratch / "twice", PORT=first.port) as second:
            assert second.state() == state
            assert second.query(f"SELECT id, started_at FROM sweep WHERE id = {kept[0][0]}") == kept
            assert "PostgreSQL (embedded) " in second.said()
            processes = second.processes()
            assert second.stop(signal.SIGTERM) == 0
            assert Product.alive(processes) == []


def test_killed_supervisor_leaves_no_orphan_and_the_next_start_works(scratch: Path) -> None:
    with running(scratch / "orphans") as first:
        processes = first.processes()
        assert first.process
        first.process.kill()
        first.process.wait()
        _, alive = psutil.wait_procs(processes, timeout=40)
        assert [process.cmdline() for process in alive] == []
        with running(scratch / "orphans", PORT=first.port) as second:
            wait_until(second.is_well, "good health", second.health)


def test_ctrl_c_during_the_start_stops_too(scratch: Path) -> None:
    product = Product(scratch / "early")
    process = product.launch()
    try:
        wait_until(lambda: "postgres" in product.children() or process.poll() is not None, "PostgreSQL", product.said)
        processes = product.processes()
        assert product.stop() == 0
        assert Product.alive(processes) == []
        assert "Ready" not in product.said()
    finally:
        end(product)


def test_taken_port(scratch: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1 is taken" in refused(Product(scratch / "taken", PORT=port))


def test_second_instance_on_one_data_directory(product: Product) -> None:
    second = Product(product.data_dir)
    second.output = product.output.with_suffix(".second")
    assert "already runs on the data directory" in refused(second)
    assert product.is_well()


def test_data_directory_that_cannot_be_one(scratch: Path) -> None:
    (scratch / "a-file").write_text("")
    assert "cannot be used" in refused(Product(scratch / "a-file"))


def test_dead_database(scratch: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    assert "does not answer" in refused(Product(scratch / "dead-database", DATABASE_URL=url))


def test_dead_redis(scratch: Path, database_url: str) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    assert "does not answer" in refused(Product(scratch / "dead-redis", DATABASE_URL=database_url, REDIS_URL=url))


def test_wrong_setting(scratch: Path) -> None:
    assert "HASHINSIGHT_SWEEP_PERIOD_S='soon'" in refused(Product(scratch / "wrong", SWEEP_PERIOD_S="soon"))


def test_farm_of_another_size_takes_the_place_of_the_one_before(scratch: Path) -> None:
    with running(scratch / "sizes", DEMO_MINERS=60) as first:
        first.stop()
    with running(scratch / "sizes", DEMO_MINERS=40) as second:
        wait_until(lambda: (second.health()["last_sweep"] or {}).get("asked") == 40, "a sweep of 40", second.health)


def test_real_use_has_no_simulation_no_demo_account_and_offers_the_first_owner(scratch: Path) -> None:
    key = "q8Zt2LwX5vNc0RyB7mKd3HsJ6pFgA1Ue"
    with running(scratch / "real", DEMO=0, SECRET_KEY=key) as real:
        assert "simulator" not in real.children()
        assert real.accounts() == {}
        assert real.query("SELECT count(*) FROM person")[0][0] == 0
        assert real.query("SELECT count(*) FROM miner")[0][0] == 0
        (link,) = [line.strip() for line in real.said().splitlines() if "/first-owner?token=" in line]
        answer = httpx.get(link)
        assert answer.status_code == 200
        assert "<form" in answer.text


def test_machines_of_ones_own_are_registered_and_collected(scratch: Path, tmp_path: Path) -> None:
    key = "q8Zt2LwX5vNc0RyB7mKd3HsJ6pFgA1Ue"
    with simulated_farm(miners=12, seed=3) as machines, running(scratch / "own", DEMO=0, SECRET_KEY=key) as real:
        file = tmp_path / "machines.csv"
        with file.open("w", newline="") as written:
            writer = csv.DictWriter(written, ("asset_id", "host", "port"), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(each for each in machines.inventory["machines"] if each["lifecycle"] == "active")
        real.beside("python", "-m", "collectors.inventory", "add-site", "own", "Own site", "Europe/Oslo")
        real.beside("python", "-m", "collectors.inventory", "import", str(file), "--site", "own")
        wait_until(lambda: (real.health()["last_sweep"] or {}).get("answered") == 12, "their readings", real.health)
        assert "sites are now own" in real.said()


def test_real_use_without_a_secret_is_refused(scratch: Path) -> None:
    assert "HASHINSIGHT_SECRET_KEY" in refused(Product(scratch / "no-secret", DEMO=0))
