"""What a result hangs on: the tornado over single inputs, and the map of two of them. All cases are computed at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.calculator.formulas import result
from core.calculator.inputs import INPUTS, Input, Plan, Scenario, value_of, varied
from core.calculator.numbers import Array, number

TORNADO = (
    "price_usd", "difficulty", "fees_btc", "hashrate_ths", "power_w", "power_price_usd_per_kwh", "uptime", "pue", "pool_fee",
    "outlay_usd", "price_growth", "difficulty_growth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the tornado: an input at both ends of its swing, and the result there."""

    name: str
    low: float
    high: float
    result_low: float
    result_high: float

    @property
    def width(self) -> float:
        """Give how far the result moves from one end to the other; NaN where an end has none."""
        return abs(self.result_high - self.result_low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """The result as it is, and the bars, the widest first; those without a width last."""

    base: float
    bars: tuple[Bar, ...]


def tornado(
    scenario: Scenario,
    plan: Plan,
    name: str,
    inputs: Sequence[str] = TORNADO,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Tornado:
    """Move one input after the other and see what becomes of a result.

    Parameters
    ----------
    scenario : Scenario
        Of scalars.
    plan : Plan
        Of scalars.
    name : str
        A result of `FORMULAS`.
    inputs : sequence of str
        Those that move; one that cannot (nothing to take a share of, both ends out of bounds) has no bar.
    ranges : mapping, optional
        Ends of an input's own; without, `Input.swing` around its value, within its bounds.

    Returns
    -------
    Tornado

    Raises
    ------
    ValueError
        If the scenario or the plan holds an array, or a name is unknown.
    """
    base = {each: _scalar(scenario, plan, each) for each in inputs}
    ends = {each: (ranges or {}).get(each) or _ends(INPUTS[each], value) for each, value in base.items()}
    moving = [each for each, (low, high) in ends.items() if low != high]
    cases = {each: np.full(1 + 2 * len(moving), base[each]) for each in moving}
    for place, each in enumerate(moving):
        cases[each][1 + 2 * place : 3 + 2 * place] = ends[each]
    found = np.broadcast_to(result(*varied(scenario, plan, cases), name), (1 + 2 * len(moving),))
    bars = [Bar(each, *ends[each], *found[1 + 2 * place :][:2].tolist()) for place, each in enumerate(moving)]
    return Tornado(float(found[0]), tuple(sorted(bars, key=lambda bar: -bar.width if bar.width >= 0 else np.inf)))


def heat_map(
    scenario: Scenario, plan: Plan, name: str, across: tuple[str, ArrayLike], up: tuple[str, ArrayLike]
) -> Array:
    """Give a result over all pairs of values of two inputs.

    Parameters
    ----------
    scenario : Scenario
        Of scalars.
    plan : Plan
        Of scalars.
    name : str
        A result of `FORMULAS`.
    across, up : tuple
        Name of an input, and its values.

    Returns
    -------
    array, shape (values up, values across)

    Raises
    ------
    ValueError
        If both are the same input, a name is unknown, or the scenario or the plan holds an array.
    """
    if across[0] == up[0]:
        raise ValueError(f"{up[0]} cannot go both ways")
    for each in (across[0], up[0]):
        _scalar(scenario, plan, each)
    columns, rows = np.atleast_1d(number(across[0], across[1])), np.atleast_1d(number(up[0], up[1]))
    cases = varied(scenario, plan, {across[0]: columns[None, :], up[0]: rows[:, None]})
    return np.broadcast_to(result(*cases, name), (len(rows), len(columns))).copy()


def _scalar(scenario: Scenario, plan: Plan, name: str) -> float:
    value = value_of(scenario, plan, name)
    if np.ndim(value):
        raise ValueError(f"{name} is an array of {np.size(value)}: one case is varied, not many")
    return float(value)


def _ends(asked: Input, value: float) -> tuple[float, float]:
    far = asked.swing if asked.absolute else abs(value) * asked.swing
    low, high = np.clip((value - far, value + far), asked.low, asked.high).tolist()
    return low, high
