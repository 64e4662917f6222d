"""Forecasts of price, difficulty and hashprice, with intervals, and their scores from rolling origins."""

from core.forecasting.difficulty import difficulty_at, forecast_difficulty
from core.forecasting.hashprice import forecast_hashprice
from core.forecasting.model import Model
from core.forecasting.price import forecast_price
from core.forecasting.registry import MODELS
from core.forecasting.retarget import Retarget, next_difficulty, next_retarget
from core.forecasting.rolling import Evaluation, Progress, Score, Verdict, evaluate, rolling

__all__ = [
    "MODELS",
    "Evaluation",
    "Model",
    "Progress",
    "Retarget",
    "Score",
    "Verdict",
    "difficulty_at",
    "evaluate",
    "forecast_difficulty",
    "forecast_hashprice",
    "forecast_price",
    "next_difficulty",
    "next_retarget",
    "rolling",
]
