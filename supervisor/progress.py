"""Lines a person reads while the product starts and runs."""

from __future__ import annotations

import contextlib
import sys
import time

WIDTH = 62


class Progress:
    """Prints a line per step with its seconds; a terminal that is gone is no reason to fail."""

    def __init__(self) -> None:
        self.began_at = time.monotonic()
        self._since = self.began_at

    def done(self, step: str, seconds: float | None = None) -> None:
        """Print a finished step and its seconds: those given, else since the step before."""
        now = time.monotonic()
        took_s = now - self._since if seconds is None else seconds
        self._since = now
        self._print(f"  {step:<{WIDTH}}{took_s:6.1f} s")

    def say(self, words: str) -> None:
        """Print a line with the time of day."""
        self._print(f"{time.strftime('%H:%M:%S')}  {words}")

    def block(self, *lines: str) -> None:
        """Print lines as they are."""
        self._print("\n".join(lines))

    @staticmethod
    def _print(words: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(words, flush=True)


def complain(words: str) -> None:
    """Print the one sentence that says why nothing started."""
    with contextlib.suppress(OSError, ValueError):
        print(f"HashInsight: {words}", file=sys.stderr, flush=True)
