"""What a price model is: a name, and a function that gives its expectation from every bar on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.forecasting.history import Floats, History, needed


@dataclass(frozen=True, slots=True)
class Model:
    """One model, all that a page needs to offer it and all that `forecast_price` needs to use it.

    Attributes
    ----------
    name : str
    title : str
        English title, a key of gettext.
    note : str
        What it does in one sentence, a key of gettext.
    expect : callable
        ``expect(history, horizon)`` gives an array of (bars, horizon): the change of the log price that the model
        expects from each bar on over 1, 2, ... bars, the newest bar's in the last row. NaN where it cannot tell; of the
        rows before the last, as honest as it can be had at the price of a nightly refit, for intervals are made of
        their errors.
    needed : callable
        Gives how many bars it must have to look so many ahead.
    """

    name: str
    title: str
    note: str
    expect: Callable[[History, int], Floats]
    needed: Callable[[int], int] = needed
