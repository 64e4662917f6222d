"""Replies of machines, recorded or written after the shapes of real ones, for the tests beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent / "recordings"


def recorded(machine: str, *commands: str) -> dict[str, bytes]:
    """Give a machine's recorded replies by command name."""
    return {command: (RECORDINGS / f"{machine}_{command}.json").read_bytes() for command in commands}


def joined(replies: dict[str, bytes]) -> dict[str, bytes]:
    """Give the same replies as the machine would to one joined request."""
    parts: dict[str, Any] = {command: [json.loads(raw)] for command, raw in replies.items()}
    return {"+".join(replies): json.dumps(parts | {"id": 1}).encode() + b"\0"}


def said(**sections: Any) -> dict[str, bytes]:
    """Give replies of sections by command: `said(summary={"SUMMARY": [{...}]})`."""
    return {
        command: json.dumps({"STATUS": [{"STATUS": "S"}], "id": 1} | body).encode() + b"\0"
        for command, body in sections.items()
    }


STOCK = recorded("antminer-s19pro-stock", "summary", "stats", "pools", "devs")
LUXOS = recorded("antminer-s19kpro-luxos", "summary", "stats", "power")
WHATSMINER = recorded("whatsminer-68t-apiv1", "summary", "devs", "status")
AVALON = recorded("avalon-a1566", "version", "estats", "devs")
SEALMINER = recorded("sealminer-a2", "summary")
WHATSMINER_V3 = recorded("whatsminer-m60s_vk40-apiv3", "get_device_info")
ALL = {
    "antminer": STOCK,
    "luxos": LUXOS,
    "whatsminer": WHATSMINER,
    "avalon": AVALON,
    "sealminer": SEALMINER,
    "whatsminer-v3": WHATSMINER_V3,
}
