"""What the page of one machine shows. Every statement runs in a transaction scoped to the asking client, if he is one:
row-level security hides `miner` rows, so each one joins `miner`."""

from __future__ import annotations

import pandas as pd
from sqlalchemy.orm import Session

from core.hosting.reading import named_boards
from db.queries.fleet import LOST_THS
from db.queries.frame import frame


def machine(session: Session, miner_id: int) -> pd.DataFrame:
    """Give identity, place and newest reading, or no row."""
    found = frame(
        session,
        f"""
        SELECT miner.id, miner.asset_id, miner.serial, miner.mac, miner.host, miner.port, miner.lifecycle, miner.rack,
               miner.position, miner.created_at, site.id AS site_id, site.code AS site, site.name AS site_name,
               site.time_zone, site.simulated, site.power_price_usd_per_kwh, site.pue, client.name AS client,
               model.name AS catalogue_model, model.manufacturer, model.cooling, model.hashrate_ths AS nameplate_ths,
               model.power_w AS nameplate_w, model.status AS catalogue_status,
               newest.asked_at, newest.read_at, newest.state, newest.state_since, newest.misses, newest.last_error,
               newest.dialect, newest.hashrate_ths, newest.hashrate_avg_ths, newest.expected_hashrate_ths,
               newest.expected_source, newest.power_w, newest.power_source, newest.power_limit_w,
               newest.efficiency_j_per_th, newest.temp_inlet_c, newest.temp_board_max_c, newest.temp_chip_max_c,
               newest.temp_max_c, newest.fans_rpm, newest.accepted, newest.rejected, newest.stale,
               newest.hardware_errors, newest.reject_ratio, newest.uptime_s, newest.pool_url, newest.worker,
               newest.mode, newest.power_mode, newest.model AS device_model, newest.firmware, newest.mac AS device_mac,
               newest.boards, newest.error_codes, newest.problems, ({LOST_THS})::float8 AS lost_ths
        FROM miner JOIN site ON site.id = miner.site_id LEFT JOIN client ON client.id = miner.client_id
        LEFT JOIN miner_model model ON model.id = miner.model_id
        LEFT JOIN miner_state newest ON newest.miner_id = miner.id
        WHERE miner.id = :miner_id
        """,
        {"miner_id": miner_id},
    )
    found["boards"] = found["boards"].map(named_boards)
    return found


def alerts(session: Session, miner_id: int) -> pd.DataFrame:
    """Give the open alerts, the oldest first."""
    return frame(
        session,
        "SELECT alert.kind, alert.opened_at, alert.detail FROM alert JOIN miner ON miner.id = alert.miner_id"
        " WHERE miner_id = :miner_id AND closed_at IS NULL ORDER BY opened_at",
        {"miner_id": miner_id},
    )


def events(session: Session, miner_id: int, limit: int = 60) -> pd.DataFrame:
    """Give the newest events, the newest first, with the name of the person behind each."""
    return frame(
        session,
        "SELECT event.at, event.kind, event.payload, person.name AS person FROM event"
        " JOIN miner ON miner.id = event.miner_id LEFT JOIN person ON person.id = event.person_id"
        " WHERE event.miner_id = :miner_id ORDER BY event.at DESC, event.id DESC LIMIT :limit",
        {"miner_id": miner_id, "limit": limit},
    )


def commands(session: Session, miner_id: int, limit: int = 20) -> pd.DataFrame:
    """Give the newest commands with who asked for them and how far they came."""
    return frame(
        session,
        "SELECT command.id::text AS id, command.action, command.state, command.requested_at, command.sent_at,"
        " command.confirmed_at, command.deadline_at, command.attempts, command.reply, command.error,"
        " person.name AS person FROM command JOIN miner ON miner.id = command.miner_id"
        " LEFT JOIN person ON person.id = command.requested_by"
        " WHERE command.miner_id = :miner_id ORDER BY requested_at DESC LIMIT :limit",
        {"miner_id": miner_id, "limit": limit},
    )


def neighbours(session: Session, miner_id: int) -> pd.DataFrame:
    """Give the machine before and the one after in the same rack, by position; only those that the asker may see."""
    return frame(
        session,
        """
        WITH rack AS (
            SELECT other.id, other.asset_id,
                   lag(other.id) OVER places AS before_id, lag(other.asset_id) OVER places AS before_asset_id,
                   lead(other.id) OVER places AS after_id, lead(other.asset_id) OVER places AS after_asset_id
            FROM miner this JOIN miner other ON other.site_id = this.site_id AND other.rack = this.rack
            WHERE this.id = :miner_id
            WINDOW places AS (ORDER BY other.position, other.id))
        SELECT before_id, before_asset_id, after_id, after_asset_id FROM rack WHERE id = :miner_id
        """,
        {"miner_id": miner_id},
    )
