"""A short message that comes, is read out politely, and goes."""

from __future__ import annotations

import itertools
import time
from typing import Any

_numbers = itertools.count(int(time.time() * 1000))


def toast(text: str, *, kind: str = "info", href: str | None = None, link: str | None = None) -> dict[str, Any]:
    """Give the data for `ids.TOASTS`; kind is info, good, warn or bad."""
    return {"id": next(_numbers), "text": text, "kind": kind, "href": href, "link": link}
