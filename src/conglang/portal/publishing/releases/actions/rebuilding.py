"""Ordered rebuilds: who wanted which sites rendered again, why, and how far it is. The marks do the work."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering.models import PendingCause, Stale, Touch

from ..models import Edition, Rebuild

_NOTE = """
    UPDATE releases_rebuild SET changed = changed + %s, editions = editions || jsonb_build_object(%s::text, %s::bigint)
    WHERE id = ANY(%s)
"""


class NoReason(ValueError):
    """A rebuild needs a reason and at least one site."""


@transaction.atomic
def start_rebuild(sites: Iterable[str], *, by: str, reason: str, name: str = "") -> Rebuild:
    """Order that sites are rendered again, home pages first, and write down who ordered it. Raises NoReason.

    The work begins when the transaction is committed, and goes on after any interruption.
    """
    wanted = list(dict.fromkeys(sites))
    if not wanted or not reason.strip():
        raise NoReason("A rebuild needs at least one site and a reason. Nothing was begun.")
    row = Rebuild.objects.create(by=by, name=name, reason=reason.strip(), sites=wanted)
    row.touches = rendering.rebuild(wanted, by=by, reason=row.reason, number=row.pk)
    row.save(update_fields=["touches"])
    note(Kind.REBUILD_ORDERED, Thing(ThingKind.REBUILD, str(row.pk)), ordered_by=by, sites=wanted)
    return row


def count_subjects(sites: Iterable[str], touches: list[int]) -> None:
    """Add to the rebuilds that these touches belong to how much work they brought. In the transaction of dispatch."""
    for row in Rebuild.objects.filter(finished_at=None, touches__overlap=touches):
        marks = Stale.objects.filter(site__in=sites, causes__overlap=touches)
        Rebuild.objects.filter(pk=row.pk).update(subjects=F("subjects") + marks.count())


def note_edition_of_rebuilds(edition: Edition) -> None:
    """Put an edition down to the rebuilds among its causes. In the transaction that notes it."""
    numbers = [cause["rebuild"] for cause in edition.causes if cause.get("rebuild")]
    if numbers:
        with connection.cursor() as cursor:
            values: list[Any] = [edition.changed + edition.removed, edition.site, edition.number, numbers]
            cursor.execute(_NOTE, values)


def close_rebuilds(*, at: datetime) -> int:
    """Note the end of rebuilds of which nothing waits any more, and what went wrong. Return how many ended."""
    ended = 0
    for row in Rebuild.objects.filter(finished_at=None).exclude(touches=[]):
        marks = Stale.objects.filter(causes__overlap=row.touches)
        waits = (
            Touch.objects.filter(pk__in=row.touches, dispatched_at=None).exists()
            or marks.filter(quarantined=False).exists()
            or PendingCause.objects.filter(touch__in=row.touches).exists()
        )
        if not waits:
            row.problems = [f"{mark.site} {mark.family} {mark.ident}: {mark.error}" for mark in marks[:100]]
            row.finished_at = at
            row.save(update_fields=["problems", "finished_at"])
            ended += 1
    return ended


def left_of(rebuild: Rebuild) -> int:
    """How many subjects of a rebuild are still to be rendered, of those that were found until now."""
    return Stale.objects.filter(causes__overlap=rebuild.touches, quarantined=False).count()
