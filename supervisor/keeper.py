"""Keeps the children up: one that ends is started again, later and later when it keeps ending."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from supervisor.children import Child, stop
from supervisor.processes import command_line, is_alive

FIRST_WAIT_S = 0.3
LONGEST_WAIT_S = 30.0
# A life this long proves that the start works: the count of quick deaths begins again.
LONG_LIFE_S = 30.0
QUICK_DEATHS_TO_REPORT = 4
LOG_CHECK_S = 30.0


@dataclass
class Kept:
    """One child and its history of deaths."""

    child: Child
    quick_deaths: int = 0
    restarts: int = 0
    start_at: float | None = None
    reported: bool = False
    once: bool = False


class Keeper:
    """All children, in the order of their start; stopped the other way round."""

    def __init__(self, logs: Path, status_file: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._status_file = status_file
        self._say = say
        self._kept: dict[str, Kept] = {}
        self._logs_checked_at = 0.0

    def add(self, child: Child, *, once: bool = False) -> Child:
        """Start a child and keep it up; one that is to run `once` is started again only when it fails."""
        self._kept[child.plan.name] = Kept(child, once=once)
        child.start()
        self._write_status()
        return child

    def replace(self, child: Child) -> None:
        """Stop the child of this name and keep another one up in its place."""
        old = self._kept.pop(child.plan.name, None)
        if old:
            stop([old.child])
        self.add(child)

    def child(self, name: str) -> Child:
        """Give a child by its name."""
        return self._kept[name].child

    def quick_deaths(self, child: Child) -> int:
        """Tell how often in a row this child ended soon after its start."""
        kept = self._kept.get(child.plan.name)
        return kept.quick_deaths if kept else 0

    def watch(self) -> None:
        """Look at every child once: restart what ended and is due, cap the logs."""
        now = time.monotonic()
        changed = False
        for name, kept in list(self._kept.items()):
            if kept.start_at is not None:
                if now >= kept.start_at:
                    self._restart(kept)
                    changed = True
                continue
            code = kept.child.exit_code()
            if code is None:
                if kept.quick_deaths and now - kept.child.started_at > LONG_LIFE_S:
                    self._recovered(kept)
                continue
            changed = True
            if kept.once and code == 0:
                del self._kept[name]
                continue
            self._died(kept, code, now)
        if changed:
            self._write_status()
        if now - self._logs_checked_at > LOG_CHECK_S:
            self._logs_checked_at = now
            for kept in self._kept.values():
                kept.child.cap_log()

    def stop(self, order: tuple[tuple[str, ...], ...], hurried: Callable[[], bool]) -> None:
        """Stop the named groups one after the other, the children of a group side by side; then whatever is left."""
        for names in order:
            stop([self._kept.pop(name).child for name in names if name in self._kept], hurried)
        stop([kept.child for kept in self._kept.values()], hurried)
        self._kept.clear()
        self._status_file.unlink(missing_ok=True)

    def _died(self, kept: Kept, code: int, now: float) -> None:
        child = kept.child
        child.sweep_up()
        quick = now - child.started_at < LONG_LIFE_S
        kept.quick_deaths = kept.quick_deaths + 1 if quick else 1
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (kept.quick_deaths - 1))
        kept.start_at = now + wait_s
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        if kept.quick_deaths < QUICK_DEATHS_TO_REPORT:
            self._say(f"{child.plan.name} {how}; starting it again")
        elif not kept.reported:
            kept.reported = True
            self._say(
                f"{child.plan.name} cannot stay up ({how}): {child.last_words()}. "
                f"Everything else goes on and it is tried again every {LONGEST_WAIT_S:.0f} s; its log: {child.log}"
            )

    def _recovered(self, kept: Kept) -> None:
        if kept.reported:
            self._say(f"{kept.child.plan.name} is up again")
        kept.quick_deaths, kept.reported = 0, False

    def _restart(self, kept: Kept) -> None:
        kept.start_at = None
        kept.restarts += 1
        try:
            kept.child.start()
        except OSError as error:  # for example no memory to fork: the next try comes
            self._say(f"{kept.child.plan.name} could not be started: {error}")
            kept.start_at = time.monotonic() + LONGEST_WAIT_S

    def _write_status(self) -> None:
        state = {
            name: {
                "pid": kept.child.pid,
                "restarts": kept.restarts,
                "quick_deaths": kept.quick_deaths,
                "command": kept.child.plan.mark,
            }
            for name, kept in self._kept.items()
        }
        draft = self._status_file.with_suffix(".new")
        try:
            draft.write_text(json.dumps(state))
            draft.replace(self._status_file)
        except OSError as error:
            self._say(f"the disk does not take our notes: {error.strerror}")


def end_leftovers(status_file: Path) -> None:
    """End what a killed supervisor left running (where the system does not tell children of their parent's death).

    A process number may have been given to a stranger: only one that still runs the same program is ended.
    """
    try:
        left = json.loads(status_file.read_text())
    except (OSError, ValueError):
        return
    pids = [(entry["pid"], entry["command"]) for entry in left.values() if entry.get("pid")]
    deadline = time.monotonic() + 10.0
    asked = False
    while ours := [pid for pid, command in pids if is_alive(pid) and command_line(pid).startswith(command)]:
        over = time.monotonic() > deadline
        for pid in ours:
            if over or not asked:
                _signal_group(pid, signal.SIGKILL if over else signal.SIGTERM)
        asked = True
        time.sleep(0.1)
    status_file.unlink(missing_ok=True)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
