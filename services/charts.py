"""The series behind charts, and charts as files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.access import Actor, Permission, require
from core.reporting import FORMATS, Wording, read_figure
from db.queries import charts
from db.queries.charts import FLEET as FLEET
from db.queries.charts import MACHINE as MACHINE
from db.queries.machine import machine
from db.session import transaction
from services import audit
from services.fleet import NotFound, refuse_machine


class UnknownRange(ValueError):
    """The range is none of ours."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out; `title` is a name that every file system takes."""

    title: str
    extension: str
    media_type: str
    content: bytes


def fleet_series(actor: Actor, window: str, site: str | None, now: dt.datetime) -> pd.DataFrame:
    """Give the sums of all sites, or of one, over a range."""
    require(actor, Permission.FARM_READ)
    if window not in FLEET:
        raise UnknownRange(window)
    with transaction() as session:
        return charts.fleet_series(session, window, now, site)


def machine_series(actor: Actor, miner_id: int, window: str, now: dt.datetime) -> pd.DataFrame:
    """Give one machine over a range; to a client only his own."""
    require(actor, Permission.OWN_MACHINES_READ)
    if window not in MACHINE:
        raise UnknownRange(window)
    with transaction(actor.client_id) as session:
        if not machine(session, miner_id).empty:
            return charts.machine_series(session, miner_id, window, now)
    refuse_machine(actor, miner_id)
    raise NotFound(f"machine {miner_id}")


def export(actor: Actor, figure: Mapping[str, Any], format_key: str, wording: Wording, now: dt.datetime) -> File:
    """Write the figure on somebody's screen into a file; what it shows he has already."""
    require(actor, Permission.EXPORT)
    table = read_figure(figure)
    chosen = FORMATS[format_key]
    content = chosen.write(table, wording, now)
    with transaction() as session:
        after = {"format": format_key, "rows": len(table.x), "series": len(table.columns)}
        audit.record(session, actor, "chart.exported", table.title, "ok", after=after)
    return File(file_name(table.title), chosen.extension, chosen.media_type, content)


def file_name(title: str) -> str:
    """Give a title without what file systems do not take."""
    return re.sub(r"[^\w .,()-]+", "-", title).strip(" .-")[:80] or "chart"
