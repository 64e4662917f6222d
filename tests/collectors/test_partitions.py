"""Partitions ahead and behind, and what is trimmed."""

from __future__ import annotations

import datetime as dt
import logging

import psycopg2
import pytest
from sqlalchemy import text

from collectors import partitions
from db.session import transaction
from settings import Settings
from tests.farm import make_place


def names(like: str) -> set[str]:
    with transaction() as session:
        found = session.execute(
            text("SELECT relname FROM pg_class WHERE relname LIKE :name AND relkind = 'r'"), {"name": like}
        )
        return set(found.scalars())


def test_partitions_are_made_ahead_and_dropped_behind(app_settings: Settings) -> None:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        for table in partitions.STEPS:
            partitions.ensure(session, table, now - dt.timedelta(days=460), now - dt.timedelta(days=459))
    partitions.maintain(now)
    assert f"telemetry_p{now + dt.timedelta(days=3):%Y%m%d}" in names("telemetry_p20%")
    assert f"telemetry_5m_p{now + dt.timedelta(days=3):%Y%m%d}" in names("telemetry_5m_p20%")
    assert f"telemetry_1h_p{now:%Y%m}01" in names("telemetry_1h_p20%")
    old = now - dt.timedelta(days=460)
    for table in partitions.STEPS:
        assert not {name for name in names(f"{table}_p20%") if name.endswith(f"{old:%Y%m%d}")}
    assert not names(f"telemetry_1h_p{old:%Y%m}%")


def test_making_them_twice_makes_nothing(app_settings: Settings) -> None:
    now = dt.datetime.now(dt.UTC)
    partitions.maintain(now)
    done = partitions.maintain(now)
    assert [done[f"{table} made"] for table in partitions.STEPS] == [0, 0, 0]


@pytest.mark.parametrize(
    ("first", "last", "made"),
    [
        (dt.datetime(2031, 3, 30, 23, 59, tzinfo=dt.UTC), dt.datetime(2031, 3, 31, 0, 0, tzinfo=dt.UTC), 2),
        (dt.datetime(2031, 12, 31, 12, tzinfo=dt.UTC), dt.datetime(2032, 1, 1, 12, tzinfo=dt.UTC), 2),
        (dt.datetime(2032, 2, 28, tzinfo=dt.UTC), dt.datetime(2032, 3, 1, tzinfo=dt.UTC), 3),  # a leap year
    ],
)
def test_every_day_of_a_window_has_one(
    app_settings: Settings, first: dt.datetime, last: dt.datetime, made: int
) -> None:
    with transaction() as session:
        assert partitions.ensure(session, "telemetry", first, last) == made
        session.execute(
            text("INSERT INTO telemetry (at, miner_id, site_id) VALUES (:first, 1, 1), (:last, 1, 1)"),
            {"first": first, "last": last},
        )
        session.rollback()


def test_a_month_of_hours_is_one_partition(app_settings: Settings) -> None:
    first = dt.datetime(2031, 1, 31, 23, tzinfo=dt.UTC)
    with transaction() as session:
        assert partitions.ensure(session, "telemetry_1h", first, first + dt.timedelta(hours=1)) == 2
        session.rollback()


def test_a_table_that_is_not_ours_to_drop_is_refused(app_settings: Settings) -> None:
    with pytest.raises(Exception, match="not a partitioned table"), transaction() as session:
        session.execute(text("SELECT drop_partitions('audit_log', now())"))


def test_a_long_reader_delays_the_drop_and_nothing_else(
    app_settings: Settings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        partitions.ensure(session, "telemetry", now - dt.timedelta(days=30), now - dt.timedelta(days=30))
    reader = psycopg2.connect(database_url)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry")
    with caplog.at_level(logging.WARNING):
        done = partitions.maintain(now)
    reader.close()
    assert done["telemetry dropped"] == 0
    assert "old partitions stay for now" in caplog.text
    assert "event trimmed" in done
    assert partitions.maintain(now)["telemetry dropped"] >= 1


def test_delivered_events_go_after_their_time_and_undelivered_ones_never(app_settings: Settings) -> None:
    place = make_place()
    with transaction() as session:
        for kind, days, delivered in (("old", 91, True), ("waiting", 91, False), ("young", 89, True)):
            session.execute(
                text(
                    "INSERT INTO event (at, kind, site_id, payload, delivered_at) VALUES"
                    " (now() - make_interval(days => :days), :kind, :site, '{}', CASE WHEN :delivered THEN now() END)"
                ),
                {"days": days, "kind": kind, "site": place.site_id, "delivered": delivered},
            )
    partitions.maintain(dt.datetime.now(dt.UTC))
    with transaction() as session:
        left = session.execute(text("SELECT kind FROM event WHERE site_id = :site"), {"site": place.site_id}).scalars()
        assert set(left) == {"waiting", "young"}


def test_trimming_goes_on_until_all_is_gone(app_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "TRIM_BATCH", 2)
    place = make_place()
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO sweep (site_id, started_at, finished_at, asked, answered, seconds, store_seconds, errors)"
                " SELECT :site, now() - interval '40 days', now(), 1, 1, 1, 1, '{}' FROM generate_series(1, 5)"
            ),
            {"site": place.site_id},
        )
    assert partitions.maintain(dt.datetime.now(dt.UTC))["sweep trimmed"] >= 5
