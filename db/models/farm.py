"""Sites, clients, models and machines: the inventory, which people change and sweeps only read."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, Real, Small, Str, UtcTime


class Site(Base):
    """A farm: its sweep runs on the queue `site.<code>` inside its own network."""

    __tablename__ = "site"
    id: Mapped[Key]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    time_zone: Mapped[Str]  # IANA
    simulated: Mapped[bool] = mapped_column(server_default="false")
    power_price_usd_per_kwh: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    pue: Mapped[Decimal] = mapped_column(Numeric(6, 4), server_default="1")


class Client(Base):
    """One who owns machines hosted here."""

    __tablename__ = "client"
    id: Mapped[Key]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]


class MinerModel(Base):
    """A model of the catalogue; `status` says how well its figures are sourced."""

    __tablename__ = "miner_model"
    id: Mapped[Key]
    name: Mapped[Str] = mapped_column(unique=True)
    manufacturer: Mapped[Str]
    cooling: Mapped[Str]
    hashrate_ths: Mapped[Real]
    power_w: Mapped[Real]
    status: Mapped[Str]
    release_year: Mapped[Small | None]
    agreeing: Mapped[Small] = mapped_column(server_default="0")  # further collections of data sheets that say the same
    notes: Mapped[Str] = mapped_column(server_default="")
    source: Mapped[Str] = mapped_column(server_default="")
    __table_args__ = (CheckConstraint("hashrate_ths > 0 AND power_w > 0", name="positive"),)


class Miner(Base):
    """A machine's identity and place. `lifecycle`: active (asked each sweep), repair, retired, new (awaits approval)."""

    __tablename__ = "miner"
    id: Mapped[Key]
    asset_id: Mapped[Str] = mapped_column(unique=True)
    serial: Mapped[Str | None] = mapped_column(unique=True)
    mac: Mapped[Str | None] = mapped_column(unique=True)
    host: Mapped[Str]
    port: Mapped[int] = mapped_column(server_default="4028")
    http_port: Mapped[int | None]  # NULL: the port of the settings
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    rack: Mapped[Str | None]
    position: Mapped[Small | None]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("miner_model.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    lifecycle: Mapped[Str] = mapped_column(server_default="active")
    created_at: Mapped[UtcTime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("lifecycle IN ('new', 'active', 'repair', 'retired')", name="lifecycle"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("http_port BETWEEN 1 AND 65535", name="http_port"),
        UniqueConstraint("host", "port", "site_id"),
        Index(None, "site_id"),
        Index(None, "client_id"),
    )
