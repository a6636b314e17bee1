"""`conglang verify` as an officer runs it: one line when all is well, exact lines and status 1 when it is not."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.cli.tests.small_network import conglang, environment
from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import HOSTS, caddy, edge_app
from conglang.edge.tests.test_verify import Answer, Middle

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Network, int]]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    network = Network(folder)
    for site in ("badinh", "tayho"):
        network.publish(site, {"/": page(site), "/tin/": page("Tin")}, mtime=1_751_302_800)
    network.name_hosts({**HOSTS, "la.localhost": "chua-co"}, noindex=True)
    network.puller.pull()
    with edge_app(folder) as app, caddy(folder, app) as server:
        yield network, server.port
    shutil.rmtree(folder, ignore_errors=True)


def _verify(running: tuple[Network, int], *arguments: str) -> "subprocess.CompletedProcess[str]":
    network, port = running
    root = str(network.data / "keys/root.json")
    return conglang("verify", "--connect", f"127.0.0.1:{port}", "--root", root, *arguments)


def test_hosts_that_are_well_are_one_line(running: tuple[Network, int]) -> None:
    done = _verify(running, *HOSTS)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("2/2 sites are normal, at ") and done.stdout.count("\n") == 1


def test_all_of_the_signed_list_with_what_is_wrong_named(
    running: tuple[Network, int], tmp_path: Path
) -> None:
    progress = tmp_path / "progress.jsonl"
    done = _verify(running, "--all", "--progress", str(progress))
    again = _verify(running, "--all", "--progress", str(progress), "--json")

    assert done.returncode == again.returncode == 1
    assert "la.localhost" in done.stdout and "2/3 sites are as signed" in done.stdout
    lines = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line.get("host") for line in lines] == ["la.localhost", None]
    assert lines[-1]["normal"] == 2 and lines[-1]["total"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name a host"),
        (("a b",), "no address"),
        (("ftp://a",), "no address"),
        (("badinh.localhost", "--root", "/nowhere.json"), "--root names the root.json"),
    ],
)
def test_wrong_words_are_explained(
    running: tuple[Network, int], arguments: tuple[str, ...], words: str
) -> None:
    done = _verify(running, *arguments)

    assert done.returncode == 1 and words in done.stdout


def _heed_ctrl_c() -> None:
    """A shell that runs the tests in the background has them, and all they start, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_says_how_far_it_came_and_the_next_run_goes_on(
    running: tuple[Network, int], tmp_path: Path
) -> None:
    network, port = running
    progress = tmp_path / "progress.jsonl"

    def slow_from_the_second_host(path: str, accepted: str, answer: Answer) -> Answer:
        time.sleep(0.5 if progress.exists() else 0)
        return answer

    middle = Middle(port, slow_from_the_second_host)
    process = subprocess.Popen(
        [sys.executable, "-m", "conglang.cli.main", "verify", "--connect", f"127.0.0.1:{middle.port}", "--jobs", "1",
         "--root", str(network.data / "keys/root.json"), "--progress", str(progress), *HOSTS],
        stdout=subprocess.PIPE, text=True, env=environment(), preexec_fn=_heed_ctrl_c,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not progress.exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)

    assert process.returncode == 130, said
    assert "Stopped: 1 of 2 looked at, 1 as signed." in said and "Traceback" not in said
    assert _verify(running, *HOSTS, "--progress", str(progress)).returncode == 0
    assert progress.read_text().count("\n") == 2


def test_neither_django_nor_the_portal_is_imported() -> None:
    code = (
        "import sys, conglang.cli.verify\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'wagtail', 'psycopg')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
