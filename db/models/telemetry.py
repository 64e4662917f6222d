"""What sweeps write. The partitioned and rollup tables are made by SQL in the first migration and only read by SQL;
the tables here are the ones that services and pages address by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import INTEGER, Text

from db.models.base import Base, Big, Key, Real, Small, Str, UtcTime


class MinerState(Base):
    """The newest reading of each machine: one row, kept by upsert, read by the grid.

    fillfactor 50 (set by a migration) and no index beside the key keep every update HOT. `state`: online, stale,
    offline, lost. After a failed ask the values stay those of the last good reading (`read_at`), and `asked_at`,
    `misses`, `last_error` move.
    """

    __tablename__ = "miner_state"
    miner_id: Mapped[int] = mapped_column(ForeignKey("miner.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int]
    asked_at: Mapped[UtcTime | None]
    read_at: Mapped[UtcTime | None]
    state: Mapped[Str] = mapped_column(server_default="lost")
    state_since: Mapped[UtcTime | None]
    good_streak: Mapped[Small] = mapped_column(server_default="0")
    misses: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[Str | None]  # refused, timeout, cut, oversized, unreadable ...
    dialect: Mapped[Str | None]
    hashrate_ths: Mapped[Real | None]
    hashrate_avg_ths: Mapped[Real | None]
    expected_hashrate_ths: Mapped[Real | None]
    expected_source: Mapped[Str | None]  # device, catalogue
    power_w: Mapped[Real | None]
    power_source: Mapped[Str | None]
    power_limit_w: Mapped[Real | None]
    efficiency_j_per_th: Mapped[Real | None]
    temp_inlet_c: Mapped[Real | None]
    temp_board_max_c: Mapped[Real | None]
    temp_chip_max_c: Mapped[Real | None]
    temp_max_c: Mapped[Real | None]
    fans_rpm: Mapped[list[int] | None] = mapped_column(ARRAY(INTEGER))
    accepted: Mapped[Big | None]
    rejected: Mapped[Big | None]
    stale: Mapped[Big | None]
    hardware_errors: Mapped[Big | None]
    reject_ratio: Mapped[Real | None]  # core.hosting.rejects: over the last shares, 0 to 1
    uptime_s: Mapped[Big | None]
    pool_url: Mapped[Str | None]
    worker: Mapped[Str | None]
    mode: Mapped[Str | None]
    power_mode: Mapped[Str | None]
    model: Mapped[Str | None]  # what the machine says it is
    firmware: Mapped[Str | None]
    mac: Mapped[Str | None]
    # core.hosting.reading.board_rows; JSON, because it is written each minute, read whole and never searched.
    boards: Mapped[list[list[Any]] | None] = mapped_column(JSON)
    error_codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    problems: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    alerts: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # kinds open now


class Sweep(Base):
    """One sweep of one site."""

    __tablename__ = "sweep"
    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    started_at: Mapped[UtcTime]
    finished_at: Mapped[UtcTime]
    asked: Mapped[int]
    answered: Mapped[int]
    seconds: Mapped[Real]
    store_seconds: Mapped[Real]
    errors: Mapped[dict[str, int]] = mapped_column(JSONB)  # failures by kind
    __table_args__ = (Index(None, "site_id", "started_at"),)


class Alert(Base):
    """A condition of a machine from when it began until it ended."""

    __tablename__ = "alert"
    id: Mapped[Key]
    miner_id: Mapped[int] = mapped_column(ForeignKey("miner.id", ondelete="CASCADE"))
    site_id: Mapped[int]
    kind: Mapped[Str]
    opened_at: Mapped[UtcTime]
    closed_at: Mapped[UtcTime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (
        Index("uq_alert_open", "miner_id", "kind", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index(None, "opened_at"),
    )
