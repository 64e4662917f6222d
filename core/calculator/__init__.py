"""What machines earn, what earning costs, and where it ends: pure arithmetic over floats and arrays alike.

======================================== =============================================================================
a figure                                 `hashvalue_btc_per_ph_day`, `hashprice_usd_per_ph_day`, `subsidy_btc`, ...
one day                                  `daily` of a `Scenario`
months                                   `project` a `Plan`, along one `Market` or a `fan` of them
what it hangs on                         `tornado`, `heat_map`
many machines, as tables                 `core.calculator.lots` reads them, `core.calculator.batch` computes them
days that have been                      `earned`
off when power is dear                   `curtail`
what may be set, and what comes of it    `INPUTS`, `FORMULAS`, `POOL_SCHEMES`, `HOSTING_SCHEMES`, `LOAN_KINDS`
machines                                 `models`
======================================== =============================================================================
"""

from core.calculator.break_even import (
    break_even_power_price_usd_per_kwh,
    cost_to_mine_usd_per_btc,
    hashcost_usd_per_ph_day,
    strike_price_usd_per_mwh,
)
from core.calculator.cash import Irr, Rates, irr, npv_usd, payback_months
from core.calculator.catalogue import Model, Status, models
from core.calculator.curtailed import Curtailment, curtail
from core.calculator.daily import Daily, daily
from core.calculator.fan import Fan, fan
from core.calculator.formulas import FORMULAS, SYMBOLS, Formula, Part, result
from core.calculator.hashprice import (
    expected_blocks_per_day,
    hashprice_usd_per_ph_day,
    hashvalue_btc_per_ph_day,
    issued_btc,
    network_hashrate_hs,
    next_halving,
    subsidy_btc,
)
from core.calculator.hosting import HOSTING_SCHEMES, HostingScheme
from core.calculator.inputs import INPUTS, Input, Plan, Scenario, varied
from core.calculator.loans import LOAN_KINDS, LoanKind
from core.calculator.markets import Market, Spread, expected_market, sampled_markets
from core.calculator.past import Past, earned
from core.calculator.pools import POOL_SCHEMES, PoolScheme, chance_of_a_block, luck_deviation
from core.calculator.projection import Projection, project
from core.calculator.sensitivity import Bar, Tornado, heat_map, tornado
from core.calculator.tariffs import Band, Tariff, flat, hourly, time_of_use

__all__ = [
    "FORMULAS",
    "HOSTING_SCHEMES",
    "INPUTS",
    "LOAN_KINDS",
    "POOL_SCHEMES",
    "SYMBOLS",
    "Band",
    "Bar",
    "Curtailment",
    "Daily",
    "Fan",
    "Formula",
    "HostingScheme",
    "Input",
    "Irr",
    "LoanKind",
    "Market",
    "Model",
    "Part",
    "Past",
    "Plan",
    "PoolScheme",
    "Projection",
    "Rates",
    "Scenario",
    "Spread",
    "Status",
    "Tariff",
    "Tornado",
    "break_even_power_price_usd_per_kwh",
    "chance_of_a_block",
    "cost_to_mine_usd_per_btc",
    "curtail",
    "daily",
    "earned",
    "expected_blocks_per_day",
    "expected_market",
    "fan",
    "flat",
    "hashcost_usd_per_ph_day",
    "hashprice_usd_per_ph_day",
    "hashvalue_btc_per_ph_day",
    "heat_map",
    "hourly",
    "irr",
    "issued_btc",
    "luck_deviation",
    "models",
    "network_hashrate_hs",
    "next_halving",
    "npv_usd",
    "payback_months",
    "project",
    "result",
    "sampled_markets",
    "strike_price_usd_per_mwh",
    "subsidy_btc",
    "time_of_use",
    "tornado",
    "varied",
]
