"""Starting: the first `up` of a new network by phase, the second, what each process holds in memory, what lies on disk.

Runs the real command in a folder of its own and removes it afterwards. Seconds, bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from conglang.cli.supervisor import recorded

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("pg", "media", "store", "edge", "logs")


class NeverReady(RuntimeError):
    """`up` ended or stayed silent; the text is what it said."""


class Up:
    """One run of `./conglang up` from start to Ctrl-C."""

    def __init__(self, data: Path, port: int, *options: str) -> None:
        self.data = data
        self.said: list[str] = []
        self._begun = time.monotonic()
        self._process = subprocess.Popen(
            [str(ROOT / "conglang"), "up", "--data", str(data), "--port", str(port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "CONGLANG_LANGUAGE": "en", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip

    def wait_ready(self, patience: float) -> float:
        """Return the seconds until `up` said that it is ready. Raises NeverReady."""
        watchdog = threading.Timer(patience, self._process.kill)
        watchdog.start()
        try:
            for line in self._process.stdout or ():
                self.said.append(line.rstrip())
                if line.startswith("Ready after"):
                    return round(time.monotonic() - self._begun, 2)
        finally:
            watchdog.cancel()
        raise NeverReady("\n".join(self.said[-20:]))

    def stop(self) -> float:
        """Press Ctrl-C and return the seconds until everything has stopped."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=90)
        return round(time.monotonic() - begun, 2)

    def kill(self) -> None:
        if self._process.poll() is None:
            self.stop()


def memory(data: Path) -> dict[str, int]:
    """Bytes each program holds, its children included: PSS where the kernel tells, so shared pages count once."""
    return {
        name: sum(_held(one) for one in (process, *process.children(recursive=True)))
        for name, process in recorded(data / "spool" / "run").items()
    }


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return int(process.memory_info().rss)


def sizes(data: Path) -> dict[str, int]:
    """Bytes on disk of each folder; a hard link counts once."""
    return {name: _size(data / name) for name in FOLDERS if (data / name).is_dir()}


def _size(folder: Path) -> int:
    seen: dict[int, int] = {}
    for file in folder.rglob("*"):
        try:
            found = file.lstat()
        except OSError:
            continue
        seen[found.st_ino] = found.st_blocks * 512
    return sum(seen.values())


def measure(data: Path, port: int, patience: float) -> dict[str, Any]:
    """Two runs on a new data folder."""
    first = Up(data, port)
    try:
        seconds = first.wait_ready(patience)
        phases = json.loads((data / "journal.json").read_text())["preparation"]
        time.sleep(3)  # what came up last has settled
        held, stored = memory(data), sizes(data)
        stopped = first.stop()
    finally:
        first.kill()
    second = Up(data, port)
    try:
        again = second.wait_ready(patience)
    finally:
        second.kill()
    phases["programs"] = round(seconds - sum(phases.values()), 2)
    return {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "first_up_seconds": seconds,
        "first_up_phases": phases,
        "stop_seconds": stopped,
        "second_up_seconds": again,
        "memory_bytes": held,
        "memory_total_bytes": sum(held.values()),
        "disk_bytes": stored,
        "disk_total_bytes": sum(stored.values()),
    }


def show(figures: dict[str, Any]) -> None:
    print(f"first up   {figures['first_up_seconds']:8.1f} s   (5 minutes are allowed)")
    for phase, seconds in figures["first_up_phases"].items():
        print(f"  {phase:<12} {seconds:6.1f} s")
    print(f"second up  {figures['second_up_seconds']:8.1f} s   (10 s are allowed)")
    print(f"stop       {figures['stop_seconds']:8.1f} s")
    for title, what in (("memory", "memory"), ("disk", "disk")):
        print(f"{title:<10} {figures[f'{what}_total_bytes'] / 2**20:8.0f} MB")
        for name, amount in figures[f"{what}_bytes"].items():
            print(f"  {name:<12} {amount / 2**20:6.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--port", type=int, default=8890)
    parser.add_argument(
        "--patience", type=float, default=900.0, help="seconds until a start counts as failed"
    )
    options = parser.parse_args()
    # As root not below /tmp: PostgreSQL's own user has to pass through every parent of its folder.
    parent = Path("/var/lib") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    data = Path(tempfile.mkdtemp(prefix="conglang-bench-", dir=parent))
    try:
        figures = measure(data, options.port, options.patience)
    except NeverReady as failure:
        print(f"`up` did not become ready. It said:\n{failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(data, ignore_errors=True)
    print(json.dumps(figures)) if options.json else show(figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
