"""The generated networks: 127 sites with 20, 200 or 2,000 articles each, kept between runs; and the peer's database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.speed.agent import Agent
from bench.speed.portal import workers_of
from bench.start import NeverReady, Up, memory, sizes
from conglang.cli.postgres import Cluster
from conglang.cli.supervisor import recorded

GIB = 2**30
NEEDED = {20: 2 * GIB, 200: 5 * GIB, 2000: 20 * GIB}  # bytes free before a network is made
PATIENCE = 1800.0  # seconds until a start counts as failed
ROOT = Path(__file__).resolve().parents[2]


class NoSpace(RuntimeError):
    """The disk is too full to make a network; the text says how much is missing where."""


def port_of(first: int, articles: int) -> int:
    """The port a network of this size always has: another one changes every address, and so every page of it."""
    return first + sorted(NEEDED).index(articles) if articles in NEEDED else first + len(NEEDED)


def default_folder() -> Path:
    # As root not below /tmp: PostgreSQL's own user has to pass through every parent of its folder.
    return (
        Path("/var/lib/conglang-bench")
        if os.geteuid() == 0
        else Path(tempfile.gettempdir()) / "conglang-bench"
    )


def prepare(folder: Path) -> None:
    """Let every process started from here read its templates from a copy of ours, which may then be changed."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "design"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "design", copy)
    os.environ |= {
        "PYTHONPATH": str(ROOT),
        "BENCH_DESIGN": str(copy),
        "DJANGO_SETTINGS_MODULE": "bench.speed.settings",
    }


@dataclass
class Network:
    """One of our networks, running."""

    articles: int
    data: Path
    port: int
    _up: Up
    _agents: list[Agent] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"127x{self.articles}"

    @property
    def agent(self) -> Agent:
        if not self._agents:
            self._agents.append(Agent("ours", "--data", str(self.data)))
        return self._agents[0]

    def pid(self, program: str) -> int:
        return recorded(self.data / "spool" / "run")[program].pid

    def stop(self, program: str) -> None:
        recorded(self.data / "spool" / "run")[program].terminate()

    def memory(self) -> dict[str, int]:
        return memory(self.data)

    def sizes(self) -> dict[str, int]:
        return sizes(self.data)

    def settle(self, patience: float = 120.0) -> None:
        """Wait until nothing is stale or unsigned. TimeoutError."""
        end = time.monotonic() + patience
        while any(self.agent.ask("waiting").values()):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name}: {self.agent.ask('waiting')} after {patience:.0f} s")
            time.sleep(0.1)

    def wait_calm(self, patience: float = 600.0) -> None:
        """Wait until edge, signer and worker rest: after a start the edge reads through its tree. TimeoutError."""
        names = ("edge", "signer", *workers_of(self.data))
        processes = [psutil.Process(self.pid(name)) for name in names]
        end = time.monotonic() + patience
        while sum(process.cpu_percent(interval=1.0) for process in processes) > 20:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} has not come to rest in {patience:.0f} s")
        self.settle()

    def run(self, module: str, *arguments: str) -> str:
        """Run one of our programs on this network and return what it printed. RuntimeError."""
        done = subprocess.run(
            [sys.executable, "-m", module, "--data", str(self.data), *arguments], text=True, cwd=ROOT,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{module} on {self.name} ended with status {done.returncode}; see above")
        return done.stdout

    def close(self) -> None:
        for agent in self._agents:
            agent.close()
        self._up.kill()


@contextmanager
def network(folder: Path, articles: int, port: int, facts: Path | None, tell: Any) -> Iterator[Network]:
    """Start a network, made first if it is not there, of our facts or of others. NoSpace, NeverReady."""
    data = folder / f"x{articles}"
    ready = data / "bench-ready"
    if not ready.exists():
        check_space(folder, NEEDED.get(articles, 2 * GIB))
        tell(f"{data.name}: not there yet, or not whole; making it")
    data.parent.mkdir(parents=True, exist_ok=True)
    running = Network(articles, data, port, Up(data, port, *(["--network", str(facts)] if facts else [])))
    try:
        running._up.wait_ready(PATIENCE)
        if not ready.exists():
            running.run("bench.speed.filling", "--articles", str(articles))
            ready.write_text("whole\n")
        tell(f"{data.name}: running")
        yield running
    finally:
        running.close()


def check_space(folder: Path, needed: int) -> None:
    """NoSpace when the folder's disk has less free than needed."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NoSpace(
            f"{place} has {free / GIB:.0f} GB free; making this network needs {needed / GIB:.0f}. "
            "Choose another disk with --folder, or measure less with --quick."
        )


@dataclass
class Peer:
    """Stock Wagtail, running."""

    port: int
    data: Path
    environment: dict[str, str]
    agent: Agent


@contextmanager
def peer(folder: Path, port: int, tell: Any) -> Iterator[Peer]:
    """Start the peer, filled first if it is not."""
    data = folder / "peer"
    data.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(data / "pg")
    cluster.create()
    cluster.start()
    try:
        cluster.ensure_database("peer")
        environment = {
            "DATABASE_URL": cluster.url("peer"),
            "PEER_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "bench.peer.settings",
        }
        fill = "import django; django.setup(); from bench.peer.filling import fill; fill()"
        subprocess.run([sys.executable, "-c", fill], check=True, env={**os.environ, **environment}, cwd=ROOT)
        with _served(port, environment):
            agent = Agent("peer", "--port", str(port), environment=environment)
            tell("stock Wagtail: running")
            yield Peer(port, data, environment, agent)
            agent.close()
    finally:
        cluster.stop()


@contextmanager
def _served(port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "uvicorn", "bench.peer.asgi:application", "--port", str(port)]
    options = ["--no-access-log", "--log-level", "warning", "--lifespan", "off"]
    process = subprocess.Popen([*command, *options], env={**os.environ, **environment}, cwd=ROOT)
    try:
        wait_for_port(port, process)
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_for_port(port: int, process: subprocess.Popen[Any], patience: float = 60.0) -> None:
    """NeverReady when the process ends or does not listen in time."""
    import socket

    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise NeverReady(f"nothing listens on port {port}: {process.args!r}")
