"""One child process: started in its own session, told to end when we die, its output in one capped log file.

A child writes to its log file itself (append mode): nothing is lost and nothing blocks when the supervisor is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOG_CAP_BYTES = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1
KILL_PATIENCE_S = 5.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one child is started and stopped."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # Second word, for a child that finishes its work at the first one and may take too long.
    hurry_signal: signal.Signals = signal.SIGKILL
    # What the kernel sends when the supervisor itself is killed.
    death_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 10.0
    nice: int = 0
    before_start: Callable[[], None] = field(default=lambda: None)

    @property
    def mark(self) -> str:
        """How the command line of this process begins, and no stranger's: every part of ours is the same Python."""
        return " ".join(self.command) if self.command[0] == sys.executable else self.command[0]


class Child:
    """One process of a plan, at most one at a time."""

    def __init__(self, plan: Plan, logs: Path) -> None:
        self.plan = plan
        self.log = logs / f"{plan.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    @property
    def pid(self) -> int | None:
        """Number of the running process; None when there is none."""
        return self.process.pid if self.process and self.process.returncode is None else None

    def start(self) -> None:
        """Start the process; its whole group (and the group of one that was killed) is ours to end."""
        self.plan.before_start()
        plan = self.plan
        with self.log.open("ab", buffering=0) as log:
            self.process = subprocess.Popen(
                list(plan.command),
                env=dict(plan.environment),
                cwd=plan.cwd,
                user=plan.user,
                group=_group_of(plan.user),
                extra_groups=None if plan.user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_before_exec(plan.death_signal, plan.nice, os.getpid()),
            )
        self.started_at = time.monotonic()

    def exit_code(self) -> int | None:
        """Give how the process ended (negative: by that signal); None while it lives or before the first start."""
        return self.process.poll() if self.process else None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def sweep_up(self) -> None:
        """End what the process left behind in its group: a killed Celery parent leaves its pool."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; tells whether it came in time."""
        if not self.process:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        """Give the last line of the log that says something, for the sentence about a child that cannot stay up."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
            if lines:
                return lines[-1][-300:]
        return "it wrote nothing"

    def cap_log(self) -> None:
        """Keep one earlier log file and begin again when the log is full; the child keeps its open file."""
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > LOG_CAP_BYTES:
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)


def stop(children: Sequence[Child], hurried: Callable[[], bool] = lambda: False) -> None:
    """Stop children side by side: ask, hurry those that take too long, then end their groups."""
    running = [child for child in children if child.exit_code() is None and child.process]
    for child in running:
        child.send(child.plan.stop_signal)
    _await(running, hurried)
    late = [child for child in running if child.exit_code() is None]
    for child in late:
        child.send(signal.SIGKILL if hurried() else child.plan.hurry_signal)
    deadline = time.monotonic() + KILL_PATIENCE_S
    for child in late:
        if not child.wait(max(0.0, deadline - time.monotonic())):
            child.send(signal.SIGKILL)
            child.wait(KILL_PATIENCE_S)
    for child in children:
        child.sweep_up()


def _await(children: Sequence[Child], hurried: Callable[[], bool]) -> None:
    asked_at = time.monotonic()
    while not hurried():
        waited_s = time.monotonic() - asked_at
        if all(child.exit_code() is not None or waited_s > child.plan.patience_s for child in children):
            return
        time.sleep(0.05)


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


def _before_exec(death_signal: signal.Signals, nice: int, parent: int) -> Callable[[], None]:
    def prepare() -> None:
        if nice:
            os.nice(nice)
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # the supervisor died between fork and here
                os._exit(1)

    return prepare
