"""`conglang edge` on a machine that has nothing but a root file and an address."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.cli.tests.small_network import conglang
from conglang.edge.tests.network import Network, page
from conglang.wire import edges

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites


@pytest.fixture
def network() -> Iterator[Network]:
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))  # short: UNIX sockets
    network = Network(folder)
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.name_hosts({"badinh.localhost": "badinh"})
    yield network
    shutil.rmtree(folder, ignore_errors=True)


def _pull(network: Network, data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    store, pin = str(network.data / "store"), str(network.data / "keys/root.json")
    return conglang("edge", "pull", store, "--data", str(data), "--pin", pin, *more)


def test_one_pull_says_what_it_did_and_shows_it(network: Network, tmp_path: Path) -> None:
    first = _pull(network, tmp_path, "--once")
    second = _pull(network, tmp_path, "--once")

    assert first.returncode == 0 and "1 sites changed" in first.stdout
    assert second.returncode == 0 and "nothing new" in second.stdout
    assert (tmp_path / "edge/1/www/badinh/index.html").read_bytes() == page("Nhà")


def test_refused_state_is_explained(network: Network, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    other = Network(tmp_path / "a")
    other.publish("badinh", {"/": page("casino")}, mtime=1000)
    done = conglang(
        "edge", "pull", str(tmp_path / "a/store"), "--data", str(tmp_path), "--once",
        "--pin", str(network.data / "keys/root.json"),
    )  # fmt: skip

    assert done.returncode == 1
    assert "Refused: the signatures are not those of this network" in done.stdout
    assert not (tmp_path / "edge/1/www/badinh").exists()


def test_wrong_file_is_not_pinned_for_ever(network: Network, tmp_path: Path) -> None:
    wrong = tmp_path / "up.log"
    for content in (b"ready\n", (network.data / "store/repo/metadata/timestamp.json").read_bytes()):
        wrong.write_bytes(content)
        refused = _pull(network, tmp_path, "--once", "--pin", str(wrong))
        assert refused.returncode == 1 and "is not the root.json of a network" in refused.stdout

    assert _pull(network, tmp_path, "--once").returncode == 0


def test_another_root_than_the_first_is_said_to_be_passed_over(network: Network, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    other = Network(tmp_path / "a")
    _pull(network, tmp_path, "--once")

    done = _pull(network, tmp_path, "--once", "--pin", str(other.data / "keys/root.json"))

    assert done.returncode == 0 and "root it was given first" in done.stdout


def test_without_a_root_it_says_what_to_bring(network: Network, tmp_path: Path) -> None:
    done = conglang("edge", "pull", str(network.data / "store"), "--data", str(tmp_path), "--once")

    assert done.returncode == 1 and "--pin" in done.stdout


def test_following_edge_answers_lists_itself_and_stops_on_a_signal(network: Network) -> None:
    data = network.data / "far"
    process = subprocess.Popen(
        [sys.executable, "-m", "conglang.cli.main", "edge", "pull", str(network.data / "store"), "--data", str(data),
         "--pin", str(network.data / "keys/root.json"), "--name", "hai"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "CONGLANG_LANGUAGE": "vi"},
    )  # fmt: skip
    socket = data / "spool/edge-hai.sock"
    end = time.monotonic() + 60
    while time.monotonic() < end and not _answers(str(socket)):
        time.sleep(0.1)
    busy = _pull(network, data, "--name", "hai", "--once")
    conglang("edge", "add", "hai", str(socket), "--data", str(data))
    listed = conglang("edge", "list", "--data", str(data))
    told = conglang("edge", "status", "hai", "--data", str(data))
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[0]
    silent = conglang("edge", "list", "--data", str(data))
    forgotten = conglang("edge", "remove", "hai", "--data", str(data))

    assert busy.returncode == 1 and "Another process" in busy.stdout
    assert listed.returncode == 0 and "1 sites" in listed.stdout and "fresh" in listed.stdout
    assert "badinh" in told.stdout and " 1 " in told.stdout
    assert "Đã kiểm tra và áp dụng: 1 trang thông tin thay đổi" in said
    assert silent.returncode == 1 and "does not answer" in silent.stdout
    assert forgotten.returncode == 0 and edges.read(data) == {}


def _answers(socket: str) -> bool:
    try:
        return bool(edges.ask(socket).sites)
    except edges.EdgeSilent:
        return False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "../x", "/a"), "no name for an edge"),
        (("add", "hai", "ftp://a"), "neither http"),
        (("remove", "hai"), "There is no edge"),
        (("list",), "edge add NAME ADDRESS"),
    ],
)
def test_wrong_words_are_explained(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = conglang("edge", *arguments, "--data", str(tmp_path))

    assert done.returncode == 1 and words in done.stdout


def test_neither_django_nor_the_portal_is_imported_for_an_edge() -> None:
    code = (
        "import sys, conglang.cli.edge, conglang.cli.edge_pull, conglang.edge.puller, conglang.edge.app\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'wagtail', 'psycopg')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
