"""The one table of permissions. Services, routes, pages and callbacks all name an entry of it."""

from __future__ import annotations

from enum import StrEnum

from core.access.actor import Actor
from core.access.roles import Role


class Permission(StrEnum):
    """What can be done; the value is what stands in the audit log."""

    PUBLIC = "public"  # sign-in page, static files, health: no session needed
    SHELL = "shell"  # any session, a guest's too: language, own preferences
    OWN_ACCOUNT = "account.own"  # own sessions, own password
    FARM_READ = "farm.read"  # all machines of the farm
    OWN_MACHINES_READ = "machines.own.read"  # a client's own machines
    VIEWS_WRITE = "views.write"  # saved views and scenarios of one's own, shared with the team
    EXPORT = "export"
    COMMAND = "machines.command"  # start, stop, reboot
    AUDIT_READ = "audit.read"
    PEOPLE_WRITE = "people.write"
    MARKET_READ = "market.read"
    MARKET_WRITE = "market.write"  # load histories of one's own
    CALCULATE = "calculator.use"  # one machine, and machines beside each other
    CALCULATE_MANY = "calculator.many"  # lots, and the live fleet
    MODELS_WRITE = "models.write"  # the catalogue of machines
    ANALYTICS_READ = "analytics.read"
    SIGNALS_WRITE = "signals.write"
    FORECASTS_READ = "forecasts.read"
    EVALUATE = "forecasts.evaluate"  # long jobs that score the models


class Denied(PermissionError):
    """An actor asked for what his role does not give."""

    def __init__(self, actor: Actor, permission: Permission) -> None:
        super().__init__(f"role {actor.role.value} has no permission {permission.value}")
        self.actor = actor
        self.permission = permission


_GUEST = frozenset({Permission.PUBLIC, Permission.SHELL, Permission.MARKET_READ, Permission.CALCULATE})
_CLIENT = _GUEST | {Permission.OWN_ACCOUNT, Permission.OWN_MACHINES_READ, Permission.EXPORT}
_USER = _GUEST | {
    Permission.OWN_ACCOUNT,
    Permission.FARM_READ,
    Permission.OWN_MACHINES_READ,
    Permission.VIEWS_WRITE,
    Permission.EXPORT,
    Permission.COMMAND,
    Permission.MARKET_WRITE,
    Permission.CALCULATE_MANY,
    Permission.ANALYTICS_READ,
    Permission.SIGNALS_WRITE,
    Permission.FORECASTS_READ,
    Permission.EVALUATE,
}
_ADMIN = _USER | {Permission.AUDIT_READ, Permission.PEOPLE_WRITE, Permission.MODELS_WRITE}

MATRIX: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: _ADMIN,
    Role.USER: _USER,
    Role.CLIENT: _CLIENT,
    Role.GUEST: _GUEST,
}


def allowed(actor: Actor, permission: Permission) -> bool:
    """Tell whether the actor's role gives the permission."""
    return permission in MATRIX[actor.role]


def require(actor: Actor, permission: Permission) -> None:
    """Raise `Denied` unless the actor's role gives the permission."""
    if not allowed(actor, permission):
        raise Denied(actor, permission)
