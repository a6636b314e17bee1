"""Making this process one of a network's own: Django on its database, without its jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from conglang.cli.installation import remembered
from conglang.cli.supervisor import recorded


def open_portal(data: Path) -> None:
    """Set Django up for the network in this folder, which must be running."""
    os.environ.update(remembered(data).environment())
    import django

    django.setup()


def workers_of(data: Path) -> dict[str, psutil.Process]:
    """The processes that take jobs, by name."""
    running = recorded(data / "spool" / "run")
    return {
        name: process for name, process in running.items() if name == "worker" or name.startswith("bulk-")
    }


@contextmanager
def worker_paused(data: Path) -> Iterator[None]:
    """Do the workers' work in this process meanwhile: they are stopped, and changes defer no job for them."""
    from conglang.portal.publishing.releases import receivers
    from conglang.portal.publishing.rendering import signals

    receiver = receivers.publish_stale_sites
    signals.subjects_stale.disconnect(dispatch_uid="releases.defer_sites")
    workers = workers_of(data)
    _suspend_idle(list(workers.values()))
    try:
        yield
    finally:
        for worker in workers.values():
            worker.resume()
        signals.subjects_stale.connect(receiver, dispatch_uid="releases.defer_sites")


def _suspend_idle(workers: list[psutil.Process], patience: float = 120.0) -> None:
    """Stop them between two jobs: one that is stopped in a job keeps the lock of its site. TimeoutError."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    end = time.monotonic() + patience
    while time.monotonic() < end:
        for worker in workers:
            worker.suspend()
        if not ProcrastinateJob.objects.filter(status="doing").exists():
            return
        for worker in workers:
            worker.resume()
        time.sleep(0.2)
    raise TimeoutError(f"The workers of this network are not done with their jobs after {patience:.0f} s.")
