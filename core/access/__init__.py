"""Who may do what: the roles, the permissions and the one table that joins them."""

from core.access.actor import Actor
from core.access.permissions import MATRIX, Denied, Permission, allowed, require
from core.access.roles import Role

__all__ = ["MATRIX", "Actor", "Denied", "Permission", "Role", "allowed", "require"]
