"""A rule as a person puts it together: up to three conditions, each a line, how it stands, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.indicators import INDICATORS, Indicator, Memory, Parameter
from core.indicators.indicator import Style
from core.market.refusals import Refusal
from core.signals.operands import Level, Line, Operand, Price
from core.signals.rules import Bias, Composite, Cross, Direction, Divergence, Mode, Rule, Side, Threshold

CLOSE, NUMBER = "close", "number"
MAX_CONDITIONS = 3
_FROM_THE_FIRST_BAR = (Memory.SUM, Memory.FRAME)  # no rule compares those: their level is the history's beginning


class Relation(StrEnum):
    """How a line stands to what it is compared with."""

    RISES_ABOVE = "rises_above"
    FALLS_BELOW = "falls_below"
    IS_ABOVE = "is_above"
    IS_BELOW = "is_below"
    BULLISH = "bullish"  # diverges from the price; compared with nothing else
    BEARISH = "bearish"


DIVERGES = (Relation.BULLISH, Relation.BEARISH)


class Fault(StrEnum):
    """Why conditions are no rule, or a rule is not kept, as keys of gettext."""

    NONE = "a rule has a condition"
    NO_NUMBER = "condition {at} needs the number that it compares with"
    LENGTH = "the length in condition {at} is a whole number from {low} to {high}"
    NO_LENGTH = "{line} in condition {at} has no length"
    SAME = "condition {at} compares a line with itself"
    PRICE = "a divergence is of an indicator from the price: choose an indicator in condition {at}"
    HOLDING = "a position is held for 1 to {most} days"
    NO_NAME = "a rule needs a name"
    TAKEN = "there is a rule of this name already"
    MANY = "there are {most} rules of one's own: delete one first"
    GONE = "this rule is gone already"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Attributes
    ----------
    left, right : str
        Keys of `LINES`; `right` may also be `NUMBER`.
    relation : Relation
    length : int or None
        Of the left line, where it has one [bars]; None is the indicator's own.
    number : float or None
        What is compared with, or the length of the right line [bars].
    """

    left: str
    relation: Relation
    right: str = NUMBER
    length: float | None = None
    number: float | None = None


def _lines() -> dict[str, tuple[Indicator, str] | None]:
    found: dict[str, tuple[Indicator, str] | None] = {CLOSE: None}
    for indicator in INDICATORS.values():
        if indicator.memory(indicator.arguments({})) in _FROM_THE_FIRST_BAR:
            continue
        for output in indicator.outputs:
            if output.style is not Style.FLAG:
                found[f"{indicator.name}.{output.name}"] = (indicator, output.name)
    return found


LINES: Mapping[str, tuple[Indicator, str] | None] = _lines()


def rule_of(conditions: Sequence[Condition], mode: Mode = Mode.ALL) -> Rule:
    """Put conditions together.

    Raises
    ------
    Refusal
        Where they are no rule; its reason is a `Fault`.
    """
    rules = [_rule(at, each) for at, each in enumerate(conditions[:MAX_CONDITIONS], 1)]
    if not rules:
        raise Refusal(Fault.NONE)
    return rules[0] if len(rules) == 1 else Composite(mode, tuple(rules))


def _rule(at: int, asked: Condition) -> Rule:
    left = _operand(at, asked.left, asked.length)
    if asked.relation in DIVERGES:
        if not isinstance(left, Line):
            raise Refusal(Fault.PRICE, at=at)
        return Divergence(left, Bias.BULLISH if asked.relation is Relation.BULLISH else Bias.BEARISH)
    if asked.right == NUMBER:
        if asked.number is None:
            raise Refusal(Fault.NO_NUMBER, at=at)
        right: Operand = Level(asked.number)
    else:
        right = _operand(at, asked.right, asked.number)
    if left == right:
        raise Refusal(Fault.SAME, at=at)
    if asked.relation in (Relation.IS_ABOVE, Relation.IS_BELOW):
        return Threshold(left, Side.ABOVE if asked.relation is Relation.IS_ABOVE else Side.BELOW, right)
    return Cross(left, Direction.UP if asked.relation is Relation.RISES_ABOVE else Direction.DOWN, right)


def _operand(at: int, key: str, length: float | None) -> Operand:
    line = LINES.get(key)
    parameter = None if line is None else _length(line[0])
    if length is not None and parameter is None:
        raise Refusal(Fault.NO_LENGTH, at=at, line=key)
    if line is None:
        return Price()
    if length is None or parameter is None:
        return Line(line[0].name, line[1])
    if length != int(length) or not parameter.low <= length <= parameter.high:
        raise Refusal(Fault.LENGTH, at=at, low=f"{parameter.low:g}", high=f"{parameter.high:g}")
    return Line(line[0].name, line[1], {parameter.name: int(length)})


def _length(indicator: Indicator) -> Parameter | None:
    return next((each for each in indicator.parameters if each.name == "length"), None)
