"""Forecasts of the price as they were fitted last, and the scores of the models from rolling origins."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, Small, Str, UtcTime

_ARRAYS = ("mean", "low80", "high80", "low95", "high95")
_WHOLE = " AND ".join(f"cardinality({name}) = horizon_days" for name in _ARRAYS)


class PriceForecast(Base):
    """What a model expects of the price [USD/BTC], one value a day from the day after `last_at` on."""

    __tablename__ = "price_forecast"
    __table_args__ = (CheckConstraint(f"horizon_days > 0 AND {_WHOLE}", name="whole"),)
    model: Mapped[Str] = mapped_column(primary_key=True)
    horizon_days: Mapped[Small] = mapped_column(primary_key=True)
    fitted_at: Mapped[UtcTime]
    source: Mapped[Str]
    symbol: Mapped[Str]
    first_at: Mapped[UtcTime]
    last_at: Mapped[UtcTime]
    bars: Mapped[int]
    last_price_usd: Mapped[float] = mapped_column(Double)
    mean: Mapped[list[float]] = mapped_column(ARRAY(Double))
    low80: Mapped[list[float]] = mapped_column(ARRAY(Double))
    high80: Mapped[list[float]] = mapped_column(ARRAY(Double))
    low95: Mapped[list[float]] = mapped_column(ARRAY(Double))
    high95: Mapped[list[float]] = mapped_column(ARRAY(Double))


class ForecastEvaluation(Base):
    """One evaluation of all models; `person_id` is absent for the nightly ones, `verdict` a name of `Verdict`."""

    __tablename__ = "forecast_evaluation"
    __table_args__ = (
        CheckConstraint("origins > 0 AND horizon_days > 0", name="origins"),
        Index(None, "horizon_days", "evaluated_at"),
    )
    id: Mapped[Key]
    evaluated_at: Mapped[UtcTime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    horizon_days: Mapped[Small]
    origins: Mapped[int]
    first_origin_at: Mapped[UtcTime]
    last_origin_at: Mapped[UtcTime]
    source: Mapped[Str]
    symbol: Mapped[Str]
    verdict: Mapped[Str]
    best: Mapped[Str | None]


class ForecastScore(Base):
    """What one model was worth in an evaluation, over all days and by the day ahead."""

    __tablename__ = "forecast_score"
    evaluation_id: Mapped[int] = mapped_column(
        ForeignKey("forecast_evaluation.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[Str] = mapped_column(primary_key=True)
    mae: Mapped[float] = mapped_column(Double)
    skill: Mapped[float] = mapped_column(Double)
    p_value: Mapped[float | None] = mapped_column(Double)
    coverage80: Mapped[float] = mapped_column(Double)
    coverage95: Mapped[float] = mapped_column(Double)
    step_mae: Mapped[list[float]] = mapped_column(ARRAY(Double))
    step_skill: Mapped[list[float]] = mapped_column(ARRAY(Double))
    step_coverage80: Mapped[list[float]] = mapped_column(ARRAY(Double))
    step_coverage95: Mapped[list[float]] = mapped_column(ARRAY(Double))
