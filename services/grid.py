"""What people may see of all machines at once: a page of them, their sum, and what they can be filtered by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from core.access import Actor, Permission, allowed, require
from core.hosting.filters import PAGE_SIZE, GridQuery
from db.queries import miners
from db.session import transaction
from services import market


@dataclass(frozen=True, slots=True)
class Totals:
    """What matches a query, in sum; what does not answer adds a machine, and no hashrate or power."""

    machines: int
    hashrate_ths: float | None
    power_w: float | None
    usd_per_th_hour: float | None  # None: price, difficulty or reward of a block are not known

    @property
    def pages(self) -> int:
        """Give how many pages there are; an empty result has one."""
        return max(1, -(-self.machines // PAGE_SIZE))


def totals(actor: Actor, query: GridQuery, site: str | None, now: dt.datetime) -> Totals:
    """Count what matches and sum its hashrate and power."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        price = market.usd_per_th_hour(session)
        miners.alone(session)
        row = miners.totals(session, query.selects, _scope(actor, site, now, price)).iloc[0]
    return Totals(int(row["machines"]), _known(row["hashrate_ths"]), _known(row["power_w"]), price)


def page(actor: Actor, query: GridQuery, site: str | None, now: dt.datetime, counted: Totals) -> pd.DataFrame:
    """Give the machines of the query's page, or of the last one where it lies behind the end."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        miners.alone(session)
        return miners.page(session, query, _scope(actor, site, now, counted.usd_per_th_hour), counted.machines)


def everything(actor: Actor, query: GridQuery, site: str | None, now: dt.datetime) -> Iterator[pd.DataFrame]:
    """Give all that matches, in the query's order, some thousand machines at a time."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        yield from miners.everything(session, query, _scope(actor, site, now, market.usd_per_th_hour(session)))


def values(actor: Actor, column: str, site: str | None, now: dt.datetime) -> pd.DataFrame:
    """Give the values of a column as value, name and number of machines, of the machines that the actor may see."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        return miners.values(session, column, _scope(actor, site, now, None))


def _scope(actor: Actor, site: str | None, now: dt.datetime, price: float | None) -> miners.Scope:
    # What a site's energy costs beside the machines is the operator's own business.
    return miners.Scope(now, actor.client_id, site, price, meter_known=allowed(actor, Permission.FARM_READ))


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)
