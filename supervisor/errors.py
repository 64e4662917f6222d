"""What stops a start: one sentence that a person can act on."""

from __future__ import annotations


class CannotStart(Exception):
    """The product cannot start; the message is the whole explanation."""
