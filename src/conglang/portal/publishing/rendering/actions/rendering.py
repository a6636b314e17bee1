"""Rendering what is stale on one site: draw in a snapshot, shelve the bytes, record in a second, short transaction."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from ..drawing import Drawing, draw, draw_several, snapshot
from ..locks import store_in_use
from ..models import Stale
from ..rules import Subject
from ..shelving import shelve
from .adopting import adopt, forget, prepared_sites
from .dispatching import DEPENDENT, FEW, HOME, REST, URGENT
from .recording import record

logger = logging.getLogger(__name__)

BATCH = 200  # subjects in one snapshot: about half a second of work
PART = 100  # of a rebuild's long rest, between which whoever has news of the site gets his turn


@dataclass(frozen=True)
class Progress:
    """One batch.

    ``urgent``: it ended what an editor just published, to be released before the rest. ``long``: a part of a rebuild;
    others may want their turn. ``doubtful``: the first part of one, and not all of it could be made, so it proves no
    design.
    """

    rendered: int
    failed: int
    paths: frozenset[str]  # whose answer changed
    urgent: bool
    long: bool = False
    doubtful: bool = False


def render_next(site: str, *, at: datetime, pause: Callable[[], object] | None = None) -> Progress | None:
    """Render the next stale subjects of a site, those of one priority (see `_next_of`); None when nothing waits.

    ``pause`` is called before a part of a rebuild is written, for others to go first. The caller holds the site's lock.
    Killed at any point, the next call does the same work again.
    """
    marks, more = _next_marks(site, at=at)
    if not marks:
        return None
    generations = {mark.subject: mark.generation for mark in marks}
    with store_in_use():  # from looking at what is in the store to referring to it
        drawings = _drawings(site, [mark.subject for mark in marks], at=at)
        if pause and marks[0].priority in (HOME, REST):
            pause()
        shelve(drawings)
        paths = record(drawings, generations).get(site, frozenset())
    failed = sum(len(drawing.failures) for drawing in drawings)
    if drawings and drawings[0].adopted:
        forget(site, drawings[0].results, at=at)
    priority = marks[0].priority
    urgent = all(mark.priority < HOME for mark in marks) and not more
    long = priority == HOME or priority >= REST and more
    doubtful = priority == HOME and failed > 0
    return Progress(len(marks) - failed, failed, paths, urgent=urgent, long=long, doubtful=doubtful)


def _drawings(site: str, subjects: Sequence[Subject], *, at: datetime) -> list[Drawing]:
    """What was prepared for this moment and holds; the rest is rendered now."""
    ready = adopt(site, subjects, at=at)
    known = ready.results if ready else {}
    drawings = list(draw(site, rest, at=at)) if (rest := [s for s in subjects if s not in known]) else []
    return [ready, *drawings] if ready else drawings


def _next_marks(site: str, *, at: datetime) -> tuple[Sequence[Stale], bool]:
    """The next batch; and whether more of the same priority wait behind it."""
    found = list(_ready([site], at=at).order_by("priority", "id")[: BATCH + 1])
    marks = _next_of(found)
    most = PART if found and found[0].priority >= REST else BATCH
    return marks[:most], len(marks) > most


def _next_of(waiting: Sequence[Stale]) -> list[Stale]:
    """Of the marks of a site, in their order, those to be made together: all of one priority, or all of a few.

    News and the few pages that show it are one batch, and so one edition: made one after the other, the lists would
    come later by a signature and a pull, and the page earlier by some hundredths of a second. Rebuilds stay apart.
    """
    if len(waiting) <= FEW and all(mark.priority in (URGENT, DEPENDENT) for mark in waiting):
        return list(waiting)
    return [mark for mark in waiting if mark.priority == waiting[0].priority]


def _ready(sites: Collection[str], *, at: datetime) -> QuerySet[Stale]:
    return Stale.objects.filter(Q(not_before=None) | Q(not_before__lte=at), site__in=sites, quarantined=False)


@dataclass(frozen=True)
class Together:
    """What was rendered of several sites. ``paths``: per site, whose answer changed.

    ``unfinished``: sites of which more waits, or where something went wrong; they need a turn of their own.
    """

    paths: Mapping[str, frozenset[str]]
    unfinished: frozenset[str]


def render_together(sites: Sequence[str], *, at: datetime) -> Together:
    """Render the next subjects of several sites in one view, with one sync and one transaction; of each only a few.

    The caller holds the locks of all of them. Where drawing fails nothing is recorded: by itself, the site's next turn
    finds the culprit. Killed at any point, the same work is done again.
    """
    marks, unfinished = _few_marks(sites, at=at)
    generations = {mark.subject: mark.generation for some in marks.values() for mark in some}
    with store_in_use():
        drawings, failed = _draw_some(
            {site: [mark.subject for mark in some] for site, some in marks.items()}, at=at
        )
        shelve(drawings)
        changed = record(drawings, generations)
    for drawing in drawings:
        if drawing.adopted:
            forget(drawing.site, drawing.results, at=at)
    broken = {drawing.site for drawing in drawings if drawing.failures}
    return Together(changed, unfinished | failed | broken)


def _few_marks(sites: Sequence[str], *, at: datetime) -> tuple[dict[str, list[Stale]], frozenset[str]]:
    """Per site the next marks where there are few; and the sites where more waits than that."""
    found: dict[str, list[Stale]] = {}
    for mark in _ready(sites, at=at).order_by("site", "priority", "id"):
        found.setdefault(mark.site, []).append(mark)
    next_ones = {site: _next_of(marks) for site, marks in found.items()}
    few = {site: marks for site, marks in next_ones.items() if len(marks) <= FEW}
    more = {site for site, marks in found.items() if site not in few or len(marks) > len(few[site])}
    return few, frozenset(more)


def _draw_some(
    wanted: Mapping[str, Sequence[Subject]], *, at: datetime
) -> tuple[list[Drawing], frozenset[str]]:
    """Drawings of all sites, what was prepared taken as it is; and the sites that could not be drawn."""
    ready = {
        site: made for site in prepared_sites(wanted, at=at) if (made := adopt(site, wanted[site], at=at))
    }
    rest = {
        site: left
        for site, subjects in wanted.items()
        if (left := [one for one in subjects if site not in ready or one not in ready[site].results])
    }
    drawn = _drawn(rest, at=at) if rest else {}
    failed = frozenset(rest.keys() - drawn.keys())
    return [*(made for site, made in ready.items() if site not in failed), *drawn.values()], failed


def _drawn(wanted: Mapping[str, Sequence[Subject]], *, at: datetime) -> dict[str, Drawing]:
    """Drawings of those sites that can be drawn; where not all can, each is tried by itself."""
    with snapshot() as seen:
        try:
            return {one.site: one for one in draw_several(wanted, seen, at=at)}
        except Exception:  # whatever a template or a family can raise
            logger.warning("%s sites cannot be rendered together", len(wanted), exc_info=True)
    drawn: dict[str, Drawing] = {}
    with snapshot() as seen:
        for site, subjects in wanted.items():
            try:
                (drawn[site],) = draw_several({site: subjects}, seen, at=at)
            except Exception:
                logger.warning("%s cannot be rendered together with others", site, exc_info=True)
                if connection.needs_rollback or not connection.is_usable():
                    break
    return drawn


def retry_quarantined(site: str) -> int:
    """Give what was set aside on a site another three tries (its cause was mended). Return how many."""
    return Stale.objects.filter(site=site, quarantined=True).update(
        quarantined=False, tries=0, not_before=None, error=""
    )
