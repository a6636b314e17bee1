"""`conglang up` as a person runs it: a real network of three communes, killed, carried on, stopped, moved, restored.

One network for the whole file; the tests stand in the order of its life.
"""

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from conglang.cli import programs
from conglang.cli.bench import ROOT
from conglang.cli.tests.small_network import (
    COMMUNES,
    Up,
    body,
    conglang,
    free_port,
    processes_of,
    status,
    write_small_network,
)

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.timeout(600)]


class Life:
    """What the tests of this file hand on to one another."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.network = write_small_network(folder / "small")
        self.port = free_port()
        self.up: Up | None = None

    def start(self, *arguments: str, **variables: str) -> Up:
        self.up = Up("--data", str(self.data), *arguments, **variables)
        return self.up

    def hosts(self) -> list[str]:
        return ["hanoi.localhost", *(f"{key}.hanoi.localhost" for key in COMMUNES)]


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    folder = Path(tempfile.mkdtemp(prefix="conglang-up-"))  # short: sockets live in it
    made = Life(folder)
    yield made
    if made.up is not None and made.up.process.poll() is None:
        made.up.stop()
    for process in processes_of(made.data):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def test_first_run_killed_half_way_is_carried_on_by_the_next(life: Life) -> None:
    killed = life.start("--network", str(life.network), "--port", str(life.port))
    assert killed.heard("Database tables", patience=300), killed.text
    time.sleep(1.0)  # in the middle of units, pages or people
    killed.kill()
    assert processes_of(life.data), "its children should have lived on, or the next step proves nothing"

    carried_on = life.start()
    carried_on.seconds_until_ready()

    assert "stopped what it left behind" in carried_on.text
    assert {host: status(life.port, host) for host in life.hosts()} == dict.fromkeys(life.hosts(), 200)
    assert status(life.port, "quantri.localhost") in (200, 302)
    assert status(life.port, "nowhere.localhost") == 421


def test_first_passwords_were_shown_once(life: Life) -> None:
    assert life.up is not None
    assert life.up.text.count("quantri ") == 1
    assert list((life.data / "portal").glob("first-people*")) == []


def test_a_second_up_of_the_same_folder_is_refused(life: Life) -> None:
    refused = conglang("up", "--data", str(life.data))

    assert refused.returncode == 1
    assert "already running" in refused.stdout


def test_keys_and_spool_are_closed_to_others(life: Life) -> None:
    for folder in ("keys", "keys/online", "keys/offline", "spool"):
        assert (life.data / folder).stat().st_mode & 0o077 == 0, folder


def test_every_program_that_is_killed_comes_back(life: Life) -> None:
    assert life.up is not None
    everybody = {"postgresql", "signer", "edge", "portal", "worker", "caddy", *programs.bulk_names()}
    assert _until(lambda: set(_pids(life.data)) == everybody)
    before = _pids(life.data)

    for pid in before.values():
        psutil.Process(pid).kill()

    assert _until(lambda: all(_pids(life.data).get(name, pid) != pid for name, pid in before.items()))
    found = [conglang("doctor", "--data", str(life.data))]
    _until(lambda: found.append(conglang("doctor", "--data", str(life.data))) or found[-1].returncode == 0)
    assert found[-1].returncode == 0, found[-1].stdout
    assert life.up.process.poll() is None


def test_backup_is_taken_while_readers_read(life: Life) -> None:
    for options in ([], ["--with-keys"]):
        made = conglang(
            "backup", str(life.data.parent / f"backup{len(options)}.tar"), "--data", str(life.data), *options
        )
        assert made.returncode == 0, made.stdout + made.stderr

    assert (life.data.parent / "backup0.tar").stat().st_mode & 0o077 == 0


def test_management_command_runs_beside_the_network(life: Life) -> None:
    done = conglang("manage", "--data", str(life.data), "migrate", "--check")

    assert done.returncode == 0, done.stdout + done.stderr


def test_ctrl_c_stops_everything_it_started(life: Life) -> None:
    assert life.up is not None

    assert life.up.stop() == 0

    assert processes_of(life.data) == []
    assert not (life.data / "pg" / "postmaster.pid").exists()


def test_second_up_is_ready_within_ten_seconds_and_shows_no_password(life: Life) -> None:
    second = life.start()

    assert second.seconds_until_ready() <= 10 * _busy(), second.text
    assert "Database tables" not in second.text, "a prepared network needs no preparation"
    assert "quantri " not in second.text
    assert status(life.port, "hanoi.localhost") == 200
    assert second.stop() == 0


def test_design_that_breaks_pages_does_not_take_the_network_from_its_readers(life: Life) -> None:
    design = life.data.parent / "design"
    shutil.copytree(ROOT / "design", design)
    for layout in ("article", "section", "text", "documents"):
        (design / "layouts" / f"{layout}.html").write_text("{{ nobody_knows_this }}")
    life.port = free_port()  # so that everything has to be rendered again

    broken = life.start(
        "--port", str(life.port),
        DJANGO_SETTINGS_MODULE="bench.speed.settings", BENCH_DESIGN=str(design), PYTHONPATH=str(ROOT),
    )  # fmt: skip
    broken.seconds_until_ready()

    assert "4 sites are not wholly published: readers keep what they had there" in broken.text
    assert {host: status(life.port, host) for host in life.hosts()} == dict.fromkeys(life.hosts(), 200)
    assert broken.stop() == 0


def test_changed_address_is_in_every_canonical_link(life: Life) -> None:
    old, life.port = life.port, free_port()
    moved = life.start("--port", str(life.port))
    moved.seconds_until_ready()

    assert "Publishing every site" in moved.text
    for host in life.hosts():
        page = body(life.port, host)
        assert f"{host}:{life.port}".encode() in page, host
        assert f"localhost:{old}".encode() not in page, host
    moved.process.send_signal(signal.SIGTERM)
    assert moved.process.wait(60) == 0


@pytest.mark.parametrize("number", [0, 1], ids=["without-keys", "with-keys"])
def test_restored_network_shows_the_same_pages(life: Life, number: int) -> None:
    elsewhere = life.data.parent / f"restored{number}"
    restored = conglang(
        "restore", str(life.data.parent / f"backup{number}.tar"), "--data", str(elsewhere),
        "--network", str(life.network), "--port", str(life.port),
    )  # fmt: skip
    assert restored.returncode == 0, restored.stdout + restored.stderr

    up = Up("--data", str(elsewhere))
    try:
        up.seconds_until_ready()

        for host in life.hosts():
            key = host.split(".")[0]
            assert body(life.port, host) == (life.data / "edge/1/www" / key / "index.html").read_bytes()
        assert "quantri " not in up.text
    finally:
        up.stop()


def test_damaged_backup_is_refused_and_nothing_is_started(life: Life) -> None:
    damaged = life.data.parent / "damaged.tar"
    damaged.write_bytes((life.data.parent / "backup0.tar").read_bytes()[:5000])

    refused = conglang(
        "restore", str(damaged), "--data", str(life.data.parent / "x"), "--network", str(life.network)
    )

    assert refused.returncode == 1
    assert "not a whole backup" in refused.stdout


def test_restore_over_a_network_is_refused(life: Life) -> None:
    refused = conglang("restore", str(life.data.parent / "backup0.tar"), "--data", str(life.data))

    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stdout


def _busy() -> float:
    """How many times longer everything takes because others use this machine; `bench start` measures it alone."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _pids(data: Path) -> dict[str, int]:
    found = {}
    for file in (data / "spool" / "run").glob("*.json"):
        found[file.stem] = int(json.loads(file.read_text())["pid"])
    return found


def _until(condition: object, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.3)
    return False
