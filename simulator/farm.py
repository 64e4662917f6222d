"""Which machines there are: the same farm for the same number and seed, every time and in every process."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.models import MODELS, SimModel

NETWORK = 127 << 24 | 16 << 16  # 127.16.0.0/12
PER_SUBNET = 250
RACK_POSITIONS = 20
POOLS = (
    "stratum+tcp://btc.pool-one.example:3333",
    "stratum+tcp://stratum.deepwell.example:700",
    "stratum+tcp://eu.hashriver.example:25",
)
CLIENTS = (
    ("HALDEN", "Halden Digital"),
    ("BLUEMESA", "Blue Mesa Mining"),
    ("QINGHE", "Qinghe Computing"),
    ("ORCHARD", "Orchard Street Capital"),
    ("TERRANOVA", "Terranova Energy"),
    ("LANTERN", "Lantern Infrastructure"),
    ("SOUTHBAY", "Southbay Family Office"),
    ("KESTREL", "Kestrel Holdings"),
)
UNASSIGNED_SHARE = 0.06
REPAIR_EVERY = 500  # for so many machines one more lies on the repair bench


@dataclass(frozen=True, slots=True)
class SimSite:
    """A site and its climate: mean of the year, swing of the year and of the day [deg C]."""

    code: str
    name: str
    time_zone: str
    utc_offset_h: float
    share: float
    power_price_usd_per_kwh: str
    pue: str
    mean_c: float
    season_c: float
    day_c: float


SITES = (
    SimSite("tx1", "Rattlesnake Creek", "America/Chicago", -6, 0.55, "0.046", "1.04", 20.0, 10.0, 6.5),
    SimSite("no1", "Nordfjord", "Europe/Oslo", 1, 0.25, "0.038", "1.03", 7.0, 8.0, 3.0),
    SimSite("kz1", "Ekibastuz", "Asia/Almaty", 5, 0.20, "0.041", "1.06", 6.0, 16.0, 6.0),
)


@dataclass(slots=True)
class SimMachine:
    """One machine's identity; `index` is its place in every array of the physics."""

    index: int
    asset_id: str
    serial: str
    mac: str
    host: str
    port: int
    http_port: int
    site: int
    rack: str
    position: int
    model: SimModel
    dialect: str
    firmware: str
    client_code: str | None
    pool_url: str
    worker: str
    lifecycle: str = "active"


@dataclass(slots=True)
class Farm:
    """The machines that are served, and those on the repair bench, which are not."""

    seed: int
    machines: list[SimMachine]
    repair: list[SimMachine]
    sites: tuple[SimSite, ...] = field(default=SITES)


def build(miners: int, seed: int, port: int = 4028, http_port: int = 80, base_port: int = 0) -> Farm:
    """Make the farm of so many served machines.

    Each has its own loopback address and all listen on the same two ports; with a `base_port` all share 127.0.0.1, and
    each has two ports of its own from there on.
    """
    rng = np.random.default_rng(seed)
    total = miners + miners // REPAIR_EVERY
    site_of = np.searchsorted(np.cumsum([site.share for site in SITES]), (np.arange(total) + 0.5) / total)
    site_of = np.minimum(site_of, len(SITES) - 1)
    model_of = rng.choice(len(MODELS), size=total, p=np.array([model.share for model in MODELS]))
    # Machines stand in rows of one model, as they were bought; a few were swapped in later.
    block = np.arange(total) // RACK_POSITIONS
    by_rack = rng.choice(len(MODELS), size=block.max() + 1, p=np.array([model.share for model in MODELS]))
    model_of = np.where(rng.random(total) < 0.93, by_rack[block], model_of)
    client_of = rng.choice(len(CLIENTS), size=block.max() + 1)[block]
    unassigned = rng.random(total) < UNASSIGNED_SHARE
    draws = rng.random((total, 2))
    suffix = rng.integers(0, 1 << 24, size=total)
    on_bench = np.zeros(total, bool)
    on_bench[rng.choice(total, size=total - miners, replace=False)] = True
    seen: dict[int, int] = {}
    machines: list[SimMachine] = []
    repair: list[SimMachine] = []
    served = 0
    for number in range(total):
        site = int(site_of[number])
        place = seen.get(site, 0)
        seen[site] = place + 1
        model = MODELS[model_of[number]]
        dialect, firmware = _firmware(model, float(draws[number, 0]))
        client = None if unassigned[number] else CLIENTS[client_of[number]][0]
        code = SITES[site].code
        # Benched machines stand behind the served ones in the address plan, so that addresses stay dense.
        address = served if not on_bench[number] else miners + len(repair)
        asset = f"{code.upper()}-{place + 1:05d}"
        made = SimMachine(
            index=served,
            asset_id=asset,
            serial=f"{model.family[:2].upper()}{seed % 97:02d}{number:07d}",
            mac=f"02:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}:{suffix[number] >> 8 & 255:02X}:{suffix[number] & 255:02X}",
            host="127.0.0.1" if base_port else host_of(address),
            port=base_port + 2 * address if base_port else port,
            http_port=base_port + 2 * address + 1 if base_port else http_port,
            site=site,
            rack=f"C{place // 200 + 1:02d}-R{place % 200 // RACK_POSITIONS + 1:02d}",
            position=place % RACK_POSITIONS + 1,
            model=model,
            dialect=dialect,
            firmware=firmware,
            client_code=client,
            pool_url=POOLS[int(draws[number, 1] * len(POOLS))],
            worker=f"{(client or 'house').lower()}.{asset.lower()}",
            lifecycle="repair" if on_bench[number] else "active",
        )
        if on_bench[number]:
            repair.append(made)
        else:
            machines.append(made)
            served += 1
    return Farm(seed, machines, repair)


def host_of(number: int) -> str:
    """Give the loopback address of a machine: 127.16.0.1 on, 250 a subnet."""
    subnet, place = divmod(number, PER_SUBNET)
    value = NETWORK + (subnet << 8) + place + 1
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def _firmware(model: SimModel, draw: float) -> tuple[str, str]:
    for dialect, version, share in model.firmwares:
        if draw < share:
            return dialect, version
        draw -= share
    return model.firmwares[0][:2]


def inventory(farm: Farm) -> dict[str, object]:
    """Give what a customer's inventory would hold, as plain data."""
    return {
        "sites": [
            {
                "code": site.code,
                "name": site.name,
                "time_zone": site.time_zone,
                "power_price_usd_per_kwh": site.power_price_usd_per_kwh,
                "pue": site.pue,
            }
            for site in farm.sites
        ],
        "clients": [{"code": code, "name": name} for code, name in CLIENTS],
        "machines": [
            {
                "asset_id": machine.asset_id,
                "serial": machine.serial,
                "mac": machine.mac,
                "host": machine.host,
                "port": machine.port,
                "http_port": machine.http_port,
                "site": farm.sites[machine.site].code,
                "rack": machine.rack,
                "position": machine.position,
                "model": machine.model.name,
                "client": machine.client_code,
                "lifecycle": machine.lifecycle,
            }
            for machine in (*farm.machines, *farm.repair)
        ],
    }
