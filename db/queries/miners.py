"""The machine grid in SQL: totals of what matches, one page of it, all of it, and what a column can be filtered by.

Matching and sorting read `miner_grid` alone (one narrow row a machine, made by the migration 0003); the wide columns are
joined for the rows of the page only. Expressions come from the tables here, values travel as bound parameters, and
every order ends in the key, so that no machine stands on two pages.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.hosting.columns import ANY_ALERT, COLUMNS, DEFAULT_SORT, STATES, UNASSIGNED, Op
from core.hosting.filters import PAGE_SIZE, Filter, GridQuery, Sort
from db.queries.frame import frame

CHUNK = 2_000
MAX_TERMS = 6

_EARNING = "grid.hashrate_ths * CAST(:usd_per_th_hour AS float8)"
# [USD/kWh] = USD per TH/s and hour * 1000 / (J/TH at the meter): 1 TH/s draws J/TH watts.
_BREAK_EVEN = "CAST(:usd_per_th_hour AS float8) * 1000 / nullif(grid.{efficiency}, 0)"

# column: what a filter compares, and what its order is made of.
_VALUES: dict[str, str] = {
    "asset_id": "grid.asset_id",
    "place": "grid.rack",
    "serial": "grid.serial",
    "mac": "grid.mac",
    "worker": "grid.worker",
    "ip": "grid.host",
    "hashrate_ths": "grid.hashrate_ths",
    "hashrate_share": "grid.hashrate_share",
    "efficiency_j_per_th": "grid.efficiency_j_per_th",
    "power_w": "grid.power_w",
    "temp_max_c": "grid.temp_max_c",
    "fan_min_rpm": "grid.fan_min_rpm",
    "reject_ratio": "grid.reject_ratio",
    "uptime": "grid.uptime_s",
    "last_seen": "grid.read_at",
    "state": "grid.state",
    "mode": "grid.mode",
    "alert": "grid.alerts",
    "site": "grid.site_id",
    "client": "grid.client_id",
    "model": "grid.model_word",
    "pool": "grid.pool_word",
    "firmware": "grid.firmware_word",
    "earning_usd_per_h": _EARNING,
    "break_even_usd_per_kwh": _BREAK_EVEN,
}


def _rank(table: str, name: str, key: str) -> str:
    """Give the place of `key`'s name among all names of a small table.

    An array made once and asked by position: a join would cost 100,000 probes and the sort 100,000 texts.
    """
    return (
        f"(SELECT array_agg(coalesce(ranked.place, 0) ORDER BY number.id) FROM generate_series(1, (SELECT max(id) FROM {table})::int)"
        f" number (id) LEFT JOIN (SELECT id, rank() OVER (ORDER BY {name}) AS place FROM {table}) ranked ON ranked.id = number.id)[{key}]"
    )


_SITE_RANK = _rank("site", "code", "grid.site_id")
_ORDERS: dict[str, tuple[str, ...]] = {
    "alert": ("cardinality(grid.alerts)",),
    "place": ("grid.site_id", "grid.rack", "grid.position"),  # sites as they were registered: an index holds this order
    "site": (_SITE_RANK,),
    "client": (_rank("client", "name", "grid.client_id"),),
    **{kind: (_rank("grid_word", "word", f"grid.{kind}_word"),) for kind in ("model", "pool", "firmware")},
}

# ENUM columns: a condition for a bound array of values.
_SETS: dict[str, str] = {
    "state": "grid.state = ANY(CAST(:{name} AS smallint[]))",
    "mode": "grid.mode = ANY(:{name})",
    "alert": "grid.alerts && CAST(:{name} AS text[])",
    "site": "grid.site_id IN (SELECT id FROM site WHERE code = ANY(:{name}))",
    "client": "grid.client_id IN (SELECT id FROM client WHERE code = ANY(:{name}))",
    "model": "grid.model_word IN (SELECT id FROM grid_word WHERE kind = 'model' AND word = ANY(:{name}))",
    "pool": "grid.pool_word IN (SELECT id FROM grid_word WHERE kind = 'pool' AND word = ANY(:{name}))",
    "firmware": "grid.firmware_word IN (SELECT id FROM grid_word WHERE kind = 'firmware' AND word = ANY(:{name}))",
}

_WIDE = f"""
SELECT grid.miner_id, grid.asset_id, grid.state, grid.mode, coalesce(catalogue.name, known.model) AS model,
       site.code AS site, site.name AS site_name, site.time_zone, grid.rack, grid.position,
       client.code AS client, client.name AS client_name,
       grid.hashrate_ths::float8, known.hashrate_ths::float8 AS last_hashrate_ths, grid.hashrate_share::float8,
       coalesce(known.expected_hashrate_ths, catalogue.hashrate_ths)::float8 AS expected_hashrate_ths,
       CASE WHEN known.expected_hashrate_ths IS NULL THEN 'catalogue' ELSE coalesce(known.expected_source, 'device') END
           AS expected_source,
       grid.efficiency_j_per_th::float8, grid.power_w::float8, known.power_source, grid.temp_max_c::float8,
       grid.fan_min_rpm, CASE WHEN grid.state <= 2 THEN known.fans_rpm END AS fans_rpm, grid.reject_ratio::float8,
       known.accepted, known.rejected, grid.uptime_s AS uptime, known.pool_url AS pool, known.firmware, known.worker,
       grid.read_at AS last_seen, known.asked_at, known.last_error, grid.alerts AS alert, host(grid.host) AS ip, miner.host, miner.port, grid.mac,
       grid.serial, ({_EARNING})::float8 AS earning_usd_per_h, ({_BREAK_EVEN})::float8 AS break_even_usd_per_kwh
"""
_WIDE_JOINS = """
JOIN miner_grid grid ON grid.miner_id = page.miner_id
JOIN miner ON miner.id = page.miner_id
JOIN site ON site.id = grid.site_id
LEFT JOIN client ON client.id = grid.client_id
LEFT JOIN miner_model catalogue ON catalogue.id = miner.model_id
LEFT JOIN miner_state known ON known.miner_id = page.miner_id
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question depends on beside the query: who asks, which site is chosen, what a TH/s earns, and the time."""

    now: dt.datetime
    client_id: int | None = None
    site: str | None = None
    usd_per_th_hour: float | None = None
    meter_known: bool = True  # a client does not know the site's overhead: his break-even is that of the machine

    @property
    def params(self) -> dict[str, Any]:
        """Give what every statement binds."""
        return {"usd_per_th_hour": self.usd_per_th_hour}

    def priced(self, sql: str) -> str:
        """Put in the efficiency that this asker may know."""
        return sql.format(efficiency="wall_j_per_th" if self.meter_known else "efficiency_j_per_th")


def alone(session: Session) -> None:
    """Ask without parallel workers in this transaction: to start them costs what the scan does, and takes others' cores."""
    session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))


def totals(session: Session, query: GridQuery, scope: Scope) -> pd.DataFrame:
    """Count what matches, with its hashrate and power."""
    where, params = _where(query, scope)
    return frame(
        session,
        "SELECT count(*) AS machines, sum(grid.hashrate_ths::float8) AS hashrate_ths, sum(grid.power_w::float8) AS power_w"
        f" FROM miner_grid grid WHERE {where}",
        params,
    )


def page(session: Session, query: GridQuery, scope: Scope, machines: int) -> pd.DataFrame:
    """Give the page of the query, or the last one where it lies behind the end; `machines` is what `totals` counted."""
    last = max(1, -(-machines // PAGE_SIZE))
    start = (min(query.page, last) - 1) * PAGE_SIZE
    # From the middle on the order is read from its end: the last page costs what the first one costs.
    backwards = start > machines // 2
    size = min(PAGE_SIZE, machines - start)
    offset = machines - start - size if backwards else start
    where, params = _where(query, scope)
    order = _order(query.sort, scope, backwards=backwards)
    return frame(
        session,
        f"""
        {scope.priced(_WIDE)}
        FROM unnest(ARRAY(SELECT grid.miner_id FROM miner_grid grid WHERE {where} ORDER BY {order}
                          LIMIT :page_size OFFSET :page_offset)) WITH ORDINALITY AS page (miner_id, place)
        {_WIDE_JOINS} ORDER BY page.place {"DESC" if backwards else ""}
        """,
        {**params, "page_size": size, "page_offset": offset},
    )


def everything(session: Session, query: GridQuery, scope: Scope) -> Iterator[pd.DataFrame]:
    """Give all that matches, in the order of the query, some thousand at a time and never all in memory."""
    where, params = _where(query, scope)
    order = _order(query.sort, scope)
    found = (
        session.connection()
        .execution_options(stream_results=True, max_row_buffer=CHUNK)
        .execute(
            text(
                f"""
            {scope.priced(_WIDE)}
            FROM (SELECT grid.miner_id, row_number() OVER (ORDER BY {order}) AS place
                  FROM miner_grid grid WHERE {where}) page
            {_WIDE_JOINS} ORDER BY page.place
            """
            ),
            params,
        )
    )
    names = list(found.keys())
    for rows in found.partitions(CHUNK):
        yield pd.DataFrame.from_records(rows, columns=names)


def values(session: Session, column: str, scope: Scope) -> pd.DataFrame:
    """Give what an ENUM column holds, as value, name and number of machines; a NULL value is 'absent'."""
    source, name = _VALUE_NAMES[column]
    where, params = _where(GridQuery(), scope)
    return frame(
        session,
        f"SELECT {source} AS value, {name} AS name, sum(machines)::int AS machines FROM ("
        f" SELECT {_VALUES[column]} AS key, count(*) AS machines FROM miner_grid grid WHERE {where} GROUP BY 1) found"
        f" {_VALUE_JOINS.get(column, '')} GROUP BY 1, 2 ORDER BY 2 NULLS LAST",
        params,
    )


_VALUE_JOINS = {
    "site": "JOIN site ON site.id = found.key",
    "client": "LEFT JOIN client ON client.id = found.key",
    **dict.fromkeys(("model", "pool", "firmware"), "LEFT JOIN grid_word word ON word.id = found.key"),
}
_VALUE_NAMES = {
    "site": ("site.code", "site.name"),
    "client": ("client.code", "client.name"),
    **dict.fromkeys(("model", "pool", "firmware"), ("word.word", "word.word")),
}


def _where(query: GridQuery, scope: Scope) -> tuple[str, dict[str, Any]]:
    conditions = ["true"]
    params = dict(scope.params)
    if scope.client_id is not None:  # the row security of the table says it again
        conditions.append("grid.client_id = :client_id")
        params["client_id"] = scope.client_id
    if scope.site is not None and query.filter_of("site") is None:
        conditions.append("grid.site_id = (SELECT id FROM site WHERE code = :scope_site)")
        params["scope_site"] = scope.site
    for number, term in enumerate(query.q.lower().split()[:MAX_TERMS]):
        name = f"q{number}"
        # strpos skips through a text by the needle's length, where LIKE '%...%' tries each character: half the time.
        conditions.append(
            f"(strpos(grid.search, :{name}) > 0 OR grid.model_word IN (SELECT id FROM grid_word WHERE kind = 'model'"
            f" AND strpos(lower(word), :{name}) > 0) OR grid.client_id IN"
            f" (SELECT id FROM client WHERE strpos(lower(concat_ws(' ', name, code)), :{name}) > 0))"
        )
        params[name] = _term(term)
    for number, item in enumerate(query.filters):
        conditions.append(scope.priced(_CONDITIONS[item.op](item, f"f{number}", params, scope)))
    return " AND ".join(conditions), params


def _order(sorts: tuple[Sort, ...], scope: Scope, *, backwards: bool = False) -> str:
    """Give the order; backwards is its exact mirror, absent values first then."""
    keys = []
    for sort in sorts or (Sort(DEFAULT_SORT),):
        direction = "DESC" if sort.descending != backwards else "ASC"
        for key in _ORDERS.get(sort.column) or (_VALUES[sort.column],):
            nulls = "" if key in _NEVER_ABSENT else " NULLS FIRST" if backwards else " NULLS LAST"
            keys.append(f"{key} {direction}{nulls}")
    keys.append(f"grid.miner_id {'DESC' if backwards else 'ASC'}")
    return scope.priced(", ".join(keys))


# Without NULLS LAST an index can give the order either way.
_NEVER_ABSENT = frozenset({"grid.asset_id", "grid.state"})
_BARE_MAC = re.compile(r"[0-9a-f]{2}(?:[-.]?[0-9a-f]{2}){2,5}")


def _term(term: str) -> str:
    """Give a term as the search text holds it: a MAC address with colons, however somebody's label writes it."""
    digits = re.sub(r"[-.]", "", term)
    if _BARE_MAC.fullmatch(term) and (digits != term or len(digits) == 12):
        return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return term


def _contains(item: Filter, name: str, params: dict[str, Any], _scope: Scope) -> str:
    params[name] = item.text.lower()
    return f"strpos(lower({_VALUES[item.column]}), :{name}) > 0"


def _equals(item: Filter, name: str, params: dict[str, Any], _scope: Scope) -> str:
    params[name] = item.text.lower()
    return f"lower({_VALUES[item.column]}) = :{name}"


def _between(item: Filter, name: str, params: dict[str, Any], scope: Scope) -> str:
    unit = COLUMNS[item.column].per_unit
    value = _VALUES[item.column]
    parts = []
    if item.column == "last_seen":  # an age: the older, the smaller the time
        value = f"EXTRACT(EPOCH FROM CAST(:now AS timestamptz) - {value})"
        params["now"] = scope.now
    for bound, sign, given in (("low", ">=", item.low), ("high", "<=", item.high)):
        if given is not None:
            # Compared in the precision in which it is stored and shown: 0.9 as real is not 0.9 as double precision.
            precision = "real" if item.column in _REALS else "float8"
            parts.append(f"{value} {sign} CAST(:{name}_{bound} AS {precision})")
            params[f"{name}_{bound}"] = min(max(given * unit, -_REAL_MAX), _REAL_MAX)
    return " AND ".join(parts)


_REAL_MAX = 3e38
_REALS = frozenset({"hashrate_ths", "hashrate_share", "efficiency_j_per_th", "power_w", "temp_max_c", "reject_ratio"})


def _one_of(item: Filter, name: str, params: dict[str, Any], _scope: Scope) -> str:
    given: list[Any] = list(item.values)
    if item.column == "alert" and ANY_ALERT in given:
        return "grid.alerts IS NOT NULL"
    absent = item.column == "client" and UNASSIGNED in given
    if item.column == "state":
        given = [STATES.index(value) + 1 for value in given]
    params[name] = given
    condition = _SETS[item.column].format(name=name)
    return f"({condition} OR grid.client_id IS NULL)" if absent else condition


def _within(item: Filter, name: str, params: dict[str, Any], _scope: Scope) -> str:
    params[name] = item.text
    return f"grid.host <<= CAST(:{name} AS inet)"


def _absent(item: Filter, _name: str, _params: dict[str, Any], _scope: Scope) -> str:
    return f"({_VALUES[item.column]}) IS NULL"


def _present(item: Filter, _name: str, _params: dict[str, Any], _scope: Scope) -> str:
    return f"({_VALUES[item.column]}) IS NOT NULL"


_CONDITIONS: dict[Op, Callable[[Filter, str, dict[str, Any], Scope], str]] = {
    Op.CONTAINS: _contains,
    Op.EQUALS: _equals,
    Op.RANGE: _between,
    Op.ANY_OF: _one_of,
    Op.WITHIN: _within,
    Op.ABSENT: _absent,
    Op.PRESENT: _present,
}
