"""Every table, so that `Base.metadata` is whole wherever one is imported."""

from db.models.base import Base
from db.models.farm import Client, Miner, MinerModel, Site
from db.models.forecasts import ForecastEvaluation, ForecastScore, PriceForecast
from db.models.market import MarketCandle, MarketHole, MarketPoint, MarketSource, SignalFired
from db.models.operations import AuditLog, Command, Event, Job
from db.models.people import OneTimeToken, Person, SavedView, SignInAttempt, WebSession
from db.models.telemetry import Alert, MinerState, Sweep

__all__ = [
    "Alert",
    "AuditLog",
    "Base",
    "Client",
    "Command",
    "Event",
    "ForecastEvaluation",
    "ForecastScore",
    "Job",
    "MarketCandle",
    "MarketHole",
    "MarketPoint",
    "MarketSource",
    "Miner",
    "MinerModel",
    "MinerState",
    "OneTimeToken",
    "Person",
    "PriceForecast",
    "SavedView",
    "SignInAttempt",
    "SignalFired",
    "Site",
    "Sweep",
    "WebSession",
]
