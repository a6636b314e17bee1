"""A network of three communes with the facts of Hanoi, and a handle on a real `conglang up` of it."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from conglang.cli.asking import ask_port
from conglang.cli.journal import ROOT
from conglang.cli.supervisor import MARK

COMMUNES = ("badinh", "ngocha", "giangvo")
READY = re.compile(r"^Ready after ([\d.]+) s")


def write_small_network(folder: Path) -> Path:
    """Copy the network of Hanoi and leave the first three communes and those they came from."""
    shutil.copytree(ROOT / "networks" / "hanoi", folder)
    units = json.loads((folder / "units.json").read_text())[: len(COMMUNES)]
    (folder / "units.json").write_text(json.dumps(units, ensure_ascii=False))
    codes = {unit["code"] for unit in units}
    with (folder / "old-to-new.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        everything = list(reader)
    elsewhere = {row["old_code"] for row in everything if row["new_code"] not in codes}
    rows = [row for row in everything if row["old_code"] not in elsewhere]  # half a division would be refused
    with (folder / "old-to-new.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(rows)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """English, and nothing of the test session: the network has a database server of its own."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER")
    kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("CONGLANG_")}
    return {**kept, "CONGLANG_LANGUAGE": "en"}


def conglang(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conglang.cli.main", *arguments]
    return subprocess.run(
        command, env={**environment(), **variables}, capture_output=True, text=True, cwd="/"
    )


class Up:
    """One run of `conglang up`."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "conglang.cli.main", "up", *arguments],
            env={**environment(), **variables}, text=True, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line.rstrip())

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def heard(self, words: str, *, patience: float) -> bool:
        end = time.monotonic() + patience
        while words not in self.text and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        return words in self.text

    def seconds_until_ready(self, *, patience: float = 500) -> float:
        assert self.heard("Ready after", patience=patience), self.text
        time.sleep(0.1)
        return next(float(match[1]) for line in self.said if (match := READY.match(line)))

    def kill(self) -> None:
        """What a power cut does to this one process; its children live on."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Press Ctrl-C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def status(port: int, host: str, path: str = "/") -> int:
    return ask_port(port, f"{host}:{port}", path)[0]


def body(port: int, host: str, path: str = "/") -> bytes:
    return ask_port(port, f"{host}:{port}", path)[1]


def processes_of(data: Path) -> list[psutil.Process]:
    """Everything alive that was started for this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(data / "spool" / "run"):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
