"""The calculator's promises: a million machine-scenarios, three years of 10,000 machines, and what a page asks for at once."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import fields

import numpy as np
import orjson
import pandas as pd
from flask import Flask

from core.calculator import (
    Plan,
    Scenario,
    Spread,
    curtail,
    daily,
    earned,
    fan,
    heat_map,
    models,
    project,
    tornado,
)
from core.calculator.batch import ranked, results
from core.calculator.question import MACHINE, Live, complete, parse
from dashboard import i18n
from dashboard.views.calculator import single
from services.calculator import Desk
from services.market import Snapshot
from tests.bench.measure import Row, at_most, timed
from tests.core.calculator.toy import scenario

MANY = 1_000_000
MACHINES = 10_000
MONTHS = 36


def drawn(size: int) -> dict[str, np.ndarray]:
    """Give seeded columns of machines, markets and sites, none like the other."""
    rng = np.random.default_rng(1)
    hashrate = rng.uniform(90, 500, size)
    return {
        "hashrate_ths": hashrate,
        "power_w": hashrate * rng.uniform(12, 35, size),
        "price_usd": rng.uniform(5e4, 2e5, size),
        "difficulty": rng.uniform(1e14, 2e14, size),
        "block_height": rng.integers(900_000, 1_200_000, size).astype(np.float64),
        "fees_btc": rng.uniform(0, 0.5, size),
        "power_price_usd_per_kwh": rng.uniform(0.02, 0.1, size),
        "pue": rng.uniform(1, 1.3, size),
        "uptime": rng.uniform(0.8, 1, size),
    }


def bare(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Give revenue less energy in one line of NumPy, the least that the same question takes."""
    subsidy = 50.0 / 2.0 ** (columns["block_height"] // 210_000)
    coins = columns["hashrate_ths"] * (subsidy + columns["fees_btc"]) / columns["difficulty"] * (1e12 * 86_400 / 2**32)
    energy = columns["power_w"] * columns["pue"] * 0.024 * columns["power_price_usd_per_kwh"]
    return (coins * columns["price_usd"] - energy) * columns["uptime"]


def measure() -> Iterator[Row]:
    """Give the rows of the calculator."""
    columns = drawn(MANY)
    site = {"pool_fee": 0.02, "demand_usd_per_kw_month": 5.0, "tax_rate": 0.2}
    seconds = timed(lambda: daily(Scenario(**columns, **site)), runs=9, warm_up=2)
    floor = statistics.median(timed(lambda: bare(columns), runs=9, warm_up=2))
    yield at_most(
        "1,000,000 machine-scenarios, all results of a day", seconds, 1000, floor=floor * 1000,
        floor_name="profit alone in NumPy", note=f"{MANY / statistics.median(seconds) / 1e6:.1f} M a second",
    )  # fmt: skip

    asked = Scenario(**drawn(MACHINES), **site)
    plan = Plan(
        months=MONTHS, outlay_usd=np.linspace(1000, 8000, MACHINES), resale_usd=300.0, difficulty_growth=0.3, price_growth=0.1,
        discount_rate=0.1, loan_share=0.4, loan_rate=0.1, hodl_share=0.2, depreciation_months=36.0, other_usd_per_month=5.0,
    )  # fmt: skip
    name = f"{MONTHS} months of {MACHINES:,} machines, IRR included"
    yield at_most(name, timed(lambda: project(asked, plan), runs=7, warm_up=2), 1000)

    one = scenario(
        hashrate_ths=200.0, power_w=3500.0, price_usd=95_000.0, difficulty=1.2e14, block_height=930_000,
        power_price_usd_per_kwh=0.06, pool_fee=0.02,
    )  # fmt: skip
    terms = Plan(months=MONTHS, outlay_usd=3500.0, difficulty_growth=0.3, discount_rate=0.1)
    grid = np.linspace(0.02, 0.12, 40), np.linspace(40_000, 200_000, 40)
    hours = np.random.default_rng(2).gamma(2, 20, 8784)
    days = np.random.default_rng(3).uniform(0.5, 2, (2, 5000))
    rows = pd.DataFrame(
        [{"model": each.name, "hashrate_ths": each.hashrate_ths, "power_w": each.power_w} for each in models()]
    )
    views = {
        "cash flow as a fan of 1,000 paths": lambda: fan(one, terms, Spread(), seed=1),
        "tornado of the present value": lambda: tornado(one, terms, "npv_usd"),
        "heat map, 40 x 40 internal rates of return": lambda: heat_map(
            one, terms, "irr_yearly", ("power_price_usd_per_kwh", grid[0]), ("price_usd", grid[1])
        ),
        "a year of hours, curtailed": lambda: curtail(one, hours),
        "what 5,000 days would have brought": lambda: earned(one, days[0] * 1e4, days[1] * 1e14, 3.125, 0.05),
        "the whole catalogue, ranked": lambda: ranked(results(rows, one, terms), "profit_usd"),
    }
    for view, work in views.items():
        yield at_most(view, timed(work, runs=9, warm_up=2), 100)
    yield at_most("one machine's page, as it leaves the server", timed(page(), runs=9, warm_up=2), 100)


def page() -> Callable[[], object]:
    """Give the work of one change on the calculator's page but the look at the database."""
    question, nothing = parse("?power_price_usd_per_kwh=0.055"), dict.fromkeys(field.name for field in fields(Snapshot))
    live = Live(price_usd=95_000.0, difficulty=1.5e14, block_height=930_000.0, fees_btc=0.02)
    model = next(each for each in models() if each.name == MACHINE)
    desk = Desk(question, Snapshot(**nothing | {"stale": False}), model, (), complete(question, model, live))

    def answer() -> object:
        with Flask("bench").test_request_context():
            i18n.use("en")
            made = single.tiles(desk), single.cash(desk), single.tornado_figure(desk), single.heat_figure(desk)
            return orjson.dumps([*made[1:], single.results_table(desk)], default=lambda part: part.to_plotly_json())

    return answer
