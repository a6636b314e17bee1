"""Writing into the outbox, inside the transaction that changes something."""

import logging
from collections.abc import Iterable

from procrastinate.contrib.django import app as jobs

from ..models import Touch
from ..rules import Subject, rebuild_key

logger = logging.getLogger(__name__)


def touch(keys: Iterable[str], *, first: Iterable[Subject] = ()) -> None:
    """Record, in the caller's transaction, that what these keys stand for has changed.

    Give old *and* new keys (a page that leaves a listing changes that listing too). Subjects in ``first`` are rendered
    and released before everything else that read the keys: what the editor just published. Every call defers its own
    job; a run that finds nothing to do is free.
    """
    wanted = sorted(set(keys))
    ahead = [list(subject) for subject in first]
    if not wanted and not ahead:
        return
    Touch.objects.create(keys=wanted, first=ahead)
    # No queueing_lock: it would make a second editor wait for the first, or fail, or lose the wake-up.
    jobs.configure_task("rendering.dispatch", queue="publishing").defer()


def rebuild(sites: Iterable[str], *, by: str, reason: str, families: Iterable[str] | None = None) -> None:
    """Mark every subject of these sites (of all families, or of those named) to be rendered again.

    Equal bytes stop there, so a rebuild of an unchanged site releases nothing. ``by`` and ``reason`` go to the log.
    """
    chosen = list(families) if families is not None else [None]
    keys = [rebuild_key(site, family) for site in sites for family in chosen]
    logger.info("Rebuild of %d sites asked for by %s: %s", len(keys), by, reason)
    touch(keys)
