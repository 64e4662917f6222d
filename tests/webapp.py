"""A process can make the web application only once: a second `create_app` has no callbacks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def web_app() -> Any:
    """Give the application of this run; ask for the `app_settings` fixture first."""
    from dashboard import create_app

    return create_app()
