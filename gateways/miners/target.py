"""Who is asked and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.hosting.reading import Reading

# The failures a machine can have, as stored in miner_state.last_error.
REFUSED = "refused"
UNREACHABLE = "unreachable"
TIMEOUT = "timeout"
CUT = "cut"
OVERSIZED = "oversized"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Target:
    """A machine's address. `dialect` is what an earlier sweep learned ("luxos", "whatsminer/single"), None at first."""

    key: int
    host: str
    port: int = 4028
    dialect: str | None = None
    http_port: int = 80
    credentials: tuple[str, str] | None = field(default=None, repr=False)  # None: the maker's default


@dataclass(slots=True)
class Outcome:
    """What one machine answered; `reading` is None when nothing readable came back."""

    key: int
    reading: Reading | None = None
    error: str | None = None
    dialect: str | None = None
    replies: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0
