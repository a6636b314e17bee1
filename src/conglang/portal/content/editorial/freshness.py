"""Which pages somebody should look at again, because nobody has changed or confirmed them for long."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import DateField, QuerySet
from django.db.models.functions import Cast, Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ContactPage, OfficialsPage, OrganisationPage, TextPage
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import holdings, sites_of
from conglang.portal.identity.sites.models import Site

from .duties import Duty
from .models import Confirmation
from .rules import UNIT_ROLES

LASTING = (TextPage, OfficialsPage, OrganisationPage, ContactPage)  # what is to be correct on every day


@dataclass(frozen=True)
class Rule:
    """After how many days a page of a kind is asked about."""

    default: int
    days: dict[str, int]

    def of(self, kind: str) -> int:
        return self.days.get(kind, self.default)


@cache
def rule() -> Rule:
    """The rule of freshness.toml."""
    found = tomllib.loads(Path(__file__).with_name("freshness.toml").read_text())
    return Rule(found["default"], dict(found["days"]))


@dataclass(frozen=True)
class Old:
    """A page to look at: since when it has been neither changed nor confirmed, and the day it should have been."""

    page: BasePage
    since: date
    due: date
    last: Confirmation | None


def to_confirm(*, viewer: Any, on: date | None = None) -> list[Old]:
    """Return the lasting pages of the viewer's sites that nobody changed or confirmed for too long, oldest first."""
    found = list(_old(sites_of(viewer=viewer), on or timezone.localdate()))
    last = confirmations(old.page.pk for old in found)
    return [Old(one.page, one.since, one.due, last.get(one.page.pk)) for one in found]


def confirmations(pages: Any) -> dict[int, Confirmation]:
    """Return of each of these pages who confirmed it last."""
    rows = Confirmation.objects.filter(page__in=list(pages)).select_related("by")
    return {row.page_id: row for row in rows.order_by("page", "-at").distinct("page")}


def _old(sites: QuerySet[Site], on: date) -> Iterator[Old]:
    """Pages that nobody ever published by hand are the network's birth, not an office's word: they count, too."""
    changed = Cast("last_published_at", DateField())
    types = [model._meta.model_name for model in LASTING]
    found = (
        BasePage.objects.filter(
            site__in=sites.order_by().values("pk"), live=True, content_type__model__in=types
        )
        .annotate(since=Greatest(Coalesce("confirmed_on", changed), changed))
        .filter(since__lte=on - timedelta(days=min([rule().default, *rule().days.values()])))
        .select_related("site__unit")
        .order_by("since", "pk")
    )
    for page in found:
        due = page.since + timedelta(days=rule().of(page.kind))
        if due <= on:
            yield Old(page, page.since, due, None)


def owed_to(viewer: User) -> list[Duty]:
    """The duty of those who write for an office: one line for each of its sites, however many pages there are."""
    roles = set(holdings(viewer=viewer).values_list("role", flat=True))
    if not roles & UNIT_ROLES:
        return []
    by_site: dict[str, list[Old]] = {}
    for old in _old(sites_of(viewer=viewer), timezone.localdate()):
        assert old.page.site is not None
        by_site.setdefault(old.page.site.unit.full_name, []).append(old)
    return [_duty(place, old) for place, old in by_site.items()]


def _duty(place: str, old: list[Old]) -> Duty:
    what = ngettext(
        "%(count)d page to be confirmed as still correct", "%(count)d pages to be confirmed as still correct",
        len(old),
    ) % {"count": len(old)}  # fmt: skip
    return Duty(what, min(one.due for one in old), reverse("editorial_to_confirm"), place,
                _("Readers see when the office confirmed a page last."))  # fmt: skip
