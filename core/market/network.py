"""Is a difficulty the one of its height? Some sources tell the new height with the old epoch's difficulty."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.market.points import BLOCKS_PER_EPOCH, Network

# Sources round differently: mempool.space gives 14 digits, blockchain.info whole numbers or 1.4E14.
SAME = Decimal("0.005")
MAX_FACTOR = Decimal(4)  # of one retarget, by the protocol
MAX_HEIGHT_BACK = 12


def checked(told: Network, known: Network | None) -> Network:
    """Give what a source tells without what cannot be true after what is known.

    Parameters
    ----------
    told : Network
        The newest answer.
    known : Network or None
        The newest answer that was believed; without one everything is believed.

    Returns
    -------
    Network
        The difficulty is absent where it is not the known one within an epoch, still the old one after a retarget, or
        more than four times (per retarget) away. Height and difficulty are absent where the height goes back by more
        than 12 blocks: no reorganisation since 2013 was as deep, and such a source lags.
    """
    if known is None or known.height is None or told.height is None:
        return told
    if told.height < known.height - MAX_HEIGHT_BACK:
        return replace(told, height=None, difficulty=None)
    if told.difficulty is None or known.difficulty is None:
        return told
    retargets = told.height // BLOCKS_PER_EPOCH - known.height // BLOCKS_PER_EPOCH
    change = told.difficulty / known.difficulty
    same = abs(change - 1) <= SAME
    if retargets == 0:
        # Two sources that disagree within an epoch: one of them still tells the epoch before.
        believed = same
    elif retargets < 0:
        believed = False
    else:
        # After one retarget the exact old number is the old number; a true change of nothing would differ in a digit.
        lags = retargets == 1 and abs(change - 1) < Decimal("1e-9")
        believed = not lags and MAX_FACTOR**-retargets <= change <= MAX_FACTOR**retargets
    return told if believed else replace(told, difficulty=None)
