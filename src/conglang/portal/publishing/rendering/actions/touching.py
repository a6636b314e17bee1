"""Writing into the outbox, inside the transaction that changes something."""

import logging
from collections.abc import Iterable, Mapping

from procrastinate.contrib.django import app as jobs

from ..causes import signed_off
from ..models import Touch
from ..rules import Cause, Subject, rebuild_key

logger = logging.getLogger(__name__)
AT_ONCE = 10  # a job's priority: what turns a change into work goes before the work of rebuilds


def touch(
    keys: Iterable[str],
    *,
    first: Iterable[Subject] = (),
    decided: Iterable[Subject] | None = None,
    cause: Cause | None = None,
) -> int | None:
    """Record, in the caller's transaction, that what these keys stand for has changed.

    Whole sites are another matter (`order_rebuilds`). Give old *and* new keys (a page that leaves a listing changes
    that listing too). Subjects in ``first`` are rendered and released before everything else that read the keys: what
    the editor just published. ``decided``: subjects whose
    paths are no longer held at an older edition, because somebody decided about them anew; those in ``first`` without
    it. ``cause`` is shown with the edition; who is acting is added. Every call defers its own job; a run that finds
    nothing to do is free. Return the touch's number, None when there was nothing to touch.
    """
    wanted = sorted(set(keys))
    ahead = [list(subject) for subject in first]
    about = None if decided is None else [list(subject) for subject in decided]
    if not wanted and not ahead:
        return None
    why = signed_off(cause)
    made = Touch.objects.create(keys=wanted, first=ahead, decided=about, cause=why.to_json() if why else None)
    # No queueing_lock: it would make a second editor wait for the first, or fail, or lose the wake-up.
    jobs.configure_task("rendering.dispatch", queue="publishing", priority=AT_ONCE).defer()
    return made.pk


def rebuild(
    sites: Iterable[str], *, by: str, reason: str, families: Iterable[str] | None = None, number: int = 0
) -> list[int]:
    """Mark every subject of these sites (of all families, or of those named) to be rendered again, home pages first.

    Equal bytes stop there, so a rebuild of an unchanged site releases nothing. ``by`` and ``reason`` are shown with the
    editions it brings; ``number`` is that of an ordered rebuild (releases.Rebuild). Return the touches' numbers.
    """
    chosen = list(families) if families is not None else [None]
    wishes = dict.fromkeys(sites, chosen)
    logger.info("Rebuild of %d sites asked for by %s: %s", len(wishes), by, reason)
    return order_rebuilds(wishes, Cause("rebuild", title=reason, by=by, rebuild=number))


def order_rebuilds(wishes: Mapping[str, Iterable[str | None]], cause: Cause) -> list[int]:
    """Record, in the caller's transaction, that families of sites (None: all of a site) are to be rendered again.

    Each site is a touch of its own, so that dispatch may take one after the other and news between them. One job is
    deferred for all, beside those of rebuilding. Return the touches' numbers.
    """
    why = signed_off(cause)
    story = why.to_json() if why else None
    rows = [
        Touch(keys=sorted(rebuild_key(site, family) for family in families), decided=[], cause=story)
        for site, families in wishes.items()
    ]
    made = Touch.objects.bulk_create(rows)
    if made:
        jobs.configure_task("rendering.dispatch_rebuilds", queue="building", priority=AT_ONCE).defer()
    return [touch.pk for touch in made]
