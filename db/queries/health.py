"""The last sweep, over a connection of its own: the pool may be what hangs."""

from __future__ import annotations

from typing import Any

import psycopg2

_LAST_SWEEP = """
SELECT sum(asked), sum(answered), max(seconds), max(finished_at)
FROM site CROSS JOIN LATERAL (
    SELECT asked, answered, seconds, finished_at FROM sweep
    WHERE sweep.site_id = site.id ORDER BY started_at DESC LIMIT 1
) newest
"""


def last_sweep(url: str) -> dict[str, Any] | None:
    """Give the newest sweep of every site, added up; `seconds` is the slowest site's. None before the first sweep."""
    connection = psycopg2.connect(url, connect_timeout=2, options="-c statement_timeout=2000", tcp_user_timeout=2000)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LAST_SWEEP)
            row = cursor.fetchone()
    finally:
        connection.close()
    if row is None or row[0] is None:
        return None
    asked, answered, seconds, at = row
    return {"asked": asked, "answered": answered, "seconds": round(seconds, 3), "at": at.isoformat()}
