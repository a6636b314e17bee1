"""What had happened at the desk before the journeys of test_publishing begin. Runs in the portal's shell.

conglang manage shell -c "from tests.journeys.beforehand import main; main('120000')"
"""

import json
import time
from datetime import timedelta

from django.utils import timezone

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ArticlePage, SectionPage
from conglang.portal.identity.accounts.actions import give_role
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.moments import actions as moments
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import MOST_TRIES
from conglang.portal.publishing.rendering.causes import acting
from conglang.portal.publishing.rendering.models import Entry


def main(stamp: str) -> None:
    """Make three texts and print where they are, as JSON."""
    editor = User.objects.get(username="bientap")
    _let_somebody_approve_at("ngocha", "giangvo")
    with acting(str(editor.uuid), editor.get_full_name() or editor.username):
        changed = _article("ngocha", f"Lịch tiêm chủng {stamp}", "Tiêm ngày thứ Ba tại trạm.", editor)
        down = _article("giangvo", f"Thu phí vỉa hè {stamp}", "Mức phí ghi nhầm đơn vị.", editor)
        _wait_until_public(changed)
        changed.summary = "Tiêm ngày thứ Năm tại trạm."
        changed.save_revision(user=editor)
        _by_two(changed, editor)
    failing = _plan_for_an_address_that_is_taken(down, f"Kế hoạch vỉa hè {stamp}", editor)
    pages = {"changed": changed, "down": down, "failing": failing}
    print(json.dumps({name: [page.pk, page.site_path, page.title] for name, page in pages.items()}))


def _article(site: str, title: str, summary: str, editor: User) -> ArticlePage:
    section = SectionPage.objects.get(site__key=site, slug="tin-tuc")
    page = section.add_child(
        instance=ArticlePage(title=title, summary=summary, live=False, **_owner(section))
    )
    page.save_revision(user=editor)
    return _by_two(page, editor)


def _let_somebody_approve_at(*keys: str) -> None:
    approver = User.objects.get(username="badinh-duyet")
    for site in Site.objects.filter(key__in=keys):
        give_role(approver, Role.UNIT_APPROVER, office=site.office)


def _by_two(page: ArticlePage, editor: User) -> ArticlePage:
    row = approval.ask(page, by=editor)
    approval.agree(row, by=User.objects.get(username="badinh-duyet"), seen=row.digest)
    return ArticlePage.objects.get(pk=page.pk)


def _owner(section: BasePage) -> dict[str, object]:
    return {"site": section.site, "office": section.office}


def _wait_until_public(page: BasePage) -> None:
    here = Entry.objects.filter(site=page.site.key, path=page.site_path, status=200, dirty=False)
    end = time.monotonic() + 60
    while not here.exists():
        assert time.monotonic() < end, f"{page.site_path} is not released"
        time.sleep(0.1)


def _plan_for_an_address_that_is_taken(other: BasePage, title: str, editor: User) -> BasePage:
    """Somebody planned a text; before its moment came, another got its address. The scheduler gives up on it."""
    page = other.get_parent().add_child(
        instance=ArticlePage(title=title, summary="Dự thảo.", live=False, **_owner(other))
    )
    page.slug = other.slug
    revision = page.save_revision(user=editor, clean=False)
    revision.approved_go_live_at = timezone.now() + timedelta(seconds=1)
    revision.save(update_fields=["approved_go_live_at"])
    time.sleep(1)
    mine = Moment.objects.filter(planner="go-live", ident=str(revision.pk))
    for _ in range(2 * MOST_TRIES):  # the running scheduler tries too, and would take a minute alone
        mine.update(not_before=None)
        moments.fire()
    assert mine.get().state == "failed"
    return page
