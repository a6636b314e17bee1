"""Nothing of a ward goes public without two people, whatever way is tried."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.models import Chain, Decision, Request
from conglang.portal.content.approval.rules import Objection
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.models import ArticlePage
from conglang.portal.content.pages.queries.rows import rows
from conglang.portal.identity.accounts.models import RoleHolding
from conglang.portal.identity.accounts.rules import Role
from conglang.wire.release import AuthorityKind

from .conftest import Desk, _person
from .test_desk import add_article, form_of


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Ba Đình with an author, an approver and a manager; Đống Đa with an approver of its own."""
    own, other = desk.sites["badinh"].office, desk.sites["dongda"].office
    desk.users["manager"] = _person("manager", Role.UNIT_MANAGER, own)
    desk.users["neighbour"] = _person("neighbour", Role.UNIT_APPROVER, other)
    return desk


ASK = {"action-ask-approval": "1"}


def asked(desk: Desk, client: Client, title: str = "Lịch tiếp công dân tháng 7") -> Request:
    add_article(client, desk.sections["badinh"], title, **ASK)
    return Request.objects.get(page__title=title)


def agree(client: Client, row: Request, seen: str | None = None):
    url = reverse("editorial_approval_agree", args=[row.pk])
    return client.post(url, {"seen": row.digest if seen is None else seen}, follow=True)


def is_live(row: Request) -> bool:
    return ArticlePage.objects.get(pk=row.page_id).live


def edit(client: Client, row: Request, title: str, **more: str):
    url = reverse("wagtailadmin_pages:edit", args=[row.page_id])
    return client.post(
        url, form_of(client, url) | {"title": title, "slug": "x", "summary": "Một câu."} | more
    )


class TestTwoPeople:
    def test_author_asks_approver_agrees_and_readers_get_it(self, office, at_desk):
        row = asked(office, at_desk("author"))
        assert not is_live(row) and row.state == Request.State.WAITING

        page = at_desk("approver").get(reverse("editorial_approval", args=[row.pk])).content.decode()
        assert "Lịch tiếp công dân tháng 7" in page and row.digest in page
        agree(at_desk("approver"), row)

        row.refresh_from_db()
        assert is_live(row) and row.state == Request.State.APPROVED
        assert row.approved_by == office.users["approver"]

    def test_the_signer_is_told_of_both(self, office, at_desk):
        from conglang.portal.content.pages.compose.gathering import source_of

        row = asked(office, at_desk("author"))
        agree(at_desk("approver"), row)

        (found,) = rows(ArticlePage.objects.filter(pk=row.page_id))
        authority = source_of(found).authority
        people = {str(office.users[name].uuid) for name in ("author", "approver")}
        assert authority.kind is AuthorityKind.TWO_PERSON and set(authority.people) == people

    def test_what_one_person_published_does_not_count_as_two(self, office):
        from conglang.portal.content.pages.compose.gathering import source_of

        publish(office.articles["badinh"], by=office.users["author"])

        (found,) = rows(ArticlePage.objects.filter(pk=office.articles["badinh"].pk))
        assert source_of(found).authority.kind is AuthorityKind.DEMO

    def test_the_city_needs_two_of_its_own_people_and_the_signer_is_told_of_both(self, office, at_desk):
        from conglang.portal.content.pages.compose.gathering import source_of

        add_article(at_desk("centre"), office.sections["hanoi"], "Lễ công bố", **ASK)
        row = Request.objects.get(page__title="Lễ công bố")
        for name in ("centre", "approver", "manager", "admin"):
            agree(at_desk(name), row)
            assert not is_live(row), name
        agree(at_desk("city-approver"), row)

        (found,) = rows(ArticlePage.objects.filter(pk=row.page_id))
        authority = source_of(found).authority
        people = {str(office.users[name].uuid) for name in ("centre", "city-approver")}
        assert is_live(row)
        assert authority.kind is AuthorityKind.TWO_PERSON and set(authority.people) == people

    def test_what_the_centre_writes_for_a_ward_is_approved_by_the_ward(self, office, at_desk):
        row = asked(office, at_desk("centre"))
        agree(at_desk("city-approver"), row)
        assert not is_live(row)

        agree(at_desk("approver"), row)

        assert is_live(row)

    def test_it_waits_at_the_top_of_the_approvers_work_and_nobody_elses(self, office, at_desk):
        row = asked(office, at_desk("author"))
        link = reverse("editorial_approval", args=[row.pk])

        assert approvals.waiting_for(viewer=office.users["approver"]) == [row]
        assert link in at_desk("approver").get("/").content.decode()
        assert link in at_desk("approver").get(reverse("editorial_approvals")).content.decode()
        for name in ("author", "manager", "neighbour", "centre"):
            assert approvals.waiting_for(viewer=office.users[name]) == [], name

    def test_several_in_a_row_the_next_one_follows_at_once(self, office, at_desk):
        first, second = (asked(office, at_desk("author"), title) for title in ("Bài một", "Bài hai"))

        response = agree(at_desk("approver"), first)

        assert response.redirect_chain[-1][0] == reverse("editorial_approval", args=[second.pk])

    def test_moment_planned_by_the_author_is_kept(self, office, at_desk):
        row = asked(office, at_desk("author"))
        page = ArticlePage.objects.get(pk=row.page_id)
        page.go_live_at = timezone.now() + timedelta(hours=3)
        page.save_revision(user=office.users["author"])
        row = approval.ask(page, by=office.users["author"])

        agree(at_desk("approver"), row)

        assert not is_live(row)
        assert Revision.page_revisions.get(approved_go_live_at__isnull=False).object_id == str(row.page_id)

    def test_the_press_that_publishes_asks_the_database_little(self, office, at_desk):
        """Readers wait for it, and each statement is about a millisecond: the text is made once, not three times."""
        asked(office, at_desk("author"))  # everything is compiled, every content type known
        row, client = asked(office, at_desk("author"), "Thông báo tiêm chủng"), at_desk("approver")

        with CaptureQueriesContext(connection) as statements:
            client.post(reverse("editorial_approval_agree", args=[row.pk]), {"seen": row.digest})

        assert is_live(row)
        assert len(statements) <= 95, len(statements)

    def test_office_may_want_one_more_between(self, office, at_desk):
        Chain.objects.create(site=office.sites["badinh"], kind="", steps=["unit-manager", "unit-approver"])
        row = asked(office, at_desk("author"))

        assert approvals.waiting_for(viewer=office.users["approver"]) == []
        agree(at_desk("manager"), row)
        assert not is_live(row)
        agree(at_desk("approver"), row)

        assert is_live(row)
        assert list(row.decisions.values_list("role", flat=True)) == ["unit-manager", "unit-approver"]


class TestNoWayRound:
    def test_author_cannot_approve_even_with_both_roles(self, office, at_desk):
        RoleHolding.objects.create(
            user=office.users["author"], office=office.sites["badinh"].office, role=Role.UNIT_APPROVER.value
        )
        row = asked(office, at_desk("author"))

        agree(at_desk("author"), row)

        assert not is_live(row)
        assert approvals.objection(row, viewer=office.users["author"]) is Objection.OWN_TEXT

    def test_approver_who_wrote_a_part_of_it_cannot(self, office, at_desk):
        row = asked(office, at_desk("author"))
        edit(at_desk("approver"), row, "Lịch tiếp dân, sửa")
        page = ArticlePage.objects.get(pk=row.page_id)
        again = approval.ask(page, by=office.users["author"])

        agree(at_desk("approver"), again)

        assert not is_live(again)

    def test_edit_after_asking_voids_it(self, office, at_desk):
        row = asked(office, at_desk("author"))
        edit(at_desk("author"), row, "Chơi bài đổi thưởng")

        row.refresh_from_db()
        assert row.state == Request.State.VOID
        agree(at_desk("approver"), row)
        assert not is_live(row)

    def test_saving_the_same_once_more_does_not(self, office, at_desk):
        row = asked(office, at_desk("author"))
        ArticlePage.objects.get(pk=row.page_id).get_latest_revision_as_object().save_revision(
            user=office.users["author"]
        )

        row.refresh_from_db()
        assert row.state == Request.State.WAITING

    def test_what_the_approver_saw_is_what_counts(self, office, at_desk):
        row = asked(office, at_desk("author"))

        agree(at_desk("approver"), row, seen="0" * 64)

        row.refresh_from_db()
        assert not is_live(row) and row.state == Request.State.VOID

    def test_moving_the_page_after_asking_voids_it(self, office, at_desk):
        row = asked(office, at_desk("author"))
        page = ArticlePage.objects.get(pk=row.page_id)
        home = office.sections["badinh"].get_parent()
        page.move(home, pos="last-child")

        agree(at_desk("approver"), row)

        row.refresh_from_db()
        assert not is_live(row) and row.state == Request.State.VOID

    def test_older_content_written_behind_the_desks_back_is_found(self, office, at_desk):
        row = asked(office, at_desk("author"))
        revision = ArticlePage.objects.get(pk=row.page_id).latest_revision
        content = revision.content | {"summary": "Nhà cái uy tín"}
        Revision.objects.filter(pk=revision.pk).update(content=content)

        agree(at_desk("approver"), row)

        assert not is_live(row)

    def test_another_wards_approver_gets_not_found(self, office, at_desk):
        row = asked(office, at_desk("author"))
        client = at_desk("neighbour")

        for name in ("editorial_approval", "editorial_approval_look"):
            assert client.get(reverse(name, args=[row.pk])).status_code == 404
        for name in ("agree", "send_back", "take_back"):
            url = reverse(f"editorial_approval_{name}", args=[row.pk])
            assert client.post(url, {"seen": row.digest, "remark": "x"}).status_code == 404
        assert not is_live(row)

    def test_role_that_ended_yesterday_approves_nothing(self, office, at_desk):
        row = asked(office, at_desk("author"))
        RoleHolding.objects.filter(user=office.users["approver"]).update(valid_to=date.today())

        agree(at_desk("approver"), row)

        assert not is_live(row)

    @pytest.mark.parametrize("name", ["author", "approver", "manager", "centre", "city-approver", "admin"])
    def test_nobody_publishes_by_any_other_door(self, office, at_desk, name):
        row = asked(office, at_desk("author"))
        client, pk = at_desk(name), row.page_id
        revision = ArticlePage.objects.get(pk=pk).latest_revision_id
        edit(client, row, "Tự công bố", **{"action-publish": "action-publish"})
        doors = [
            reverse("wagtailadmin_pages:unpublish", args=[pk]),
            reverse("wagtailadmin_pages:revisions_unschedule", args=[pk, revision]),
            reverse("wagtailadmin_pages:convert_alias", args=[pk]),
            reverse("wagtail_bulk_action", args=["pagebase", "basepage", "publish"]) + f"?id={pk}",
        ]
        for door in doors:
            client.post(door, {"action-publish": "action-publish"})
        copied = {"new_title": "Bản sao", "new_slug": "ban-sao", "new_parent_page": row.page.get_parent().pk}
        client.post(
            reverse("wagtailadmin_pages:copy", args=[pk]), copied | {"publish_copies": "on", "alias": "on"}
        )

        assert not ArticlePage.objects.filter(site=office.sites["badinh"], live=True).exists()


class TestSendingBack:
    def test_author_reads_the_remark_at_the_top_of_the_work(self, office, at_desk):
        row = asked(office, at_desk("author"))
        url = reverse("editorial_approval_send_back", args=[row.pk])

        at_desk("approver").post(url, {"remark": "Thiếu giờ tiếp"})

        row.refresh_from_db()
        assert row.state == Request.State.SENT_BACK
        assert "Thiếu giờ tiếp" in at_desk("author").get("/").content.decode()
        assert Decision.objects.get().remark == "Thiếu giờ tiếp"

    def test_it_needs_a_remark(self, office, at_desk):
        row = asked(office, at_desk("author"))

        at_desk("approver").post(reverse("editorial_approval_send_back", args=[row.pk]), {"remark": " "})

        row.refresh_from_db()
        assert row.state == Request.State.WAITING

    def test_author_may_take_it_back_and_nobody_else(self, office, at_desk):
        row = asked(office, at_desk("author"))
        url = reverse("editorial_approval_take_back", args=[row.pk])

        at_desk("manager").post(url)
        row.refresh_from_db()
        assert row.state == Request.State.WAITING

        at_desk("author").post(url)
        row.refresh_from_db()
        assert row.state == Request.State.TAKEN_BACK

    def test_asking_again_leaves_one_request(self, office, at_desk):
        row = asked(office, at_desk("author"))
        again = approval.ask(ArticlePage.objects.get(pk=row.page_id), by=office.users["author"])

        assert approvals.open_request(row.page) == again

    def test_what_readers_have_already_needs_no_approval(self, office, at_desk):
        row = asked(office, at_desk("author"))
        agree(at_desk("approver"), row)

        with pytest.raises(approval.CannotAsk):
            approval.ask(ArticlePage.objects.get(pk=row.page_id), by=office.users["author"])
