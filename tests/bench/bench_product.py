"""The whole product: how fast it is there, how it serves many people while the farm is collected, what it takes idle.

The people are replayed: a real browser opens each page once, and what it posts is posted again by each of them with his
own session, a page's worth every few seconds.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
from playwright.sync_api import Request, sync_playwright

from tests.bench.measure import Row
from tests.bench.world import MINERS
from tests.conftest import CHROMIUM_FLAGS
from tests.product import Product, running

PAGES = ("/hosting", "/hosting/machines", "/hosting/machines?sort=-temp_max_c&state=online", "/hosting/machine/7")
CROWDS = (100, 200, 400)
SECONDS = 30.0
EVERY_S = 4.0  # between two refreshes of one person
LIMIT_MS = 250.0


def measure() -> Iterator[Row]:
    """Give the rows of the running product."""
    with tempfile.TemporaryDirectory(prefix="hashinsight-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = {"DEMO_MINERS": MINERS, "SWEEP_PERIOD_S": 60}
        began = time.perf_counter()
        with running(folder / "data", **settings) as product:
            yield _first_page(product, began, "make run to the first page, first start", 20)
            yield from _crowds(product)
            yield from _idle(product)
        began = time.perf_counter()
        with running(folder / "data", **settings) as product:
            yield _first_page(product, began, "make run to the first page, second start", 8)


def _first_page(product: Product, began: float, name: str, limit_s: float) -> Row:
    assert httpx.get(f"{product.url}/login").status_code == 200
    seconds = time.perf_counter() - began
    return Row(name, seconds, "s", f"<= {limit_s:g} s", seconds <= limit_s)


def _recorded(product: Product) -> dict[str, list[bytes]]:
    """Give what a browser posts on each page in its first seconds."""
    email, password = product.accounts()["user"]
    posted: dict[str, list[bytes]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.goto(f"{product.url}/login")
        page.fill("#email", email)
        page.fill("#password", password)
        page.click("form[action='/login'] button >> nth=0")
        for path in PAGES:
            bodies = posted.setdefault(path, [])

            def keep(request: Request, bodies: list[bytes] = bodies) -> None:
                if urlsplit(request.url).path == "/_dash-update-component" and request.post_data_buffer:
                    bodies.append(request.post_data_buffer)

            page.on("request", keep)
            page.goto(product.url + path)
            page.wait_for_timeout(5000)
            page.remove_listener("request", keep)
            assert bodies, f"{path} posted nothing: there is nothing to replay"
        browser.close()
    return posted


async def _signed_in(client: httpx.AsyncClient, product: Product) -> None:
    email, password = product.accounts()["user"]
    token = (await client.get("/login")).text.split('name="csrf_token" value="')[1].split('"')[0]
    while True:
        answer = await client.post("/login", data={"csrf_token": token, "email": email, "password": password})
        if answer.is_redirect:
            break
        assert answer.status_code == 503, f"not signed in: {answer.status_code}"
        await asyncio.sleep(float(answer.headers["Retry-After"]) * (0.5 + random.random()))
    await client.get("/", headers={"Accept": "text/html"})


async def _person(
    product: Product, bodies: dict[str, list[bytes]], all_in: asyncio.Barrier, took: list[float], failed: list[str]
) -> None:
    limits = httpx.Limits(max_connections=2)
    async with httpx.AsyncClient(base_url=product.url, timeout=60, limits=limits) as client:
        await _signed_in(client, product)
        await all_in.wait()
        until = time.perf_counter() + SECONDS
        headers = {"X-CSRFToken": client.cookies.get("_csrf_token", ""), "Content-Type": "application/json"}
        await asyncio.sleep(random.random() * EVERY_S)
        while time.perf_counter() < until:
            for body in [b"", *bodies[random.choice(PAGES)]]:
                began = time.perf_counter()
                try:
                    if body:
                        answer = await client.post("/_dash-update-component", content=body, headers=headers)
                    else:
                        answer = await client.get("/live")
                    if answer.status_code >= 400:
                        failed.append(str(answer.status_code))
                except httpx.HTTPError as error:
                    failed.append(type(error).__name__)
                took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(EVERY_S * (0.5 + random.random()))


def _crowds(product: Product) -> Iterator[Row]:
    bodies = _recorded(product)
    breaks_at: int | None = None
    for people in CROWDS:
        took: list[float] = []
        failed: list[str] = []

        async def all_of_them(people: int = people, took: list[float] = took, failed: list[str] = failed) -> None:
            all_in = asyncio.Barrier(people)
            await asyncio.gather(*(_person(product, bodies, all_in, took, failed) for _ in range(people)))

        asyncio.run(all_of_them())
        p95 = statistics.quantiles(took, n=20)[-1]
        good = p95 < LIMIT_MS and not failed
        said = f"median {statistics.median(took):.0f} ms, {len(took) / SECONDS:.0f} requests/s, {len(failed)} errors"
        yield Row(
            f"{people} people while the farm is collected, p95",
            p95,
            "ms",
            "< 250 ms, no error" if people == 100 else "",
            good if people == 100 else None,
            note=said,
        )
        if not good:
            breaks_at = people
            break
    yield Row(
        "people at which it breaks",
        breaks_at or CROWDS[-1],
        "",
        "stated",
        None,
        note="" if breaks_at else "not reached",
    )


def _idle(product: Product) -> Iterator[Row]:
    """Measure between sweeps, once the demo's history is loaded."""
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline and any(
        "collectors.history" in " ".join(_words(process)) for process in product.processes()
    ):
        time.sleep(5)
    processes = product.processes()
    shares = []
    for _window in range(8):
        before = _cpu_s(processes)
        time.sleep(5)
        shares.append((_cpu_s(processes) - before) / 5 * 100)
    memory = sum(_unique(process) for process in processes) / 1e6
    quiet = sorted(shares)[len(shares) // 4]
    yield Row("CPU between sweeps, of a core", quiet, "%", "<= 5 %", quiet <= 5, runs=shares)
    yield Row(
        "memory of everything",
        memory,
        "MB",
        "<= 1500 MB",
        memory <= 1500,
        note="proportional: shared pages counted once",
    )


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _cpu_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            used = process.cpu_times()
            total += used.user + used.system
        except psutil.Error:
            continue
    return total


def _unique(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0
