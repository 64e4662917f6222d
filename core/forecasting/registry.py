"""The table of price models: a new one is a module of its own and its line here."""

from __future__ import annotations

from core.forecasting.arima import ARIMA
from core.forecasting.boosted import XGBOOST
from core.forecasting.model import Model
from core.forecasting.random_walk import RANDOM_WALK

MODELS: dict[str, Model] = {each.name: each for each in (RANDOM_WALK, ARIMA, XGBOOST)}


def find(name: str) -> Model:
    """Give the model of that name; a ValueError names those there are."""
    found = MODELS.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"there is no model {name!r}; there are {', '.join(MODELS)}")
    return found
