"""Rendering what is to come before it comes, and having the signer read it."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conglang.portal.publishing.releases.actions.releasing import signer
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.wire.release import LookRequest, SignerUnavailable

from .. import queries
from ..models import Moment
from ..rules import INSTANT, State
from .firing import carry_out

logger = logging.getLogger(__name__)
LONGEST_LEAD = timedelta(hours=6)  # half of what prepared pages last


@transaction.atomic
def to_prepare(*, now: datetime) -> tuple[list[datetime], list[tuple[str, datetime]]]:
    """What it is time to prepare: moments at which somebody's deeds fall due, and sites that change by themselves.

    Asked once for each: the caller sees to it, in the same transaction, that they are prepared.
    """
    lead_of = cache(queries.lead_for)
    waiting = Moment.objects.select_for_update(skip_locked=True).filter(
        state=State.WAITING, asked_at=None, due__gt=now, due__lte=now + LONGEST_LEAD
    )
    near = [
        row for row in waiting.order_by("due") if row.due - lead_of(row.due, row.planner == INSTANT) <= now
    ]
    Moment.objects.filter(pk__in=[row.pk for row in near]).update(asked_at=now)
    deeds = sorted({row.due for row in near if row.planner != INSTANT})
    return deeds, [(row.site, row.due) for row in near if row.planner == INSTANT]


def prepare(due: datetime) -> int:
    """Render what the deeds of one moment will change. Return how many subjects. Nothing is changed for readers."""
    rows = (
        Moment.objects.filter(state=State.WAITING, due__lte=due)
        .exclude(planner=INSTANT)
        .order_by("due", "pk")
    )
    deeds = [rendering.Foreseen(str(row.pk), partial(carry_out, row, at=row.due)) for row in rows]
    began = time.monotonic()
    outlook = rendering.prepare_deeds(deeds, moment=due)
    mine = [row for row in rows if row.due == due]
    for row in mine:
        row.warning = outlook.errors.get(str(row.pk), "")
        row.prepared_at = timezone.now()
        row.prepared = outlook.subjects // len(mine)
        row.prepare_seconds = (time.monotonic() - began) / len(mine)
    _save(mine)
    for site in sorted(outlook.sites):
        _have_read(site, due)
    return outlook.subjects


def prepare_site(site: str, due: datetime) -> int:
    """Render what will change by itself on a site at one moment. Return how many subjects."""
    began = time.monotonic()
    outlook = rendering.prepare_changes(site, moment=due)
    _have_read(site, due)
    mine = Moment.objects.filter(planner=INSTANT, ident=site, due=due, state=State.WAITING)
    mine.update(
        prepared_at=timezone.now(),
        prepared=F("prepared") + outlook.subjects,
        prepare_seconds=F("prepare_seconds") + (time.monotonic() - began),
    )
    return outlook.subjects


def _save(rows: Iterable[Moment]) -> None:
    for row in rows:
        facts = {
            name: getattr(row, name) for name in ("warning", "prepared_at", "prepared", "prepare_seconds")
        }
        Moment.objects.filter(pk=row.pk, state=State.WAITING).update(**facts)


def _have_read(site: str, due: datetime) -> None:
    """The signer reads every body himself. Having it read now saves the time at the moment; and he may say no now."""
    entries = rendered.prepared_entries(site, moment=due)
    if not entries:
        return
    try:
        faults = signer().look(LookRequest(entries))
    except SignerUnavailable as unavailable:
        logger.warning("Nothing is read beforehand: %s", unavailable)
        return
    for path, reason in faults.items():
        logger.error("The signer will refuse %s%s at %s: %s", site, path, due, reason)
        Moment.objects.filter(site=site, path=path, due=due, state=State.WAITING).update(warning=reason)
