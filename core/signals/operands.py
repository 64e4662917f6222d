"""What a rule compares: a line of an indicator, a column of the candles, or a fixed level. Data, and JSON both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar

from core.indicators import CANDLE_COLUMNS, Memory
from core.indicators.indicator import TIME
from core.indicators.registry import find

MAX_LEVEL = 1e30


@dataclass(frozen=True, slots=True)
class Line:
    """One output of one indicator.

    Attributes
    ----------
    indicator : str
    output : str
        Its column; left out, the first.
    params : mapping
        Its parameters; kept complete, so that a later change of a default changes no stored rule.

    Raises
    ------
    ValueError
        If there is no such indicator, output or parameter.
    """

    indicator: str
    output: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    FIELDS: ClassVar = ("indicator", "output", "params")

    def __post_init__(self) -> None:
        found = find(self.indicator)
        output = self.output or found.columns[0]
        if output not in found.columns:
            raise ValueError(f"{self.indicator} has no column {output!r}; it has {', '.join(found.columns)}")
        if not isinstance(self.params, Mapping):
            raise ValueError(f"params {self.params!r} are not names with values")
        object.__setattr__(self, "output", output)
        object.__setattr__(self, "params", found.arguments(self.params))

    def __hash__(self) -> int:
        return hash((self.indicator, self.output, tuple(self.params.items())))

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return frozenset(find(self.indicator).inputs) - {TIME}

    @property
    def memory(self) -> Memory:
        """Tell what its values depend on."""
        return find(self.indicator).memory(self.params)


@dataclass(frozen=True, slots=True)
class Price:
    """One column of the candles."""

    column: str = "close"

    FIELDS: ClassVar = ("column",)
    memory: ClassVar = Memory.WINDOW

    def __post_init__(self) -> None:
        if self.column not in CANDLE_COLUMNS:
            raise ValueError(f"candles have no column {self.column!r}; they have {', '.join(CANDLE_COLUMNS)}")

    @property
    def columns(self) -> frozenset[str]:
        """Give the columns of the frame that it reads."""
        return frozenset({self.column})


@dataclass(frozen=True, slots=True)
class Level:
    """A fixed number."""

    level: float

    FIELDS: ClassVar = ("level",)
    memory: ClassVar = Memory.WINDOW
    columns: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.level, Real) or isinstance(self.level, bool) or not abs(self.level) <= MAX_LEVEL:
            raise ValueError(f"level {self.level!r} is not a number")
        object.__setattr__(self, "level", float(self.level))


Operand = Line | Price | Level
OPERANDS: dict[str, type[Line] | type[Price] | type[Level]] = {"indicator": Line, "column": Price, "level": Level}


def operand_from_json(value: object) -> Operand:
    """Read an operand; which kind it is, its telling key says.

    Raises
    ------
    ValueError
        For anything else.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no line, column or level")
    kinds = [kind for key, kind in OPERANDS.items() if key in value]
    if len(kinds) != 1:
        raise ValueError(f"one of {', '.join(OPERANDS)} says what is compared, not {', '.join(map(str, value))}")
    unknown = [key for key in value if key not in kinds[0].FIELDS]
    if unknown:
        raise ValueError(f"{', '.join(map(str, unknown))} is nothing that a {kinds[0].__name__.lower()} has")
    return kinds[0](**value)


def operand_to_json(operand: Operand) -> dict[str, Any]:
    """Give an operand as plain data."""
    values = {name: getattr(operand, name) for name in operand.FIELDS}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
