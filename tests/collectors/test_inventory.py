from __future__ import annotations

import uuid
from pathlib import Path

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
        f"{mark}-1,10.1.2.8,,,,\n",
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
