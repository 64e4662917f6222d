"""How each part of the product is run; the same commands stand in the README for a server of one's own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from settings import Settings
from supervisor.children import Plan

ROOT = Path(__file__).parents[1]
WEB_THREADS = 24
FARM_PROCESSES = 2
PATIENCE_S = 12.0

# glibc gives every thread a heap of its own and, once a large block was freed, takes the next large one from it: 24
# web threads that each checked one password (19 MiB of Argon2) kept 390 MB for good.
MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(8 << 20)}


@dataclass(frozen=True, kw_only=True)
class SimulatorPorts:
    """Where the simulated farm listens: `base` stands for ports of its own for every machine, from there on."""

    miners: int
    http: int
    control: int
    market: int
    base: int = 0

    @property
    def options(self) -> list[str]:
        """Give what tells the simulator where its machines are."""
        if self.base:
            return ["--base-port", str(self.base)]
        return ["--port", str(self.miners), "--http-port", str(self.http)]


def child_environment(settings: Settings, **known: str | int) -> dict[str, str]:
    """Give the environment of our own children: what the caller has, and what only we know."""
    told = {
        "DATA_DIR": settings.data_dir,
        "HOST": settings.host,
        "PORT": settings.port,
        "DEMO": int(settings.demo),
        "DEMO_MINERS": settings.demo_miners,
        "DEMO_SEED": settings.demo_seed,
        **known,
    }
    return {
        "PYTHONUNBUFFERED": "1",
        **MALLOC,
        **os.environ,
        **{f"HASHINSIGHT_{name}": str(value) for name, value in told.items()},
    }


def web(settings: Settings, environment: Mapping[str, str]) -> Plan:
    """The web server: one process, because Dash's callbacks wait for the database and not for the processor."""
    return _python(
        "web", environment, "granian", "--interface", "wsgi", "--host", settings.host, "--port", str(settings.port),
        "--workers", "1", "--blocking-threads", str(WEB_THREADS), "--backlog", "1024", "--no-ws",
        "--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning", "app:server",
    )  # fmt: skip


def farm(environment: Mapping[str, str], sites: Sequence[str]) -> Plan:
    """The worker that asks the machines: a queue for each site, and one for the farm as a whole."""
    queues = ",".join(["farm", *(f"site.{code}" for code in sites)])
    return _celery("farm", environment, "-Q", queues, "-c", str(FARM_PROCESSES))


def jobs(environment: Mapping[str, str]) -> Plan:
    """The worker of long jobs, so that an export never stands in a sweep's way."""
    return _celery("jobs", environment, "-Q", "jobs", "-c", "1")


def beat(environment: Mapping[str, str]) -> Plan:
    """The clock, as its own process: a killed worker must not leave it ticking, nor the other way round."""
    return _python("beat", environment, "celery", "-A", "tasks", "beat", "--pidfile=", "--loglevel", "WARNING")


def simulator(settings: Settings, environment: Mapping[str, str], ports: SimulatorPorts) -> Plan:
    """The simulated farm."""
    return _python(
        "simulator", environment, "simulator", "serve", "--miners", str(settings.demo_miners), "--seed",
        str(settings.demo_seed), "--speed-up", str(settings.demo_speed_up), *ports.options, "--control-port",
        str(ports.control), "--state-file", str(settings.data_dir / "simulator.json"),
    )  # fmt: skip


def market(settings: Settings, environment: Mapping[str, str], ports: SimulatorPorts) -> Plan:
    """The simulated market sources."""
    return _python(
        "market", environment, "simulator.market", "--port", str(ports.market), "--seed", str(settings.demo_seed)
    )


def history(settings: Settings, environment: Mapping[str, str]) -> Plan:
    """The demo's past, filled in the background; goes on where an earlier run was stopped."""
    return _python(
        "history", environment, "collectors.history", "--miners", str(settings.demo_miners), "--seed",
        str(settings.demo_seed), nice=10,
    )  # fmt: skip


def prepare(settings: Settings, environment: Mapping[str, str], report: Path, ports: SimulatorPorts | None) -> Plan:
    """Schema, demo farm and accounts: in a process of its own, so that the supervisor stays small."""
    demo = ["--simulator", *ports.options] if ports else []
    return _python("prepare", environment, "supervisor.prepare", "--report", str(report), *demo)


def _celery(node: str, environment: Mapping[str, str], *options: str) -> Plan:
    return _python(
        node, environment, "celery", "-A", "tasks", "worker", "-n", f"{node}@%h", "-P", "prefork", "--without-gossip",
        "--without-mingle", "--loglevel", "INFO", *options,
        # Without its broker Celery can hang in a shutdown of its own; whatever is killed in it is done again.
        hurry=signal.SIGQUIT, death=signal.SIGKILL,
    )  # fmt: skip


def _python(
    name: str,
    environment: Mapping[str, str],
    module: str,
    *arguments: str,
    hurry: signal.Signals = signal.SIGKILL,
    death: signal.Signals = signal.SIGTERM,
    nice: int = 0,
) -> Plan:
    return Plan(
        name=name,
        command=[sys.executable, "-m", module, *arguments],
        environment=environment,
        cwd=ROOT,
        hurry_signal=hurry,
        death_signal=death,
        patience_s=PATIENCE_S,
        nice=nice,
    )
