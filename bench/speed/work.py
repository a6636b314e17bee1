"""How much work one publish is: SQL statements, files and bytes written. Counted, not estimated.

Statements: PostgreSQL logs every one for the while. Files and bytes: strace watches worker, signer and edge. Both slow
things down, so nothing is timed meanwhile; what runs anyway (heartbeats, sweeps) is left out by the median.
"""

from __future__ import annotations

import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.speed.networks import Network
from bench.speed.serving import ToolMissing
from bench.speed.visible import press

_STATEMENT = re.compile(rb"LOG:  (?:statement|execute [^:]+): ")
_IDLE = re.compile(rb"procrastinate_|rendering_touch.*LIMIT 1$")
_WRITE = re.compile(r"(?:write|pwrite64)\(\d+<([^>]*)>.* = (\d+)$")
_MADE = re.compile(r"(?:openat\(.*O_CREAT.*|link(?:at)?\(.*|rename(?:at2?)?\(.*) = (?!-)")
_CALLS = "trace=openat,write,pwrite64,link,linkat,rename,renameat,renameat2"


def of_one_publish(network: Network, count: int) -> dict[str, float]:
    """Medians over `count` publishes of statements, files (made, linked or renamed) and bytes."""
    if shutil.which("strace") is None:
        raise ToolMissing("strace is not installed: apt-get install strace")
    agent, log = network.agent, network.data / "logs" / "postgresql.log"
    targets = agent.ask("targets", count=count, seed=7)
    press(agent, network.port, targets[0], f"Tin thử {random.randrange(10**9)}")  # caches and plans are warm
    network.settle()
    found: list[dict[str, float]] = []
    agent.ask("sql", statement="ALTER SYSTEM SET log_statement = 'all'")
    agent.ask("sql", statement="SELECT pg_reload_conf()")
    try:
        with tempfile.TemporaryDirectory() as place:
            for target in targets:
                found.append(_one(network, target, log, Path(place)))
    finally:
        agent.ask("sql", statement="ALTER SYSTEM RESET log_statement")
        agent.ask("sql", statement="SELECT pg_reload_conf()")
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def _one(network: Network, target: Any, log: Path, place: Path) -> dict[str, float]:
    traces = {name: place / name for name in ("worker", "signer", "edge")}
    watchers = [_watch(network.pid(name), file) for name, file in traces.items()]
    time.sleep(0.5)
    at = log.stat().st_size
    try:
        press(network.agent, network.port, target, f"Tin đếm {random.randrange(10**9)}")
        network.settle()
        time.sleep(0.3)
        with log.open("rb") as file:
            file.seek(at)
            lines = file.read().splitlines()
    finally:
        for watcher in watchers:
            watcher.terminate()
            watcher.wait(20)
    statements = sum(1 for line in lines if _STATEMENT.search(line) and not _IDLE.search(line))
    files, written = _files_and_bytes(traces.values(), network.data)
    return {"statements": statements, "files": files, "bytes": written}


def _watch(pid: int, file: Path) -> subprocess.Popen[bytes]:
    command = ["strace", "-f", "-y", "-qq", "-s", "0", "-e", _CALLS, "-o", str(file), "-p", str(pid)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def _files_and_bytes(traces: Any, data: Path) -> tuple[int, int]:
    files = written = 0
    for trace in traces:
        for line in trace.read_text(errors="replace").splitlines():
            if f"{data}/store/" not in line and f"{data}/edge/" not in line:
                continue
            if found := _WRITE.search(line):
                written += int(found[2])
            elif _MADE.search(line):
                files += 1
    return files, written


def ratio(large: dict[str, float], small: dict[str, float]) -> float:
    """The worst of the three: how many times the work of a publish on the small network it is on the large one."""
    return round(max(large[key] / small[key] for key in small), 3)
