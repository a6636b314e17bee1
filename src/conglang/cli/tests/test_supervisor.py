"""The supervisor with small real programs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from conglang.cli.supervisor import MARK, NotReady, Program, Supervisor, recorded, stop_leftovers

SLEEPER = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.fixture
def deaths() -> list[tuple[str, int | None]]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, deaths: list[tuple[str, int | None]]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, tmp_path, tell=lambda name, status: deaths.append((name, status)))
    yield made
    made.stop()


def test_a_program_that_died_is_started_again(supervisor: Supervisor, deaths: list[tuple[str, int]]) -> None:
    supervisor.start(Program("gate", SLEEPER, ready=lambda: True))
    first = supervisor.pids()["gate"]

    os.kill(first, signal.SIGKILL)
    assert until(lambda: supervisor.tend() or supervisor.pids()["gate"] != first)

    assert deaths == [("gate", -signal.SIGKILL)]
    assert psutil.pid_exists(supervisor.pids()["gate"])


def test_a_program_that_keeps_dying_is_not_started_in_a_hot_loop(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(Program("faulty", (sys.executable, "-c", "print('x', flush=True)"), ready=lambda: False))

    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        supervisor.tend()
        time.sleep(0.02)

    assert 2 <= (tmp_path / "faulty.log").read_text().count("x") <= 4


def test_waiting_for_a_program_that_dies_tells_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(
        Program("faulty", (sys.executable, "-c", "raise SystemExit('no key')"), ready=lambda: False)
    )

    with pytest.raises(NotReady, match="no key"):
        supervisor.wait_ready("faulty")


def test_stop_ends_even_a_program_that_ignores_the_signal(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, lambda *a: 0); print('deaf', flush=True)\nwhile 1: time.sleep(1)"
    supervisor.start(Program("deaf", (sys.executable, "-c", deaf), ready=lambda: True, grace=0.3))
    assert until(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    pid = supervisor.pids()["deaf"]

    supervisor.stop()

    assert not psutil.pid_exists(pid)
    assert recorded(tmp_path) == {}


def test_leftovers_of_a_killed_run_are_stopped_by_pid_and_start_time(tmp_path: Path) -> None:
    killed = Supervisor(tmp_path, tmp_path, tell=lambda name, status: None)
    killed.start(Program("gate", SLEEPER, ready=lambda: True), Program("desk", SLEEPER, ready=lambda: True))
    children = [running.process for running in killed._running.values()]

    assert sorted(stop_leftovers(tmp_path)) == ["desk", "gate"]

    assert all(child.wait(5) is not None for child in children)
    assert list(tmp_path.glob("*.json")) == []


def test_a_number_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as stranger:
        (tmp_path / "gate.json").write_text(
            f'{{"pid": {stranger.pid}, "started": 1.0, "stop_signal": 15, "order": 0}}'
        )

        assert stop_leftovers(tmp_path) == []

        assert stranger.poll() is None
        stranger.kill()


def test_a_child_that_nobody_recorded_is_found_by_its_mark(tmp_path: Path) -> None:
    with subprocess.Popen(
        SLEEPER, stdout=subprocess.DEVNULL, env={**os.environ, MARK: str(tmp_path)}
    ) as stray:
        time.sleep(0.2)
        stop_leftovers(tmp_path)

        assert stray.wait(5) is not None
