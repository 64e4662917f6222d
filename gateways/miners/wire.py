"""From raw reply bytes to sections of plain dicts, however broken the JSON is.

Real firmware sends `}{` without a comma, NaN, bad escapes, GBK text, cut replies and pre-JSON pipe text. The fast path is
one orjson call; everything else happens only after it failed.
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

_INVALID_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])|\\u(?![0-9a-fA-F]{4})')
_NOT_JSON_WORD = re.compile(r'(?<=[\s:,\[])[-+]?(?:nan|inf(?:inity)?)(?=[\s,\]}])', re.IGNORECASE)
_MISSING_COMMA = re.compile(r'([}\]"0-9]|true|false|null)(\s*)(?=\{|"(?:[^"\\]|\\.)*"\s*:)')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")


class Replies:
    """The sections of all replies of one machine, by upper-case name, and what was wrong on the way."""

    __slots__ = ("commands", "descriptions", "errors", "givers", "problems", "sections")

    def __init__(self) -> None:
        self.sections: dict[str, list[Section]] = {}
        self.givers: dict[str, str] = {}
        self.commands: dict[str, list[Section]] = {}
        self.descriptions: list[str] = []
        self.errors: list[str] = []
        self.problems: list[str] = []

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
        plain: Section = {}
        for key, value in document.items():
            name = str(key)
            upper = name.upper()
            if upper == "STATUS":
                self._status(command, document, value)
            elif upper in ("MSG",) and isinstance(value, (dict, list)):
                # Whatsminer wraps what it has to say: v2 in Msg, v3 in lower-case msg.
                self._take(command.upper(), value, command)
                if isinstance(value, dict):
                    self.commands.setdefault(command.lower(), []).append(value)
            elif isinstance(value, list) and any(isinstance(item, dict) for item in value[:4]):
                if depth < 3 and _is_joined(value):
                    for item in value[:MAX_ITEMS]:
                        self.add(name, item, depth + 1)
                else:
                    self._take(upper, value, command)
            elif isinstance(value, dict):
                self._take(upper, value, command)
            else:
                plain[name] = value
        if plain and len(plain) > 2:
            self.sections.setdefault(command.upper(), []).append(plain)

    def _take(self, name: str, value: Any, command: str) -> None:
        # `devs` and `edevs`, `stats` and `estats` give the same section: taken twice, a machine would double its boards.
        giver = self.givers.setdefault(name, command)
        if giver != command:
            if not command.startswith("e"):
                return
            self.givers[name] = command
            self.sections.pop(name, None)
        items = value if isinstance(value, list) else [value]
        kept = self.sections.setdefault(name, [])
        kept.extend(item for item in items[:MAX_ITEMS] if isinstance(item, dict))

    def _status(self, command: str, document: Section, value: Any) -> None:
        items = value if isinstance(value, list) else [document if isinstance(value, str) else value]
        for item in items[:8]:
            if not isinstance(item, dict):
                continue
            description = item.get("Description")
            if isinstance(description, str):
                self.descriptions.append(description)
            if str(item.get("STATUS", "")).upper() in ("E", "F"):
                self.errors.append(command)
                self.problems.append(f"{command}: {str(item.get('Msg', 'refused'))[:80]}")


def _is_joined(value: list[Any]) -> bool:
    first = next((item for item in value if isinstance(item, dict)), {})
    return "STATUS" in first and isinstance(first["STATUS"], list)


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
    text = _decode(raw)
    if not text.lstrip().startswith(("{", "[")):
        document = pipe_text(text)
        return (document, None) if document else (None, "neither JSON nor pipe text")
    for attempt in _mended(text):
        try:
            return orjson.loads(attempt), "malformed JSON, mended"
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            continue
    try:
        document, _end = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return None, "malformed JSON"
    return _without_nan(document), "malformed JSON, mended"


def _decode(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").strip("\0 \r\n\t\ufeff")
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    head = raw[:64]
    if head.count(0) >= len(head) // 3 > 1:
        return raw.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace").strip("\0 \r\n\t\ufeff")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).strip("\0 \r\n\t")
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace").strip("\0 \r\n\t")


def _mended(text: str) -> Iterator[str]:
    text = _CONTROL.sub(" ", text)
    text = _INVALID_ESCAPE.sub(r"\\\\", text)
    text = _NOT_JSON_WORD.sub("null", text)
    yield text
    text = _MISSING_COMMA.sub(r"\1,\2", text)
    text = re.sub(r",\s*,", ",", text)
    text = _TRAILING_COMMA.sub("", text)
    yield text
    yield _balanced(text)


def _balanced(text: str) -> str:
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
                return ""
        elif char in "}]":
            if not stack or stack.pop() != char:
                return ""
            if not stack:
                return text[: place + 1]
        elif char == ",":
            last_whole = place
    if not last_whole:
        return ""
    cut = text[:last_whole]
    return cut + "".join(reversed(_open_brackets(cut)))


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
        return value if value == value and abs(value) != float("inf") else None
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


_PIPE_SECTIONS = {"POOL": "POOLS", "ASC": "DEVS", "PGA": "DEVS", "GPU": "DEVS"}
