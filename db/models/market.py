"""The newest market facts, one row each point and source; `hashinsight` never invents one."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Str, UtcTime


class MarketPoint(Base):
    """A number of the outside world: kind is btc_usd, difficulty, block_reward_btc ..."""

    __tablename__ = "market_point"
    kind: Mapped[Str] = mapped_column(primary_key=True)
    at: Mapped[UtcTime] = mapped_column(primary_key=True)
    source: Mapped[Str] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric)
