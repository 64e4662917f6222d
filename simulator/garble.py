"""How replies are spoiled on the wire, in the ways that real firmware was seen to spoil them. One line a way."""

from __future__ import annotations

from collections.abc import Callable

SPOILERS: dict[str, Callable[[bytes], bytes]] = {
    "glued": lambda body: body.replace(b"},{", b"}{"),
    "missing_comma": lambda body: body.replace(b',"', b'"', 1),
    "bad_escape": lambda body: body.replace(b'"Msg":"', b'"Msg":"C:\\x\\y ', 1),
    "nan": lambda body: body.replace(b'"Stale":0', b'"Stale":nan'),
    "wrong_types": lambda body: body.replace(b'"Elapsed":', b'"Elapsed":{"s":1},"Was":').replace(
        b'"Accepted":', b'"Accepted":["many"],"Had":'
    ),
    # GBK where UTF-8 is due, and a byte-order mark that belongs to neither.
    "wrong_encoding": lambda body: body.replace(b'"Msg":"', b'"Msg":"\xc4\xe3\xba\xc3 ').replace(
        b'"Type":"', b'"Type":"\xff\xfe'
    ),
    "empty": lambda _body: b"",
}


def garble(kind: str | None, body: bytes) -> bytes:
    """Spoil a reply; it stays whole for no kind, and for those that are not about its bytes."""
    spoil = SPOILERS.get(kind or "")
    return spoil(body) if spoil else body
