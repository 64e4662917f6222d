"""What a start refuses: each in one sentence that names what to change."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings import Settings
from supervisor import checks
from supervisor.errors import CannotStart
from supervisor.net import free_port, is_free

GOOD_KEY = "q8Zt2LwX5vNc0RyB7mKd3HsJ6pFgA1Ue"


def test_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(wish=port) != port
        with pytest.raises(CannotStart, match=f"port {port} on 127.0.0.1 is taken.*HASHINSIGHT_PORT"):
            checks.free_address("127.0.0.1", port)


def test_wished_port_is_kept_when_free() -> None:
    wish = free_port()
    assert free_port(wish) == wish


def test_foreign_address_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"HASHINSIGHT_HOST=192\.0\.2\.1"):
        checks.free_address("192.0.2.1", 8050)


def test_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CannotStart, match=r"cannot be used.*HASHINSIGHT_DATA_DIR"):
        checks.usable_data_dir(Settings(data_dir=file))


def test_data_directory_below_proc_is_refused() -> None:
    # Read-only for root too, whom a missing write bit does not stop.
    with pytest.raises(CannotStart, match="/proc/hashinsight cannot be used"):
        checks.usable_data_dir(Settings(data_dir=Path("/proc/hashinsight")))


def test_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_FREE_MB", 2**40)
    with pytest.raises(CannotStart, match=r"MB free and \d+ MB are needed"):
        checks.usable_data_dir(Settings(data_dir=tmp_path))


def test_new_demo_needs_room_for_its_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free_mb = shutil.disk_usage(tmp_path).free // 2**20
    monkeypatch.setattr(checks, "LEAST_FREE_MB", max(0, free_mb - 1000))
    monkeypatch.setattr(checks, "DEMO_MB_PER_MINER", 1.0)
    large, small = (
        Settings(data_dir=tmp_path, demo=True, demo_miners=count, database_url=None) for count in (100_000, 10)
    )
    with pytest.raises(CannotStart, match="HASHINSIGHT_DEMO_MINERS to a smaller farm"):
        checks.usable_data_dir(large)
    checks.usable_data_dir(small)
    (tmp_path / "postgres").mkdir()  # the past is there already
    checks.usable_data_dir(large)


def test_second_holder_of_a_data_directory_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    held = checks.lock(tmp_path)
    with pytest.raises(CannotStart, match=f"already runs on the data directory .*process {os.getpid()}"):
        checks.lock(tmp_path)
    held.close()
    checks.lock(tmp_path).close()


def test_dead_database_and_redis_are_named_without_their_password() -> None:
    port = free_port()
    with pytest.raises(CannotStart, match=f"database at postgresql://127.0.0.1:{port}/x does not answer") as refused:
        checks.answering_database(f"postgresql://me:hidden@127.0.0.1:{port}/x")
    assert "hidden" not in str(refused.value)
    with pytest.raises(CannotStart, match=f"Redis at redis://127.0.0.1:{port} does not answer") as refused:
        checks.answering_redis(f"redis://:hidden@127.0.0.1:{port}")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "name,value", [("HASHINSIGHT_PORT", "99999"), ("HASHINSIGHT_DEMO_MINERS", "many"), ("HASHINSIGHT_DEMO", "perhaps")]
)
def test_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=f"^{name}='{value}' is not usable: [^\n]*$"):
        checks.read_settings()


def test_demo_makes_its_own_secret() -> None:
    assert checks.secret_key(Settings(demo=True, secret_key=None), "made") == "made"


@pytest.mark.parametrize("key", [None, "", "short", "a" * 64, "changeme-changeme-changeme-changeme-changeme"])
def test_real_use_needs_a_real_secret(key: str | None) -> None:
    settings = Settings(demo=False, secret_key=None if key is None else SecretStr(key))
    with pytest.raises(CannotStart, match="HASHINSIGHT_SECRET_KEY"):
        checks.secret_key(settings, "made")


def test_good_secret_is_taken() -> None:
    assert checks.secret_key(Settings(demo=False, secret_key=SecretStr(GOOD_KEY)), "made") == GOOD_KEY
