"""Children with real processes: kept up, told apart from strangers, and gone at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from supervisor import keeper as keeping
from supervisor.children import Child, Plan
from supervisor.keeper import Keeper, end_leftovers
from supervisor.processes import command_line
from tests.product import wait_until

LIVE = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
PARENT = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(p.pid, flush=True); time.sleep(600)"  # fmt: skip # noqa: E501


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, said: list[str]) -> Iterator[Keeper]:
    made = Keeper(tmp_path, tmp_path / "children.json", said.append)
    yield made
    made.stop((), lambda: True)


def child(tmp_path: Path, code: str, name: str = "part", **plan: object) -> Child:
    command = [sys.executable, "-c", code]
    return Child(Plan(name=name, command=command, environment=dict(os.environ), cwd=tmp_path, **plan), tmp_path)  # type: ignore[arg-type]


def watch_until(keeper: Keeper, ready: Callable[[], object]) -> None:
    def look() -> object:
        keeper.watch()
        return ready()

    wait_until(look, "what the keeper was to do", patience_s=30)


def test_killed_child_is_started_again(keeper: Keeper, tmp_path: Path, said: list[str]) -> None:
    part = keeper.add(child(tmp_path, LIVE))
    first = part.pid
    assert first
    os.kill(first, signal.SIGKILL)
    watch_until(keeper, lambda: part.pid not in (None, first))
    assert said == ["part was ended by SIGKILL; starting it again"]
    assert json.loads((tmp_path / "children.json").read_text())["part"]["restarts"] == 1


def test_child_that_cannot_stay_up_is_reported_once_and_tried_on_while_others_live(
    keeper: Keeper, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(keeping, "LONGEST_WAIT_S", 0.02)
    other = keeper.add(child(tmp_path, LIVE, "other"))
    pid = other.pid
    bad = keeper.add(child(tmp_path, "raise SystemExit('no such disk')", "bad"))
    watch_until(keeper, lambda: keeper.quick_deaths(bad) >= 6)
    sentences = [line for line in said if "cannot stay up" in line]
    assert len(sentences) == 1
    assert "no such disk" in sentences[0]
    assert other.pid == pid


def test_child_that_runs_once_is_not_started_again_when_it_is_done(keeper: Keeper, tmp_path: Path) -> None:
    keeper.add(child(tmp_path, "pass"), once=True)
    watch_until(keeper, lambda: "part" not in json.loads((tmp_path / "children.json").read_text()))


def test_what_a_killed_child_left_behind_is_ended(keeper: Keeper, tmp_path: Path) -> None:
    part = keeper.add(child(tmp_path, PARENT))
    wait_until(lambda: part.log.read_text().strip(), "the grandchild")
    grandchild = int(part.log.read_text())
    assert part.pid
    os.kill(part.pid, signal.SIGKILL)
    watch_until(keeper, lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


def test_stop_ends_a_child_that_does_not_listen(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, tmp_path / "children.json", print)
    part = keeper.add(child(tmp_path, STUBBORN, patience_s=0.2))
    wait_until(lambda: "deaf" in part.log.read_text(), "the child")
    keeper.stop((("part",),), lambda: False)
    assert part.exit_code() == -signal.SIGKILL
    assert not (tmp_path / "children.json").exists()


@pytest.fixture
def two_alive() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes that run their program: between fork and exec the system shows no command line of theirs."""
    made = [subprocess.Popen([sys.executable, "-c", LIVE], start_new_session=True) for _ in range(2)]
    wait_until(lambda: all(command_line(process.pid) for process in made), "the command lines")
    yield made
    for process in made:
        process.kill()
        process.wait()


def test_leftovers_are_ended_and_strangers_with_a_reused_number_are_not(
    tmp_path: Path, two_alive: list[subprocess.Popen[bytes]]
) -> None:
    ours, stranger = two_alive
    notes = {
        "ours": {"pid": ours.pid, "command": f"{sys.executable} -c {LIVE}"},
        "reused": {"pid": stranger.pid, "command": f"{sys.executable} -m granian"},
    }
    (tmp_path / "children.json").write_text(json.dumps(notes))
    end_leftovers(tmp_path / "children.json")
    assert ours.wait(5) == -signal.SIGTERM
    assert stranger.poll() is None


def test_full_log_begins_again_and_keeps_one_earlier_file(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervisor.children.LOG_CAP_BYTES", 100)
    part = keeper.add(child(tmp_path, "import time\nwhile True: print('x' * 50, flush=True); time.sleep(0.01)"))
    wait_until(lambda: part.log.stat().st_size > 100, "a full log")
    part.cap_log()
    assert part.log.with_suffix(".log.1").stat().st_size > 100
    size = part.log.stat().st_size
    wait_until(lambda: part.log.stat().st_size > size, "the next line")
    assert b"\0" not in part.log.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_child_dies_with_a_killed_supervisor(tmp_path: Path) -> None:
    code = f"""
import sys, time, os
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from supervisor.children import Child, Plan
plan = Plan(name="part", command=[sys.executable, "-c", {LIVE!r}], environment=dict(os.environ), cwd=Path("/"))
part = Child(plan, Path({str(tmp_path)!r})); part.start(); print(part.pid, flush=True); time.sleep(600)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert supervisor.stdout
    pid = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.communicate()
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", "the end", patience_s=10)
