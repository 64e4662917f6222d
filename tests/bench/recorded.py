"""Recorded prices and epochs, for measuring only.

They belong to others (Coin Metrics community data, CC BY-NC 4.0; Electrum's checkpoints, MIT) and are therefore no part
of the project: a folder beside it, or the one that HASHINSIGHT_EVALUATION_DATA names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("HASHINSIGHT_EVALUATION_DATA") or ROOT.parent / "shared" / "data" / "evaluation")
DAYS, EPOCHS = FOLDER / "btc_daily_to_2024.csv", FOLDER / "btc_difficulty_epochs_to_2024.csv"
ABSENT = f"{FOLDER} holds no recorded data"


def there() -> bool:
    """Tell whether there is something to read."""
    return DAYS.is_file() and EPOCHS.is_file()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded.

    Attributes
    ----------
    days : DataFrame
        Index the day (UTC); price_usd, height_end, blocks, issuance_btc, fees_btc, difficulty_mean.
    epochs : DataFrame
        Index the epoch, without a gap; difficulty, change of its beginning [share], start_s, timespan_s of its 2015
        intervals as the next difficulty tells it.
    moments : DataFrame
        One row a day inside an epoch: epoch, day, blocks into it, elapsed_s, past_s (time of the last 504 blocks, with
        those of the epoch before at the present difficulty), change (what came of it [share]).
    """

    days: pd.DataFrame
    epochs: pd.DataFrame
    moments: pd.DataFrame


def read() -> Recorded:
    """Read the two files."""
    days = pd.read_csv(DAYS, parse_dates=["date"], index_col="date")
    epochs = pd.read_csv(EPOCHS, index_col="epoch").rename(columns={"implied_timespan_s": "timespan_s"})
    epochs = epochs[epochs.index == np.arange(len(epochs))]  # a later one is told without those between
    begun = days.index[0]
    epochs["start_s"] = (pd.to_datetime(epochs.start_utc) - begun).dt.total_seconds()
    epochs["change"] = epochs["pct_change"] / 100
    ends_s = np.arange(1, len(days) + 1) * 86_400.0
    heights = days.height_end.to_numpy(np.float64)
    moments = pd.DataFrame(
        {"epoch": (heights // 2016).astype(int), "height": heights, "now_s": ends_s}, index=days.index
    )
    moments = moments.join(epochs[["start_s", "timespan_s", "change", "difficulty"]], on="epoch")
    moments["blocks"] = moments.height % 2016
    moments["elapsed_s"] = moments.now_s - moments.start_s
    window_s = moments.start_s - np.interp(heights - 504, heights, ends_s)
    moments["past_s"] = moments.elapsed_s + window_s * (1 + moments.change)
    moments["change"] = np.clip(1_209_600 / moments.timespan_s, 0.25, 4) - 1
    usable = (moments.blocks > 0) & (moments.elapsed_s > 0) & moments.change.notna()
    return Recorded(days, epochs, moments[usable])
