"""A question put to the calculator as one value, and its way into the address bar and back.

What stands in an address is anybody's text: `parse` never raises, takes what it can read and says of the rest why not.
What the question leaves open comes from the machine's data sheet, from the market, or from `ASSUMED`, in this order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from core.calculator.catalogue import Model
from core.calculator.formulas import FORMULAS
from core.calculator.inputs import INPUTS, Input, Plan, Scenario
from core.calculator.markets import Spread
from core.calculator.tariffs import DAYS_PER_WEEK, Band, Tariff, flat, hourly, read_hours, time_of_use

Value = float | str
TABS = ("single", "compare", "many", "past", "curtail")
TARIFFS = ("flat", "time_of_use", "hourly")
DAYS: Mapping[str, tuple[int, ...]] = {
    "all": tuple(range(DAYS_PER_WEEK)),
    "weekdays": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
}
BANDS = 3
MAX_COMPARED = 6
MAX_HOURS = 168  # more does not fit into an address
MAX_TEXT = 4_000
MACHINE = "Antminer S21 (200 TH)"
OUTLAY_USD_PER_TH = 15.0
# What people have to know of their own site and of nobody else's; a page shows them as assumptions.
ASSUMED: Mapping[str, Value] = {
    "power_price_usd_per_kwh": 0.06,
    "pool_fee": 0.01,
    "uptime": 0.97,
    "pue": 1.03,
    "discount_rate": 0.1,
    "difficulty_growth": 0.2,
    "months": 36.0,
    "tariff": "flat",
    "tab": "single",
    "model": MACHINE,
    "stop_at_a_loss": "yes",
    "result": "profit_usd",
    "across": "power_price_usd_per_kwh",
    "up": "price_usd",
    "rank": "profit_usd",
    "since_days": 365.0,
    "adders_usd_per_mwh": 0.0,
    "restart_minutes": 0.0,
    **{each.name: each.default for each in fields(Spread) if isinstance(each.default, float)},
    **{f"band{number}_days": "all" for number in range(1, BANDS + 1)},
    "compare1": MACHINE,
    "compare2": "Antminer S21 XP (270 TH)",
    "compare3": "Whatsminer M60S (186 TH)",
    "compare4": "Antminer S19j Pro (104 TH)",
}
MOVABLE = tuple(name for name, each in INPUTS.items() if not each.choices and name != "block_height")

NUMBERS: Mapping[str, Input] = {
    **{name: each for name, each in INPUTS.items() if not each.choices},
    "months": Input("Months", "months", low=1, high=120),
    "price_volatility": Input("Price volatility a year", low=0, high=2, share=True),
    "difficulty_volatility": Input("Difficulty volatility a year", low=0, high=2, share=True),
    "correlation": Input("Correlation of price and difficulty", low=-1, high=1),
    "adders_usd_per_mwh": Input("Delivery and fees on energy", "USD/MWh", low=-1000, high=10_000),
    "restart_minutes": Input("Hashing lost at a restart", "min", low=0, high=60),
    "since_days": Input("Days back", "days", low=1, high=6_000),
    **{f"band{number}_from": Input("From", "h", low=0, high=23) for number in range(1, BANDS + 1)},
    **{f"band{number}_to": Input("To", "h", low=1, high=24) for number in range(1, BANDS + 1)},
    **{
        f"band{number}_usd_per_kwh": Input("Power price", "USD/kWh", low=-100, high=1000)
        for number in range(1, BANDS + 1)
    },
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    **{name: each.choices for name, each in INPUTS.items() if each.choices},
    "tab": TABS,
    "tariff": TARIFFS,
    "stop_at_a_loss": ("yes", "no"),
    "result": tuple(FORMULAS),
    "rank": tuple(FORMULAS),
    "across": MOVABLE,
    "up": MOVABLE,
    **{f"band{number}_days": tuple(DAYS) for number in range(1, BANDS + 1)},
}
COMPARED = tuple(f"compare{number}" for number in range(1, MAX_COMPARED + 1))
TEXTS = ("model", *COMPARED, "hours")
NAMES = (*NUMBERS, *CHOICES, *TEXTS)


class Refusal(StrEnum):
    """Why a value of an address is not taken."""

    NOT_A_NUMBER = "not_a_number"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    UNKNOWN = "unknown"
    HOURS = "hours"  # not 1 to `MAX_HOURS` numbers
    BAND = "band"  # without a price, or ending where it begins


class Origin(StrEnum):
    """Where a value comes from."""

    GIVEN = "given"
    MODEL = "model"
    MARKET = "market"
    ASSUMED = "assumed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The market's newest numbers; what is not known is None."""

    price_usd: float | None = None
    difficulty: float | None = None
    block_height: float | None = None
    fees_btc: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks: the values that he set, by the names of `NAMES`, and those that could not be taken.

    Attributes
    ----------
    given : mapping
        Numbers as floats, choices and texts as they are.
    refused : mapping
    """

    given: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    refused: Mapping[str, Refusal] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, name: str) -> str:
        """Give a choice or a text, or what stands for it where none was set."""
        return str(self.given.get(name, ASSUMED.get(name, "")))

    def number(self, name: str) -> float | None:
        """Give a number that was set or is assumed."""
        found = self.given.get(name, ASSUMED.get(name))
        return found if isinstance(found, float) else None

    @property
    def compared(self) -> tuple[str, ...]:
        """Give the names of the machines beside each other."""
        return tuple(dict.fromkeys(name for name in map(self.text, COMPARED) if name))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with everything that it leaves open.

    Attributes
    ----------
    scenario : Scenario or None
        None where something is not known that no answer can do without; `absent` names it.
    plan : Plan
    spread : Spread
    values : mapping
        Every numeric input and choice; the scenario's power price is the mean of the hours of the tariff.
    origins : mapping
    absent : tuple of str
    """

    scenario: Scenario | None
    plan: Plan
    spread: Spread
    values: Mapping[str, Value | None]
    origins: Mapping[str, Origin]
    absent: tuple[str, ...]


def parse(search: str) -> Question:
    """Read an address's query. Of a name that stands twice the last counts."""
    given: dict[str, Value] = {}
    refused: dict[str, Refusal] = {}
    for name, text in parse_qsl(search[1:] if search.startswith("?") else search, max_num_fields=None):
        if name not in NAMES or not text.strip() or len(text) > MAX_TEXT:
            continue
        try:
            given[name] = _READERS[_kind(name)](name, text.strip())
            refused.pop(name, None)
        except _RefusedError as why:
            given.pop(name, None)
            refused[name] = why.refusal
    for number in range(1, BANDS + 1):
        band = [given.get(f"band{number}_{part}") for part in ("from", "to", "usd_per_kwh")]
        if any(part is not None for part in band) and (None in band or band[0] == band[1]):
            refused.setdefault(f"band{number}_from", Refusal.BAND)
    rate = given.get("hosting_rate")
    if given.get("hosting_scheme") == "profit_share" and isinstance(rate, float) and rate > 1:
        refused["hosting_rate"] = Refusal.TOO_HIGH
        del given["hosting_rate"]
    return Question(MappingProxyType(given), MappingProxyType(refused))


def serialise(question: Question) -> str:
    """Write a question as the query of an address: what is as it is without being said is left out."""
    given = {name: question.given[name] for name in NAMES if name in question.given}
    said = {name: value for name, value in given.items() if value != ASSUMED.get(name)}
    return urlencode({name: f"{value:.12g}" if isinstance(value, float) else value for name, value in said.items()})


def complete(question: Question, model: Model | None, live: Live) -> Asked:
    """Put a question in the place of everything that it leaves open.

    Parameters
    ----------
    question : Question
    model : Model or None
        The machine that it names.
    live : Live

    Returns
    -------
    Asked
        A refused value counts as one that was not given.
    """
    open_to = {
        "hashrate_ths": (Origin.MODEL, model.hashrate_ths if model else None),
        "power_w": (Origin.MODEL, model.power_w if model else None),
        **{each.name: (Origin.MARKET, getattr(live, each.name)) for each in fields(Live)},
    }
    values: dict[str, Value | None] = {}
    origins: dict[str, Origin] = {}
    for name in (*NUMBERS, *CHOICES):
        origin, value = Origin.GIVEN, question.given.get(name)
        if value is None:
            origin, value = open_to.get(name, (Origin.ASSUMED, ASSUMED.get(name, _default(name))))
        values[name], origins[name] = value, origin if value is not None else Origin.ABSENT
    hashrate = values["hashrate_ths"]
    if "outlay_usd" not in question.given and isinstance(hashrate, float):
        values["outlay_usd"], origins["outlay_usd"] = OUTLAY_USD_PER_TH * hashrate, Origin.ASSUMED
    tariff = tariff_of(question, values)
    absent = tuple(name for name in _NEEDED if values[name] is None)
    known = {name: value for name, value in values.items() if value is not None}
    scenario = None if absent else Scenario(**_of(Scenario, known) | tariff.fields)
    plan = Plan(
        **_of(Plan, known)
        | {"months": int(float(values["months"] or 1)), "stop_at_a_loss": values["stop_at_a_loss"] == "yes"}
    )
    return Asked(scenario, plan, Spread(**_of(Spread, known)), values, origins, absent)


def tariff_of(question: Question, values: Mapping[str, Value | None]) -> Tariff:
    """Give the tariff of a question; bands and hours that were refused are not in it."""
    base = float(values["power_price_usd_per_kwh"] or 0.0)
    kind = question.text("tariff")
    if kind == "hourly" and "hours" in question.given:
        return hourly(_hours(question.text("hours")))
    if kind == "time_of_use":
        return time_of_use(base, list(_bands(question)))
    return flat(base)


def _bands(question: Question) -> Iterable[Band]:
    for number in range(1, BANDS + 1):
        begins, ends, price = (question.number(f"band{number}_{part}") for part in ("from", "to", "usd_per_kwh"))
        if begins is not None and ends is not None and price is not None and begins != ends:
            yield Band(int(begins), int(ends), price, DAYS[question.text(f"band{number}_days")])


_NEEDED = ("hashrate_ths", "power_w", "price_usd", "difficulty", "block_height")
_DEFAULTS: Mapping[str, Any] = {
    each.name: each.default
    for kind in (Scenario, Plan)
    for each in fields(kind)
    if isinstance(each.default, (float, str))
}


class _RefusedError(ValueError):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def _default(name: str) -> Value | None:
    found: Value | None = _DEFAULTS.get(name)
    return found


def _of(kind: type, values: Mapping[str, Value]) -> dict[str, Any]:
    return {each.name: values[each.name] for each in fields(kind) if each.name in values}


def _kind(name: str) -> str:
    return "number" if name in NUMBERS else "choice" if name in CHOICES else "hours" if name == "hours" else "text"


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _RefusedError(Refusal.NOT_A_NUMBER) from None
    if not math.isfinite(value):
        raise _RefusedError(Refusal.NOT_A_NUMBER)
    asked = NUMBERS[name]
    if name in ("months", "count", "since_days") or name.endswith(("_from", "_to")):
        value = float(round(value))
    if value < asked.low:
        raise _RefusedError(Refusal.TOO_LOW)
    if value > asked.high:
        raise _RefusedError(Refusal.TOO_HIGH)
    return value


def _choice(name: str, text: str) -> str:
    if text not in CHOICES[name]:
        raise _RefusedError(Refusal.UNKNOWN)
    return text


def _hours(text: str) -> list[float]:
    try:
        hours = read_hours(text)
    except ValueError:
        raise _RefusedError(Refusal.HOURS) from None
    if not 1 <= len(hours) <= MAX_HOURS or not all(abs(hour) <= 1000 for hour in hours):
        raise _RefusedError(Refusal.HOURS)
    return hours


def _checked_hours(_name: str, text: str) -> str:
    return " ".join(f"{hour:.6g}" for hour in _hours(text))


def _text(_name: str, text: str) -> str:
    return text


_READERS: Mapping[str, Any] = {
    "number": _number,
    "choice": _choice,
    "text": _text,
    "hours": _checked_hours,
}
