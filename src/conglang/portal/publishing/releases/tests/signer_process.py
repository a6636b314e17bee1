"""A real signer beside the tests, and what it has signed as an edge would read it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from conglang.wire.release import ReleaseRequest, SignerClient, SignerUnavailable


class Signer:
    """`python -m conglang.signer` over a data folder. The socket path stays short: sun_path holds 107 bytes."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None
        (data / "keys").mkdir(mode=0o700, exist_ok=True)
        (data / "keys" / "demo-network").touch()

    def start(self) -> None:
        command = [sys.executable, "-m", "conglang.signer", "--data", str(self.data)]
        environment = dict(
            os.environ, CONGLANG_ORIGIN="https://test"
        )  # the toy sites are badinh.test, tayho.test
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        client = SignerClient(self.data / "spool" / "signer.sock")
        end = time.monotonic() + 30
        while True:
            try:
                client.ping()
                return
            except SignerUnavailable:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def forget(self, sites: Iterable[str]) -> None:
        """Sign that these sites have no paths."""
        for site in sites:
            SignerClient(self.data / "spool" / "signer.sock").release(
                ReleaseRequest(site, {}, {}, {}, complete=True)
            )

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
