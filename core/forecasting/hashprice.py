"""The hashprice to come: the forecasts of price and difficulty, put together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.calculator import hashprice_usd_per_ph_day
from core.forecasting.history import Floats
from core.forecasting.price import LEVELS

COLUMNS = ("mean", "low80", "high80", "low95", "high95")


def forecast_hashprice(price_usd: pd.DataFrame, difficulty: pd.DataFrame, block_reward_btc: ArrayLike) -> pd.DataFrame:
    """Forecast what hashrate earns.

    Parameters
    ----------
    price_usd : DataFrame
        From `forecast_price` [USD/BTC].
    difficulty : DataFrame
        From `difficulty_at`, for the same rows.
    block_reward_btc : float or array
        Subsidy and fees of a block [BTC], above 0: one for all rows, or one a row where a halving lies among them.

    Returns
    -------
    DataFrame
        mean, low80, high80, low95, high95 [USD/PH/day], with the index of the price.

    Raises
    ------
    ValueError
        If a column is missing, the two have not the same number of rows, or the reward is not above 0.

    Notes
    -----
    The logarithm of the hashprice is that of price less that of difficulty, and errors of the two are taken for
    independent, so that half-widths add as squares. From 2016 to 2024 they correlated by 0.0 a week ahead, 0.1 to 0.25 a
    month and 0.3 to 0.4 three months ahead (miners follow the price), so that the interval is there rather too wide.
    """
    for what, frame in (("price", price_usd), ("difficulty", difficulty)):
        missing = [name for name in COLUMNS if name not in frame.columns]
        if missing:
            raise ValueError(f"the {what} has no {', '.join(missing)}")
    if len(price_usd) != len(difficulty):
        raise ValueError(f"{len(price_usd)} rows of price and {len(difficulty)} of difficulty do not go together")
    reward = np.asarray(block_reward_btc, dtype=np.float64)
    if not (reward > 0).all() or reward.shape not in ((), (len(price_usd),)):
        raise ValueError(f"a block reward above 0 is needed, one or {len(price_usd)}, not {block_reward_btc!r}")
    price, hard = ({name: _logs(frame, name) for name in COLUMNS} for frame in (price_usd, difficulty))
    mean = hashprice_usd_per_ph_day(np.exp(hard["mean"]), reward, np.exp(price["mean"]))
    columns = {"mean": mean}
    for level in LEVELS:
        low, high = f"low{level}", f"high{level}"
        columns[low] = mean / np.exp(np.hypot(price["mean"] - price[low], hard[high] - hard["mean"]))
        columns[high] = mean * np.exp(np.hypot(price[high] - price["mean"], hard["mean"] - hard[low]))
    return pd.DataFrame(columns, index=price_usd.index)


def _logs(frame: pd.DataFrame, name: str) -> Floats:
    logs: Floats = np.log(frame[name].to_numpy(dtype=np.float64))
    return logs
