"""What the machine grid shows: asked of the service, shared under the data version, said in codes for the browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.access import Actor, Permission, allowed
from core.hosting.columns import ANY_ALERT, COLUMNS, STATES, UNASSIGNED, Kind, Op
from core.hosting.filters import Filter, GridQuery, read_filter, serialise
from core.hosting.grid_views import BUILT_IN, NOT_FOR_CLIENTS
from dashboard.cache import under_version
from dashboard.components.grid import column_title, mode_words, state_words
from dashboard.components.grid_bar import value_name
from dashboard.components.grid_editor import Option
from dashboard.components.vocabulary import alert_word
from dashboard.i18n import _
from services import grid
from services.live import sites

PAGE = "machines"
# What a row carries to the browser as it is.
_PLAIN = (
    "asset_id", "model", "site", "site_name", "time_zone", "rack", "client", "client_name", "mode", "hashrate_ths",
    "last_hashrate_ths", "hashrate_share", "expected_hashrate_ths", "expected_source", "efficiency_j_per_th", "power_w",
    "power_source", "temp_max_c", "fans_rpm", "reject_ratio", "accepted", "rejected", "uptime", "pool", "firmware",
    "worker", "last_error", "alert", "ip", "mac", "serial", "earning_usd_per_h", "break_even_usd_per_kwh", "position",
    "fan_min_rpm",
)  # fmt: skip


def counted(actor: Actor, query: GridQuery, site: str | None, now: dt.datetime) -> grid.Totals:
    """Count what matches; once for each version of the data."""
    selects = serialise(query.selects)
    return under_version(
        "grid-totals", actor.client_id, site, selects, make=lambda: grid.totals(actor, query, site, now)
    )


def rows(
    actor: Actor, query: GridQuery, site: str | None, now: dt.datetime, totals: grid.Totals
) -> list[dict[str, Any]]:
    """Give the rows of the page as the browser needs them; once for each version of the data."""
    if not totals.machines:
        return []

    def made() -> list[dict[str, Any]]:
        found = grid.page(actor, query, site, now, totals)
        return [_row(record) for record in found.astype(object).to_dict("records")]

    # What a site's meter says is for those who run the farm: they and its clients never share rows.
    whose = (actor.client_id, allowed(actor, Permission.FARM_READ))
    return under_version("grid-rows", *whose, site, serialise(query), make=made)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    row = {key: _known(record[key]) for key in _PLAIN}
    seen = _known(record["last_seen"])
    return {
        **row,
        "id": str(record["miner_id"]),
        "state": STATES[int(record["state"]) - 1],
        "last_seen": None if seen is None else seen.timestamp(),
        "place": row["rack"],
        "ip": row["ip"] or record["host"],
    }


def _known(value: Any) -> Any:
    if isinstance(value, float):
        return None if value != value else round(value, 5)
    return None if value is pd.NaT else value


def built_in(actor: Actor) -> list[str]:
    """Give the views that make sense to the actor."""
    return [key for key in BUILT_IN if actor.client_id is None or key not in NOT_FOR_CLIENTS]


def options(actor: Actor, column: str, site: str | None, now: dt.datetime) -> list[Option]:
    """Give what an ENUM column can be filtered by."""
    known = COLUMNS[column]
    if known.values:
        return [(value, value_name(column, value, {}), None) for value in known.values]
    found = under_version(
        "grid-values", actor.client_id, site, column, make=lambda: grid.values(actor, column, site, now)
    )
    given: list[Option] = [
        (row.value, row.name, int(row.machines)) for row in found.itertuples() if not pd.isna(row.value)
    ]
    if column == "client":
        nobodys = found.loc[found["value"].isna(), "machines"]
        given.insert(0, (UNASSIGNED, _("unassigned"), int(nobodys.sum())))
    return given


def names(actor: Actor, query: GridQuery, site: str | None, now: dt.datetime) -> dict[str, dict[str, str]]:
    """Give the names of the values that the query's filters hold by code."""
    wanted = [item.column for item in query.filters if item.column in ("site", "client") and item.op is Op.ANY_OF]
    return {column: {value: name for value, name, _count in options(actor, column, site, now)} for column in wanted}


def site_name(actor: Actor, code: str | None) -> str | None:
    """Give the name of the site chosen at the top, for those who can choose one."""
    if code is None or not allowed(actor, Permission.FARM_READ):
        return None
    return dict(sites()).get(code, code)


def edited(column: str, parts: dict[str, Any]) -> Filter | None:
    """Read the filter out of the editor's fields; None takes the filter away."""
    presence = parts.get("presence")
    if presence in (Op.ABSENT.value, Op.PRESENT.value):
        return read_filter(column, [f"!{presence}"])
    kind = COLUMNS[column].kind
    if kind in (Kind.NUMBER, Kind.TIME):
        low, high = (str(parts.get(part) or "").replace(",", ".").strip() for part in ("low", "high"))
        return read_filter(column, [f"{low}..{high}"])
    if kind is Kind.ENUM:
        values = parts.get("values")
        given = [f"~{value}" for value in values] if isinstance(values, list) else []
        return read_filter(column, given) if given else None
    text = str(parts.get("text") or "").strip()
    if not text:
        return None
    return read_filter(column, [f"={text}" if parts.get("op") == Op.EQUALS.value else f"~{text}"])


def export_params(query: GridQuery, site: str | None) -> dict[str, Any]:
    """Give all that a worker needs to write the file in this reader's language."""
    columns: Sequence[str] = query.shown
    return {
        "query": serialise(query),
        "site": site,
        "columns": list(columns),
        "titles": {key: column_title(key) for key in columns},
        "words": {
            **state_words(),
            **mode_words(),
            **{kind: alert_word(kind) for kind in COLUMNS["alert"].values if kind != ANY_ALERT},
            "unassigned": _("unassigned"),
        },
        "sheet": _("Machines"),
        "file": "machines",
    }
