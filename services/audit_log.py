"""The audit log to read: apart from its writing, which the farm's workers do and which needs no data frames."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.access import Actor, Permission, require
from db.queries import audit
from db.session import transaction

PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries of the log, newest first, and how the whole of it stands."""

    entries: pd.DataFrame
    total: int
    first_bad: int | None  # the first entry that the chain does not bear out

    @property
    def pages(self) -> int:
        """Give how many pages there are; an empty log has one."""
        return max(1, -(-self.total // PAGE))


def page(actor: Actor, number: int) -> AuditPage:
    """Give one page of the log."""
    require(actor, Permission.AUDIT_READ)
    with transaction() as session:
        entries = audit.page(session, PAGE, max(0, number - 1) * PAGE)
        return AuditPage(entries, audit.count(session), audit.first_bad(session))
