"""The table of indicators: a new one is a module of its own and its line here."""

from __future__ import annotations

from core.indicators.averages import EMA, KAMA, SMA, WMA
from core.indicators.ichimoku import ICHIMOKU
from core.indicators.indicator import Indicator
from core.indicators.mining import DIFFICULTY_RIBBON, FEES_SHARE, HASH_RIBBONS, HASHPRICE, MINER_REVENUE, PUELL
from core.indicators.momentum import CCI, ROC, RSI, STOCH, STOCHRSI, ULTOSC, WILLR
from core.indicators.trend import ADX, AROON, MACD, PSAR, TRIX
from core.indicators.volatility import ATR, BOLLINGER
from core.indicators.volume import MFI, OBV, VWAP

INDICATORS: dict[str, Indicator] = {
    each.name: each
    for each in (
        SMA, EMA, WMA, RSI, MACD, BOLLINGER, ATR, ADX, STOCH, STOCHRSI, CCI, WILLR, ROC, OBV, MFI, TRIX, AROON, PSAR,
        KAMA, ULTOSC, ICHIMOKU, VWAP,
        HASHPRICE, HASH_RIBBONS, DIFFICULTY_RIBBON, PUELL, FEES_SHARE, MINER_REVENUE,
    )
}  # fmt: skip


def find(name: str) -> Indicator:
    """Give the indicator of that name; a ValueError names those there are."""
    found = INDICATORS.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"there is no indicator {name!r}; there are {', '.join(INDICATORS)}")
    return found
