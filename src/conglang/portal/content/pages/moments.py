"""Pages that go public, or are taken away, at a moment: Wagtail's two fields, carried out by our own scheduler.

Wagtail's ``publish_scheduled`` stops at the first page that fails and dates pages by the minute it happened to run.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Revision
from wagtail.signals import page_published, page_unpublished

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage, standing
from conglang.portal.content.pagebase.rules import site_path
from conglang.portal.publishing.moments.actions import wake
from conglang.portal.publishing.moments.rules import Planned

_Save = Callable[..., Any]
PUNCTUAL = timedelta(minutes=1)  # a page that is later than this carries the time at which it really came


class GoLive:
    """Ident: the number of the approved revision."""

    name = "go-live"

    def planned(self) -> Iterable[Planned]:
        waiting = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
        rows = list(
            waiting.values_list("pk", "object_id", "approved_go_live_at", "content__title", "content__slug")
        )
        pages = _pages(int(page) for _, page, *_ in rows)
        for revision, number, due, title, slug in rows:
            page = pages.get(int(number))
            if page is not None and page.site is not None:
                path = _path_with(page, slug or page.slug)
                yield Planned(self.name, str(revision), due, page.site.key, title or page.title, path)

    def carry_out(self, ident: str, *, due: datetime, at: datetime) -> str | None:
        revision = Revision.objects.filter(pk=ident, approved_go_live_at=due).first()
        page = revision and _hold(int(revision.object_id))
        if revision is None or page is None:
            return None
        # Once more, now that nobody else can change the page: its schedule may just have been cancelled.
        revision = Revision.objects.filter(pk=ident, approved_go_live_at=due).first()
        if revision is None:
            return None
        dated = due if at - due < PUNCTUAL else at
        what = _what(page, revision.pk, revision.content, dated)
        _DatedPublication(revision, dated).execute(skip_permission_checks=True)
        return what


class Expiry:
    """Ident: the page's number."""

    name = "expiry"

    def planned(self) -> Iterable[Planned]:
        ending = BasePage.objects.filter(live=True, expire_at__isnull=False).select_related("site")
        for page in ending:
            if page.site is not None and page.expire_at is not None:
                path = site_path(page.url_path)
                yield Planned(self.name, str(page.pk), page.expire_at, page.site.key, page.title, path)

    def carry_out(self, ident: str, *, due: datetime, at: datetime) -> str | None:
        page = _hold(int(ident))
        if page is None or not page.live or page.expire_at != due:
            return None
        what = _what(page, page.live_revision_id, None, due)
        later = dict(
            page.revisions.filter(approved_go_live_at__isnull=False).values_list("pk", "approved_go_live_at")
        )
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        for pk, planned in later.items():  # Wagtail cancels them with the page; somebody still counts on them
            Revision.objects.filter(pk=pk).update(approved_go_live_at=planned)
        return what


class _DatedPublication(PublishPageRevisionAction):  # type: ignore[misc]
    """Wagtail's own publication, dated by the moment it was planned for: what was rendered beforehand says so."""

    def __init__(self, revision: Revision, dated: datetime) -> None:
        super().__init__(revision, user=revision.user, log_action="wagtail.publish.scheduled")
        self.dated = dated

    def _publish_revision(self, revision: Revision, page: Any, *args: Any, **kwargs: Any) -> None:
        planned, page.go_live_at = page.go_live_at, None  # whatever the machine's clock says: now
        page.save = self._dating(page, planned, page.save, new=page.first_published_at is None)
        super()._publish_revision(revision, page, *args, **kwargs)

    def _dating(self, page: Any, planned: datetime | None, save: _Save, *, new: bool) -> _Save:
        def dated_save(*args: Any, **kwargs: Any) -> Any:
            del page.save
            page.go_live_at, page.last_published_at = planned, self.dated
            if new:
                page.first_published_at = self.dated
            return save(*args, **kwargs)

        return dated_save


def _pages(numbers: Iterable[int]) -> dict[int, BasePage]:
    wanted = set(numbers)
    return (
        BasePage.objects.select_related("site").filter(site__isnull=False).in_bulk(wanted) if wanted else {}
    )


def _path_with(page: BasePage, slug: str) -> str:
    """Where the page will be: its revision may carry another slug than the page has now."""
    if page.depth <= SITE_ROOT_DEPTH:
        return site_path(page.url_path)
    return site_path(f"{page.url_path.rstrip('/').rpartition('/')[0]}/{slug}/")


def _hold(pk: int) -> BasePage | None:
    """The page, held against everybody else until the end of the transaction."""
    return BasePage.objects.select_for_update().filter(pk=pk).first()


def _what(page: BasePage, revision: int | None, content: Any, dated: datetime) -> str:
    """A digest of everything that decides what is made: which words, of which page, where, with which date."""
    state = [revision, content, repr(standing(page.pk)), dated]
    return hashlib.sha256(json.dumps(state, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


@receiver(post_save, sender=Revision)
def wake_when_scheduled(instance: Revision, update_fields: Any = None, **_: Any) -> None:
    if update_fields and "approved_go_live_at" in update_fields:
        wake()


@receiver([page_published, page_unpublished])
def wake_when_it_ends(sender: Any, instance: BasePage, **_: Any) -> None:
    """The page has an end. One that lost its schedule or its end is found by the next look: nothing hurries."""
    if instance.expire_at is not None:
        wake()
