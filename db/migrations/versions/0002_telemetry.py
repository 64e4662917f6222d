"""Telemetry in partitions and rollups, the walls of the audit log, the client's row security, the model catalogue."""

from __future__ import annotations

import csv
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CATALOGUE = Path(__file__).parents[3] / "core" / "calculator" / "data" / "asic_models.csv"

TELEMETRY = """
CREATE TABLE telemetry (
    at timestamptz NOT NULL, miner_id integer NOT NULL, site_id smallint NOT NULL,
    hashrate_ths real, expected_hashrate_ths real, power_w real,
    temp_inlet_c real, temp_chip_max_c real, temp_max_c real, fan_min_rpm integer,
    accepted bigint, rejected bigint, hardware_errors bigint, uptime_s bigint, sleeping boolean,
    board_hashrate_ths real[], board_temp_c real[]
) PARTITION BY RANGE (at);
CREATE UNIQUE INDEX uq_telemetry_miner_id_at ON telemetry (miner_id, at);
CREATE INDEX ix_telemetry_at ON telemetry USING brin (at) WITH (autosummarize = on);
"""

# hashrate, power and temperatures are means (temp_max: the maximum) over the answered asks of the bucket; accepted,
# rejected and hardware_errors are what was added in it; `online` is the share of asks that were answered.
ROLLUP_COLUMNS = """
    bucket timestamptz NOT NULL, miner_id integer NOT NULL, site_id smallint NOT NULL, samples integer NOT NULL,
    online real NOT NULL, hashrate_ths real, expected_hashrate_ths real, power_w real, energy_kwh real,
    temp_inlet_c real, temp_chip_max_c real, temp_max_c real, accepted integer, rejected integer,
    hardware_errors integer, board_hashrate_ths real[], board_temp_c real[],
    PRIMARY KEY (miner_id, bucket)
"""

# Sums over the machines of a site; temperatures: maximum and mean; `bucket` is the sweep's time in site_sample.
SITE_COLUMNS = """
    bucket timestamptz NOT NULL, site_id smallint NOT NULL, machines integer NOT NULL, online real NOT NULL,
    hashrate_ths double precision, expected_hashrate_ths double precision, power_w double precision,
    energy_kwh double precision, temp_max_c real, temp_avg_c real, accepted bigint, rejected bigint,
    PRIMARY KEY (site_id, bucket)
"""

PARTITIONS = """
CREATE FUNCTION ensure_partitions(parent text, step interval, first timestamptz, last timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    unit text := CASE WHEN step >= interval '28 days' THEN 'month' ELSE 'day' END;
    start_at timestamptz := date_trunc(unit, first, 'UTC');
    stop_at timestamptz;
    name text;
    made integer := 0;
BEGIN
    IF parent NOT IN ('telemetry', 'telemetry_5m', 'telemetry_1h') THEN
        RAISE EXCEPTION 'not a partitioned table: %', parent;
    END IF;
    WHILE start_at <= last LOOP
        stop_at := date_trunc(unit, start_at + step + interval '12 hours', 'UTC');
        name := parent || '_p' || to_char(start_at AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           name, parent, start_at, stop_at);
            made := made + 1;
        END IF;
        start_at := stop_at;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION drop_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    part record;
    dropped integer := 0;
BEGIN
    IF parent NOT IN ('telemetry', 'telemetry_5m', 'telemetry_1h') THEN
        RAISE EXCEPTION 'not a partitioned table: %', parent;
    END IF;
    FOR part IN
        SELECT child.relname AS name,
               (regexp_match(pg_get_expr(child.relpartbound, child.oid), 'TO \\(''([^'']+)''\\)'))[1]::timestamptz AS ends
        FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = parent::regclass
    LOOP
        IF part.ends <= before THEN
            EXECUTE format('DROP TABLE %I', part.name);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;
"""

# One head row serialises the writers: ids without a gap, each hash over the hash before it. Whoever removes the last
# rows is found too, because the head still names them.
AUDIT = """
CREATE TABLE audit_head (one boolean PRIMARY KEY DEFAULT true CHECK (one), last_id bigint NOT NULL, hash bytea NOT NULL);
INSERT INTO audit_head (last_id, hash) VALUES (0, sha256('hashinsight'::bytea));

CREATE FUNCTION audit_row_hash(row_before bytea, entry audit_log) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(row_before || convert_to(jsonb_build_object(
        'id', entry.id, 'at', extract(epoch FROM entry.at), 'actor_id', entry.actor_id, 'actor_name', entry.actor_name,
        'role', entry.role, 'ip', entry.ip, 'action', entry.action, 'object', entry.object, 'outcome', entry.outcome,
        'before', entry.before, 'after', entry.after, 'request_id', entry.request_id)::text, 'UTF8'))
$$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE audit_head SET last_id = last_id + 1 RETURNING last_id, hash INTO NEW.id, NEW.prev_hash;
    NEW.at := clock_timestamp();
    NEW.hash := audit_row_hash(NEW.prev_hash, NEW);
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP;
END $$;
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_first_bad() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    WITH chained AS (
        SELECT entry.id, entry.hash, audit_row_hash(lag(entry.hash, 1, sha256('hashinsight'::bytea)) OVER (ORDER BY entry.id), entry) AS reckoned,
               row_number() OVER (ORDER BY entry.id) AS place
        FROM audit_log entry)
    SELECT coalesce(
        (SELECT min(id) FROM chained WHERE hash <> reckoned OR id <> place),
        (SELECT last_id FROM audit_head WHERE last_id <> (SELECT count(*) FROM audit_log)))
$$;
"""

ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hashinsight_app') THEN
        CREATE ROLE hashinsight_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    -- Since PostgreSQL 16 a login that is no superuser may not become the role that it has made, unless it says so.
    GRANT hashinsight_app TO CURRENT_USER;
EXCEPTION WHEN insufficient_privilege THEN NULL;  -- somebody else made the role, and grants it
END $$;
GRANT USAGE ON SCHEMA public TO hashinsight_app;
GRANT TEMPORARY ON DATABASE {database} TO hashinsight_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hashinsight_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO hashinsight_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hashinsight_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO hashinsight_app;
REVOKE UPDATE, DELETE ON audit_log FROM hashinsight_app;
REVOKE ALL ON audit_head FROM hashinsight_app;
"""

# The sub-select makes the setting an init plan: read once a query, not once a row.
ROW_SECURITY = """
ALTER TABLE miner ENABLE ROW LEVEL SECURITY;
CREATE POLICY client_scope ON miner TO hashinsight_app USING (
    (SELECT nullif(current_setting('hashinsight.client_id', true), '')) IS NULL
    OR client_id = (SELECT nullif(current_setting('hashinsight.client_id', true), '')::bigint));
ALTER TABLE client ENABLE ROW LEVEL SECURITY;
CREATE POLICY client_scope ON client TO hashinsight_app USING (
    (SELECT nullif(current_setting('hashinsight.client_id', true), '')) IS NULL
    OR id = (SELECT nullif(current_setting('hashinsight.client_id', true), '')::bigint));
"""


def upgrade() -> None:
    """Create what the declarative models do not describe."""
    op.execute(TELEMETRY)
    op.execute(f"CREATE TABLE telemetry_5m ({ROLLUP_COLUMNS}) PARTITION BY RANGE (bucket)")
    op.execute(f"CREATE TABLE telemetry_1h ({ROLLUP_COLUMNS}) PARTITION BY RANGE (bucket)")
    op.execute(f"CREATE TABLE telemetry_1d ({ROLLUP_COLUMNS})")
    # Rows come in the order of time: a few kilobytes that say where a time lies spare a rollup the scan of its day.
    for table in ("telemetry_5m", "telemetry_1h", "telemetry_1d"):
        op.execute(f"CREATE INDEX ix_{table}_bucket ON {table} USING brin (bucket) WITH (autosummarize = on)")
    for table in ("site_sample", "site_5m", "site_1h", "site_1d"):
        op.execute(f"CREATE TABLE {table} ({SITE_COLUMNS})")
    op.execute("CREATE TABLE rollup_mark (layer text PRIMARY KEY, done_until timestamptz NOT NULL)")
    op.execute("ALTER TABLE miner_state SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05)")
    op.execute(PARTITIONS)
    op.execute(AUDIT)
    database = op.get_bind().engine.url.database
    op.execute(ROLE.replace("{database}", f'"{database}"'))
    op.execute(ROW_SECURITY)
    names = ("name", "manufacturer", "cooling", "hashrate_ths", "power_w", "status")
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [
            {name: row[name] for name in names}
            | {"hashrate_ths": float(row["hashrate_ths"]), "power_w": float(row["power_w"])}
            for row in csv.DictReader(file)
        ]
    op.bulk_insert(sa.table("miner_model", *(sa.column(name) for name in names)), rows)
