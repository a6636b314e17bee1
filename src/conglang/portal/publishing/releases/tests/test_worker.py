"""The worker as a process: it hears of work at once, and nothing is lost when it is killed in the middle."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.utils import timezone

from conglang.portal.publishing.releases import tasks
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Entry, Stale, Touch
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer
from .test_releases import signed, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# The child is a worker whose only families are the toy ones; it says when it listens.
SET_UP = """
import django, time
django.setup()
from django.conf import settings
from django.db import connections
from pathlib import Path
settings.DATA = Path({data!r})
connections.databases["default"]["NAME"] = {database!r}
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.tests import toy
registry._families.clear()
for family in toy.FAMILIES:
    registry.register(family)
toy.NoteFamily.hindrance = staticmethod(lambda ident: time.sleep({slow}))
"""
WORK = """
from conglang.portal.publishing.releases.worker import run_worker
from procrastinate.contrib.django import app
if not {sweep}:
    app.periodic_registry.periodic_tasks.clear()
run_worker()
"""
PUBLISH_ALL = """
from conglang.portal.publishing.releases.actions import publish_all
publish_all(toy.SITES, processes=2)
"""


class Worker:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, slow: float = 0, sweep: bool = True, work: str = WORK) -> None:
        database = connection.settings_dict["NAME"]
        program = (SET_UP + work).format(data=str(self.data), database=database, slow=slow, sweep=sweep)
        self.process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)

    def stop(self, number: int = signal.SIGKILL) -> int | None:
        if self.process is None:
            return None
        self.process.send_signal(number)
        status, self.process = self.process.wait(timeout=30), None
        return status


@pytest.fixture
def worker(signer: Signer) -> Iterator[Worker]:
    worker = Worker(signer.data)
    yield worker
    worker.stop()


def wait(condition: Callable[[], bool], patience: float = 90) -> None:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < patience, "it did not happen"
        time.sleep(0.01)


def all_released() -> bool:
    return not (
        Touch.objects.filter(dispatched_at=None).exists()
        or Stale.objects.exists()
        or Entry.objects.filter(dirty=True).exists()
    )


def assert_signed_equals_full(signer: Signer) -> None:
    for site in toy.SITES:
        assert signed(signer, site) == rendered.full_render(site, at=timezone.now())


def first_edition() -> None:
    rendering.rebuild(toy.SITES, by="test", reason="first")
    write("Tin đầu")


def test_a_worker_hears_of_every_touch_and_ends_in_peace(worker: Worker, signer: Signer) -> None:
    worker.start(sweep=False)
    first_edition()
    wait(all_released)

    for number in range(5):
        write(f"Tin thứ {number}")
        wait(all_released)

    assert_signed_equals_full(signer)
    assert worker.stop(signal.SIGTERM) == 0


@pytest.mark.fault
def test_kill_9_of_the_worker_while_it_publishes_ten_times(worker: Worker, signer: Signer) -> None:
    first_edition()
    for number in range(10):
        worker.start(slow=0.02)
        write(f"Lần {number}", f"n{number % 4}", f"tin-{number}")
        toy.write(
            f"h{number}", site="hoankiem", section="van-hoa", slug=f"tin-{number}", title=f"Lần {number}"
        )
        time.sleep(1.2 + number * 0.05)
        worker.stop(signal.SIGKILL)

    worker.start()
    wait(all_released)
    assert_signed_equals_full(signer)


@pytest.mark.fault
def test_kill_9_of_the_signer_while_he_signs(worker: Worker, signer: Signer) -> None:
    worker.start()
    first_edition()
    for number in range(3):
        write(f"Lần {number}")
        time.sleep(0.3)
        signer.kill()
        write(f"Lần {number} sửa")
        signer.start()

    wait(all_released)
    assert_signed_equals_full(signer)


def test_a_job_left_in_the_middle_is_freed_when_the_only_worker_starts(
    worker: Worker, signer: Signer
) -> None:
    first_edition()
    rendering.dispatch()
    toy.run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')")
    toy.run(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers) "
        "WHERE id IN (SELECT min(id) FROM procrastinate_jobs WHERE task_name = 'releases.publish_site' GROUP BY lock)"
    )
    assert (
        tasks.retry_stranded() == 0
    )  # by its heartbeat that worker lives: the sweep would never free its jobs

    worker.start()
    wait(all_released)


@pytest.mark.fault
def test_kill_9_of_a_program_that_publishes_all_ends_its_children_too(worker: Worker, signer: Signer) -> None:
    first_edition()
    for number in range(9):
        write(f"Lần {number}", f"n{number}", f"tin-{number}")
    worker.start(slow=5, work=PUBLISH_ALL)
    assert worker.process is not None
    parent = psutil.Process(worker.process.pid)
    wait(lambda: len(parent.children()) == 2)
    children = parent.children()

    worker.stop(signal.SIGKILL)

    gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    worker.start()
    wait(all_released)
    assert_signed_equals_full(signer)
