"""What every test may ask for: a migrated scratch database, a Redis, settings, a farm, the whole product, a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from collectors.inventory import load_demo
from db.migrate import upgrade
from settings import Settings, settings
from supervisor import embedded
from tests.product import Product, running, wait_until
from tests.scratch import forget_connections, scratch_database
from tests.simulated import Simulated, SimulatedFarm, simulated_farm, simulated_on_real_ports

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root Chromium needs --no-sandbox; the others keep it from calling home, which a closed network answers with errors.
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: while Playwright runs, its event loop stands in the way of everybody else's."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        for marker, fixture in (("browser", "browser"), ("live", "live_app")):
            if fixture in names:
                item.add_marker(marker)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A directory that the PostgreSQL of a root user may enter (pytest's own is closed to everybody else)."""
    made = Path(tempfile.mkdtemp(prefix="hashinsight-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(scratch: Path) -> Iterator[tuple[str, str]]:
    """Addresses of PostgreSQL and Redis: those of the environment when both are given, else embedded ones."""
    given = (os.environ.get("HASHINSIGHT_DATABASE_URL"), os.environ.get("HASHINSIGHT_REDIS_URL"))
    if given[0] and given[1]:
        yield given[0], given[1]
        return
    data_dir = scratch / "servers"
    data_dir.mkdir()
    started = embedded.start(data_dir)
    yield given[0] or started.cluster.url(), given[1] or started.store.url
    started.stop()


@pytest.fixture(scope="session")
def database_url(servers: tuple[str, str]) -> Iterator[str]:
    """A scratch database of this run, migrated to the newest schema; dropped at the end."""
    with scratch_database(servers[0]) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: tuple[str, str]) -> str:
    """Address of the Redis, without a database number."""
    return servers[1]


@pytest.fixture(scope="session")
def app_settings(database_url: str, redis_url: str, scratch: Path) -> Iterator[Settings]:
    """Settings of this process pointing at the scratch servers, with every cache that holds a connection emptied.

    For the whole run, because a process can make the web application only once.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HASHINSIGHT_DATABASE_URL", database_url)
        environment.setenv("HASHINSIGHT_REDIS_URL", redis_url)
        environment.setenv("HASHINSIGHT_DATA_DIR", str(scratch / "data"))
        environment.setenv("HASHINSIGHT_SECRET_KEY", "8Vb2rQyX0pLm5TzKc7Nd3WfHs9GjEuAo")
        forget_connections()
        yield settings()
        forget_connections()


@pytest.fixture(scope="session")
def farm(app_settings: Settings) -> Iterator[SimulatedFarm]:
    """A running farm of 60 simulated machines, taken into the scratch database's inventory."""
    with simulated_farm(miners=60, seed=21) as running_farm:
        load_demo(running_farm.inventory)
        yield running_farm


@pytest.fixture(scope="session")
def live_app(scratch: Path) -> Iterator[Product]:
    """The whole product with 120 machines, swept once."""
    with running(scratch / "live", DEMO_MINERS=120) as product:
        wait_until(lambda: (product.health().get("last_sweep") or {}).get("answered"), "the first sweep", product.said)
        yield product


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine; without one the browser tests are skipped, but never under CI."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        why = f"no Chromium was found ({', '.join(CHROMIUM[:2])}); `make test` says how to install it"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, live_app: Product) -> Iterator[Page]:
    """A new window of its own (no cookies), with paths relative to the live product, whose people chose nothing yet."""
    live_app.forget_choices()
    context = browser.new_context(base_url=live_app.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def simulated() -> Iterator[Simulated]:
    """The one farm on the real ports: a second of its kind would have to take others, which pyasic does not ask."""
    with simulated_on_real_ports() as made:
        yield made
