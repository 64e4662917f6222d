"""A small farm of rows for tests that need machines but no simulator."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from core.access import Actor, Role
from core.hosting.reading import BOARD_FIELDS
from db.session import transaction

_PORTS = itertools.cycle(range(1024, 65_536))  # by turns: drawn at random, two in a hundred runs met


@dataclass(frozen=True, slots=True)
class Place:
    """A site with two clients, and the person who works there."""

    site_id: int
    code: str
    client_id: int
    other_client_id: int
    person_id: int

    def actor(self, role: Role) -> Actor:
        """Give an actor of the role; a client's is the first client."""
        client_id = self.client_id if role is Role.CLIENT else None
        person_id = None if role is Role.GUEST else self.person_id
        return Actor(role=role, person_id=person_id, client_id=client_id, name=f"{role.value}@{self.code}")


def make_place(time_zone: str = "UTC") -> Place:
    """Make a site of its own, so that tests that share a database do not meet."""
    code = f"t{uuid.uuid4().hex[:8]}"
    with transaction() as session:
        site_id = session.execute(
            text(
                "INSERT INTO site (code, name, time_zone, power_price_usd_per_kwh, pue)"
                " VALUES (:code, :name, :zone, 0.0437, 1.0731) RETURNING id"
            ),
            {"code": code, "name": f"Site {code}", "zone": time_zone},
        ).scalar_one()
        clients = [
            session.execute(
                text("INSERT INTO client (code, name) VALUES (:code, :name) RETURNING id"),
                {"code": f"{code}-{letter}", "name": f"Client {letter} of {code}"},
            ).scalar_one()
            for letter in "ab"
        ]
        person_id = session.execute(
            text("INSERT INTO person (email, name, role) VALUES (:email, :name, 'user') RETURNING id"),
            {"email": f"{code}@example.org", "name": f"Olga of {code}"},
        ).scalar_one()
    return Place(site_id, code, clients[0], clients[1], person_id)


def make_miner(
    place: Place, *, client_id: int | None = None, rack: str = "C01-R01", position: int = 1, **state: Any
) -> int:
    """Make an active machine; `state` becomes its newest reading (none given: never read)."""
    lifecycle = state.pop("lifecycle", "active")
    asset = f"{place.code}-{uuid.uuid4().hex[:6]}".upper()
    with transaction() as session:
        model_id = session.execute(text("SELECT id FROM miner_model ORDER BY id LIMIT 1")).scalar_one()
        miner_id: int = session.execute(
            text(
                "INSERT INTO miner"
                " (asset_id, serial, host, port, site_id, rack, position, model_id, client_id, lifecycle) VALUES"
                " (:asset, :serial, :host, :port, :site, :rack, :position, :model, :client, :lifecycle) RETURNING id"
            ),
            {
                "asset": asset,
                "serial": f"SN{asset}",
                "host": "127.16.250." + str(position % 250 + 1),
                "port": next(_PORTS),
                "site": place.site_id,
                "rack": rack,
                "position": position,
                "model": model_id,
                "client": client_id,
                "lifecycle": lifecycle,
            },
        ).scalar_one()
    if state:
        set_state(place, miner_id, **state)
    return miner_id


def set_state(place: Place, miner_id: int, **state: Any) -> None:
    """Write the newest reading of a machine."""
    known: dict[str, Any] = {"state": "online", "read_at": dt.datetime.now(dt.UTC), "dialect": "luxos"} | state
    if "boards" in known:
        rows = [[board.get(name) for name in BOARD_FIELDS] for board in known["boards"]]
        known["boards"] = orjson.dumps(rows).decode()
    names = ", ".join(known)
    values = ", ".join(f":{name}" for name in known)
    with transaction() as session:
        session.execute(text("DELETE FROM miner_state WHERE miner_id = :id"), {"id": miner_id})
        session.execute(
            text(f"INSERT INTO miner_state (miner_id, site_id, {names}) VALUES (:miner_id, :site_id, {values})"),
            known | {"miner_id": miner_id, "site_id": place.site_id},
        )
