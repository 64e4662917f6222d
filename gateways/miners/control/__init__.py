"""Start, stop and reboot by the true protocol of each dialect."""

from __future__ import annotations

from core.hosting.commands import Action

__all__ = ["Action", "CommandFailed"]


class CommandFailed(Exception):
    """The machine refused, did not answer, or has no such command. `sent` tells whether it may have acted."""

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent
