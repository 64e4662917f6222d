"""What people paste: with a header and without, in three languages of numbers, and each bad row by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import models
from core.calculator.batch import results
from core.calculator.lots import NotLots, cells, read_lots
from tests.core.calculator.toy import scenario


def lots(text: str):
    return read_lots(cells(text), models())


def test_models_and_numbers_of_machines_without_a_header() -> None:
    found = lots("Antminer S21 (200 TH)\t120\nWhatsminer M50S++ (150 TH)\t80\t0.065\n").frame
    assert found["model"].tolist() == ["Antminer S21 (200 TH)", "Whatsminer M50S++ (150 TH)"]
    assert found["count"].tolist() == [120, 80]
    assert found["hashrate_ths"].tolist() == [200, 150]
    assert found["power_w"].tolist() == [3500, 3300]
    assert found["power_price_usd_per_kwh"].tolist() == pytest.approx([float("nan"), 0.065], nan_ok=True)
    assert found.index.tolist() == [1, 2]


@pytest.mark.parametrize(
    "name", ["antminer s21 (200 th)", "S21 (200 TH)", "S21 200T", "s21 200 TH/s", "Antminer S21 200th"]
)
def test_names_as_people_write_them(name: str) -> None:
    assert lots(f"{name},3").frame["model"].tolist() == ["Antminer S21 (200 TH)"]


def test_a_name_that_leaves_the_size_open_says_which_there_are() -> None:
    found = lots("Antminer S21 Pro,3\nAntminer S21 XP Immersion,2")
    assert [(line, str(why)) for line, why in found.refused] == [
        (1, "Antminer S21 Pro is made as Antminer S21 Pro (245 TH), Antminer S21 Pro (234 TH): say which")
    ]
    assert found.frame["model"].tolist() == ["Antminer S21 XP Immersion (300 TH)"]


@pytest.mark.parametrize(
    "text",
    [
        "Model,Quantity,Hashrate (TH/s),Power (W),Price\nMine,10,210,3600,2500\n",
        "client;model;qty;hashrate;efficiency;cost usd\nA;Mine;10;210 TH/s;17,142857;2500,0\n",
        "型号\t台数\t算力\t功率\t单价\nMine\t10台\t0.21 PH/s\t3.6 kW\t$2,500.00\n",
    ],
)
def test_headers_units_and_decimal_commas(text: str) -> None:
    row = lots(text).frame.iloc[0]
    assert row["model"] == "Mine"
    assert (row["count"], row["hashrate_ths"], row["outlay_usd"]) == (10, 210, 2500)
    assert row["power_w"] == pytest.approx(3600, rel=1e-6)


def test_cells_of_a_spreadsheet_are_numbers_already() -> None:
    rows = [
        [],
        ["model", "count", "electricity", "uptime"],
        ["Antminer S19 XP (140 TH)", 3, 0.055, 0.925],
        [None, None],
    ]
    found = read_lots(rows, models())
    assert found.refused == []
    assert found.frame.loc[3, ["count", "power_price_usd_per_kwh", "uptime"]].tolist() == [3, 0.055, 0.925]


def test_every_bad_row_is_refused_by_its_line_and_the_others_stand() -> None:
    found = lots(
        "model,count,hashrate,power,uptime\n"
        "Antminer S21 (200 TH),5,,,95%\n"
        "Antminer S99,5,,,\n"
        "Antminer S21 (200 TH),many,,,\n"
        "Antminer S21 (200 TH),-2,,,\n"
        "Antminer S21 (200 TH),1.5,,,\n"
        "Antminer S21 (200 TH),1,260,,\n"
        "\n"
        "Antminer S21 (200 TH),1,,,97\n"
        ",4,100,3000,\n"
    )
    assert found.frame.index.tolist() == [2, 10]
    assert found.frame.loc[2, "uptime"] == pytest.approx(0.95)
    reasons = {line: str(why) for line, why in found.refused}
    assert list(reasons) == [3, 4, 5, 6, 7, 9]
    assert "S99 is not in the catalogue" in reasons[3]
    assert "'many' is not a number" in reasons[4]
    assert "count -2" in reasons[5]
    assert "1.5 machines" in reasons[6]
    assert "260 TH/s" in reasons[7]
    assert "uptime 97" in reasons[9]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no row"),
        ("\n \n", "no row"),
        ("Machine;Quantity", "a header and no row"),
        ("model,count,qty\nX,1,2", "count, qty mean the same"),
        ('model,power\nX,1.5\nY,"1,5"', "decimal comma"),
        ('"unclosed', "no table of rows"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(text: str, named: str) -> None:
    with pytest.raises(NotLots, match=named):
        lots(text)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(NotLots, match="20001 rows"):
        read_lots([["S21"]] * 20_001, models())


def test_lots_go_into_the_batch_as_they_are() -> None:
    found = lots("model,count,client\nAntminer S21 (200 TH),10,A\nAntminer S19 XP (140 TH),5,B")
    table = results(found.frame, scenario(power_price_usd_per_kwh=0.1))
    assert table["energy_kwh"].tolist() == pytest.approx([10 * 3.5 * 24, 5 * 3.01 * 24])
    assert table["client"].tolist() == ["A", "B"]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = lots(text)
    except NotLots:
        return
    assert len(found.frame) + len(found.refused) > 0
    assert all(str(reason) for _line, reason in found.refused)
