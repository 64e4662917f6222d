"""Ichimoku Kinko Hyo (Hosoda), every line at the bar at which it is known."""

from __future__ import annotations

import numpy as np
import talib

from core.indicators.indicator import Group, Indicator, Kind, Output, Parameter, Series


def ichimoku(
    high: Series, low: Series, close: Series, conversion: int, base: int, span_b: int, displacement: int
) -> tuple[Series, Series, Series, Series, Series]:
    """Compute the five lines.

    Returns
    -------
    tuple of array
        conversion, base: middle of the highest high and the lowest low of so many bars. span_a, span_b: the cloud that
        stands over this bar, computed `displacement` bars ago: ``(conversion + base) / 2`` and the middle of `span_b`
        bars. lagging: this bar's close, which a chart draws `displacement` bars to the left.

    Notes
    -----
    The cloud ahead of the newest bar is the end of the same spans with a displacement of 0. The lagging line stays
    where it is known: shifted left as a column it would show the future to whoever reads row by row.
    """
    conversion_line = talib.MIDPRICE(high, low, conversion)
    base_line = talib.MIDPRICE(high, low, base)
    behind = max(len(close) - displacement, 0)
    cloud_a, cloud_b = np.empty(len(close)), np.empty(len(close))
    cloud_a[: len(close) - behind] = cloud_b[: len(close) - behind] = np.nan
    ahead = cloud_a[len(close) - behind :]
    np.add(conversion_line[:behind], base_line[:behind], out=ahead)
    np.multiply(ahead, 0.5, out=ahead)
    cloud_b[len(close) - behind :] = talib.MIDPRICE(high, low, span_b)[:behind]
    return conversion_line, base_line, cloud_a, cloud_b, close.copy()


ICHIMOKU = Indicator(
    "ichimoku", "Ichimoku cloud", Kind.OVERLAY, Group.TREND, ("high", "low", "close"),
    (
        Output("conversion", "Conversion line"), Output("base", "Base line"), Output("span_a", "Leading span A"),
        Output("span_b", "Leading span B"), Output("lagging", "Lagging line", drawn_back_by="displacement"),
    ),
    ichimoku,
    (
        Parameter("conversion", "Conversion length", 9, 2),
        Parameter("base", "Base length", 26, 2),
        Parameter("span_b", "Leading span B length", 52, 2),
        Parameter("displacement", "Displacement", 26, 0),
    ),
)  # fmt: skip
