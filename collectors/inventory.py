"""Machines into the inventory: the demo's farm, and a customer's list from a CSV file.

`python -m collectors.inventory add-site CODE NAME TIME_ZONE [POWER_PRICE_USD_PER_KWH [PUE]]`
`python -m collectors.inventory import FILE.csv --site CODE`
"""

from __future__ import annotations

import argparse
import csv
import ipaddress
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from collectors.copy import copy_rows
from db.session import transaction

COLUMNS = (
    "asset_id", "serial", "mac", "host", "port", "http_port", "rack", "position", "model", "client", "lifecycle",
)  # fmt: skip
REQUIRED = ("asset_id", "host")
LIFECYCLES = ("new", "active", "repair", "retired")

_UPSERT = """
INSERT INTO miner (asset_id, serial, mac, host, port, http_port, site_id, rack, position, model_id, client_id, lifecycle)
SELECT given.asset_id, given.serial, given.mac, given.host, given.port, given.http_port, site.id, given.rack,
       given.position, model.id, client.id, given.lifecycle
FROM given JOIN site ON site.code = given.site
LEFT JOIN miner_model model ON model.name = given.model
LEFT JOIN client ON client.code = given.client
ON CONFLICT (asset_id) DO UPDATE SET
    serial = excluded.serial, mac = excluded.mac, host = excluded.host, port = excluded.port,
    http_port = excluded.http_port, site_id = excluded.site_id, rack = excluded.rack, position = excluded.position, model_id = excluded.model_id,
    client_id = excluded.client_id
"""


# Another number of machines or another seed makes another farm under the same names: what is gone is retired with its
# data, and what has changed lets go of serial, MAC and address, so that nobody stands in another's way.
_MAKE_ROOM = """
UPDATE miner SET serial = NULL, mac = NULL, host = 'none-' || miner.id,
    lifecycle = CASE WHEN other.gone THEN 'retired' WHEN miner.host = 'none-' || miner.id THEN other.lifecycle
                     ELSE miner.lifecycle END
FROM (
    SELECT was.id, given.asset_id IS NULL AS gone, given.lifecycle
    FROM miner was JOIN site ON site.id = was.site_id LEFT JOIN given ON given.asset_id = was.asset_id
    WHERE site.simulated AND (given.asset_id IS NULL OR (was.serial, was.mac, was.host, was.port, site.code)
        IS DISTINCT FROM (given.serial, given.mac, given.host, given.port, given.site))
) other
WHERE other.id = miner.id
"""


def load_demo(inventory: dict[str, Any]) -> int:
    """Take the simulated farm in; a second time keeps what is there and adds what is missing. Gives the machines."""
    with transaction() as session:
        for site in inventory["sites"]:
            session.execute(
                text(
                    "INSERT INTO site (code, name, time_zone, simulated, power_price_usd_per_kwh, pue) VALUES "
                    "(:code, :name, :time_zone, true, :power_price_usd_per_kwh, :pue) ON CONFLICT (code) DO NOTHING"
                ),
                site,
            )
        add_clients(session, ((client["code"], client["name"]) for client in inventory["clients"]))
        _stage(session, inventory["machines"])
        session.execute(text(_MAKE_ROOM))
        session.execute(text(_UPSERT))
    return len(inventory["machines"])


def add_clients(session: Session, clients: Iterable[tuple[str, str]]) -> None:
    """Add the clients that are not there yet."""
    for code, name in clients:
        session.execute(
            text("INSERT INTO client (code, name) VALUES (:code, :name) ON CONFLICT (code) DO NOTHING"),
            {"code": code, "name": name},
        )


def _stage(session: Session, machines: list[dict[str, Any]]) -> None:
    session.execute(
        text(
            "CREATE TEMPORARY TABLE given (asset_id text, serial text, mac text, host text, port integer, http_port integer, "
            "site text, rack text, position smallint, model text, client text, lifecycle text) ON COMMIT DROP"
        )
    )
    names = (
        "asset_id", "serial", "mac", "host", "port", "http_port", "site", "rack", "position", "model", "client", "lifecycle",
    )  # fmt: skip
    copy_rows(session, "given", names, ([machine.get(name) for name in names] for machine in machines))


@dataclass(slots=True)
class Import:
    """What came of a file."""

    taken: int = 0
    refused: list[str] = field(default_factory=list)


def import_csv(path: Path, site_code: str) -> Import:
    """Take every good row of the file; a bad row is refused with its number and the reason, and hurts no other."""
    result = Import()
    good: dict[str, dict[str, Any]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
        if missing:
            result.refused.append(f"the file has no column {', '.join(missing)}")
            return result
        for number, raw in enumerate(reader, start=2):
            try:
                row = _checked(raw, site_code)
                if row["asset_id"] in good:
                    raise ValueError(f"asset_id {row['asset_id']} stands twice in the file")
                good[row["asset_id"]] = row
            except ValueError as error:
                result.refused.append(f"row {number}: {error}")
    with transaction() as session:
        if not session.execute(text("SELECT 1 FROM site WHERE code = :code"), {"code": site_code}).scalar():
            result.refused.append(f"there is no site {site_code!r}; add it with add-site first")
            return result
        known = set(session.execute(text("SELECT name FROM miner_model")).scalars())
        for row in good.values():
            if row["model"] and row["model"] not in known:
                result.refused.append(
                    f"{row['asset_id']}: model {row['model']!r} is not in the catalogue; taken without"
                )
                row["model"] = None
        add_clients(session, {(row["client"], row["client"]) for row in good.values() if row["client"]})
        _stage(session, list(good.values()))
        session.execute(text(_UPSERT))
    result.taken = len(good)
    return result


def _checked(raw: dict[str, str | None], site_code: str) -> dict[str, Any]:
    row: dict[str, Any] = {name: (raw.get(name) or "").strip() or None for name in COLUMNS}
    for name in REQUIRED:
        if row[name] is None:
            raise ValueError(f"{name} is empty")
    try:
        ipaddress.ip_address(row["host"])
    except ValueError:
        raise ValueError(f"host {row['host']!r} is not an IP address") from None
    row["port"] = _whole(row["port"], "port", 1, 65_535) or 4028
    row["http_port"] = _whole(row["http_port"], "http_port", 1, 65_535)
    row["position"] = _whole(row["position"], "position", 0, 32_767)
    row["lifecycle"] = row["lifecycle"] or "active"
    if row["lifecycle"] not in LIFECYCLES:
        raise ValueError(f"lifecycle {row['lifecycle']!r} is none of {', '.join(LIFECYCLES)}")
    return {**row, "site": site_code}


def _whole(value: str | None, name: str, low: int, high: int) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ValueError(f"{name} {value!r} is not a whole number from {low} to {high}")
    return int(value)


def add_site(code: str, name: str, time_zone: str, price: str | None, pue: str) -> None:
    """Add or change a site; raises KeyError for a time zone that does not exist."""
    ZoneInfo(time_zone)
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO site (code, name, time_zone, power_price_usd_per_kwh, pue) "
                "VALUES (:code, :name, :tz, :price, :pue) "
                "ON CONFLICT (code) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone, "
                "power_price_usd_per_kwh = excluded.power_price_usd_per_kwh, pue = excluded.pue"
            ),
            {"code": code, "name": name, "tz": time_zone, "price": price, "pue": pue},
        )


def main(arguments: list[str]) -> int:
    """Run one of the verbs from the command line."""
    parser = argparse.ArgumentParser(prog="python -m collectors.inventory", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    site = verbs.add_parser("add-site")
    for name in ("code", "name", "time_zone"):
        site.add_argument(name)
    site.add_argument("price", nargs="?")
    site.add_argument("pue", nargs="?", default="1")
    load = verbs.add_parser("import")
    load.add_argument("file", type=Path)
    load.add_argument("--site", required=True)
    options = parser.parse_args(arguments)
    if options.verb == "add-site":
        add_site(options.code, options.name, options.time_zone, options.price, options.pue)
        return 0
    result = import_csv(options.file, options.site)
    print(f"{result.taken} machines taken, {len(result.refused)} remarks")
    for line in result.refused:
        print(f"  {line}")
    return 0 if result.taken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
