"""Pages and callbacks declare here who may use them; whatever is not declared does not start.

Dash never checks ids, properties or roles of what a browser posts, so the check stands around each callback itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dash
from dash._callback import GLOBAL_CALLBACK_LIST
from flask import abort

from core.access import Actor, Denied, Permission, allowed
from services import audit

GROUPS = ("operate", "analyse", "business", "trust", "admin")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the product. `path` may hold one variable, `/hosting/machine/<miner_id>`."""

    path: str
    name: str
    group: str | None  # None: reached by links, not by the sidebar
    permissions: tuple[Permission, ...]  # any of them opens it
    icon: str
    order: int
    layout: Callable[..., Any]
    pattern: re.Pattern[str]

    def open_to(self, actor: Actor) -> bool:
        """Tell whether the actor may see it."""
        return any(allowed(actor, permission) for permission in self.permissions)


PAGES: dict[str, Page] = {}
_declared: dict[str, tuple[Permission, ...] | None] = {}


class Undeclared(RuntimeError):
    """A callback or page without a permission: the application refuses to start."""


def register(
    module: str,
    *,
    path: str,
    name: str,
    permission: Permission | tuple[Permission, ...],
    group: str | None = None,
    icon: str = "circle",
    order: int = 100,
) -> None:
    """Add the module's page; its `layout` is looked up when it is first shown."""
    import sys

    def layout(**query: Any) -> Any:
        return sys.modules[module].layout(**query)

    permissions = permission if isinstance(permission, tuple) else (permission,)
    pattern = re.compile("^" + re.sub(r"<(\w+)>", r"(?P<\1>[^/]{1,64})", path) + "/?$")
    PAGES[path] = Page(path, name, group, permissions, icon, order, layout, pattern)


def match(path: str) -> tuple[Page, dict[str, str]] | None:
    """Give the page of a path and the variables in it."""
    for page in PAGES.values():
        found = page.pattern.match(path)
        if found:
            return page, found.groupdict()
    return None


def home_of(actor: Actor) -> str:
    """Give the first page of the sidebar that the actor may see."""
    open_pages = [page for page in PAGES.values() if page.group and page.open_to(actor)]
    found = min(open_pages, key=lambda page: (GROUPS.index(str(page.group)), page.order), default=None)
    return found.path if found else "/welcome"


def guarded(*arguments: Any, permission: Permission | tuple[Permission, ...], **options: Any) -> Callable[..., Any]:
    """Declare a callback: like `dash.callback`, but only for actors with (any of) the permission."""
    permissions = permission if isinstance(permission, tuple) else (permission,)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def checked(*values: Any, **named: Any) -> Any:
            from dashboard.auth import current_actor

            actor = current_actor()
            if not any(allowed(actor, wanted) for wanted in permissions):
                audit.record_alone(actor, permissions[0].value, function.__name__, "denied")
                abort(403)
            try:
                return function(*values, **named)
            except Denied as denied:
                audit.record_alone(actor, denied.permission.value, function.__name__, "denied")
                abort(403)

        made = dash.callback(*arguments, **options)(checked)
        _declared[GLOBAL_CALLBACK_LIST[-1]["output"]] = permissions
        return made  # type: ignore[no-any-return]

    return decorate


def clientside(namespace: str, function: str, *arguments: Any, **options: Any) -> None:
    """Declare a callback that runs in the browser and reaches no data of ours."""
    dash.clientside_callback(dash.ClientsideFunction(namespace, function), *arguments, **options)
    _declared[GLOBAL_CALLBACK_LIST[-1]["output"]] = None


def declared() -> dict[str, tuple[Permission, ...] | None]:
    """Give every callback's output and permissions, any of which opens it; None runs in the browser."""
    return dict(_declared)


def refuse_undeclared(callback_map: dict[str, Any]) -> None:
    """Raise `Undeclared` for a callback that does not say who may use it, or that answers nothing."""
    for output in callback_map:
        if output not in _declared:
            raise Undeclared(f"the callback of {output} declares no permission")
        if not output.strip("."):
            raise Undeclared("a callback without an output can be called by nothing that names it")
