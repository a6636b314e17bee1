"""How long editions are kept, and forgetting those beyond."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from conglang.portal.publishing.rendering.actions.collecting import Collected, collect

from ..models import Edition, Version


def oldest_kept(site: str, *, at: datetime) -> int | None:
    """The oldest edition that is kept: every one of the last days, and so many of the last at least."""
    days = timedelta(days=settings.EDITIONS_KEPT_DAYS)
    least = max(settings.EDITIONS_KEPT_LEAST, 1)
    numbers = Edition.objects.filter(site=site).order_by("-number").values_list("number", flat=True)
    last = list(numbers[:least])
    if not last:
        return None
    young = numbers.filter(at__gte=at - days).last()
    return min(last[-1], young) if young is not None else last[-1]


@transaction.atomic
def forget_editions(site: str, *, at: datetime) -> int:
    """Forget the editions of a site that are not kept any more, with what answered only in them. Return how many."""
    oldest = oldest_kept(site, at=at)
    if oldest is None:
        return 0
    Version.objects.filter(site=site, to_edition__lte=oldest).delete()
    return Edition.objects.filter(site=site, number__lt=oldest).delete()[0]


def tidy(*, at: datetime) -> Collected:
    """Forget editions of every site, then collect the bytes that nobody refers to."""
    for site in Edition.objects.order_by().values_list("site", flat=True).distinct():
        forget_editions(site, at=at)
    return collect(at=at)
