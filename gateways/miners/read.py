"""Replies of one machine, whatever it is, into one typed reading. Never raises for what a machine sent."""

from __future__ import annotations

from collections.abc import Mapping

from core.hosting.reading import Reading
from gateways.miners.dialects import DIALECTS
from gateways.miners.wire import Replies, collect

MAX_PROBLEMS = 40
# Where firmware names itself; the rest of a reply (pool URLs, worker names) is the owner's text and must not decide.
_NAMING = (
    "Type", "type", "PROD", "MODEL", "Model", "Miner", "BMMiner", "BOSer", "BOSminer", "BOSminer+", "LUXminer",
    "Driver",
)  # fmt: skip


def read_replies(replies: Mapping[str, bytes]) -> Reading:
    """Give the reading; what cannot be read is None and named in `Reading.problems`."""
    reading = Reading()
    try:
        found = collect(replies)
        reading.problems = found.problems
        if found.sections or found.commands:
            haystack = _haystack(found)
            dialect = next(item for item in DIALECTS if item.identify(found, haystack))
            reading.dialect = dialect.key
            dialect.read(found, reading)
    except Exception as error:
        # The last wall: a machine that breaks the reader is a problem of that machine, never of the sweep.
        reading.problems.append(f"unreadable: {type(error).__name__}")
    if len(reading.problems) > MAX_PROBLEMS:
        reading.problems = [*reading.problems[:MAX_PROBLEMS], f"and {len(reading.problems) - MAX_PROBLEMS} more"]
    return reading


def _haystack(found: Replies) -> str:
    words = list(found.descriptions)
    for name in ("VERSION", "STATS", "DEVDETAILS", "SUMMARY", "CONFIG", "INFO"):
        for entry in found.all(name)[:4]:
            for key in _NAMING:
                if key in entry:
                    words.append(f"{key} {entry[key]}"[:120])
    for entry in found.all("DEVS")[:2]:
        words.append(f'"{entry.get("Name")}'[:40])
    return "\n".join(words).lower()
