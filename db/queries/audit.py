"""The audit log, a page at a time."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.queries.frame import frame

_PAGE = (
    "SELECT id, at, actor_name, role, ip, action, object, outcome, after, request_id FROM audit_log "
    "ORDER BY id DESC LIMIT :limit OFFSET :offset"
)


def page(session: Session, limit: int, offset: int) -> pd.DataFrame:
    """Give some entries, newest first."""
    return frame(session, _PAGE, {"limit": limit, "offset": offset})


def count(session: Session) -> int:
    """Give how many entries there are."""
    return int(session.execute(text("SELECT count(*) FROM audit_log")).scalar_one())


def first_bad(session: Session) -> int | None:
    """Give the first entry that its chain does not bear out; None where all of it is whole."""
    found: int | None = session.execute(text("SELECT audit_first_bad()")).scalar()
    return found
