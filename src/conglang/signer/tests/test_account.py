"""Root starts the signer, and the signer becomes somebody who owns the keys and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from conglang.signer import pem
from conglang.signer.tests.desk import put, request
from conglang.signer.tests.test_process import _wait
from conglang.wire.release import ReleaseAnswer, SignerClient

OTHER = "nobody"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="needs root on Linux"
    ),
]


def _command(data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "conglang.signer", "--data", str(data), "--as", OTHER, *more]


def test_signer_owns_the_keys_signs_and_cannot_go_back(data: Path) -> None:
    data.chmod(0o711)
    process = subprocess.Popen(_command(data), stderr=subprocess.PIPE)
    client = SignerClient(data / "spool/signer.sock")
    try:
        _wait(client)
        running = psutil.Process(process.pid)
        assert set(running.uids()) == {(data / "keys").stat().st_uid} != {0}
        assert client.release(request({"/": put(data, b"first")})) == ReleaseAnswer(1, unchanged=False)
        for place in ("keys/online/site.pem", "keys/signer.lock", "signer/state/lock"):
            assert (data / place).owner() == OTHER, place
        assert (data / "spool/signer.sock").owner() == "root"  # only the portal's user may ask
        assert (data / "spool/signer.sock").stat().st_mode & 0o077 == 0

        pem.prepare_next(data / "keys/online", "site")  # as `conglang keys rotate`, run by root, lays it down
        assert client.reload().waiting == ()
        assert client.release(request({"/": put(data, b"next", mtime=2000)})) == ReleaseAnswer(
            3, unchanged=False
        )
    finally:
        process.kill()
        process.communicate()


def test_folder_its_account_cannot_reach_is_named(data: Path) -> None:
    done = subprocess.run(_command(data, "--once"), capture_output=True, text=True)

    assert done.returncode == 2
    assert f"cannot be read and written by {OTHER}" in done.stderr
