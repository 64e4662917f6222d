"""One command and its reply over port 4028, for the dialects that are commanded there."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from gateways.miners.control import CommandFailed
from gateways.miners.wire import MAX_BYTES, parse

TIMEOUT_S = 6.0


async def say(host: str, port: int, message: dict[str, Any], *, sent: bool) -> dict[str, Any]:
    """Send `message` and give the parsed reply; `sent` marks an order, which may be obeyed without an answer."""
    acted = False
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, limit=MAX_BYTES)
            try:
                acted = sent
                writer.write(orjson.dumps(message))
                await writer.drain()
                raw = await _until_nul(reader)
            finally:
                writer.close()
    except TimeoutError:
        raise CommandFailed(f"{host} did not answer in {TIMEOUT_S:g} s", sent=acted) from None
    except OSError as error:
        raise CommandFailed(f"{host} is not reachable: {error.strerror or error}", sent=acted) from None
    except (ValueError, OverflowError):
        raise CommandFailed(f"{host}:{port} is no address") from None
    document, problem = parse(raw)
    if not isinstance(document, dict):
        raise CommandFailed(f"{host} answered nothing readable ({problem})", sent=sent)
    return document


async def _until_nul(reader: asyncio.StreamReader) -> bytes:
    chunks = b""
    while chunk := await reader.read(65_536):
        chunks += chunk
        if chunks.endswith(b"\0") or len(chunks) > MAX_BYTES:
            break
    return chunks


def verdict(reply: dict[str, Any]) -> tuple[bool, str]:
    """Tell whether a cgminer-shaped reply says success, and what it says."""
    status = reply.get("STATUS")
    entry = status[0] if isinstance(status, list) and status and isinstance(status[0], dict) else reply
    word = str(entry.get("STATUS", ""))[:1].upper()
    return word in ("S", "I"), str(entry.get("Msg", ""))[:200]


def must_succeed(reply: dict[str, Any], what: str) -> str:
    """Give what the machine says of a success; raise for a refusal."""
    ok, said = verdict(reply)
    if not ok:
        raise CommandFailed(f"the machine refused to {what}: {said or 'no reason given'}")
    return said
