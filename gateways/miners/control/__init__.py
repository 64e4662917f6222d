"""Start, stop and reboot by the true protocol of each dialect."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What a machine can be told."""

    START = "start"
    STOP = "stop"
    REBOOT = "reboot"


class CommandFailed(Exception):
    """The machine refused, did not answer, or has no such command. `sent` tells whether it may have acted."""

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent
