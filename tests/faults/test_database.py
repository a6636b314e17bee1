"""The publisher's database dies or has no room left: readers notice nothing, nothing that was said is lost (6, 16)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from conglang.cli.postgres import Cluster
from conglang.cli.supervisor import MARK, Program, Supervisor, stop_leftovers
from conglang.edge.tests.servers import Server, caddy, edge_app
from conglang.portal.publishing.releases.tests.signer_process import Signer
from conglang.portal.publishing.releases.tests.test_releases import publish, signed, write
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.tests import toy

from .database import HARMS, deaths, kill, small_disk, statements
from .office import office, reader
from .publisher_scene import PublisherScene

pytestmark = [pytest.mark.fault]
SEED = int(os.environ.get("CONGLANG_SEED") or random.randrange(10**6))


@pytest.mark.parametrize("kind", HARMS)
def test_change_is_published_once_whenever_the_database_dies(
    signer: Signer, own_server: Cluster, kind: str
) -> None:
    print(f"CONGLANG_SEED={SEED}")
    scene = PublisherScene(signer.data)
    last = statements(scene)
    numbers = random.Random(SEED).sample(range(1, last + 1), 4)

    tried = list(deaths(scene, own_server, [(kind, number) for number in numbers]))

    assert [one.wrong for one in tried if one.wrong] == []
    assert [(one.call, last) for one in tried if not one.reached] == []


def test_no_page_is_blamed_for_a_database_that_dies_while_it_is_rendered(signer: Signer) -> None:
    """Else its site would be held back: «too many of its pages fail»."""
    rendering.rebuild(toy.SITES, by="test", reason="first")
    for number in range(8):
        write(f"Tin {number}", f"n{number}", f"tin-{number}")
    publish()
    for number in range(8):
        write(f"Sửa {number}", f"n{number}", f"tin-{number}")
    gone = ["SELECT pg_terminate_backend(pg_backend_pid())"]
    toy.NoteFamily.hindrance = staticmethod(lambda ident: gone and toy.run(gone.pop()))

    with pytest.raises(OperationalError):
        publish()

    connections.close_all()
    assert rendered.failures(["badinh"]) == [] and gone == []
    publish()
    assert signed(signer) == rendered.full_render("badinh", at=timezone.now())


def test_desk_says_what_to_do_while_there_is_no_database_and_is_there_again_after(
    own_server: Cluster,
) -> None:
    desk = Client(raise_request_exception=False, headers={"host": settings.DESK_HOST})
    form = {"username": "lan", "password": "sai"}
    assert desk.post("/login/", form).status_code == 200

    kill(own_server)
    answer = desk.post("/login/", form)
    own_server.start()

    assert (answer.status_code, answer["Retry-After"]) == (503, "20")
    assert "chưa được lưu" in answer.text and "bấm F5" in answer.text
    assert desk.post("/login/", form).status_code == 200


@pytest.fixture
def front(signer: Signer) -> Iterator[Server]:
    """A web server before an edge that follows the signer."""
    shutil.rmtree(signer.data / "edge", ignore_errors=True)
    with edge_app(signer.data) as app, caddy(signer.data, app) as server:
        yield server


@pytest.mark.slow  # a worker has to come up twice
def test_full_disk_stops_the_database_and_not_the_readers(
    signer: Signer, migrated_server: Cluster, folder: Path, front: Server
) -> None:
    try:
        log = small_disk(folder / "data" / "pg" / "pg_wal", "size=40m")
        with log as place, office(folder / "data", migrated_server, signer.data) as cluster:
            rendering.rebuild(toy.SITES, by="test", reason="first")
            write("Tin 0")
            publish()
            _until(lambda: front.ask("/tin/mot/").status == 200)
            with reader(front, "/tin/mot/") as seen:
                acknowledged = _publish_until_full(place)
                _until(lambda: not cluster.answers())
                time.sleep(1)
                subprocess.run(["mount", "-o", "remount,size=200m", str(place)], check=True)
                _until(cluster.answers)
                connections.close_all()
                may = (acknowledged, acknowledged + 1)  # the last was saved, perhaps, and not answered
                assert toy.run("SELECT title FROM toy_note") in [[(f"Tin {number}",)] for number in may]
                write("Tin sau")  # from here on the worker does what is to be done
                full = rendered.full_render("badinh", at=timezone.now())
                _until(lambda: signed(signer) == full)
                _until(lambda: b"Tin sau" in front.ask("/tin/mot/").body)
    except PermissionError as reason:
        pytest.skip(str(reason))
    assert {status for status, _ in seen} == {200} and sum(seen.values()) > 50


def _publish_until_full(place: Path) -> int:
    """Somebody fills the disk; an editor publishes on until he hears of it. The last that was acknowledged."""
    _fill(place)
    acknowledged = 0
    with pytest.raises(OperationalError, match="No space left on device|server closed"):
        for number in range(1, 1000):
            write(f"Tin {number}")
            publish()
            acknowledged = number
            toy.run("SELECT pg_logical_emit_message(true, 'others', repeat(md5(random()::text), 60000))")
    return acknowledged


def _fill(place: Path) -> None:
    with suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def _until(condition: Callable[[], bool], patience: float = 90) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_program_that_dies_beside_a_full_disk_is_started_again_once(folder: Path) -> None:
    """Else a second one would be started each time, and fight the first for its socket."""
    sleeper = (sys.executable, "-c", "import time; time.sleep(60)")
    try:
        with small_disk(folder / "disk", "size=64k") as place:
            supervisor = Supervisor(place, place, tell=lambda name, status: None)
            supervisor.start(Program("gate", sleeper, ready=lambda: True))
            _fill(place)
            before = supervisor.pids()["gate"]
            os.kill(before, signal.SIGKILL)

            _until(lambda: supervisor.tend() or supervisor.pids()["gate"] != before)
            for _ in range(10):
                supervisor.tend()

            _until(lambda: processes_under(place))  # before it has become the program it carries no mark
            assert [process.pid for process in processes_under(place)] == [supervisor.pids()["gate"]]
            stop_leftovers(place)
            assert processes_under(place) == []
    except PermissionError as reason:
        pytest.skip(str(reason))


def processes_under(run: Path) -> list[psutil.Process]:
    """What was started for this run folder and lives, recorded or not."""
    return [process for process in psutil.Process().children() if _mark_of(process) == str(run)]


def _mark_of(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        return process.environ().get(MARK, "")
    return ""
