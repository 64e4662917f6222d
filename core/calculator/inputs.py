"""What a person may set: every quantity with its title, unit and bounds, in the field of the class that takes it."""

# ruff: noqa: RUF009 (each call makes a field of its own; nothing is shared between instances)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

import numpy as np

from core.calculator.hosting import HOSTING_SCHEMES
from core.calculator.loans import LOAN_KINDS
from core.calculator.numbers import Array, Numeric, number
from core.calculator.pools import POOL_SCHEMES

KEY = "input"


@dataclass(frozen=True, slots=True)
class Input:
    """One control.

    Attributes
    ----------
    title : str
        English label, a key of gettext.
    unit : str
    low, high : float
        Bounds, both included.
    swing : float
        How far the tornado moves it each way: a share of its value, or so much itself where `absolute`.
    absolute : bool
    choices : tuple of str
        Names in the table of its variants; such an input is a text, one for all machines.
    share : bool
        Whether it is a part of a whole, which people read in per cent.
    """

    title: str
    unit: str = ""
    low: float = 0.0
    high: float = 1e12
    swing: float = 0.2
    absolute: bool = False
    choices: tuple[str, ...] = ()
    share: bool = False


def _quantity(title: str, unit: str = "", default: Any = MISSING, **more: Any) -> Any:
    # A field that is left out and has no default is refused by the constructor itself.
    return field(default=default, metadata={KEY: Input(title, unit, **more)})


def _share(title: str, default: Any = 0.0, **more: Any) -> Any:
    return _quantity(title, "", default, **{"high": 1.0, "swing": 0.05, "absolute": True, "share": True, **more})


class Checked:
    """Takes numbers and arrays, as floats and float64 arrays within their bounds."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]
            asked: Input | None = each.metadata.get(KEY)
            if asked is None:
                continue
            value = getattr(self, each.name)
            if asked.choices:
                if value not in asked.choices:
                    raise ValueError(f"{each.name} {value!r} is none of {', '.join(asked.choices)}")
            else:
                object.__setattr__(self, each.name, number(each.name, value, low=asked.low, high=asked.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Checked):
    """Machines, the network, the pool and the site on one day. Numbers and arrays may be mixed: they broadcast.

    Raises
    ------
    ValueError
        If a value is out of its bounds or a scheme unknown.
    """

    hashrate_ths: Numeric = _quantity("Hashrate", "TH/s")
    power_w: Numeric = _quantity("Power of the machine", "W")
    count: Numeric = _quantity("Machines", "", 1.0)

    price_usd: Numeric = _quantity("Bitcoin price", "USD/BTC")
    difficulty: Numeric = _quantity("Difficulty", "", low=1.0, high=1e30)
    block_height: Numeric = _quantity("Block height", "", swing=0.0)
    fees_btc: Numeric = _quantity("Fees of a block", "BTC", 0.0)

    pool_scheme: str = _quantity("Pool scheme", "", "fpps", choices=tuple(POOL_SCHEMES))
    pool_fee: Numeric = _share("Pool fee", swing=0.01)
    pool_fee_on_fees: Numeric = _share("Pool fee on transaction fees", swing=0.01)  # PPS+ only
    stale_share: Numeric = _share("Stale shares", swing=0.01)

    power_price_usd_per_kwh: Numeric = _quantity(
        "Power price", "USD/kWh", 0.0, low=-100.0, high=1000.0
    )  # the mean of the hours
    # Each hour of a cycle less the mean; None: flat. It decides nothing while machines run through all hours.
    power_deviation_usd_per_kwh: Array | None = None
    demand_usd_per_kw_month: Numeric = _quantity("Demand charge", "USD/kW/month", 0.0)
    pue: Numeric = _quantity("PUE", "", 1.0, low=1.0, high=5.0, swing=0.05, absolute=True)
    fixed_kw: Numeric = _quantity("Fixed load of the site", "kW", 0.0)
    hosting_scheme: str = _quantity("Hosting", "", "own", choices=tuple(HOSTING_SCHEMES))
    hosting_rate: Numeric = _quantity("Hosting rate", "", 0.0)
    uptime: Numeric = _share("Share of the time running", 1.0)
    tax_rate: Numeric = _share("Income tax")

    def __post_init__(self) -> None:
        super(Scenario, self).__post_init__()  # slots: the bare super() would look for the class before its slots
        if HOSTING_SCHEMES[self.hosting_scheme].shares_profit and np.any(np.asarray(self.hosting_rate) > 1):
            raise ValueError(f"hosting_rate {np.max(self.hosting_rate):g} is more than the whole profit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Checked):
    """What is paid for the machines, how, for how long they run, and what becomes of the market meanwhile.

    Raises
    ------
    ValueError
        If a value is out of its bounds.
    """

    months: int = 36
    outlay_usd: Numeric = _quantity("Outlay for one machine", "USD", 0.0)
    resale_usd: Numeric = _quantity("Resale of one machine", "USD", 0.0)
    other_usd_per_month: Numeric = _quantity("Other costs", "USD/month", 0.0)

    loan_kind: str = _quantity("Loan", "", "annuity", choices=tuple(LOAN_KINDS))
    loan_share: Numeric = _share("Share of the outlay on loan")
    loan_rate: Numeric = _share("Interest a year", high=10.0, swing=0.02)
    loan_months: Numeric = _quantity("Term of the loan", "months", 24.0, low=1.0, high=600.0)

    hodl_share: Numeric = _share("Share of the coins held", swing=0.25)
    discount_rate: Numeric = _share("Discount rate a year", low=-0.99, high=100.0)
    depreciation_months: Numeric = _quantity("Depreciation", "months", 0.0, high=600.0)  # 0: the tax knows none
    capital_gains_tax_rate: Numeric = _share("Tax on gains of held coins")

    price_growth: Numeric = _share("Price growth a year", low=-1.0, high=100.0, swing=0.2)
    difficulty_growth: Numeric = _share("Difficulty growth a year", low=-0.99, high=100.0, swing=0.2)
    halving_reaction: Numeric = _share("Fall of the difficulty at a halving", high=0.99)
    stop_at_a_loss: bool = False  # in months in which energy costs more than it brings

    def __post_init__(self) -> None:
        super(Plan, self).__post_init__()
        if isinstance(self.months, bool) or not isinstance(self.months, int) or not 1 <= self.months <= 600:
            raise ValueError(f"months {self.months!r} is not a whole number from 1 to 600")


INPUTS: Mapping[str, Input] = {
    each.name: each.metadata[KEY] for kind in (Scenario, Plan) for each in fields(kind) if KEY in each.metadata
}
_OF_SCENARIO = frozenset(each.name for each in fields(Scenario))


def shape_of(*parts: Scenario | Plan) -> tuple[int, ...]:
    """Give the shape that all numbers of these broadcast to; a ValueError where they do not."""
    shapes = [np.shape(getattr(part, each.name)) for part in parts for each in fields(part) if KEY in each.metadata]
    return np.broadcast_shapes(*shapes)


def value_of(scenario: Scenario, plan: Plan, name: str) -> Numeric:
    """Give the value of a numeric input by its name; a ValueError where there is none of that name."""
    if name not in INPUTS or INPUTS[name].choices:
        raise ValueError(f"{name!r} is no number that can be set")
    found: Numeric = getattr(scenario if name in _OF_SCENARIO else plan, name)
    return found


def varied(scenario: Scenario, plan: Plan, values: Mapping[str, Numeric]) -> tuple[Scenario, Plan]:
    """Give both with other values; a ValueError for a name that is no numeric input and for a value out of bounds."""
    for name in values:
        value_of(scenario, plan, name)
    ours = {name: value for name, value in values.items() if name in _OF_SCENARIO}
    theirs = {name: value for name, value in values.items() if name not in _OF_SCENARIO}
    return replace(scenario, **ours), replace(plan, **theirs)  # type: ignore[arg-type]
