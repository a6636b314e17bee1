"""Database, portal, worker and signer gone: readers see every page as before, and anybody can verify that they do."""

import json
import shutil
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from conglang.cli.programs import bulk_names
from conglang.cli.supervisor import recorded
from conglang.cli.tests.small_network import (
    COMMUNES,
    Up,
    conglang,
    free_port,
    processes_of,
    status,
    write_small_network,
)

pytestmark = pytest.mark.slow
GONE = ("postgresql", "signer", "portal", "worker", *bulk_names())


def _verified(data: Path, port: int) -> dict[str, object]:
    done = conglang(
        "verify", "--all", "--connect", f"127.0.0.1:{port}", "--root", str(data / "keys/root.json"), "--json"
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, [line for line in lines if line.get("differences")] or done.stderr
    return dict(lines[-1])


def _running(data: Path) -> dict[str, psutil.Process]:
    """All of them: some come after the network is ready."""
    end = time.monotonic() + 60
    while not set(GONE) <= (found := recorded(data / "spool" / "run")).keys():
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found


@pytest.mark.timeout(600)
def test_every_address_answers_and_verifies_with_everything_but_the_edge_gone() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/var/lib"))
    data, port = folder / "data", free_port()
    up = Up(
        "--data", str(data), "--port", str(port), "--network", str(write_small_network(folder / "network"))
    )
    try:
        up.seconds_until_ready()
        before = _verified(data, port)
        programs = _running(data)
        up.kill()  # nobody starts them again
        for name in GONE:
            programs[name].kill()
        psutil.wait_procs([programs[name] for name in GONE], timeout=30)

        after = _verified(data, port)

        assert after["normal"] == after["total"] == len(COMMUNES) + 1
        assert (after["paths"], after["requests"]) == (before["paths"], before["requests"])
        assert status(port, "hanoi.localhost") == 200
        assert conglang("edge", "list", "--data", str(data)).returncode == 0
    finally:
        for process in processes_of(data):
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)
