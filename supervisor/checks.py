"""What is looked at before anything starts; each failure is one sentence that says what to do."""

from __future__ import annotations

import fcntl
import os
import resource
import secrets
import shutil
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from pydantic import ValidationError

from settings import Settings
from supervisor.errors import CannotStart
from supervisor.net import is_free

# PostgreSQL's first write-ahead log and a day of telemetry do not fit into less.
LEAST_FREE_MB = 500
# The past that a new demo opens with: 4.2 GB were seen for 6,000 machines.
DEMO_MB_PER_MINER = 0.7
LEAST_SECRET = 32
WANTED_FILES = 65_536
KNOWN_SECRETS = ("secret", "changeme", "change-me", "password", "hashinsight", "example", "default")


def read_settings() -> Settings:
    """Read the settings; raises with the name of the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "HASHINSIGHT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CannotStart(f"{name}={first['input']!r} is not usable: {first['msg'].lower()}") from None


def usable_data_dir(settings: Settings) -> Path:
    """Make the data directory and write to it; raises when that cannot be done."""
    path = settings.data_dir.expanduser().absolute()
    needed_mb = LEAST_FREE_MB
    if settings.demo and settings.database_url is None and not (path / "postgres").exists():
        needed_mb += int(settings.demo_miners * DEMO_MB_PER_MINER)
    try:
        (path / "logs").mkdir(parents=True, exist_ok=True)
        trial = path / ".trial"
        trial.write_bytes(b"x" * 4096)
        trial.unlink()
        free_mb = shutil.disk_usage(path).free // 2**20
    except OSError as error:
        raise CannotStart(
            f"the data directory {path} cannot be used ({error.strerror}); set HASHINSIGHT_DATA_DIR to another one"
        ) from None
    if free_mb < needed_mb:
        raise CannotStart(
            f"the disk of the data directory {path} has {free_mb} MB free and {needed_mb} MB are needed; "
            "set HASHINSIGHT_DATA_DIR to another one"
            + (" or HASHINSIGHT_DEMO_MINERS to a smaller farm" if needed_mb > LEAST_FREE_MB else "")
        )
    return path


def lock(data_dir: Path) -> IO[str]:
    """Take the data directory for this process; raises when another one holds it. Free again when we end, however."""
    file = (data_dir / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(
            f"HashInsight already runs on the data directory {data_dir} (process {holder}); stop it, "
            "or set HASHINSIGHT_DATA_DIR and HASHINSIGHT_PORT for a second one"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def free_address(host: str, port: int) -> None:
    """Raise unless we can listen on this address."""
    try:
        free = is_free(port, host)
    except OSError as error:
        raise CannotStart(
            f"HASHINSIGHT_HOST={host} is no address of this machine that can be listened on ({error.strerror or error})"
        ) from None
    if not free:
        raise CannotStart(
            f"port {port} on {host} is taken by another program (or needs root); set HASHINSIGHT_PORT to a free one"
        )


def answering_database(url: str) -> None:
    """Raise unless the configured database takes our sign-in."""
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else "no answer"
        raise CannotStart(f"the database at {_without_password(url)} does not answer: {reason}") from None


def answering_redis(url: str) -> None:
    """Raise unless the configured Redis answers."""
    import redis

    try:
        client = redis.Redis.from_url(f"{url.rstrip('/')}/0", socket_connect_timeout=5, socket_timeout=5)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart(f"the Redis at {_without_password(url)} does not answer: {error}") from None


def secret_key(settings: Settings, demo_secret: str) -> str:
    """Give the key that signs sessions; outside the demo it must be the operator's own, and a real one."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    if given is None and settings.demo:
        return demo_secret
    if given is None:
        raise CannotStart(
            f"with HASHINSIGHT_DEMO=0 a HASHINSIGHT_SECRET_KEY is needed, for example {secrets.token_urlsafe(36)}"
        )
    known = any(given.lower().startswith(word) for word in KNOWN_SECRETS)
    if len(given) < LEAST_SECRET or len(set(given)) < 8 or known:
        raise CannotStart(f"HASHINSIGHT_SECRET_KEY must be at least {LEAST_SECRET} random characters")
    return given


def raise_file_limit() -> None:
    """Let this process and its children open many connections: 6,000 machines are asked 1,500 at a time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, 10_240), hard))  # macOS: OPEN_MAX


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
