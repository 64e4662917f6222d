"""One SQL in, one DataFrame out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session


def frame(session: Session, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Run one statement and give its rows; NULL is None in columns of objects and NaN in columns of numbers."""
    result = session.execute(text(sql), dict(params or {}))
    return pd.DataFrame.from_records([tuple(row) for row in result], columns=list(result.keys()))
