"""Where a machine stands and what that costs beside the energy: own site, or one of the usual hosting contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.calculator.numbers import Numeric

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

Charge = Callable[[Numeric, Numeric, Numeric, Numeric], Numeric]


def _none(rate: Numeric, energy_kwh: Numeric, power_kw: Numeric, count: Numeric) -> Numeric:
    return 0.0


@dataclass(frozen=True, slots=True)
class HostingScheme:
    """One kind of contract; its rate is `Scenario.hosting_rate`.

    Attributes
    ----------
    name : str
    title : str
        English title, a key of gettext.
    unit : str
        Unit of the rate.
    equation : str
        Its cost of a day [USD/day], in the symbols of `core.calculator.formulas`.
    by_energy, by_size : callable
        ``(rate, energy_kwh, power_kw, count)`` gives the part of a day's cost [USD/day] that falls away while the
        machine stands, and the part that does not.
    replaces_power : bool
        Whether the rate is all-in: no power price and no demand charge beside it.
    shares_profit : bool
        Whether the rate is a share of what is left after power; of a loss there is none.
    """

    name: str
    title: str
    unit: str
    equation: str
    by_energy: Charge = _none
    by_size: Charge = _none
    replaces_power: bool = False
    shares_profit: bool = False


HOSTING_SCHEMES: dict[str, HostingScheme] = {
    each.name: each
    for each in (
        HostingScheme("own", "Own site", "", "C_h = 0"),
        HostingScheme(
            "all_in", "All-in price of energy", "USD/kWh", "C_h = h·E",
            by_energy=lambda rate, energy_kwh, power_kw, count: rate * energy_kwh, replaces_power=True,
        ),
        HostingScheme(
            "per_kwh", "Fee on energy", "USD/kWh", "C_h = h·E",
            by_energy=lambda rate, energy_kwh, power_kw, count: rate * energy_kwh,
        ),
        HostingScheme(
            "per_kw", "Fee on power", "USD/kW/month", "C_h = h·P / 30.4375",
            by_size=lambda rate, energy_kwh, power_kw, count: rate * power_kw / DAYS_PER_MONTH,
        ),
        HostingScheme(
            "per_machine", "Fee on each machine", "USD/month", "C_h = h·n / 30.4375",
            by_size=lambda rate, energy_kwh, power_kw, count: rate * count / DAYS_PER_MONTH,
        ),
        HostingScheme(
            "profit_share", "Share of the profit after power", "", "C_h = h·max(V − C_p, 0)", shares_profit=True
        ),
    )
}  # fmt: skip
