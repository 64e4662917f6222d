"""The views of the machine grid that everybody has: questions that operators ask every day."""

from __future__ import annotations

from dataclasses import replace

from core.hosting.alerts import OVERHEATING_OVER_C
from core.hosting.columns import ANY_ALERT, UNASSIGNED, Op
from core.hosting.filters import Filter, GridQuery, Sort

BUILT_IN: dict[str, GridQuery] = {
    "all": GridQuery(),
    "attention": GridQuery(filters=(Filter("alert", Op.ANY_OF, values=(ANY_ALERT,)),), sort=(Sort("alert", True),)),
    "offline": GridQuery(
        filters=(Filter("state", Op.ANY_OF, values=("offline", "lost")),), sort=(Sort("last_seen", True),)
    ),
    "hot": GridQuery(
        filters=(Filter("temp_max_c", Op.RANGE, low=OVERHEATING_OVER_C),), sort=(Sort("temp_max_c", True),)
    ),
    "unassigned": GridQuery(filters=(Filter("client", Op.ANY_OF, values=(UNASSIGNED,)),)),
    "repair": GridQuery(filters=(Filter("state", Op.ANY_OF, values=("repair",)),)),
}
NOT_FOR_CLIENTS = frozenset({"unassigned"})


def expand(query: GridQuery) -> GridQuery:
    """Give a link that only names a view the view's filters and order; any other query as it is."""
    held = BUILT_IN.get(query.view)
    if held is None or query.q or query.filters or query.sort:
        return query
    return replace(query, filters=held.filters, sort=held.sort, columns=query.columns or held.columns)


def same_view(query: GridQuery, held: GridQuery) -> bool:
    """Tell whether a query still shows what the view holds, on whatever page."""
    return replace(query, page=1, view="") == replace(held, page=1, view="")
