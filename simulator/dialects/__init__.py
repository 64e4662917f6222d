"""How each family of firmware answers on port 4028. One module a dialect, one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.dialects import antminer, avalon, luxos, whatsminer
from simulator.dialects.view import View

Answer = Callable[[View, str, str], dict[str, Any] | None]

DIALECTS: dict[str, Answer] = {
    "antminer": antminer.answer,
    "luxos": luxos.answer,
    "whatsminer": whatsminer.answer,
    "avalon": avalon.answer,
}
