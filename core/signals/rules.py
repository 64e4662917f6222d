"""Rules as data: built from JSON, checked in their constructors, evaluated bar by bar without a look ahead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.indicators import Memory
from core.indicators.indicator import Series
from core.signals.operands import Level, Line, Operand, Price, operand_to_json
from core.signals.states import FALSE, TRUE, UNKNOWN, States, View, states

MAX_RULES = 32  # in one composite, counted through all its levels
MAX_DEPTH = 8
MAX_REACH, MAX_WITHIN = 50, 200  # a pair of pivots must fit into the warm-up behind a gap


class Side(StrEnum):
    """On which side of the other a line is."""

    ABOVE = "above"
    BELOW = "below"


class Direction(StrEnum):
    """Which way a line goes through the other."""

    UP = "up"
    DOWN = "down"


class Bias(StrEnum):
    """What a divergence hints at."""

    BULLISH = "bullish"
    BEARISH = "bearish"


class Mode(StrEnum):
    """How a composite joins its rules."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


def _check_pair(left: Operand, right: Operand) -> None:
    for operand in (left, right):
        if not isinstance(operand, (Line, Price, Level)):
            raise ValueError(f"{operand!r} is no line, column or level")
        if operand.memory in (Memory.SUM, Memory.FRAME):
            name = operand_to_json(operand).get("indicator")
            raise ValueError(f"{name} counts from the first bar: its level depends on where the history begins")
    if isinstance(left, Level):
        raise ValueError(f"the level {left.level:g} cannot stand on the left: it never moves")
    if left == right:
        raise ValueError(f"{operand_to_json(left)} is compared with itself")


@dataclass(frozen=True, slots=True)
class Threshold:
    """It is so while `left` is above (below) `right`; equal is neither.

    Raises
    ------
    ValueError
        If an operand counts from the first bar of a frame, the left one is a constant, or both are the same.
    """

    left: Operand
    side: Side
    right: Operand

    KEY: ClassVar = "threshold"

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", Side(self.side))
        _check_pair(self.left, self.right)

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return self.left.columns | self.right.columns

    def states(self, view: View) -> States:
        """Give its state at every bar."""
        left, right = view.values(self.left), view.values(self.right)
        return states(left > right if self.side is Side.ABOVE else left < right, ~np.isnan(left + right))


@dataclass(frozen=True, slots=True)
class Cross:
    """It is so at the bar at which `left` came to be above (below) `right`, having not been so a bar before.

    Raises
    ------
    ValueError
        As `Threshold`.
    """

    left: Operand
    direction: Direction
    right: Operand

    KEY: ClassVar = "cross"

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", Direction(self.direction))
        _check_pair(self.left, self.right)

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return self.left.columns | self.right.columns

    def states(self, view: View) -> States:
        """Give its state at every bar."""
        side = Side.ABOVE if self.direction is Direction.UP else Side.BELOW
        beyond = Threshold(self.left, side, self.right).states(view)
        crossed = np.full(len(beyond), UNKNOWN)
        before, now = beyond[:-1], beyond[1:]
        crossed[1:] = states((before == FALSE) & (now == TRUE), (before != UNKNOWN) & (now != UNKNOWN))
        return crossed


@dataclass(frozen=True, slots=True)
class Divergence:
    """Price makes a lower low while the line makes a higher one (bullish), or the mirror of it at highs (bearish).

    A low is a pivot when it is below the `reach` lows before it and not above the `reach` after it, so it is known, and
    the rule so, only `reach` bars later. Compared are neighbouring pivots, at most `within` bars apart.

    Raises
    ------
    ValueError
        If the line is no line of an indicator, counts from the first bar, or a number is out of its bounds.
    """

    line: Line
    bias: Bias
    reach: int = 5
    within: int = 60

    KEY: ClassVar = "divergence"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", Bias(self.bias))
        if not isinstance(self.line, Line):
            raise ValueError(f"{self.line!r} is no line of an indicator")
        if self.line.memory is Memory.FRAME:
            raise ValueError(f"{self.line.indicator} counts from the first bar: it depends on where the history begins")
        for name, value, high in (("reach", self.reach, MAX_REACH), ("within", self.within, MAX_WITHIN)):
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
                raise ValueError(f"{name} {value!r} is not a whole number from 1 to {high}")

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return self.line.columns | {self._column}

    @property
    def _column(self) -> str:
        return "low" if self.bias is Bias.BULLISH else "high"

    def states(self, view: View) -> States:
        """Give its state at every bar."""
        sign = 1.0 if self.bias is Bias.BULLISH else -1.0  # highs are the lows of the mirrored price
        price, line = sign * view.column(self._column), sign * view.values(self.line)
        pivots = _pivots(price, self.reach)
        older, newer = pivots[:-1], pivots[1:]
        diverges = (newer - older <= self.within) & (price[newer] < price[older]) & (line[newer] > line[older])
        seen = np.zeros(len(price), dtype=np.bool_)
        seen[newer[diverges] + self.reach] = True
        return states(seen, ~np.isnan(price + line))


def _pivots(price: Series, reach: int) -> NDArray[np.intp]:
    if len(price) < 2 * reach + 1:
        return np.empty(0, dtype=np.intp)
    lowest = sliding_window_view(price, reach).min(axis=1)  # NaN in a window: NaN, and no pivot
    middle = price[reach : len(price) - reach]
    before, after = lowest[: len(middle)], lowest[reach + 1 :]
    return np.flatnonzero((middle < before) & (middle <= after)) + reach


@dataclass(frozen=True, slots=True)
class Composite:
    """All, any or none of some rules at the same bar.

    Raises
    ------
    ValueError
        If there is no rule, "not" has more than one, or the rules are too many or nested too deep.
    """

    mode: Mode
    rules: tuple[Rule, ...]

    KEY: ClassVar = "composite"

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", Mode(self.mode))
        object.__setattr__(self, "rules", tuple(self.rules))
        for rule in self.rules:
            if not isinstance(rule, tuple(RULES.values())):
                raise ValueError(f"{rule!r} is no rule")
        if not self.rules or (self.mode is Mode.NOT and len(self.rules) > 1):
            takes = "takes one rule" if self.mode is Mode.NOT else "needs a rule"
            raise ValueError(f"{self.mode.value!r} {takes}, not {len(self.rules)}")
        if size(self) > MAX_RULES or depth(self) > MAX_DEPTH:
            raise ValueError(f"{size(self)} rules, {depth(self)} deep: at most {MAX_RULES}, {MAX_DEPTH} deep")

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return frozenset().union(*(rule.columns for rule in self.rules))

    def states(self, view: View) -> States:
        """Give its state at every bar."""
        parts = np.array([rule.states(view) for rule in self.rules])
        joined: States = JOINS[self.mode](parts)
        return joined


Rule = Threshold | Cross | Divergence | Composite
RULES: dict[str, type[Threshold] | type[Cross] | type[Divergence] | type[Composite]] = {
    kind.KEY: kind for kind in (Threshold, Cross, Divergence, Composite)
}
JOINS = {
    Mode.ALL: lambda parts: parts.min(axis=0),
    Mode.ANY: lambda parts: parts.max(axis=0),
    Mode.NOT: lambda parts: -parts[0],
}


def size(rule: Rule) -> int:
    """Count the rules in a rule, itself included."""
    return 1 + (sum(map(size, rule.rules)) if isinstance(rule, Composite) else 0)


def depth(rule: Rule) -> int:
    """Count the levels of a rule."""
    return 1 + (max(map(depth, rule.rules)) if isinstance(rule, Composite) else 0)
