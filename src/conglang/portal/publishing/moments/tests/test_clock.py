"""The clock in a worker as a process: on time, woken by what is planned nearer, and killed without harm."""

import json
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from conglang.portal.publishing.moments import actions
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import INSTANT, State
from conglang.portal.publishing.releases.tests.signer_process import Signer
from conglang.portal.publishing.releases.tests.test_worker import (
    Worker,
    all_released,
    assert_signed_equals_full,
    wait,
)
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering.models import Entry, Prepared
from conglang.portal.publishing.rendering.tests import toy

from .plan import ToyPlanner, plan, times_done

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WORK = """
from conglang.portal.publishing.moments import registry
from conglang.portal.publishing.moments.clock import Clock
from conglang.portal.publishing.moments.tests.plan import ToyPlanner
from conglang.portal.publishing.releases.worker import run_worker
from procrastinate.contrib.django import app
registry._planners.clear()
registry.register(ToyPlanner())
if not {sweep}:
    app.periodic_registry.periodic_tasks.clear()
with Clock().running():
    run_worker()
"""


@pytest.fixture
def worker(planner: ToyPlanner, signer: Signer) -> Iterator[Worker]:
    """A worker with a clock; the newspaper's first edition is signed."""
    worker = Worker(signer.data)
    (signer.data / "spool/moments.json").unlink(missing_ok=True)
    rendering.rebuild(toy.SITES, by="test", reason="first")
    worker.start(work=WORK, sweep=False)
    wait(lambda: (signer.data / "spool/moments.json").exists(), 200)
    wait(lambda: Entry.objects.filter(dirty=False, site="hoankiem", path="/").exists())
    wait(lambda: Entry.objects.filter(dirty=False, site="badinh", path="/").exists())
    yield worker
    worker.stop()


def in_seconds(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def released(count: int) -> bool:
    return Moment.objects.filter(released_at__isnull=False).count() == count


def test_planned_while_the_clock_sleeps_prepared_and_signed_soon_after_its_moment(
    worker: Worker, signer: Signer
) -> None:
    plan("le-cong-bo", in_seconds(4))
    actions.wake()
    wait(lambda: Prepared.objects.exists())
    assert toy.note("le-cong-bo") is None
    wait(lambda: released(1))

    row = Moment.objects.get()
    assert row.done_at is not None and row.released_at is not None and row.edition
    assert timedelta(0) <= row.done_at - row.due < timedelta(seconds=3)  # a machine that tests share
    wait(all_released)  # lists come behind the text itself
    assert_signed_equals_full(signer)
    assert json.loads((signer.data / "spool/moments.json").read_text())["failed"] == 0
    assert worker.stop(signal.SIGTERM) == 0


def test_what_fell_due_while_no_worker_lived_happens_when_one_starts_and_says_how_late(
    worker: Worker, signer: Signer
) -> None:
    worker.stop()
    plan("n1", in_seconds(-60))
    worker.start(work=WORK, sweep=False)
    wait(lambda: released(1))

    row = Moment.objects.get()
    assert row.released_at is not None and row.released_at - row.due > timedelta(seconds=60)


@pytest.mark.fault
def test_kill_9_of_the_worker_around_its_moments_and_every_note_comes_once(
    worker: Worker, signer: Signer
) -> None:
    for number in range(12):
        plan(f"n{number:02}", in_seconds(1.0 + number * 0.4), site=toy.SITES[number % 2])
    toy.write("gop-y", site="badinh", section="y-te", slug="gop-y", title="Góp ý", closes_at=in_seconds(4))
    actions.wake()
    for pause in (1.3, 1.9, 2.6):
        time.sleep(pause)
        worker.stop(signal.SIGKILL)
        worker.start(work=WORK)
    wait(lambda: Moment.objects.filter(state=State.DONE).exclude(planner=INSTANT).count() == 12)
    wait(lambda: not Moment.objects.filter(state=State.DONE, released_at=None).exists())

    assert [times_done(f"n{number:02}") for number in range(12)] == [1] * 12
    wait(all_released)
    assert_signed_equals_full(signer)
