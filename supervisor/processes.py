"""Processes that we did not start ourselves this time: are they alive, and what are they."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Tell whether a process runs under this number; a dead one that nobody waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if sys.platform == "linux":
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] not in ("Z", "X")
    return True


def command_line(pid: int) -> str:
    """Give the command line of a process, empty when it is gone: a number alone proves nothing, they are reused."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()
