"""From raw reply bytes to sections of plain dicts, however broken the JSON is.

Real firmware sends `}{` without a comma, NaN, bad escapes, GBK text, cut replies and pre-JSON pipe text. The fast
path is one orjson call; everything else happens only after it failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Section = dict[str, Any]

MAX_BYTES = 1 << 20
MAX_ITEMS = 512  # entries of one section that are looked at
MAX_MENDED = 1 << 18  # mending costs time: no machine that means well says so much
# The envelope of every reply; what else stands beside it is what the machine has to say.
_ENVELOPE = frozenset(("STATUS", "WHEN", "CODE", "MSG", "DESCRIPTION", "DESC", "ID", "API_VERSION"))

_INVALID_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])|\\u(?![0-9a-fA-F]{4})')
_NOT_JSON_WORD = re.compile(r"(?<=[\s:,\[])[-+]?(?:nan|inf(?:inity)?)(?=[\s,\]}])", re.IGNORECASE)
_MISSING_COMMA = re.compile(r'([}\]"0-9]|true|false|null)(\s*)(?=\{|"(?:[^"\\]|\\.)*"\s*:)')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")


class Replies:
    """The sections of all replies of one machine, by upper-case name, and what was wrong on the way."""

    __slots__ = ("_documents", "commands", "descriptions", "givers", "problems", "sections")

    def __init__(self) -> None:
        self.sections: dict[str, list[Section]] = {}
        self.givers: dict[str, tuple[str, int]] = {}
        self.commands: dict[str, list[Section]] = {}
        self.descriptions: list[str] = []
        self.problems: list[str] = []
        self._documents = 0

    def first(self, name: str) -> Section:
        """Give the first entry of a section, or an empty one."""
        found = self.sections.get(name)
        return found[0] if found else {}

    def all(self, name: str) -> list[Section]:
        """Give every entry of a section."""
        return self.sections.get(name, [])

    def add(self, command: str, document: Any, depth: int = 0) -> None:
        """Take one parsed reply, a joined one too."""
        if isinstance(document, list):
            for item in document[:MAX_ITEMS]:
                if isinstance(item, dict):
                    self.add(command, item, depth + 1)
            return
        if not isinstance(document, dict):
            self.problems.append(f"{command}: not an object")
            return
        self._documents += 1
        giver = (command, self._documents)
        plain: Section = {}
        for name, value in document.items():
            upper = name.upper()
            if type(value) is dict:
                self._add_object(giver, upper, value, depth)
                continue
            first = _first_object(value) if type(value) is list else None
            if first is None:
                if upper == "STATUS":
                    self._status(command, [document])
                elif upper not in _ENVELOPE:
                    plain[name] = value
            elif depth < 3 and _is_reply(first):
                for item in value[:MAX_ITEMS]:
                    self.add(name, item, depth + 1)
            elif upper == "STATUS":
                self._status(command, value)
            else:
                self._take(command.upper() if upper == "MSG" else upper, value, giver)
        if plain:
            self.commands.setdefault(command.lower(), []).append(plain)

    def _add_object(self, giver: tuple[str, int], upper: str, value: Section, depth: int) -> None:
        command = giver[0]
        if upper == "STATUS":
            self._status(command, [value])
        elif depth < 3 and _holds_sections(value):
            self.add(command if upper == "MSG" else upper.lower(), value, depth + 1)
        elif upper == "MSG":
            # Whatsminer wraps what it has to say: v2 in Msg, v3 in lower-case msg.
            self.commands.setdefault(command.lower(), []).append(value)
            self._take(command.upper(), [value], giver)
        else:
            nested = value and all(type(item) is dict for item in value.values())
            self._take(upper, list(value.values()) if nested else [value], giver)

    def _take(self, name: str, items: list[Any], giver: tuple[str, int]) -> None:
        # `devs` and `edevs`, or a command asked alone and in a join, give the same section: taken twice, a machine
        # would double its boards.
        first = self.givers.setdefault(name, giver)
        if first != giver:
            if giver[0][:1] not in ("e", "E") or first[0][:1] in ("e", "E"):
                return
            self.givers[name] = giver
            self.sections.pop(name, None)
        kept = self.sections.setdefault(name, [])
        kept.extend([item for item in items[:MAX_ITEMS] if type(item) is dict])

    def _status(self, command: str, items: list[Any]) -> None:
        for item in items[:8]:
            if type(item) is not dict:
                continue
            description = item.get("Description")
            if type(description) is str:
                self.descriptions.append(description)
            if str(item.get("STATUS", "")).upper() in ("E", "F"):
                self.problems.append(f"{command}: {str(item.get('Msg', 'refused'))[:80]}")


def _first_object(value: list[Any]) -> Section | None:
    if value and type(value[0]) is dict:
        first: Section = value[0]
        return first
    return next((item for item in value[:8] if type(item) is dict), None)


def _is_reply(entry: Section) -> bool:
    """Tell whether the entry of a list is a whole reply: then the list is part of a joined one."""
    return type(entry.get("STATUS")) in (list, dict) or type(entry.get("Msg", entry.get("msg"))) in (list, dict)


def _holds_sections(value: Section) -> bool:
    """Tell whether an object is a reply in a reply."""
    return any(type(item) is list and item and type(item[0]) is dict and name.isupper() for name, item in value.items())


def collect(replies: Mapping[str, bytes]) -> Replies:
    """Parse every reply; never raises for what a machine sent."""
    found = Replies()
    for key, raw in replies.items():
        command = str(key)
        document, problem = parse(raw)
        if problem:
            found.problems.append(f"{command}: {problem}")
        if document is not None:
            found.add(command, document)
    return found


def parse(raw: Any) -> tuple[Any, str | None]:
    """Give the document and, where it had to be mended or could not be, a word about that."""
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "replace")
    if not isinstance(raw, (bytes, bytearray, memoryview)):
        return None, "not bytes"
    raw = bytes(raw)
    if len(raw) > MAX_BYTES:
        return None, "larger than 1 MiB"
    body = raw.strip(b"\0 \r\n\t")
    if not body:
        return None, "empty"
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError:
        pass
    text, told = _decode(raw)
    if not text.startswith(("{", "[")):
        document = pipe_text(text)
        if document:
            return document, told
        start = text.find("{")
        if start < 0:
            return None, "neither JSON nor pipe text"
        text, told = text[start:], MENDED
    if len(text) > MAX_MENDED:
        return None, MALFORMED
    for attempt, word in _mended(text):
        try:
            return orjson.loads(attempt), word or told
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            continue
    try:
        document, _end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None, MALFORMED
    return _without_nan(document), MENDED


MALFORMED = "malformed JSON"
MENDED = "malformed JSON, mended"
CUT_SHORT = "cut short, the whole part of it read"


def _decode(raw: bytes) -> tuple[str, str | None]:
    """Give the text and, where it is not UTF-8, a word about that."""
    head = raw[:64]
    told: str | None
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text, told = raw.decode("utf-16", "replace"), "UTF-16"
    elif head.count(0) >= len(head) // 3 > 1:
        text, told = raw.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace"), "UTF-16"
    else:
        text, told = _decode_bytes(raw)
    return text.strip("\0 \r\n\t\ufeff"), told


def _decode_bytes(raw: bytes) -> tuple[str, str | None]:
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030"), "not UTF-8"
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), "not UTF-8"


def _mended(text: str) -> Iterator[tuple[str, str | None]]:
    yield text, None
    text = _CONTROL.sub(" ", text)
    text = _INVALID_ESCAPE.sub(r"\\\\", text)
    text = _NOT_JSON_WORD.sub('"NaN"', text)
    yield text, MENDED
    text = _MISSING_COMMA.sub(r"\1,\2", text)
    text = re.sub(r",\s*,", ",", text)
    text = _TRAILING_COMMA.sub("", text)
    yield text, MENDED
    yield f"[{text}]", MENDED
    whole, is_cut = _balanced(text)
    yield whole, CUT_SHORT if is_cut else MENDED


def _balanced(text: str) -> tuple[str, bool]:
    """Cut what follows the first whole document, or close what a cut reply left open."""
    stack: list[str] = []
    in_string = False
    escaped = False
    last_whole = 0
    for place, char in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
            if len(stack) > 64:
                return "", False
        elif char in "}]":
            if not stack or stack.pop() != char:
                return "", False
            if not stack:
                return text[: place + 1], False
        elif char == ",":
            last_whole = place
    if not last_whole:
        return "", False
    cut = text[:last_whole]
    return cut + "".join(reversed(_open_brackets(cut))), True


def _open_brackets(text: str) -> list[str]:
    stack: list[str] = []
    for bare in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        if bare in "{[":
            stack.append("}" if bare == "{" else "]")
        elif bare in "}]" and stack:
            stack.pop()
    return stack


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else "NaN"
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return value


def pipe_text(text: str) -> Section:
    """Read the text form of the API: `STATUS=S,When=1,...|SUMMARY,Elapsed=5,MHS av=1.0|`."""
    found: Section = {}
    for part in text.replace("\0", "").split("|")[:MAX_ITEMS]:
        fields = part.split(",")
        head = fields[0].strip()
        if not head:
            continue
        name, sep, value = head.partition("=")
        entry: Section = {name: value} if sep else {}
        for item in fields[1:]:
            key, has_value, value = item.partition("=")
            if has_value:
                entry[key.strip()] = value.strip()
        if entry and name.isascii() and name.replace(" ", "").isalpha():
            # "POOL=0,URL=.." belongs to the section that JSON calls POOLS
            section = _PIPE_SECTIONS.get(name.upper(), name.upper())
            found.setdefault(section, []).append(entry)
    return found


# The first part of an old `stats` reply begins with who it is, "BMMiner=2.0.0,Miner=..,Type=Antminer S9".
_PIPE_SECTIONS = {
    "POOL": "POOLS", "ASC": "DEVS", "PGA": "DEVS", "GPU": "DEVS", "BMMINER": "STATS", "CGMINER": "STATS",
}  # fmt: skip
