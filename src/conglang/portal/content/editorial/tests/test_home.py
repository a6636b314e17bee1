"""«Việc của tôi»: what waits for whom, what is late, and the network at a glance for those who see it."""

import uuid
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval.models import Request
from conglang.portal.content.editorial import actions, duties, glance
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ArticlePage, HomePage
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.publishing.releases.models import EdgeReport, Edition
from conglang.portal.publishing.rendering.models import Stale

from .conftest import Desk, _person, _site

QUERIES = 60


def home(at_desk, name: str) -> str:
    answer = at_desk(name).get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def write(desk: Desk, site: str, title: str, by: str) -> ArticlePage:
    owner = {"site": desk.sites[site], "office": desk.sites[site].office}
    page = desk.sections[site].add_child(instance=ArticlePage(title=title, slug="", live=False, **owner))
    page.save_revision(user=desk.users[by])
    return page


@pytest.fixture
def late_report(desk):
    """One more source of duties: it says that the author of Ba Đình owes a report."""
    ask = duties.Duty("Báo cáo tuần", date(2026, 11, 2), "/soan/", "Phường Ba Đình", "Trung tâm yêu cầu")
    duties.register("test", lambda viewer: [ask] if viewer == desk.users["author"] else [])
    yield
    duties.unregister("test")


def test_draft_of_mine_and_draft_of_a_colleague_stand_apart(desk, at_desk):
    desk.users["colleague"] = _person("colleague", Role.UNIT_AUTHOR, desk.sites["badinh"].office)
    write(desk, "badinh", "Bài của tôi", "author")
    write(desk, "badinh", "Bài của đồng nghiệp", "colleague")

    mine, _, others = home(at_desk, "author").partition("Người khác trong cơ quan đang soạn")

    assert "Bài của tôi" in mine
    assert "Bài của đồng nghiệp" in others
    assert "Bài của đồng nghiệp" not in mine


def test_start_page_says_that_nothing_is_overdue(desk, at_desk):
    assert "Không có việc quá hạn" in home(at_desk, "author")


def test_what_another_app_calls_overdue_is_shown_to_whom_it_concerns(desk, at_desk, late_report):
    page = home(at_desk, "author")

    assert "Báo cáo tuần" in page
    assert "hạn là ngày 02/11/2026" in page
    assert "Báo cáo tuần" not in home(at_desk, "centre")


def test_second_source_of_the_same_name_is_refused(desk, late_report):
    with pytest.raises(ValueError, match="test"):
        duties.register("test", lambda viewer: [])


def test_what_waits_for_approval_stands_above_my_drafts(desk, at_desk):
    approval.ask(write(desk, "badinh", "Bài chờ duyệt", "author"), by=desk.users["author"])

    page = home(at_desk, "approver")

    assert page.index("Bài chờ duyệt") < page.index("Bài tôi đang soạn")


def test_author_of_a_ward_gets_no_overview_of_the_network(desk, at_desk):
    page = home(at_desk, "author")

    assert "Tình hình các trang" not in page
    assert "Đống Đa" not in page
    assert glance.glance(viewer=desk.users["author"]) is None


def test_site_with_trouble_stands_first_then_those_behind_then_long_waiting(desk, at_desk):
    for number, key in enumerate(("hanoi", "badinh", "dongda"), 1):
        Edition.objects.create(site=key, number=number, changed=1, removed=0)
    shown = {"hanoi": {"edition": 1}, "badinh": {"edition": 1}, "dongda": {"edition": 3}}
    EdgeReport.objects.create(name="1", address="/x", asked_at=timezone.now(), sites=shown)
    Stale.objects.create(
        site="dongda",
        family="page",
        ident=str(uuid.uuid4()),
        priority=1,
        quarantined=True,
        error="ZeroDivisionError: x",
    )
    request = approval.ask(write(desk, "hanoi", "Bài chờ lâu", "centre"), by=desk.users["centre"])
    Request.objects.filter(pk=request.pk).update(asked_at=timezone.now() - timedelta(days=3))

    found = glance.glance(viewer=desk.users["centre"])

    assert found is not None
    assert [(line.key, line.state) for line in found.lines] == [
        ("dongda", glance.State.TROUBLE), ("badinh", glance.State.BEHIND), ("hanoi", glance.State.WAITS_LONG),
    ]  # fmt: skip
    page = home(at_desk, "centre")
    assert "▲ có nội dung chưa công bố được" in page
    assert "(0/1)" in page


def test_site_on_which_somebody_published_yesterday_is_in_order(desk):
    page = write(desk, "badinh", "Bài đã công bố", "centre")
    page.get_latest_revision().publish(skip_permission_checks=True)
    BasePage.objects.filter(pk=page.pk).update(last_published_at=timezone.now() - timedelta(days=1))

    found = glance.glance(viewer=desk.users["centre"])

    assert found is not None
    states = {line.key: line.state for line in found.lines}
    assert states["badinh"] is glance.State.WELL
    assert states["dongda"] is glance.State.QUIET


def _more_sites(desk: Desk, count: int) -> None:
    root = BasePage.objects.get(depth=1)
    for number in range(count):
        site = _site(f"xa{number}", f"Xã {number}", "xã", f"{10000 + number}")
        owner = {"site": site, "unit": site.unit, "office": site.office}
        root.add_child(instance=HomePage(title=site.unit.name, slug=site.key, **owner))
        person = _person(f"nguoi{number}", Role.UNIT_AUTHOR, site.office)
        desk.sites[site.key], desk.users[person.username] = site, person
    actions.set_up_permissions()


@pytest.mark.parametrize("who", ["author", "approver", "centre", "admin"])
def test_start_page_asks_no_more_for_more_sites_and_more_texts(
    desk, at_desk, who, django_assert_max_num_queries
):
    _more_sites(desk, 12)
    for number in range(10):
        approval.ask(write(desk, "badinh", f"Bài {number}", "author"), by=desk.users["author"])
    client = at_desk(who)
    client.get("/")

    with django_assert_max_num_queries(QUERIES):
        client.get("/")


def test_time_of_a_duty_sorts_the_longest_overdue_first(desk, late_report):
    later = duties.Duty("Việc mới", datetime.now().date(), "/")
    duties.register("later", lambda viewer: [later])
    try:
        found, count = duties.overdue(viewer=desk.users["author"])
    finally:
        duties.unregister("later")

    assert [one.what for one in found] == ["Báo cáo tuần", "Việc mới"]
    assert count == 2
