"""Where an entry stands in the lists that show it: its rank on the site, its archive pages, its month."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q
from django.db.models.functions import Coalesce, TruncDate

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.rules import Standing

from . import keys
from .models import LegalDocumentPage
from .queries.rows import STEP, entry_types
from .rules import PAGE_SIZE, Listing


def day_of(page: Standing) -> date | None:
    """The day a document is sorted by: issued, else first published; None for what is sorted by the instant."""
    shown = dict(page.shown)
    if "issued_on" not in shown:
        return None
    moment = page.first_published_at
    return shown["issued_on"] or (moment.astimezone(keys.LOCAL).date() if moment else None)


def rank(page: Standing) -> int:
    """How many live entries of its kind and type the site has that are newer; counts no further than lists go."""
    others = _others(page).filter(site_id=page.site_id, kind=page.kind)
    return len(_after(others, page).values_list("pk")[: keys.COUNTS[-1]])


def leads_its_kind(page: Standing) -> bool:
    """Whether «the page of this kind» of its site is this one, as far as it is live: none stands before it."""
    others = BasePage.objects.filter(site_id=page.site_id, kind=page.kind, live=True, path__lt=page.path)
    return not others.exclude(content_type_id__in=entry_types()).exists()


def alone_in_month(page: Standing, month: str) -> bool:
    """Whether no other entry of the site was first published in that month."""
    others = BasePage.objects.filter(site_id=page.site_id, live=True, content_type_id__in=entry_types())
    others = others.exclude(pk=page.id)
    if month == keys.month_of(None):
        return not others.filter(first_published_at=None).exists()
    begin, end = keys.span_of(month)
    return not others.filter(first_published_at__gte=begin, first_published_at__lt=end).exists()


def archive_numbers(parent_tree: str, stands: Sequence[Standing]) -> set[int]:
    """The archive pages whose entries shift when an entry comes, goes or changes places.

    From the page it stands on to the newest; also the one that exists only with it. The entry itself is never counted,
    so it does not matter whether it is still, or already, in the list.
    """
    others = _others(stands[0]).filter(path__startswith=parent_tree, depth=len(parent_tree) // STEP + 1)
    count = others.count()
    most, least = Listing(count + 1).archive_pages, Listing(count).archive_pages
    if not most:
        return set()
    position = min(count - _after(others, one).count() for one in stands) + 1
    first = (position - 1) // PAGE_SIZE + 1
    return set(range(first, most + 1)) | ({most} if most != least else set())


def _others(page: Standing) -> Any:
    model: Any = ContentType.objects.get_for_id(page.content_type_id).model_class()
    return model._base_manager.filter(live=True).exclude(pk=page.id)


def _after(entries: Any, page: Standing) -> Any:
    """Those of the entries that lists show before the page (newer)."""
    if entries.model is LegalDocumentPage:
        day = day_of(page)
        dated = entries.annotate(day=Coalesce("issued_on", TruncDate("first_published_at")))
        return dated.filter(Q(day__gt=day) | Q(day=day, pk__gt=page.id)) if day else dated.none()
    moment = page.first_published_at
    if moment is None:
        return entries.filter(pk__gt=F("pk"))
    return entries.filter(Q(first_published_at__gt=moment) | Q(first_published_at=moment, pk__gt=page.id))
