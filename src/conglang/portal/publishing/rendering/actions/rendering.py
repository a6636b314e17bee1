"""Rendering what is stale on one site: draw in a snapshot, shelve the bytes, record in a second, short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ..drawing import Drawing, draw
from ..locks import store_in_use
from ..models import Stale
from ..rules import Subject
from ..shelving import shelve
from .adopting import adopt, forget
from .dispatching import HOME, REST
from .recording import record

BATCH = 200  # subjects in one snapshot: about half a second of work


@dataclass(frozen=True)
class Progress:
    """One batch. ``urgent``: it ended what an editor just published, to be released before the rest."""

    rendered: int
    failed: int
    paths: frozenset[str]  # whose answer changed
    urgent: bool
    long: bool = False  # a part of a rebuild's long rest: others may want their turn


def render_next(site: str, *, at: datetime) -> Progress | None:
    """Render the next stale subjects of a site, urgent ones by themselves; None when nothing waits.

    The caller holds the site's lock. Killed at any point, the next call does the same work again.
    """
    marks, more = _next_marks(site, at=at)
    if not marks:
        return None
    generations = {mark.subject: mark.generation for mark in marks}
    with store_in_use():  # from looking at what is in the store to referring to it
        drawings = _drawings(site, [mark.subject for mark in marks], at=at)
        paths = frozenset().union(*(record(drawing, generations) for drawing in drawings))
    failed = sum(len(drawing.failures) for drawing in drawings)
    if drawings and drawings[0].adopted:
        forget(site, drawings[0].results, at=at)
    priority = marks[0].priority
    # A home page of a rebuild is made first, but released with the first part of the rest: it alone proves no design.
    urgent, long = priority < HOME and not more, priority >= REST and more
    return Progress(len(marks) - failed, failed, paths, urgent=urgent, long=long)


def _drawings(site: str, subjects: Sequence[Subject], *, at: datetime) -> list[Drawing]:
    """What was prepared for this moment and holds; the rest is rendered now."""
    ready = adopt(site, subjects, at=at)
    known = ready.results if ready else {}
    drawings = list(draw(site, rest, at=at)) if (rest := [s for s in subjects if s not in known]) else []
    shelve(drawings)
    return [ready, *drawings] if ready else drawings


def _next_marks(site: str, *, at: datetime) -> tuple[Sequence[Stale], bool]:
    """The next batch, all of one priority; and whether more of the same wait behind it."""
    ready = Stale.objects.filter(Q(not_before=None) | Q(not_before__lte=at), site=site, quarantined=False)
    found = list(ready.order_by("priority", "id")[: BATCH + 1])
    marks = [mark for mark in found if mark.priority == found[0].priority]
    return marks[:BATCH], len(marks) > BATCH


def retry_quarantined(site: str) -> int:
    """Give what was set aside on a site another three tries (its cause was mended). Return how many."""
    return Stale.objects.filter(site=site, quarantined=True).update(
        quarantined=False, tries=0, not_before=None, error=""
    )
