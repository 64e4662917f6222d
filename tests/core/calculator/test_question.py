"""What stands in an address, what it leaves open, and where the rest comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calculator import daily, models
from core.calculator.question import (
    ASSUMED,
    MACHINE,
    NAMES,
    Live,
    Origin,
    Question,
    Refusal,
    complete,
    parse,
    serialise,
)

MARKET = Live(price_usd=100_000.0, difficulty=1.5e14, block_height=930_000.0, fees_btc=0.0)
S21 = next(model for model in models() if model.name == MACHINE)


def test_what_is_said_goes_there_and_back() -> None:
    asked = parse(
        "?model=Antminer+S21+XP+%28270+TH%29&power_price_usd_per_kwh=0.055&pool_scheme=pps_plus&months=24&count=12"
    )
    assert asked.text("model") == "Antminer S21 XP (270 TH)"
    assert asked.number("power_price_usd_per_kwh") == 0.055
    assert asked.text("pool_scheme") == "pps_plus"
    assert parse(serialise(asked)) == asked


def test_what_is_assumed_is_not_said() -> None:
    assert serialise(parse("?power_price_usd_per_kwh=0.06&tariff=flat&pue=1.1")) == "pue=1.1"


@pytest.mark.parametrize(
    "name, text, why",
    [
        ("pue", "0.9", Refusal.TOO_LOW),
        ("pue", "9", Refusal.TOO_HIGH),
        ("uptime", "1.01", Refusal.TOO_HIGH),
        ("power_w", "many", Refusal.NOT_A_NUMBER),
        ("power_w", "nan", Refusal.NOT_A_NUMBER),
        ("power_w", "inf", Refusal.NOT_A_NUMBER),
        ("pool_scheme", "best", Refusal.UNKNOWN),
        ("hours", "0.1 x", Refusal.HOURS),
        ("hours", " ".join(["0.1"] * 169), Refusal.HOURS),
        ("band1_from", "16", Refusal.BAND),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_stands(name: str, text: str, why: Refusal) -> None:
    asked = parse(f"?{name}={text}&tax_rate=0.2")
    assert asked.refused[name] is why
    assert asked.number("tax_rate") == 0.2
    assert complete(asked, S21, MARKET).scenario is not None


def test_a_share_of_the_profit_is_no_more_than_all_of_it() -> None:
    asked = parse("?hosting_scheme=profit_share&hosting_rate=1.5")
    assert asked.refused == {"hosting_rate": Refusal.TOO_HIGH}
    assert complete(asked, S21, MARKET).scenario is not None


def test_what_is_left_open_comes_from_sheet_market_and_assumptions_and_says_so() -> None:
    found = complete(parse("?price_usd=50000"), S21, MARKET)
    assert found.scenario is not None
    assert (found.values["hashrate_ths"], found.origins["hashrate_ths"]) == (200.0, Origin.MODEL)
    assert (found.values["price_usd"], found.origins["price_usd"]) == (50_000.0, Origin.GIVEN)
    assert (found.values["difficulty"], found.origins["difficulty"]) == (1.5e14, Origin.MARKET)
    assert (found.values["power_price_usd_per_kwh"], found.origins["power_price_usd_per_kwh"]) == (0.06, Origin.ASSUMED)
    assert (found.values["outlay_usd"], found.origins["outlay_usd"]) == (3000.0, Origin.ASSUMED)  # 200 TH/s at 15 USD
    # 200 TH/s: 200e12 * 86400 / (1.5e14 * 2**32) * 3.125 BTC * 50,000 USD * 0.99 * 0.97
    assert daily(found.scenario).revenue_usd == pytest.approx(4.0245, rel=1e-3)


def test_without_a_market_nothing_is_invented() -> None:
    found = complete(Question(), S21, Live())
    assert found.scenario is None
    assert found.absent == ("price_usd", "difficulty", "block_height")
    assert found.origins["price_usd"] is Origin.ABSENT


def test_a_machine_that_is_in_no_catalogue_needs_its_figures() -> None:
    assert complete(parse("?model=Toaster"), None, MARKET).absent == ("hashrate_ths", "power_w")
    assert complete(parse("?model=Toaster&hashrate_ths=1&power_w=900"), None, MARKET).scenario is not None


def test_bands_make_the_tariff() -> None:
    asked = parse("?tariff=time_of_use&power_price_usd_per_kwh=0.05&band1_from=16&band1_to=22&band1_usd_per_kwh=0.29")
    found = complete(asked, S21, MARKET)
    assert found.scenario is not None
    assert found.values["power_price_usd_per_kwh"] == 0.05
    assert found.scenario.power_price_usd_per_kwh == pytest.approx((18 * 0.05 + 6 * 0.29) / 24)
    weekdays = complete(parse(serialise(asked) + "&band1_days=weekdays"), S21, MARKET)
    assert weekdays.scenario is not None
    assert weekdays.scenario.power_price_usd_per_kwh == pytest.approx((168 * 0.05 + 30 * 0.24) / 168)


def test_hours_make_the_tariff() -> None:
    found = complete(parse("?tariff=hourly&hours=0.02,0.04;0.06+0.08"), S21, MARKET)
    assert found.scenario is not None
    assert found.scenario.power_price_usd_per_kwh == pytest.approx(0.05)


def test_every_assumption_is_one_of_its_own_input() -> None:
    said = "&".join(f"{name}={value}" for name, value in ASSUMED.items())
    assert not parse(said).refused
    assert set(ASSUMED) <= set(NAMES)


@given(st.text(max_size=300))
def test_no_address_breaks_it(text: str) -> None:
    asked = parse(text)
    complete(asked, S21, MARKET)
    assert parse(serialise(asked)).given.keys() <= set(NAMES)


@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.floats().map(str), st.text(max_size=20)), max_size=12))
def test_no_value_breaks_it(values: dict[str, str]) -> None:
    from urllib.parse import urlencode

    found = complete(parse(urlencode(values)), S21, MARKET)
    assert found.scenario is not None or found.absent
