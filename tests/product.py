"""The whole product as a person starts it, `python app.py`, in a data directory and on ports of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg2

from supervisor.net import free_port
from supervisor.plans import ROOT

PATIENCE_S = 120.0
_ACCOUNT = re.compile(r"^  (owner|admin|user|client|guest)\s+(\S+@\S+)\s+(\S+)$", re.MULTILINE)


class Product:
    """One `python app.py`."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.port = int(str(settings.get("PORT") or free_port()))
        given = {"DATA_DIR": data_dir, "PORT": self.port, "DEMO_MINERS": 60, "SWEEP_PERIOD_S": 5, **settings}
        bare = {name: value for name, value in os.environ.items() if not name.startswith("HASHINSIGHT_")}
        self._environment = {**bare, **{f"HASHINSIGHT_{name}": str(value) for name, value in given.items()}}
        self.output = Path(f"{data_dir}.output")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it and come back at once."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> Product:
        """Start it and wait for its address."""
        process = self.launch()
        wait_until(lambda: "Ready after" in self.said() or process.poll() is not None, "the product's start", self.said)
        assert process.poll() is None, self.said()
        return self

    def said(self) -> str:
        """Give what it printed."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def accounts(self) -> dict[str, tuple[str, str]]:
        """Give the demo accounts that it printed: e-mail and password by role."""
        return {role: (email, password) for role, email, password in _ACCOUNT.findall(self.said())}

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and give the exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def children(self) -> dict[str, dict[str, Any]]:
        """Give what the supervisor notes of its children."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self.data_dir / "children.json").read_text()))
        return {}

    def processes(self) -> list[psutil.Process]:
        """Give every process of this product, however deep."""
        assert self.process
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    @staticmethod
    def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
        """Give those that still run. One that has ended and only waits to be counted by its parent does not."""
        found = []
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def state(self) -> dict[str, Any]:
        """Give the ports and secrets that it keeps."""
        return dict(json.loads((self.data_dir / "state.json").read_text()))

    def database_url(self) -> str:
        state = self.state()
        return f"postgresql://hashinsight:{state['postgres_password']}@127.0.0.1:{state['postgres_port']}/hashinsight"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask its database."""
        connection = psycopg2.connect(self.database_url(), connect_timeout=5)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def forget_choices(self) -> None:
        """Let every person be as he was at first: no language of his own, all switches as they come."""
        connection = psycopg2.connect(self.database_url(), connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("UPDATE person SET language = NULL, preferences = '{}'")
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        """Give what /health answers, with the code under `http`; empty while nobody answers."""
        try:
            answer = httpx.get(f"{self.url}/health", timeout=5)
        except httpx.HTTPError:
            return {}
        return {"http": answer.status_code, **answer.json()}

    def is_well(self) -> bool:
        return self.health().get("http") == 200

    def beside(self, *command: str) -> str:
        """Run a command beside the product, as an operator would; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "supervisor", *command],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def order(self, miner_id: int, action: str, key: str) -> str:
        """Order a machine as the demo's owner would, and give the command's number."""
        return self.beside("python", "-m", "tests.supervisor.order", str(miner_id), action, key)


@contextlib.contextmanager
def running(data_dir: Path, **settings: object) -> Iterator[Product]:
    """Run the product for the length of the block; whatever happens inside, nothing of it stays."""
    product = Product(data_dir, **settings)
    try:
        yield product.start()
    finally:
        end(product)


def end(product: Product) -> None:
    """End every process of the product, by its number."""
    left = product.processes()
    if product.process:
        product.stop()
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def wait_until(
    ready: Callable[[], object], what: str, explain: Callable[[], object] = lambda: "", patience_s: float = PATIENCE_S
) -> None:
    """Wait for something that another process does; the limit only ends a test that has failed already."""
    deadline = time.monotonic() + patience_s
    while not ready():
        assert time.monotonic() < deadline, f"{what} did not come within {patience_s:.0f} s: {explain()}"
        time.sleep(0.1)
