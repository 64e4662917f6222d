"""The day in named cells, by the arithmetic that gives the product's own results."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from core.calculator.daily import operate
from core.calculator.formulas import FORMULAS
from core.calculator.hashprice import BLOCKS_PER_HALVING, subsidy_btc
from core.calculator.hosting import HOSTING_SCHEMES
from core.calculator.inputs import Scenario
from core.calculator.sheet.cells import Cell, known, largest, whole
from core.calculator.sheet.layout import TITLES, Entry


def operated(scenario: Scenario, given: SimpleNamespace, **market: Any) -> Any:
    """Give the product's own `operate`, over cells in place of numbers."""
    schemes = {"pool_scheme": scenario.pool_scheme, "hosting_scheme": scenario.hosting_scheme}
    return operate(cast(Scenario, SimpleNamespace(**{**vars(given), **schemes})), fees_btc=given.fees_btc, **market)


def shared(scenario: Scenario, given: SimpleNamespace, profit: Cell) -> Cell:
    """Give what a host takes of a profit."""
    shares = HOSTING_SCHEMES[scenario.hosting_scheme].shares_profit
    return given.hosting_rate * largest(profit, 0) if shares else Cell("0", 0.0)


def entries(scenario: Scenario, given: SimpleNamespace) -> Iterator[Entry]:
    """Give the results, each in terms of those before it; their cells join the given ones by their names."""
    named: dict[str, Cell] = {}

    def entry(name: str, made: Any) -> Entry:
        cell = made if isinstance(made, Cell) else Cell(f"{made:g}", made)
        named[name] = Cell(name, cell.value)
        setattr(given, name, named[name])
        title, unit = TITLES[name] if name in TITLES else (FORMULAS[name].title, FORMULAS[name].unit)
        return Entry(name, title, unit, float(cell.value), cell.formula)

    era = whole(given.block_height / BLOCKS_PER_HALVING)
    subsidy = Cell((whole(50e8 / Cell("2", 2.0) ** era) / 1e8).formula, float(subsidy_btc(scenario.block_height)))
    yield entry("subsidy_btc", subsidy)
    run = operated(
        scenario, given, price_usd=given.price_usd, difficulty=given.difficulty, subsidy_btc=named["subsidy_btc"]
    )
    yield entry("btc", run.btc)
    yield entry("revenue_usd", named["btc"] * given.price_usd)
    yield entry("energy_kwh", run.energy_kwh)
    yield entry("power_cost_usd", run.power_cost_usd)
    by_energy = run.energy_cost_usd + run.hosting_by_energy_usd
    yield entry("by_energy_usd", by_energy)
    yield entry("by_size_usd", run.demand_cost_usd + run.hosting_by_size_usd)
    before_share = named["by_energy_usd"] + named["by_size_usd"]
    yield entry("shared_usd", shared(scenario, given, named["revenue_usd"] - before_share))
    yield entry("hosting_cost_usd", run.hosting_by_energy_usd + run.hosting_by_size_usd + named["shared_usd"])
    yield entry("cost_usd", before_share + named["shared_usd"])
    yield entry("profit_usd", named["revenue_usd"] - named["cost_usd"])
    yield entry("tax_usd", given.tax_rate * largest(named["profit_usd"], 0))
    yield entry("net_usd", named["profit_usd"] - named["tax_usd"])
    yield entry("margin", known(named["profit_usd"] / named["revenue_usd"]))
    per_ph = 1e15 * Cell("86400", 86_400.0) / (given.difficulty * Cell("2^32", 2.0**32, rank=3))
    yield entry("hashprice_usd_per_ph_day", per_ph * (named["subsidy_btc"] + given.fees_btc) * given.price_usd)
    ph_running = given.hashrate_ths * given.count * given.uptime / 1000
    yield entry("hashcost_usd_per_ph_day", known(named["cost_usd"] / ph_running))
    fixed = named["by_size_usd"]
    if not HOSTING_SCHEMES[scenario.hosting_scheme].replaces_power:
        fixed = fixed + run.hosting_by_energy_usd
    left = named["revenue_usd"] - fixed
    yield entry("break_even_power_price_usd_per_kwh", known(left / named["energy_kwh"]))
    yield entry("break_even_price_usd", known(before_share / named["btc"]))
    yield entry("break_even_difficulty", known(given.difficulty * named["revenue_usd"] / before_share))
