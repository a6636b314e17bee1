"""The calendar follows what planners say: new moments come in, cancelled ones are dropped, what was done stays."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from django.db import connection, transaction
from django.utils import timezone

from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Production

from .. import registry
from ..models import Moment
from ..rules import INSTANT, OPEN, Planned, State

CHANNEL = "conglang_moments"
_LOCK = 0x636C10
_FACTS = ("site", "title", "path")
_PUT_IN = """
    INSERT INTO moments_moment AS old (planner, ident, due, site, title, path, state, tries, error, prepared,
                                       prepare_seconds, warning)
    SELECT x.*, 'waiting', 0, '', 0, 0, ''
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
        AS x(planner, ident, due, site, title, path)
    ON CONFLICT (planner, ident, due) DO UPDATE
    SET site = excluded.site, title = excluded.title, path = excluded.path, state = 'waiting', tries = 0,
        not_before = NULL, error = '', asked_at = NULL, prepared_at = NULL, warning = '', done_at = NULL,
        released_at = NULL, edition = NULL, seen_at = NULL
"""


def sync() -> bool:
    """Bring the calendar up to what is planned now; whether anything was different.

    Looks at planners and calendar in one unchanging view, so that what is being carried out at this moment is neither
    dropped nor planned again. Raises OperationalError when it collides with that; the next call is right.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False  # somebody else brings it up to date at this moment
        settle_instants(now=timezone.now())
        wanted = {planned.key: planned for planned in _all_planned()}
        held = {row.planned.key: row for row in Moment.objects.filter(state__in=OPEN)}
        gone = [row.pk for key, row in held.items() if key not in wanted]
        Moment.objects.filter(pk__in=gone, state__in=OPEN).update(state=State.DROPPED)
        new = [planned for key, planned in wanted.items() if key not in held]
        _put_in(new)
        moved = [_moved(held[key], wanted[key]) for key in held.keys() & wanted.keys()]
        Moment.objects.bulk_update([row for row in moved if row], [*_FACTS, "asked_at", "prepared_at"])
    return bool(gone or new or any(moved))


def _all_planned() -> Iterator[Planned]:
    yield from _instants()
    yield from chain.from_iterable(planner.planned() for planner in registry.planners())


def _instants() -> Iterator[Planned]:
    """What declared to change by itself, one moment for each site and instant."""
    reached = rendered.last_reached()
    ahead = Production.objects.filter(changes_at__isnull=False)
    if reached is not None:
        ahead = ahead.filter(changes_at__gt=reached)
    for site, due in ahead.values_list("site", "changes_at").distinct():
        if due is not None:
            yield Planned(INSTANT, site, due, site)


def settle_instants(*, now: datetime) -> int:
    """Note as done what the last look at the hour has set going. Return how many moments."""
    reached = rendered.last_reached()
    if reached is None:
        return 0
    waiting = Moment.objects.filter(planner=INSTANT, state__in=OPEN, due__lte=reached)
    return waiting.update(state=State.DONE, done_at=now)


def _put_in(new: Iterable[Planned]) -> None:
    rows = list(new)
    if rows:
        with connection.cursor() as cursor:
            columns = ("planner", "ident", "due", *_FACTS)
            cursor.execute(_PUT_IN, [[getattr(row, name) for row in rows] for name in columns])


def _moved(row: Moment, planned: Planned) -> Moment | None:
    """The row with its new facts, to be prepared again; None when they are the same."""
    if all(getattr(row, name) == getattr(planned, name) for name in _FACTS):
        return None
    for name in _FACTS:
        setattr(row, name, getattr(planned, name))
    row.asked_at = row.prepared_at = None
    return row


@transaction.atomic
def retry(moment: Moment) -> bool:
    """Give a moment that was set aside new tries (its cause was mended); whether it was set aside."""
    found = Moment.objects.filter(pk=moment.pk, state=State.FAILED)
    again = found.update(state=State.WAITING, tries=0, not_before=None, error="")
    if again:
        unit = Site.objects.filter(key=moment.site).values_list("unit__code", flat=True).first()
        note(
            Kind.RETRIED,
            Thing(ThingKind.MOMENT, f"{moment.planner}/{moment.ident}", str(unit) if unit else ""),
        )
        wake()
    return bool(again)


def wake() -> None:
    """Tell the clock of every worker, when the caller's transaction commits, to look at the calendar now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
