"""Scalars and arrays alike: what may come in, what is refused, and a division that has no answer at nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Numeric = float | Array


def number(
    name: str, value: ArrayLike, *, above: float | None = None, low: float = -np.inf, high: float = np.inf
) -> Any:
    """Give a float for a scalar, else a float64 array; NaN, the absent value, passes every bound.

    Raises
    ------
    ValueError
        If it holds no numbers, one that is not finite, or one out of the bounds: above `above`, `low` to `high` with
        both included.
    """
    try:
        given = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} {value!r} is not a number") from None
    if np.isinf(given).any():
        raise ValueError(f"{name} {given[np.isinf(given)].flat[0]:g} is not finite")
    wrong = given <= above if above is not None else (given < low) | (given > high)
    if wrong.any():
        between = f"from {low:.10g} to {high:.10g}" if np.isfinite(high) else f"{low:.10g} or more"
        wanted = f"above {above:g}" if above is not None else between
        raise ValueError(f"{name} {given[wrong].flat[0]:g} is not {wanted}")
    return given if given.ndim else float(given)


def ratio(part: Numeric, whole: Numeric) -> Any:
    """Give ``part / whole``, NaN where the whole is nothing."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    found = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    np.divide(above, below, out=found, where=below != 0)
    return found if found.ndim else float(found)
