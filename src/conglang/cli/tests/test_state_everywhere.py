"""A real network: an announcement made on the command line is on every host while desk and worker are stopped."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from conglang.cli.supervisor import recorded
from conglang.cli.tests.small_network import (
    COMMUNES,
    Up,
    body,
    conglang,
    free_port,
    processes_of,
    write_small_network,
)
from conglang.wire.envelope import EnvelopeError, peek

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
HOSTS = ["hanoi.localhost", *(f"{key}.hanoi.localhost" for key in COMMUNES)]


class Life:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.port = free_port()
        network = write_small_network(folder / "small")
        self.up = Up("--data", str(self.data), "--network", str(network), "--port", str(self.port))

    def state(self, *arguments: str) -> str:
        done = conglang("state", "--data", str(self.data), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def titles(self, host: str) -> list[str]:
        try:
            return [one.title for one in peek(body(self.port, host, "/_/network.json"))[0].banners]
        except EnvelopeError:
            return []

    def freeze(self, *names: str) -> list[psutil.Process]:
        """Stop programs where they stand; nobody starts them again meanwhile."""
        running = recorded(self.data / "spool" / "run")
        found = [running[name] for name in names]
        for process in found:
            process.suspend()
        return found


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    folder = Path(tempfile.mkdtemp(prefix="conglang-state-"))
    made = Life(folder)
    made.up.seconds_until_ready()
    yield made
    made.up.stop()
    for process in processes_of(made.data):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def test_announcement_is_on_all_hosts_while_portal_worker_and_database_are_stopped(life: Life) -> None:
    frozen = life.freeze("portal", "worker", "postgresql")
    assert len(frozen) == 3
    try:
        life.state("set", "banner", "--level", "khan-cap", "--title", "Bão số 3", "--until", "+6h",
                   "--people", "An, Bình", "--yes")  # fmt: skip
        begun = time.monotonic()
        while [life.titles(host) for host in HOSTS] != [["Bão số 3"]] * len(HOSTS):
            assert time.monotonic() - begun < 5  # a tenth of a second on an idle machine
            time.sleep(0.02)
    finally:
        for process in frozen:
            process.resume()


def test_homes_and_khan_cap_follow_for_readers_without_script(life: Life) -> None:
    end = time.monotonic() + 120  # half a minute on an idle machine
    pages = [(host, path) for host in HOSTS for path in ("/", "/khan-cap/")]
    while lacking := [page for page in pages if "Bão số 3" not in body(life.port, *page).decode()]:
        assert time.monotonic() < end, lacking
        time.sleep(0.5)


def test_what_was_ended_is_gone_everywhere(life: Life) -> None:
    life.state("clear", "--people", "An, Bình", "--yes")
    end = time.monotonic() + 120
    while any("Bão số 3" in body(life.port, host).decode() for host in HOSTS):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert all(life.titles(host) == [] for host in HOSTS)
    assert "Hiện không có thông báo khẩn." in body(life.port, HOSTS[1], "/khan-cap/").decode()
