"""Taking a page down and putting it back, from the desk."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.approval.models import Proposal, Request
from conglang.portal.content.editorial import acts
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.compose.gathering import source_of
from conglang.portal.content.pages.models import ArticlePage, Withdrawal
from conglang.portal.content.pages.outputs.withdrawn import _source
from conglang.portal.content.pages.queries.rows import rows
from conglang.portal.content.pages.queries.withdrawals import notices
from conglang.portal.identity.accounts import sessions
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.publishing.rendering.models import Stale
from conglang.wire.release import AuthorityKind

from .conftest import _person


def live_article(desk, site: str = "badinh") -> BasePage:
    return publish(desk.articles[site])


WORDS = {"reason": "wrong", "text": "Ngày ghi nhầm.", "replacement": ""}


def taken_down(client, page: BasePage, **words: str) -> Proposal:
    client.post(reverse("editorial_withdraw", args=[page.pk]), WORDS | words)
    return Proposal.objects.get(page=page, outcome="waiting")


def decide(client, row: Proposal, what: str, **more: str):
    return client.post(reverse(f"editorial_proposal_{what}", args=[row.pk]), more, follow=True)


def is_live(page: BasePage) -> bool:
    return BasePage.objects.get(pk=page.pk).live


class TestTakingDown:
    def test_one_person_takes_down_at_once_and_readers_get_none_of_their_words(self, desk, at_desk):
        client, page = at_desk("author"), live_article(desk)
        edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        assert reverse("editorial_withdraw", args=[page.pk]) in edit and "Gỡ có thông báo" in edit
        refused = client.post(reverse("editorial_withdraw", args=[page.pk]), {"reason": "other", "text": " "})
        assert "lý do khác" in refused.content.decode() and is_live(page)

        taken_down(client, page)

        notice = Withdrawal.objects.get()
        assert not is_live(page) and notice.provisional and notice.by == desk.users["author"]
        source = _source(notices("badinh", [str(page.uuid)])[0])
        assert source.authority.kind is AuthorityKind.TECHNICAL  # a fixed sentence: nobody's words

    def test_second_person_confirms_and_the_signer_is_told_of_both(self, desk, at_desk):
        page = live_article(desk)
        row = taken_down(at_desk("author"), page)
        assert reverse("editorial_proposal", args=[row.pk]) in at_desk("approver").get("/").content.decode()
        screen = at_desk("approver").get(reverse("editorial_proposal", args=[row.pk])).content.decode()
        assert "Ngày ghi nhầm." in screen

        decide(at_desk("approver"), row, "confirm")

        authority = _source(notices("badinh", [str(page.uuid)])[0]).authority
        assert authority.kind is AuthorityKind.TWO_PERSON
        assert set(authority.people) == {str(desk.users[name].uuid) for name in ("author", "approver")}
        assert not Withdrawal.objects.get().provisional and not is_live(page)

    def test_who_took_it_down_cannot_confirm_it(self, desk, at_desk):
        row = taken_down(at_desk("author"), live_article(desk))

        decide(at_desk("author"), row, "confirm")

        row.refresh_from_db()
        assert row.outcome == "waiting" and Withdrawal.objects.get().provisional

    def test_second_person_says_no_and_it_is_public_again(self, desk, at_desk):
        page = live_article(desk)
        row = taken_down(at_desk("author"), page)

        decide(at_desk("approver"), row, "refuse", remark="Ngày ghi đúng")

        row.refresh_from_db()
        assert is_live(page) and (row.outcome, row.remark) == ("refused", "Ngày ghi đúng")

    @pytest.mark.parametrize(
        ("reason", "comes_back"), [("wrong", True), ("personal", False), ("demanded", False)]
    )
    def test_without_an_answer_it_is_public_again_after_a_day_unless_that_could_do_harm(
        self, desk, at_desk, reason, comes_back
    ):
        page = live_article(desk)
        taken_down(at_desk("author"), page, reason=reason)
        almost, after = (timezone.now() + timedelta(hours=hours) for hours in (23, 25))

        assert acts.lapse_due(now=almost) == 0 and not is_live(page)
        acts.lapse_due(now=after)

        assert is_live(page) is comes_back

    def test_person_of_another_ward_gets_not_found(self, desk, at_desk):
        page = live_article(desk, "dongda")

        for name in ("editorial_withdraw", "editorial_put_back", "editorial_emergency"):
            assert at_desk("author").get(reverse(name, args=[page.pk])).status_code in (302, 404)
        at_desk("author").post(reverse("editorial_withdraw", args=[page.pk]), WORDS)
        assert is_live(page)

    def test_observer_takes_nothing_down(self, desk, at_desk):
        desk.users["police"] = _person("police", Role.POLICE_OBSERVER, desk.sites["hanoi"].office)
        page = live_article(desk)

        assert at_desk("police").post(reverse("editorial_withdraw", args=[page.pk]), WORDS).status_code == 404
        assert is_live(page)


class TestPuttingBack:
    def test_it_takes_two_as_well_and_what_was_written_since_stays_a_draft(self, desk, at_desk):
        page = live_article(desk)
        decide(at_desk("approver"), taken_down(at_desk("author"), page), "confirm")
        changed = page.specific
        changed.summary = "Nhà cái uy tín"
        changed.save_revision(user=desk.users["author"])

        url = reverse("editorial_put_back", args=[page.pk])
        at_desk("author").post(url, {"why": "Đã kiểm tra lại"})
        row = Proposal.objects.get(act="put-back")
        decide(at_desk("author"), row, "confirm")
        assert not is_live(page)
        decide(at_desk("approver"), row, "confirm")

        assert is_live(page) and Withdrawal.objects.get().ended_at is not None
        assert ArticlePage.objects.get(pk=page.pk).summary == ""


class TestTheCityInAnEmergency:
    def test_two_of_the_city_take_down_a_page_of_a_ward_and_the_ward_reads_why(self, desk, at_desk):
        page = live_article(desk)
        asks, agrees = at_desk("centre"), at_desk("city-approver")
        given = WORDS | {"act": "take-down", "why": "Trang bị chèn liên kết cờ bạc"}
        asks.post(reverse("editorial_emergency", args=[page.pk]), given)
        row = Proposal.objects.get()
        decide(asks, row, "confirm")
        assert is_live(page)

        decide(agrees, row, "confirm")

        assert not is_live(page)
        authority = _source(notices("badinh", [str(page.uuid)])[0]).authority
        assert authority.kind is AuthorityKind.CITY_EMERGENCY and len(set(authority.people)) == 2
        told = at_desk("author").get("/").content.decode()
        assert "Thành phố đã gỡ khẩn cấp" in told and "Trang bị chèn liên kết cờ bạc" in told
        history = reverse("wagtailadmin_pages:history", args=[page.pk])
        assert "Trang bị chèn liên kết cờ bạc" in at_desk("author").get(history).content.decode()

    def test_two_of_the_city_publish_a_draft_of_a_ward(self, desk, at_desk):
        page = desk.articles["badinh"]
        asks, agrees = at_desk("centre"), at_desk("city-approver")
        given = {"act": "publish", "why": "Vỡ đê, phường chưa liên lạc được"}
        asks.post(reverse("editorial_emergency", args=[page.pk]), given)
        row = Request.objects.get()
        url = reverse("editorial_approval_agree", args=[row.pk])
        for client in (asks, at_desk("approver")):
            client.post(url, {"seen": row.digest})
            assert not is_live(page)

        agrees.post(url, {"seen": row.digest})

        (found,) = rows(ArticlePage.objects.filter(pk=page.pk))
        authority = source_of(found).authority
        assert authority.kind is AuthorityKind.CITY_EMERGENCY
        assert set(authority.people) == {str(desk.users[name].uuid) for name in ("centre", "city-approver")}
        assert "Vỡ đê, phường chưa liên lạc được" in at_desk("author").get("/").content.decode()

    def test_both_prove_once_more_who_they_are(self, desk, at_desk):
        page = live_article(desk)
        url = reverse("editorial_emergency", args=[page.pk])
        given = WORDS | {"act": "take-down", "why": "x"}

        answer = long_ago(at_desk("centre")).post(url, given)
        assert answer["Location"].startswith(reverse("editorial_prove")) and not Proposal.objects.exists()
        at_desk("centre").post(url, given)
        decide(long_ago(at_desk("city-approver")), Proposal.objects.get(), "confirm")

        assert is_live(page)

    @pytest.mark.parametrize("who", ["author", "approver"])
    def test_people_of_a_ward_cannot(self, desk, at_desk, who):
        page = live_article(desk)

        answer = at_desk(who).post(
            reverse("editorial_emergency", args=[page.pk]), WORDS | {"act": "take-down", "why": "x"}
        )

        assert answer.status_code == 404 and not Proposal.objects.exists()

    def test_it_needs_a_reason(self, desk, at_desk):
        page = live_article(desk)

        at_desk("centre").post(
            reverse("editorial_emergency", args=[page.pk]), WORDS | {"act": "take-down", "why": " "}
        )

        assert not Proposal.objects.exists()


def long_ago(client):
    """Somebody who proved an hour ago who they are."""
    session = client.session
    session[sessions.PROVED] = time.time() - 3600
    session.save()
    return client


def test_page_that_cannot_be_published_is_named_with_its_error_and_tried_again(desk, at_desk):
    page = live_article(desk)
    Stale.objects.create(
        site="badinh",
        family="page",
        ident=str(page.uuid),
        tries=3,
        quarantined=True,
        error="ZeroDivisionError: x",
    )
    assert "ZeroDivisionError" in at_desk("author").get("/").content.decode()
    assert 'action="/thu-lai/"' not in at_desk("author").get("/").content.decode()
    client = at_desk("centre")
    assert 'action="/thu-lai/"' in client.get("/").content.decode()

    at_desk("author").post("/thu-lai/")
    assert Stale.objects.filter(quarantined=True).exists()
    client.post("/thu-lai/")
    assert not Stale.objects.filter(quarantined=True).exists()
    assert "ZeroDivisionError" not in client.get("/").content.decode()
