"""The one who asks: every request, task and command has an actor, a guest and the system included."""

from __future__ import annotations

from dataclasses import dataclass

from core.access.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Comes from the session on the server, never from what a browser posted.

    `client_id` is the client whose rows a Client sees; it is None for everybody else.
    """

    role: Role
    person_id: int | None = None
    client_id: int | None = None
    name: str = ""
    ip: str | None = None
    request_id: str | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.CLIENT) != (self.client_id is not None):
            raise ValueError(f"role {self.role.value} does not go with client_id {self.client_id}")


SYSTEM = Actor(role=Role.OWNER, name="system")
ANONYMOUS = Actor(role=Role.GUEST, name="guest")
