"""A whole network, brought up as anybody would: `conglang up` on an empty data folder and a free port."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from conglang.portal.identity.sites.rules import Origin

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900  # seconds for 127 sites on two busy cores
PERSON = re.compile(r"^ {2}(quantri|bientap|[a-z-]+) +(\S+) +\S")


class DidNotStart(RuntimeError):
    """The network did not come up; the text is what it said."""


@dataclass
class Network:
    """A running network and the first people's passwords."""

    data: Path
    port: int
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        return Origin.parse(f"http://hanoi.localhost:{self.port}", city_key="hanoi")

    def address(self, key: str = "hanoi", path: str = "/") -> str:
        return self.origin.url(self.origin.host_of(key), path)

    def desk(self, path: str = "/") -> str:
        return self.origin.url(self.origin.desk_host, path)

    def published(self, key: str) -> Path:
        """Return the folder from which one site is served."""
        return self.data / "edge" / "1" / "www" / key

    def get(self, address: str) -> httpx.Response:
        """Ask for an address without a browser. Python and Node do not resolve ``*.localhost`` everywhere; we do."""
        parts = urlsplit(address)
        return httpx.get(
            f"http://127.0.0.1:{self.port}{parts.path}", headers={"host": parts.netloc}, timeout=60
        )

    def in_the_portal(self, code: str) -> str:
        """Run a line in the portal's shell, as whoever runs a network would; return what it printed last."""
        command = [
            sys.executable,
            "-m",
            "conglang.cli.main",
            "manage",
            "--data",
            str(self.data),
            "shell",
            "-c",
            code,
        ]
        done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


def bring_up(data: Path) -> Network:
    """Start a network and return it when readers can read. Raises DidNotStart with what `up` said."""
    port = _free_port()
    command = [sys.executable, "-m", "conglang.cli.main", "up", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=_environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    network, ready = Network(data, port, process), threading.Event()
    threading.Thread(target=_listen, args=(network, ready), daemon=True).start()
    end = time.monotonic() + PATIENCE
    while not ready.wait(0.2):
        if process.poll() is not None or time.monotonic() > end:
            network.stop()
            raise DidNotStart("".join(network.said[-30:]))
    return network


def already_up(note: Path) -> Network:
    """Return a network that somebody keeps running while writing journeys: JSON of data, port and passwords."""
    told = json.loads(note.read_text())
    return Network(Path(told["data"]), told["port"], passwords=told["passwords"])


def new_data_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="conglang-journey-")) / "data"


def _environment() -> dict[str, str]:
    """This process's environment without the test database: the network has a server of its own."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    return {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("CONGLANG_")}


def _listen(network: Network, ready: threading.Event) -> None:
    assert network.process is not None
    assert network.process.stdout is not None
    for line in network.process.stdout:
        network.said.append(line)
        if match := PERSON.match(line):
            network.passwords[match[1]] = match[2]
        if "Ctrl-C" in line and re.search(
            r"\d[.,]\d", line
        ):  # the last line of «ready», in whatever language
            ready.set()


def _free_port() -> int:
    for port in range(8701, 8790):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise DidNotStart("No port from 8701 to 8789 is free.")
