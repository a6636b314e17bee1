"""Making this process one of a network's own: Django on its database, without its jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conglang.cli.installation import remembered
from conglang.cli.supervisor import recorded


def open_portal(data: Path) -> None:
    """Set Django up for the network in this folder, which must be running."""
    os.environ.update(remembered(data).environment())
    import django

    django.setup()


@contextmanager
def worker_paused(data: Path) -> Iterator[None]:
    """Do the worker's work in this process meanwhile: it is stopped, and changes defer no job for it."""
    from conglang.portal.publishing.releases import receivers
    from conglang.portal.publishing.rendering import signals

    receiver = receivers.publish_stale_sites
    signals.subjects_stale.disconnect(dispatch_uid="releases.defer_sites")
    worker = recorded(data / "spool" / "run")["worker"]
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()
        signals.subjects_stale.connect(receiver, dispatch_uid="releases.defer_sites")
