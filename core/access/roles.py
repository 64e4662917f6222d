"""The five roles, from most to least."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person has exactly one."""

    OWNER = "owner"
    ADMIN = "admin"
    USER = "user"
    CLIENT = "client"
    GUEST = "guest"
