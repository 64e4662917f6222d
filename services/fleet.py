"""What people may see of the farm and of one machine. A client sees his own machines only, and no cost price."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from dataclasses import dataclass
from typing import Any

import pandas as pd
from redis.exceptions import RedisError

from core.access import Actor, Permission, allowed, require
from db.queries import charts, fleet, machine
from db.session import transaction
from gateways import cache
from services import audit, market

MAX_REPLY_BYTES = 2_000_000
NOT_FOR_CLIENTS = ("power_price_usd_per_kwh", "pue")


class NotFound(LookupError):
    """There is no such machine, or none that this actor may know of: the answer is the same."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The farm in one row now, its last hour by minutes, and its alerts by five minutes."""

    now: dict[str, Any]
    hour: pd.DataFrame
    alerts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class MachineView:
    """All of one machine's page but its charts."""

    facts: dict[str, Any]
    alerts: pd.DataFrame
    events: pd.DataFrame
    commands: pd.DataFrame
    neighbours: dict[str, Any]
    usd_per_th_hour: float | None

    @property
    def has_open_command(self) -> bool:
        """Tell whether an order is on its way."""
        return bool(self.commands["state"].isin(("queued", "sending", "sent")).any())


def overview(actor: Actor, site: str | None, now: dt.datetime) -> Overview:
    """Give the figures of the farm or of one site."""
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        row = _first(fleet.kpis(session, site))
        return Overview(row, charts.fleet_series(session, "1h", now, site), fleet.alerts_by_minute(session, site, now))


def heat(actor: Actor, site: str | None) -> pd.DataFrame:
    """Give every machine's cell of the heat map."""
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        return fleet.cells(session, site)


def attention(actor: Actor, site: str | None) -> tuple[pd.DataFrame, float | None]:
    """Give the machines with open alerts, the costliest first, and what a TH/s earns an hour, if that is known."""
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        return fleet.attention(session, site), market.usd_per_th_hour(session)


def changes(actor: Actor, site: str | None, now: dt.datetime) -> pd.DataFrame:
    """Give what happened in the last hour, by kind."""
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        return fleet.changes(session, site, now - dt.timedelta(hours=1))


def time_zone(actor: Actor, site: str | None) -> str:
    """Give the zone in which a chart of the site, or of all of them, tells the time."""
    require(actor, Permission.FARM_READ)
    with transaction() as session:
        sites = fleet.sites(session)
    zones = sites.loc[sites["code"] == site, "time_zone"] if site else sites["time_zone"]
    return str(zones.iloc[0]) if len(set(zones)) == 1 else "UTC"


def machine_view(actor: Actor, miner_id: int) -> MachineView:
    """Give one machine; a client asking for another's gets `NotFound`, and the question is written down."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        found = machine.machine(session, miner_id)
        if not found.empty:
            facts = _first(found)
            events, commands = machine.events(session, miner_id), machine.commands(session, miner_id)
            if not allowed(actor, Permission.FARM_READ):
                facts |= dict.fromkeys(NOT_FOR_CLIENTS)
                events["person"] = commands["person"] = None
            return MachineView(
                facts=facts,
                alerts=machine.alerts(session, miner_id),
                events=events,
                commands=commands,
                neighbours=_first(machine.neighbours(session, miner_id)),
                usd_per_th_hour=market.usd_per_th_hour(session),
            )
    refuse_machine(actor, miner_id)
    raise NotFound(f"machine {miner_id}")


def refuse_machine(actor: Actor, miner_id: int) -> None:
    """Write down that a client asked for a machine that is not his."""
    if actor.client_id is not None:
        with transaction() as session:
            audit.record(session, actor, "machine.read", f"miner:{miner_id}", "denied")


def last_reply(actor: Actor, miner_id: int) -> tuple[str | None, dict[str, str]]:
    """Give when the machine answered last and its raw replies by command; nothing when none is kept."""
    require(actor, Permission.OWN_MACHINES_READ)
    with transaction(actor.client_id) as session:
        if machine.machine(session, miner_id).empty:
            raise NotFound(f"machine {miner_id}")
    try:
        kept = cache.client().get(f"reply:{miner_id}")
    except RedisError:
        return None, {}
    if not isinstance(kept, bytes):
        return None, {}
    try:
        reply = json.loads(zlib.decompressobj().decompress(kept, MAX_REPLY_BYTES))
    except (ValueError, zlib.error):  # cut at the limit: more than any machine of ours says
        return None, {}
    return reply.get("at"), {str(command): str(said) for command, said in reply.get("replies", {}).items()}


def _first(rows: pd.DataFrame) -> dict[str, Any]:
    """Give the first row with every absent value as None."""
    if rows.empty:
        return {}
    row = rows.astype(object).iloc[0].to_dict()
    return {str(key): _present(value) for key, value in row.items()}


def _present(value: Any) -> Any:
    absent = value is None or value is pd.NaT or (isinstance(value, float) and value != value)
    return None if absent else value
