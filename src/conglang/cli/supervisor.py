"""Start programs, notice when one dies, start it again, stop them all; and clear away what an earlier run left.

Every program is recorded in the run folder with its pid and the moment it started: a pid alone may by now belong to
somebody else. Programs also carry MARK in their environment, so that one started in the instant before its record was
written, and children of our children, are found too.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

MARK = "CONGLANG_SUPERVISED_BY"
LONGEST_PAUSE = 30.0  # seconds between two starts of a program that keeps dying


class NotReady(RuntimeError):
    """A program did not become ready. `name` says which, the text carries the end of its log."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True)
class Program:
    """What to run and how to tell that it is ready. `before` runs ahead of every start; times are seconds."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 180.0  # a busy machine is slow, not broken
    grace: float = 25.0


@dataclass
class Running:
    """A started program and how often it died in a row."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    next_start: float = 0.0


class Supervisor:
    """Runs programs in the order given and stops them in reverse."""

    def __init__(self, run: Path, logs: Path, *, tell: Callable[[str, int | None], None]) -> None:
        """`tell(name, status)` hears of every death; status None: it could not be started again."""
        self._run = run
        self._logs = logs
        self._tell = tell
        self._running: dict[str, Running] = {}

    def start(self, *programs: Program) -> None:
        """Start programs; returns before they are ready."""
        for program in programs:
            self._running[program.name] = Running(program, self._spawn(program), time.monotonic())

    def wait_ready(self, *names: str, stopped: Callable[[], bool] = lambda: False) -> None:
        """Return when the named programs (all, without names) answer, or when `stopped()`. Raises NotReady."""
        for name in names or tuple(self._running):
            running = self._running[name]
            end = time.monotonic() + running.program.patience
            while not stopped() and not running.program.ready():
                if running.process.poll() is not None or time.monotonic() > end:
                    raise NotReady(name, self.last_words(name))
                time.sleep(0.1)

    def tend(self) -> None:
        """Look after everybody once: start again what died, each time after a longer pause."""
        for running in self._running.values():
            status = running.process.poll()
            if status is None:
                if running.deaths and time.monotonic() - running.started > LONGEST_PAUSE:
                    running.deaths = 0
            elif not running.next_start:
                self._tell(running.program.name, status)
                running.next_start = time.monotonic() + min(LONGEST_PAUSE, 2.0**running.deaths - 1)
                running.deaths += 1
            elif time.monotonic() >= running.next_start:
                self._restart(running)

    def _restart(self, running: Running) -> None:
        try:
            running.process = self._spawn(running.program)
        except OSError:  # no memory, no process slots: try again later
            self._tell(running.program.name, None)
            running.next_start = time.monotonic() + LONGEST_PAUSE
            return
        running.started, running.next_start = time.monotonic(), 0.0

    def pids(self) -> dict[str, int]:
        return {name: running.process.pid for name, running in self._running.items()}

    def signal(self, name: str, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._running[name].process.send_signal(number)

    def stop(self) -> None:
        """Stop everything, last started first; what does not go in its grace is killed with its children."""
        for name, running in reversed(list(self._running.items())):
            with suppress(ProcessLookupError):
                running.process.send_signal(running.program.stop_signal)
            try:
                running.process.wait(running.program.grace)
            except subprocess.TimeoutExpired:
                _kill_group(running.process.pid)
                running.process.wait(10)
            self._record(name).unlink(missing_ok=True)
        self._running.clear()

    def last_words(self, name: str, lines: int = 8) -> str:
        log = self._logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        program.before()
        with (self._logs / f"{program.name}.log").open("ab") as log:
            process = subprocess.Popen(
                program.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                start_new_session=True, **program.identity,
                env={**os.environ, **program.environment, MARK: str(self._run)},
            )  # fmt: skip
        with suppress(OSError):  # on a full disk it runs unrecorded; who clears up finds it by MARK
            self._remember(program, process.pid)
        return process

    def _record(self, name: str) -> Path:
        return self._run / f"{name}.json"

    def _remember(self, program: Program, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            facts = {
                "pid": pid,
                "started": psutil.Process(pid).create_time(),
                "stop_signal": int(program.stop_signal),
                "order": len(self._running),
            }
            half = self._record(program.name).with_suffix(".new")
            half.write_text(json.dumps(facts))
            half.replace(self._record(program.name))


def recorded(run: Path) -> dict[str, psutil.Process]:
    """The programs of this run folder that are alive now, in the order they were started."""
    found: list[tuple[int, str, psutil.Process]] = []
    for file in run.glob("*.json"):
        with suppress(OSError, ValueError, KeyError, psutil.Error):
            facts = json.loads(file.read_text())
            process = psutil.Process(facts["pid"])
            if abs(process.create_time() - facts["started"]) < 0.05:
                found.append((facts["order"], file.stem, process))
    return {name: process for _, name, process in sorted(found, key=lambda item: item[0])}


def stop_leftovers(run: Path, *, grace: float = 10.0) -> list[str]:
    """Stop what an earlier run left behind and return the names. Must not be called while that run lives."""
    names = []
    for name, process in reversed(recorded(run).items()):
        names.append(name)
        with suppress(OSError, ValueError, psutil.Error):
            process.send_signal(json.loads((run / f"{name}.json").read_text())["stop_signal"])
    strays = list(_marked(run))
    for process in strays:
        with suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs([*recorded(run).values(), *strays], timeout=grace)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    for file in run.glob("*.json"):
        file.unlink(missing_ok=True)
    return names


def _marked(run: Path) -> Iterable[psutil.Process]:
    known = {process.pid for process in recorded(run).values()}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            # PostgreSQL's own children go with their parent; a signal to each would only confuse it.
            if process.pid in known or process.ppid() in known or process.name() == "postgres":
                continue
            if process.environ().get(MARK) == str(run):
                yield process


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
