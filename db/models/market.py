"""Market facts, one row each point and source; `hashinsight` never invents one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, Str, UtcTime


class MarketPoint(Base):
    """A number of the outside world: kind is btc_usd, difficulty, block_reward_btc ...

    `at` is when it was so, `seen_at` when it was stored, `basis` the sources that it rests on.
    """

    __tablename__ = "market_point"
    kind: Mapped[Str] = mapped_column(primary_key=True)
    at: Mapped[UtcTime] = mapped_column(primary_key=True)
    source: Mapped[Str] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric)
    seen_at: Mapped[UtcTime] = mapped_column(server_default=text("now()"))
    basis: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class MarketCandle(Base):
    """A bar of one source; those that tell closing prices only leave the rest absent."""

    __tablename__ = "market_candle"
    __table_args__ = (
        CheckConstraint("close > 0 AND low <= least(open, close) AND high >= greatest(open, close)", name="prices"),
    )
    source: Mapped[Str] = mapped_column(primary_key=True)
    symbol: Mapped[Str] = mapped_column(primary_key=True)
    interval: Mapped[Str] = mapped_column(primary_key=True)
    at: Mapped[UtcTime] = mapped_column(primary_key=True)
    open: Mapped[Decimal | None] = mapped_column(Numeric)
    high: Mapped[Decimal | None] = mapped_column(Numeric)
    low: Mapped[Decimal | None] = mapped_column(Numeric)
    close: Mapped[Decimal] = mapped_column(Numeric)
    volume: Mapped[Decimal | None] = mapped_column(Numeric)
    seen_at: Mapped[UtcTime] = mapped_column(server_default=text("now()"))


class MarketHole(Base):
    """Bars that a source said it does not have, so that it is not asked for them every quarter of an hour."""

    __tablename__ = "market_hole"
    __table_args__ = (CheckConstraint("first <= last", name="order"),)
    source: Mapped[Str] = mapped_column(primary_key=True)
    symbol: Mapped[Str] = mapped_column(primary_key=True)
    interval: Mapped[Str] = mapped_column(primary_key=True)
    first: Mapped[UtcTime] = mapped_column(primary_key=True)
    last: Mapped[UtcTime]
    seen_at: Mapped[UtcTime] = mapped_column(server_default=text("now()"))


class MarketSource(Base):
    """How a source is in one of its parts: spot, network, candles or epochs.

    `failure` is the kind of the last one and `detail` its words; `verdict` is what the last vote on the price made of
    its quote. A failure that is over keeps standing: `failures` counts those in a row and is 0 then.
    """

    __tablename__ = "market_source"
    __table_args__ = (
        CheckConstraint("part IN ('spot', 'network', 'candles', 'epochs')", name="part"),
        CheckConstraint("failures >= 0", name="failures"),
    )
    source: Mapped[Str] = mapped_column(primary_key=True)
    part: Mapped[Str] = mapped_column(primary_key=True)
    asked_at: Mapped[UtcTime]
    answered_at: Mapped[UtcTime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failed_at: Mapped[UtcTime | None]
    failure: Mapped[Str | None]
    detail: Mapped[Str | None]
    resting_until: Mapped[UtcTime | None]
    symbol: Mapped[Str | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric)
    quoted_at: Mapped[UtcTime | None]
    verdict: Mapped[Str | None]


class SignalRule(Base):
    """A rule that somebody made: `core.signals.rule_from_json` reads it; the whole team sees it."""

    __tablename__ = "signal_rule"
    __table_args__ = (UniqueConstraint("name"), CheckConstraint("holding_days > 0", name="holding_days"))
    id: Mapped[Key]
    name: Mapped[Str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    holding_days: Mapped[int]
    made_at: Mapped[UtcTime] = mapped_column(server_default=text("now()"))


class SignalFired(Base):
    """A signal that was announced: the name of a built-in rule or ``own-`` and the number of another, and the bar at whose close it came to be so."""

    __tablename__ = "signal_fired"
    rule: Mapped[Str] = mapped_column(primary_key=True)
    bar_at: Mapped[UtcTime] = mapped_column(primary_key=True)
    source: Mapped[Str]
    announced_at: Mapped[UtcTime] = mapped_column(server_default=text("now()"))
