"""Ctrl-C, SIGTERM and a closed terminal: the first asks for an orderly stop, the second for an immediate one."""

from __future__ import annotations

import signal
import time
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(Exception):
    """Somebody asked us to stop."""


class Stopping:
    """Counts the times we were asked to stop."""

    def __init__(self) -> None:
        self.asked = 0
        for number in STOPPING:
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    def pause(self, seconds: float) -> None:
        """Sleep, and raise `Stop` when somebody asked; every wait of the start and of the watch goes through here."""
        if self.asked:
            raise Stop
        time.sleep(seconds)
        if self.asked:
            raise Stop

    def hurried(self) -> bool:
        """Tell whether somebody asked twice."""
        return self.asked > 1
