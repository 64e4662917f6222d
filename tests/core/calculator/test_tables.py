"""The tables that pages are made of: machines, inputs, formulas."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from core.calculator import (
    FORMULAS,
    HOSTING_SCHEMES,
    INPUTS,
    LOAN_KINDS,
    POOL_SCHEMES,
    SYMBOLS,
    Daily,
    Part,
    Plan,
    Projection,
    Scenario,
    Status,
    models,
    varied,
)
from core.calculator.catalogue import FILE, read
from core.calculator.formulas import symbols
from tests.core.calculator.toy import scenario

HEADER = "name,manufacturer,cooling,hashrate_ths,power_w,status,release_year,agreeing,notes,source\n"


def model(name: str):
    return next(each for each in models() if each.name == name)


def test_more_than_a_hundred_machines_are_agreed_upon() -> None:
    assert sum(each.status is Status.AGREE for each in models()) > 100


@pytest.mark.parametrize(
    ("name", "hashrate", "power", "year"),
    [
        # Bitmain's and MicroBT's own data sheets.
        ("Antminer S21 (200 TH)", 200, 3500, 2024),
        ("Antminer S19 XP (140 TH)", 140, 3010, 2022),
        ("Antminer S21 Pro (234 TH)", 234, 3510, 2024),
        ("Antminer S9 (13.5 TH)", 13.5, 1323, 2016),
    ],
)
def test_figures_of_machines_that_everybody_knows(name: str, hashrate: float, power: float, year: int) -> None:
    found = model(name)
    assert (found.hashrate_ths, found.power_w) == (hashrate, power)
    assert found.status in (Status.AGREE, Status.MAJORITY)
    assert found.release_year == pytest.approx(year, abs=1)
    assert found.efficiency_j_per_th == pytest.approx(power / hashrate)


@pytest.mark.parametrize(
    "name",
    [
        "Auradine Teraflux AH3880 (600 TH)", "Antminer S21e XP Hyd (430 TH)", "Auradine Teraflux AT2880 (260 TH)",
        "Whatsminer M79S (1350 TH)", "Whatsminer M66S++ (356 TH)", "Whatsminer M63S+ (424 TH)", "Whatsminer M50S+ (140 TH)",
        "Antminer T19 (88 TH)", "Antminer S21 Immersion (301 TH)", "Proto Rig (819 TH)", "SealMiner A1 (194 TH)",
    ],
)  # fmt: skip
def test_disputed_machines_are_marked_and_the_dispute_is_told(name: str) -> None:
    assert model(name).status is Status.DISPUTED
    assert model(name).notes


def test_every_machine_says_where_its_figures_are_from_and_is_not_beyond_belief() -> None:
    for each in models():
        assert each.source, each.name
        assert 8 < each.efficiency_j_per_th < 600, each.name


def test_the_file_is_as_it_is_read() -> None:
    assert FILE.read_text(encoding="utf-8").startswith(HEADER)
    assert len(models()) == FILE.read_text(encoding="utf-8").count("\n") - 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEADER + "X,Y,air,0,100,agree,,1,,z\n", "line 2: hashrate and power"),
        (HEADER + "X,Y,air,abc,100,agree,,1,,z\n", "line 2"),
        (HEADER + "X,Y,air,nan,100,agree,,1,,z\n", "above 0"),
        (HEADER + "X,Y,oil,1,100,agree,,1,,z\n", "oil is no cooling"),
        (HEADER + "X,Y,air,1,100,sure,,1,,z\n", "sure"),
        (HEADER + "X,Y,air\n", "line 2"),
        (HEADER + "X,Y,air,1,100,agree,,1,,z\n" * 2, "line 3: X stands twice"),
        ("name\nX\n", "manufacturer"),
    ],
)
def test_a_catalogue_with_a_fault_is_refused_with_its_line(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)):
        read(text)


def test_every_number_that_can_be_set_has_a_control_and_its_default_fits() -> None:
    asked, plan = scenario(), Plan()
    for part in (asked, plan):
        for each in fields(part):
            if each.name not in ("power_deviation_usd_per_kwh", "months", "stop_at_a_loss"):
                assert INPUTS[each.name].title
    assert {each.name for each in fields(Scenario)} & {each.name for each in fields(Plan)} == set()


def test_varying_goes_to_the_one_that_has_it() -> None:
    asked, plan = varied(scenario(), Plan(), {"pue": 1.3, "hodl_share": 0.5})
    assert (asked.pue, plan.hodl_share) == (1.3, 0.5)
    with pytest.raises(ValueError, match="'pool_scheme' is no number"):
        varied(scenario(), Plan(), {"pool_scheme": 1.0})


def test_every_result_of_a_day_has_its_formula_and_every_formula_a_result() -> None:
    given = {
        part: {each.name for each in fields(kind)}
        for part, kind in ((Part.DAILY, Daily), (Part.PROJECTION, Projection))
    }
    assert {name for name, each in FORMULAS.items() if each.part is Part.DAILY} == given[Part.DAILY]
    for name, each in FORMULAS.items():
        assert name in given[each.part]


def test_every_symbol_of_every_equation_is_explained() -> None:
    equations = [
        each.equation for table in (FORMULAS, POOL_SCHEMES, HOSTING_SCHEMES, LOAN_KINDS) for each in table.values()
    ]
    used = set()
    for equation in equations:
        words = set(re.findall(r"[A-Za-zΣστ_]+[A-Za-z0-9_]*", equation)) - {"max"}
        assert words <= set(symbols(equation)), equation
        used |= set(symbols(equation))
    assert set(SYMBOLS) - used == set()


def test_symbols_stand_in_the_order_of_the_equation() -> None:
    assert symbols("R = S·(1 − f) + F·(1 − f_F)") == ("R", "S", "f", "F", "f_F")


def test_a_formula_that_a_scheme_completes_shows_it() -> None:
    asked = scenario(pool_scheme="pps", hosting_scheme="per_kw", hosting_rate=3)
    assert FORMULAS["btc"].lines(asked, Plan())[1] == "R = S·(1 − f)"
    assert FORMULAS["hosting_cost_usd"].lines(asked, Plan())[1] == "C_h = h·P / 30.4375"
    assert FORMULAS["margin"].lines(asked, Plan()) == ("G / V",)


def test_of_costs_and_waiting_less_is_better() -> None:
    assert {name for name, each in FORMULAS.items() if not each.more_is_better} == {
        "energy_kwh", "power_cost_usd", "hosting_cost_usd", "cost_usd", "tax_usd", "hashcost_usd_per_ph_day",
        "break_even_price_usd", "payback_months",
    }  # fmt: skip
