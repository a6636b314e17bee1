"""«Lịch công bố»: an editor plans, cancels and plans anew; each sees the moments of their own sites."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval.models import Request
from conglang.portal.content.editorial import calendar, queries
from conglang.portal.content.pages.models import ArticlePage
from conglang.portal.content.pages.moments import GoLive
from conglang.portal.identity.accounts.models import User
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import INSTANT, State

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SCREEN = "/lich-cong-bo/"


def plan(client: Client, page: ArticlePage, when: datetime | None, *, end: datetime | None = None) -> str:
    """Send for approval with times as somebody in Hanoi would type them; the next screen."""
    at = {"go_live_at": when, "expire_at": end}
    typed = {
        name: moment.astimezone(HANOI).strftime("%Y-%m-%d %H:%M") if moment else ""
        for name, moment in at.items()
    }
    form = {
        "title": page.title, "slug": page.slug, "summary": "", "seo_title": "", "search_description": "",
        "author": "", "source": "", "deadline": "", "picture": "", "action-ask-approval": "1",
        "body-count": "0", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", **typed,
    }  # fmt: skip
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = client.post(address, form, follow=True)
    assert response.status_code == 200
    waiting = Request.objects.filter(page=page, state=Request.State.WAITING).first()
    if waiting is None:
        return response.content.decode()
    approval.agree(waiting, by=User.objects.get(username="approver"), seen=waiting.digest)
    return client.get("/").content.decode()


def moment_of(site: str, **facts: object) -> Moment:
    given = {"planner": "go-live", "ident": f"{site}-1", "due": timezone.now(), "title": f"Bài của {site}"}
    return Moment.objects.create(site=site, **(given | facts))


@pytest.fixture
def tomorrow() -> datetime:
    return (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)


def planned() -> list[datetime]:
    return [planned.due for planned in GoLive().planned()]


def test_editor_plans_a_page_and_reads_in_vietnamese_when_it_goes_public(desk, at_desk, tomorrow):
    client, page = at_desk("centre"), desk.articles["badinh"]

    html = plan(client, page, tomorrow)

    local = tomorrow.astimezone(HANOI).strftime("%H:%M, %d/%m/%Y")
    assert f"Sẽ công bố lúc {local}" in html
    assert planned() == [tomorrow]
    assert not ArticlePage.objects.get(pk=page.pk).live
    assert f"Sẽ công bố lúc {local}" in at_desk("author").get("/").content.decode()
    form = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "đang khóa. Sẽ công bố lúc" in form
    for english in ("scheduled", "go live", "Go-live", "Unschedule", "Locked by"):
        assert english not in form.replace("scheduled-publishing", "").replace('"scheduled', ""), english


def test_cancelling_unlocks_the_page_and_another_time_replaces_the_first(desk, at_desk, tomorrow):
    client, page = at_desk("centre"), desk.articles["badinh"]
    plan(client, page, tomorrow)
    revision = ArticlePage.objects.get(pk=page.pk).scheduled_revision

    undo = reverse("wagtailadmin_pages:revisions_unschedule", args=[page.pk, revision.pk])
    assert "Hủy hẹn giờ" in client.get(undo).content.decode()
    client.post(undo, follow=True)
    assert planned() == []
    plan(client, ArticlePage.objects.get(pk=page.pk), tomorrow + timedelta(hours=2))

    assert planned() == [tomorrow + timedelta(hours=2)]


def test_form_of_a_text_whose_moment_has_passed_says_so_and_leads_to_the_reason(desk, at_desk, tomorrow):
    client, page = at_desk("centre"), desk.articles["badinh"]
    plan(client, page, tomorrow)
    planned_ones = Revision.page_revisions.filter(object_id=str(page.pk), approved_go_live_at__isnull=False)
    planned_ones.update(approved_go_live_at=timezone.now() - timedelta(minutes=5))

    form = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    assert "nhưng chưa công bố được" in form and "Sẽ công bố lúc" not in form
    assert f'href="{SCREEN}">Xem lý do trong Lịch công bố' in form


def test_an_end_before_the_beginning_is_explained(desk, at_desk, tomorrow):
    html = plan(at_desk("centre"), desk.articles["badinh"], tomorrow, end=tomorrow - timedelta(hours=1))

    assert "Thời điểm công bố phải trước thời điểm gỡ bài" in html
    assert planned() == []


def test_a_clerk_reads_the_moments_of_the_own_ward_and_no_other(desk, at_desk):
    moment_of("badinh", due=timezone.now() + timedelta(hours=1))
    moment_of("dongda", due=timezone.now() + timedelta(hours=1))
    moment_of("dongda", ident="2", state=State.DONE, done_at=timezone.now())
    html = at_desk("author").get(SCREEN).content.decode()

    assert "Bài của badinh" in html and "Bài của dongda" not in html
    assert "Bài của dongda" in at_desk("centre").get(SCREEN).content.decode()


def test_what_was_set_aside_says_why_and_is_tried_again_by_those_it_belongs_to(desk, at_desk):
    own = moment_of("badinh", state=State.FAILED, tries=6, error="Đường dẫn này đã có trang khác dùng.")
    foreign = moment_of("dongda", state=State.FAILED, tries=6)
    client = at_desk("author")
    assert "Đường dẫn này đã có trang khác dùng." in client.get(SCREEN).content.decode()

    assert client.post(f"{SCREEN}{foreign.pk}/thu-lai/").status_code == 404
    assert "Đang thử lại" in client.post(f"{SCREEN}{own.pk}/thu-lai/", follow=True).content.decode()
    assert client.get(f"{SCREEN}{own.pk}/thu-lai/").status_code == 405

    states = dict(Moment.objects.values_list("site", "state"))
    assert states == {"badinh": State.WAITING, "dongda": State.FAILED}


def test_sites_that_turn_together_are_one_line_with_the_latest_of_them(desk):
    due = timezone.now() - timedelta(minutes=1)
    for number, site in enumerate(desk.sites):
        released = due + timedelta(seconds=2 + number)
        moment_of(
            site, planner=INSTANT, ident=site, due=due, state=State.DONE, done_at=due, released_at=released
        )

    (line,) = calendar.lines_past(viewer=User.objects.get(username="centre"))
    assert (line.place, line.late) == ("3 trang", "muộn 4,0 giây")
    (line,) = calendar.lines_past(viewer=User.objects.get(username="author"))
    assert (line.place, line.late) == ("Phường Ba Đình", "muộn 3,0 giây")


def test_a_text_is_on_time_when_readers_see_it_not_when_it_is_signed(desk):
    due = timezone.now() - timedelta(minutes=1)
    signed, seen = (due + timedelta(seconds=seconds) for seconds in (0.4, 7.2))
    moment_of("badinh", due=due, state=State.DONE, done_at=due, released_at=signed, seen_at=seen)

    (line,) = calendar.lines_past(viewer=User.objects.get(username="author"))

    assert (line.late, line.is_late) == ("muộn 7,2 giây", True)


def test_a_silent_scheduler_is_told_on_the_screen(desk, at_desk, tmp_path: Path, settings):
    settings.DATA = tmp_path
    client = at_desk("author")
    assert "không có tín hiệu" in client.get(SCREEN).content.decode()

    (tmp_path / "spool").mkdir()
    (tmp_path / "spool/moments.json").write_text(json.dumps({"at": timezone.now().timestamp()}))
    assert "không có tín hiệu" not in client.get(SCREEN).content.decode()


def test_waiting_texts_know_their_moment(desk, at_desk, tomorrow):
    plan(at_desk("centre"), desk.articles["badinh"], tomorrow)
    (page,) = queries.waiting_texts(viewer=User.objects.get(username="author"))

    assert page.publishes_at == tomorrow
