"""What is to come, what happened, and how late it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Sum

from conglang.portal.publishing.rendering.models import Production

from .models import Moment
from .rules import DEFAULT_PACE, INSTANT, OPEN, State, lateness, lead


def least_lead() -> timedelta:
    """How long before its moment even a small change is prepared (settings.MOMENTS_LEAD_SECONDS)."""
    return timedelta(seconds=getattr(settings, "MOMENTS_LEAD_SECONDS", 120))


def lead_for(due: datetime, turning: bool) -> timedelta:
    """How long before its moment something is to be prepared; sites ``turning`` by themselves are counted together."""
    if not turning:
        return least_lead()
    count = Production.objects.filter(changes_at=due).count()
    return lead(count, pace=pace(), least=least_lead())


def pace() -> float:
    """Seconds it took here to prepare one subject, over the last hundred moments."""
    recent = Moment.objects.filter(prepared__gt=0).order_by("-prepared_at").values("pk")[:100]
    total = Moment.objects.filter(pk__in=recent).aggregate(Sum("prepared"), Sum("prepare_seconds"))
    count, seconds = total["prepared__sum"] or 0, total["prepare_seconds__sum"] or 0.0
    return max(seconds / count, 0.001) if count else DEFAULT_PACE


def next_wish(*, now: datetime) -> datetime | None:
    """The next instant at which the clock has something to do: carry out, try again, prepare. None: nothing planned."""
    waiting = Moment.objects.filter(state=State.WAITING)
    wishes = [max(filter(None, row)) for row in waiting.filter(due__lte=now).values_list("due", "not_before")]
    wishes += waiting.filter(due__gt=now).order_by("due").values_list("due", flat=True)[:1]
    unasked = waiting.filter(due__gt=now, asked_at=None).order_by("due")[:1]
    wishes += [row.due - least_lead() for row in unasked]
    turning = Production.objects.filter(changes_at__gt=now).order_by("changes_at").first()
    wishes += [turning.changes_at] if turning and turning.changes_at else []
    return min(wishes, default=None)


def to_come(sites: Iterable[str]) -> QuerySet[Moment]:
    """What waits for its moment on these sites, and what was set aside, soonest first."""
    return Moment.objects.filter(site__in=list(sites), state__in=OPEN).order_by("due", "site", "pk")


def past(sites: Iterable[str]) -> QuerySet[Moment]:
    """What has happened on these sites, newest first."""
    return Moment.objects.filter(site__in=list(sites), state=State.DONE).order_by("-due", "site", "pk")


def go_live_times(sites: Iterable[str], paths: Sequence[str]) -> dict[tuple[str, str], datetime]:
    """When paths of these sites will be made public, for those that wait for it."""
    found = Moment.objects.filter(site__in=list(sites), path__in=paths, state__in=OPEN).exclude(
        planner=INSTANT
    )
    return {(site, path): due for site, path, due in found.values_list("site", "path", "due")}


@dataclass(frozen=True)
class Punctuality:
    """How the scheduler stands, for those who run the installation."""

    overdue: int  # should have happened and did not, set aside ones among them
    failed: int
    worst_seconds: float  # of the last day, due → signed


def punctuality(*, now: datetime) -> Punctuality:
    """Count what is late over all sites."""
    open_ones = Moment.objects.filter(state__in=OPEN, due__lte=now - timedelta(seconds=5))
    day = Moment.objects.filter(state=State.DONE, due__gte=now - timedelta(days=1), released_at__isnull=False)
    late = [lateness(row.due, row.released_at) or 0.0 for row in day.only("due", "released_at")]
    worst = max(late, default=0.0)
    return Punctuality(open_ones.count(), open_ones.filter(state=State.FAILED).count(), worst)
