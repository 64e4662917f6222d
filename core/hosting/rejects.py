"""The share of rejected shares, over so many of them that one unlucky minute is no alarm."""

from __future__ import annotations

import math

MEMORY_SHARES = 200  # a machine sends 5 to 20 a minute: one rejected among them says nothing yet


def reject_ratio(
    before: float | None, added: tuple[int, int] | None, counted: tuple[int | None, int | None]
) -> float | None:
    """Give the share of rejected shares, the newer ones weighing more.

    Parameters
    ----------
    before : float or None
        The ratio at the reading before, 0 to 1; None when there was none.
    added : tuple of int, or None
        Shares accepted and rejected since then; None when nobody knows.
    counted : tuple of int or None
        The machine's own counters of accepted and rejected shares, since it started.

    Returns
    -------
    float or None
        ``before + (rejected / n - before) * (1 - exp(-n / 200))`` over the n shares added; at first the ratio of the
        machine's counters, and None until they hold 200 shares.
    """
    if before is None:
        accepted, rejected = counted
        if accepted is None or rejected is None or accepted + rejected < MEMORY_SHARES:
            return None
        return rejected / (accepted + rejected)
    if added is None or not sum(added):
        return before
    shares = sum(added)
    return before + (added[1] / shares - before) * -math.expm1(-shares / MEMORY_SHARES)
