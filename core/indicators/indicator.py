"""What an indicator is: its name, where it is drawn, what it takes, what it gives, and the function that computes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
Arguments = Mapping[str, Any]

TIME = "time"  # the input that is the frame's index
CANDLE_COLUMNS = ("open", "high", "low", "close", "volume")
# One row a day; what of a day is unknown is NaN.
NETWORK_COLUMNS = {
    "price_usd": "USD/BTC",
    "difficulty": "",  # at the end of the day
    "hashrate_hs": "H/s",
    "blocks": "1/day",
    "issuance_btc": "BTC/day",  # subsidies of the day's blocks
    "fees_btc": "BTC/day",
}

# TA-Lib itself takes 100,000; some of its functions look through the whole window at every bar, and a page must not hang.
MAX_WINDOW = 5_000


class Kind(StrEnum):
    """Where it is drawn."""

    OVERLAY = "overlay"  # over the candles, on the price axis
    PANE = "pane"  # below them, on an axis of its own


class Group(StrEnum):
    """Where it stands in a menu."""

    TREND = "trend"
    MOMENTUM = "momentum"
    VOLATILITY = "volatility"
    VOLUME = "volume"
    MINING = "mining"


class Style(StrEnum):
    """How an output is drawn."""

    LINE = "line"
    HISTOGRAM = "histogram"
    DOTS = "dots"
    FLAG = "flag"  # 1 where it is so, 0 where it is not


class Memory(StrEnum):
    """What a value depends on, and therefore what an absent bar does to it."""

    WINDOW = "window"  # the bars just before, few or fading: behind an absent bar it starts anew
    SESSION = "session"  # all bars of the session so far: an absent bar is left out, here and below
    SUM = "sum"  # the bars just before, added to a sum from the first bar: only its changes mean something
    FRAME = "frame"  # all bars from the first of the frame: another first bar, other values for ever


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number or choice that a person may set.

    Attributes
    ----------
    name : str
        Keyword of `compute`.
    title : str
        English label, a key of gettext.
    default : int, float or str
        A whole default takes whole numbers only, a text one of `choices`.
    low, high : float
        Bounds, both included.
    step : float
        Step of a control.
    choices : tuple of str

    Raises
    ------
    ValueError
        If the default is not one of its own values.
    """

    name: str
    title: str
    default: int | float | str
    low: float = 0
    high: float = MAX_WINDOW
    step: float = 1
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.taken(self.default)

    def taken(self, value: object) -> int | float | str:
        """Give the value as a plain number or text; a ValueError says what would have been one."""
        if self.choices:
            if isinstance(value, str) and value in self.choices:
                return value
            raise ValueError(f"{self.name} {value!r} is none of {', '.join(self.choices)}")
        whole = isinstance(self.default, int)
        fits = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
        if not fits or not self.low <= value <= self.high:  # type: ignore[operator]
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{self.name} {value!r} is not {kind} from {self.low:g} to {self.high:g}")
        return int(value) if whole else float(value)  # type: ignore[call-overload, arg-type]


@dataclass(frozen=True, slots=True)
class Output:
    """One column of the result.

    Attributes
    ----------
    name : str
        The column.
    title : str
        English label, a key of gettext.
    style : Style
    drawn_back_by : str or None
        The parameter that says how many bars to the left a chart draws it. The value stands at the bar at which it is
        known, never earlier.
    """

    name: str
    title: str
    style: Style = Style.LINE
    drawn_back_by: str | None = None


def _window(_arguments: Arguments) -> Memory:
    return Memory.WINDOW


def _anything(_arguments: Arguments) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator, all that a page needs to offer it and all that `compute` needs to compute it.

    Attributes
    ----------
    name : str
    title : str
        English title, a key of gettext.
    kind : Kind
    group : Group
    inputs : tuple of str
        The columns that `calculate` takes, in its order; TIME is the index.
    outputs : tuple of Output
        What `calculate` gives, in its order.
    calculate : callable
        ``calculate(*inputs, **arguments)`` with float64 arrays of one length, all finite, gives one array an output.
    parameters : tuple of Parameter
    unit : str
        Unit of the outputs; an overlay has that of the price.
    levels : tuple of float
        Lines that a pane shows for orientation.
    memory : callable
        Gives the Memory under these arguments.
    check : callable
        Raises ValueError where the arguments do not go together.

    Raises
    ------
    ValueError
        If there is no output, a name stands twice, or an input is unknown.
    """

    name: str
    title: str
    kind: Kind
    group: Group
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    calculate: Callable[..., tuple[Series, ...]]
    parameters: tuple[Parameter, ...] = ()
    unit: str = ""
    levels: tuple[float, ...] = ()
    memory: Callable[[Arguments], Memory] = _window
    check: Callable[[Arguments], None] = _anything

    def __post_init__(self) -> None:
        for names in (self.columns, tuple(each.name for each in self.parameters)):
            if len(set(names)) != len(names):
                raise ValueError(f"{self.name} has a name twice: {', '.join(names)}")
        if not self.outputs:
            raise ValueError(f"{self.name} gives nothing")
        unknown = set(self.inputs) - {TIME, *CANDLE_COLUMNS, *NETWORK_COLUMNS}
        if unknown:
            raise ValueError(f"{self.name} takes {', '.join(sorted(unknown))}, which no frame has")

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the names of the outputs."""
        return tuple(each.name for each in self.outputs)

    @property
    def daily(self) -> bool:
        """Tell whether it reads daily rows of the network instead of candles."""
        return any(name in NETWORK_COLUMNS for name in self.inputs)

    def arguments(self, given: Arguments) -> dict[str, Any]:
        """Give all arguments, defaults filled in.

        Raises
        ------
        ValueError
            For a parameter that it has not, a value out of its bounds, or values that do not go together.
        """
        known = {each.name: each for each in self.parameters}
        for name in given:
            if name not in known:
                takes = f"it takes {', '.join(known)}" if known else "it takes none"
                raise ValueError(f"{self.name} has no parameter {name!r}: {takes}")
        try:
            full = {name: each.taken(given.get(name, each.default)) for name, each in known.items()}
            self.check(full)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
        return full


def length(default: int, low: int = 1) -> Parameter:
    """Give the parameter of an indicator with one window."""
    return Parameter("length", "Length", default, low)


def ascending(*names: str) -> Callable[[Arguments], None]:
    """Give a check that each of these is below the next."""

    def check(arguments: Arguments) -> None:
        for lower, higher in itertools.pairwise(names):
            if not arguments[lower] < arguments[higher]:
                raise ValueError(f"{lower} {arguments[lower]} is not below {higher} {arguments[higher]}")

    return check
