"""The signer as a process: quick to start, one per network, polite when it stops."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conglang.signer.tests.desk import put, request
from conglang.wire.release import HostsRequest, ReleaseAnswer, SignerClient, SignerUnavailable


@contextmanager
def signer(data: Path) -> Iterator[tuple[SignerClient, "subprocess.Popen[bytes]"]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "conglang.signer", "--data", str(data)], stderr=subprocess.PIPE
    )
    client = SignerClient(data / "spool/signer.sock")
    try:
        _wait(client)
        yield client, process
    finally:
        process.kill()
        process.communicate()


def _wait(client: SignerClient) -> None:
    for _ in range(500):
        try:
            client.ping()
        except SignerUnavailable:
            time.sleep(0.01)
        else:
            return
    raise AssertionError("the signer did not start within five seconds")


def test_signer_answers_over_its_socket(data: Path) -> None:
    with signer(data) as (client, process):
        assert client.release(request({"/": put(data, b"first")})) == ReleaseAnswer(1, unchanged=False)
        assert client.hosts(HostsRequest({"badinh.localhost": "badinh"})) == ReleaseAnswer(2, unchanged=False)
        assert client.hosts(HostsRequest({"badinh.localhost": "badinh"})) == ReleaseAnswer(2, unchanged=True)
        assert client.ping().editions == {"badinh": 1}
        assert stat.S_IMODE((data / "spool/signer.sock").stat().st_mode) == 0o600
        process.terminate()
        assert process.wait(5) == 0
    assert not (data / "spool/signer.sock").exists()


def test_second_signer_for_the_same_network_does_not_start(data: Path) -> None:
    with signer(data) as (client, _):
        second = subprocess.run(
            [sys.executable, "-m", "conglang.signer", "--data", str(data)], capture_output=True, text=True
        )
        assert second.returncode == 3
        assert "stop it first" in second.stderr
        client.ping()


def test_killed_signer_starts_again_over_its_old_socket(data: Path) -> None:
    with signer(data) as (client, process):
        client.release(request({"/": put(data, b"first")}))
        process.kill()
        process.wait()
    with signer(data) as (client, _):
        assert client.ping().editions == {"badinh": 1}


def test_absent_signer_is_told_apart_from_a_refusal(data: Path) -> None:
    with pytest.raises(SignerUnavailable, match="ask again"):
        SignerClient(data / "nobody.sock").ping()


def test_signer_knows_no_database(data: Path) -> None:
    code = (
        "import sys, conglang.signer.office, conglang.signer.__main__; "
        "print([name for name in ('django', 'psycopg') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )

    assert found.stdout.strip() == "[]"
