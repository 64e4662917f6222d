from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from collectors import inventory
from db.session import transaction
from settings import Settings


@pytest.fixture
def site(app_settings: Settings) -> str:
    code = f"s{uuid.uuid4().hex[:6]}"
    inventory.add_site(code, "Somewhere", "Asia/Almaty", "0.041", "1.05")
    return code


def write(tmp_path: Path, text_: str) -> Path:
    path = tmp_path / "machines.csv"
    path.write_text(text_, encoding="utf-8")
    return path


def test_good_rows_are_taken_and_bad_ones_named(tmp_path: Path, site: str) -> None:
    mark = uuid.uuid4().hex[:6]
    path = write(
        tmp_path,
        "asset_id,host,port,model,client,position\n"
        f"{mark}-1,10.1.2.3,4028,Antminer S21 (200 TH),ACME,3\n"
        f"{mark}-2,not-an-address,4028,,,\n"
        f",10.1.2.5,4028,,,\n"
        f"{mark}-4,10.1.2.6,70000,,,\n"
        f"{mark}-5,10.1.2.7,,Unheard Of 9000,,\n"
        f"{mark}-1,10.1.2.8,,,,\n"
        f"{mark}-7,10.1.2.9,²,,,\n",
    )
    result = inventory.import_csv(path, site)
    assert result.taken == 2
    said = "\n".join(result.refused)
    for words in (
        "row 3: host 'not-an-address'",
        "row 4: asset_id is empty",
        "row 5: port '70000'",
        "Unheard Of 9000",
        "stands twice",
        "row 8: port '²'",
    ):
        assert words in said
    with transaction() as session:
        row = session.execute(
            text(
                "SELECT host, port, position, client.code AS client, model.name AS model "
                "FROM miner LEFT JOIN client ON client.id = client_id "
                "LEFT JOIN miner_model model ON model.id = model_id WHERE asset_id = :asset"
            ),
            {"asset": f"{mark}-1"},
        ).one()
    assert tuple(row) == ("10.1.2.3", 4028, 3, "ACME", "Antminer S21 (200 TH)")


def test_a_file_without_the_needed_columns_is_refused(tmp_path: Path, site: str) -> None:
    result = inventory.import_csv(write(tmp_path, "name,ip\na,b\n"), site)
    assert result.taken == 0
    assert "asset_id, host" in result.refused[0]


def test_an_unknown_site_and_time_zone_are_refused(tmp_path: Path, app_settings: Settings) -> None:
    result = inventory.import_csv(write(tmp_path, "asset_id,host\na,10.0.0.1\n"), "nowhere")
    assert "there is no site 'nowhere'" in result.refused[0]
    with pytest.raises(KeyError):
        inventory.add_site("x", "X", "Mars/Olympus", None, "1")


def farm(*machines: tuple[str, int]) -> dict[str, Any]:
    """Give a demo's inventory: names of machines and where each stands in the line of serials and addresses."""
    told = [
        {
            "asset_id": name, "serial": f"{MARK}{place}", "mac": None, "host": f"127.31.0.{place}", "port": 4028,
            "site": MARK, "rack": "R1", "position": 1, "model": None, "client": None, "lifecycle": "active",
        }
        for name, place in machines
    ]  # fmt: skip
    site = {"code": MARK, "name": "D", "time_zone": "UTC", "power_price_usd_per_kwh": 0.05, "pue": 1.1}
    return {"sites": [site], "clients": [], "machines": told}


MARK = uuid.uuid4().hex[:8]


def stored(name: str) -> tuple[Any, ...]:
    with transaction() as session:
        row = session.execute(
            text("SELECT id, serial, host, lifecycle FROM miner WHERE asset_id = :name"), {"name": name}
        )
        return tuple(row.one())


def test_a_demo_farm_of_another_size_takes_the_place_of_the_one_before(app_settings: Settings) -> None:
    a, b, c = (f"{MARK}-{letter}" for letter in "abc")
    inventory.load_demo(farm((a, 1), (b, 2), (c, 3)))
    ids = [stored(name)[0] for name in (a, b, c)]
    inventory.load_demo(farm((a, 2), (b, 1)))
    assert stored(a) == (ids[0], f"{MARK}2", "127.31.0.2", "active")
    assert stored(b) == (ids[1], f"{MARK}1", "127.31.0.1", "active")
    assert stored(c)[0] == ids[2]
    assert stored(c)[3] == "retired"
    inventory.load_demo(farm((a, 1), (b, 2), (c, 3)))
    assert [stored(name)[0] for name in (a, b, c)] == ids
    assert stored(c) == (ids[2], f"{MARK}3", "127.31.0.3", "active")


def test_a_second_start_keeps_ids_and_what_people_changed(app_settings: Settings) -> None:
    name = f"{MARK}-z"
    inventory.load_demo(farm((name, 9)))
    before = stored(name)
    with transaction() as session:
        session.execute(text("UPDATE miner SET lifecycle = 'repair' WHERE asset_id = :name"), {"name": name})
    inventory.load_demo(farm((name, 9)))
    assert stored(name) == (*before[:3], "repair")
