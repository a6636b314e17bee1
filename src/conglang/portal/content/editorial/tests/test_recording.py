"""What people do at the desk stands in the audit record: once, under their name, of their unit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log, registry

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.editorial.recording import KINDS, NOT_USED
from conglang.portal.content.files.models import Document
from conglang.portal.content.files.tests.made import pdf
from conglang.portal.content.pages import actions as pages
from conglang.portal.identity.accounts import inviting, sessions
from conglang.portal.identity.accounts.actions import end_role, give_role
from conglang.portal.identity.accounts.models import Invitation, RoleHolding, SignedIn, User
from conglang.portal.identity.accounts.recording import network_of
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.identity.sites.actions import back_to_trial, go_official, record_origin
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.publishing.releases.actions import start_rebuild

from .conftest import Desk

BADINH = "nso-2025:00004"


def recorded(act: Callable[[], Any]) -> list[Entry]:
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    act()
    return list(Entry.objects.filter(pk__gt=last).order_by("pk"))


def kinds(act: Callable[[], Any]) -> list[str]:
    return [entry.kind for entry in recorded(act)]


@pytest.fixture
def approver(desk: Desk) -> User:
    return desk.users["approver"]


def test_each_action_about_people_leaves_one_entry_of_its_kind(desk):
    office, admin, author = desk.sites["badinh"].office, desk.users["admin"], desk.users["author"]
    given, ended = Kind.ROLE_GIVEN, Kind.ROLE_ENDED

    assert kinds(lambda: give_role(author, Role.UNIT_APPROVER, office=office)) == [given]
    assert kinds(lambda: give_role(author, Role.UNIT_APPROVER, office=office)) == []
    assert kinds(lambda: end_role(author, Role.UNIT_APPROVER, office=office, on=timezone.localdate())) == [
        ended
    ]
    tokens: list[str] = []

    def invite():
        return tokens.append(
            inviting.invite(by=admin, office=office, role=Role.UNIT_AUTHOR, name="Trần Bình")
        )

    assert kinds(invite) == [Kind.INVITED]

    def accept():
        return inviting.accept(tokens[0], username="binh", password="sông hồng chảy ra biển")

    assert kinds(accept) == [Kind.PERSON_ADDED, given, Kind.INVITATION_ACCEPTED]
    invite()
    row = Invitation.objects.filter(used_at=None).get()
    assert kinds(lambda: inviting.withdraw(row, by=admin)) == [Kind.INVITATION_WITHDRAWN]
    assert kinds(lambda: inviting.withdraw(row, by=admin)) == []
    holding = RoleHolding.objects.get(user__username="binh")
    assert kinds(lambda: inviting.end_holding(holding, by=admin)) == [ended]

    def move():
        return inviting.move(author, office=desk.sites["dongda"].office, role=Role.UNIT_AUTHOR, by=admin)

    assert kinds(move) == [ended, given]


def test_an_entry_about_a_person_says_who_gave_what_where_and_no_name_of_theirs(desk):
    office, admin = desk.sites["badinh"].office, desk.users["admin"]
    (entry,) = recorded(
        lambda: inviting.invite(by=admin, office=office, role=Role.UNIT_AUTHOR, name="Trần Thị Bình")
    )

    assert (entry.who, entry.name, entry.role) == (str(admin.uuid), "admin", "city-administrator")
    assert (entry.unit, entry.details) == (BADINH, {"role": "unit-author", "office": office.key})
    assert "Bình" not in str(entry.__dict__)


def test_each_step_of_an_approval_leaves_one_entry_with_the_digest_of_the_content(desk, approver):
    article, author = desk.articles["badinh"], desk.users["author"]
    article.save_revision(user=author)
    rows: list[Any] = []

    (entry,) = recorded(lambda: rows.append(approval.ask(article, by=author)))
    assert (entry.kind, entry.thing_id, entry.unit) == (Kind.SUBMITTED, str(article.uuid), BADINH)
    assert entry.details["digest"] == rows[0].digest
    assert kinds(lambda: approval.send_back(rows[0], by=approver, remark="Thiếu ngày")) == [Kind.SENT_BACK]
    rows.append(approval.ask(article, by=author))
    assert kinds(lambda: approval.take_back(rows[1], by=author)) == [Kind.TAKEN_BACK]
    rows.append(approval.ask(article, by=author))
    article.title = "Khác"
    assert kinds(lambda: article.save_revision(user=author)) == [Kind.VOIDED]
    rows.append(approval.ask(article, by=author))

    def agree():
        return approval.agree(rows[3], by=approver, seen=rows[3].digest)

    assert kinds(agree) == [Kind.APPROVED, Kind.RENAMED, Kind.PUBLISHED]
    assert "Thiếu ngày" not in str(list(Entry.objects.values()))


def test_withdrawing_and_putting_back_leave_one_entry_each(desk):
    article, centre = desk.articles["badinh"], desk.users["centre"]
    pages.publish(article, by=centre)

    (entry,) = recorded(lambda: pages.withdraw(article, reason="wrong", text="Sai số", by=centre))
    assert (entry.kind, entry.who, entry.unit) == (Kind.WITHDRAWN, str(centre.uuid), BADINH)
    assert "Sai số" not in str(entry.__dict__)
    assert kinds(lambda: pages.undo_withdrawal(article, by=centre)) == [Kind.PUBLISHED]


def test_sites_rebuilds_origin_and_files_leave_one_entry_each(desk):
    site, office = desk.sites["badinh"], desk.sites["badinh"].office
    at = timezone.now()
    made: list[Document] = []

    def file():
        return made.append(
            Document.objects.create(
                title="Kế hoạch", file=ContentFile(pdf("Kế hoạch"), "k.pdf"), office=office
            )
        )

    assert kinds(lambda: go_official([site], at=at, by="quantri")) == [Kind.SITE_CHANGED]
    assert kinds(lambda: back_to_trial([site], by="quantri")) == [Kind.SITE_CHANGED]
    assert kinds(lambda: record_origin(Origin.parse("https://hanoi.gov.vn"))) == [Kind.SETTINGS_CHANGED]
    assert kinds(lambda: start_rebuild(["badinh"], by="quantri", reason="thử")) == [Kind.REBUILD_ORDERED]
    assert kinds(file) == [Kind.FILE_ADDED]
    assert Entry.objects.filter(kind=Kind.FILE_ADDED, unit=BADINH, thing_id=str(made[0].uuid)).exists()
    assert kinds(made[0].delete) == [Kind.FILE_REMOVED]


def test_sign_in_failure_proof_and_end_are_recorded_without_what_was_typed(desk, settings):
    client = Client(headers={"host": settings.DESK_HOST, "x-forwarded-for": "203.0.113.77"})
    login = reverse("wagtailadmin_login")

    def wrong():
        return client.post(login, {"username": "author", "password": "mat-khau-sai"})

    def right():
        return client.post(login, {"username": "author", "password": "mat-khau-thu"})

    (failed,) = recorded(wrong)
    assert (failed.kind, failed.who, failed.unit) == (Kind.SIGN_IN_FAILED, "", BADINH)
    assert (failed.thing_id, failed.details["network"]) == (str(desk.users["author"].uuid), "203.0.113.0/24")
    assert "mat-khau" not in str(failed.__dict__) and "203.0.113.77" not in str(failed.__dict__)
    (stranger,) = recorded(lambda: client.post(login, {"username": "mat-khau-cua-toi", "password": "x"}))
    assert (stranger.thing_id, stranger.unit) == ("", "")
    assert "mat-khau-cua-toi" not in str(stranger.__dict__)
    (signed_in,) = recorded(right)
    assert (signed_in.kind, signed_in.name, signed_in.role) == (Kind.SIGNED_IN, "author", "unit-author")
    assert signed_in.session and signed_in.session not in client.session.session_key
    (proved,) = recorded(lambda: client.post(reverse("editorial_prove"), {"password": "mat-khau-thu"}))
    assert (proved.kind, proved.session) == (Kind.PROVED, signed_in.session)
    row = SignedIn.objects.get(user=desk.users["author"])
    assert kinds(lambda: sessions.end_sign_in(row)) == [Kind.SIGN_IN_ENDED]
    right()
    (out,) = recorded(lambda: client.post(reverse("wagtailadmin_logout")))
    assert (out.kind, out.who) == (Kind.SIGNED_OUT, str(desk.users["author"].uuid))


def test_a_sign_in_that_runs_out_is_recorded_as_ended(desk, at_desk):
    client = at_desk("author")
    session = client.session
    session[sessions.SEEN] = session[sessions.BEGAN] = timezone.now().timestamp() - 90_000
    session.save()

    (entry,) = recorded(lambda: client.get(reverse("wagtailadmin_home")))
    assert (entry.kind, entry.who) == (Kind.SIGN_IN_ENDED, str(desk.users["author"].uuid))


def test_a_flood_at_the_door_does_not_fill_the_record(desk, monkeypatch):
    from conglang.portal.identity.accounts import receivers

    monkeypatch.setattr(receivers, "MOST_FAILURES", 3)
    request = RequestFactory().post("/")

    assert (
        len(recorded(lambda: [authenticate(request, username="ai", password=str(n)) for n in range(9)])) == 3
    )


def test_what_is_done_in_a_request_is_put_down_to_its_person_and_session(desk, at_desk):
    client = at_desk("author")
    session = Entry.objects.filter(kind=Kind.SIGNED_IN).latest("pk").session
    values = {"title": "Tin mới", "slug": "tin-moi", "summary": "", "body-count": "0"}
    section = desk.sections["badinh"]
    url = reverse("wagtailadmin_pages:add", args=["pages", "articlepage", section.pk])
    form = client.get(url)
    values |= _managed(form)

    entries = recorded(lambda: client.post(url, values))
    assert [entry.kind for entry in entries] == [Kind.CREATED]
    assert (entries[0].name, entries[0].session, entries[0].unit) == ("author", session, BADINH)
    assert "Tin mới" not in str(entries[0].__dict__)


def _managed(form: Any) -> dict[str, str]:
    """The hidden counts of the form's lists."""
    import re

    text = form.content.decode()
    found = re.findall(
        r'name="([^"]+-(?:TOTAL_FORMS|INITIAL_FORMS|MIN_NUM_FORMS|MAX_NUM_FORMS|count))"[^>]*value="(\d*)"',
        text,
    )
    return {name: value or "0" for name, value in found}


def test_everything_wagtail_can_log_has_a_kind_or_is_switched_off():
    registry.scan_for_actions()
    unknown = [
        action
        for action, _ in registry.get_choices()
        if action not in KINDS and not action.startswith(NOT_USED)
    ]

    assert unknown == []


def test_what_wagtail_logs_under_an_unknown_name_is_recorded_by_that_name(desk):
    (entry,) = recorded(
        lambda: log(desk.articles["badinh"], "wagtail.workflow.start", user=desk.users["centre"])
    )

    assert (entry.kind, entry.details["action"]) == (Kind.OTHER, "wagtail.workflow.start")
    group = Group.objects.create(name="Nhóm")
    assert kinds(lambda: log(group, "wagtail.edit", user=desk.users["admin"])) == [Kind.SETTINGS_CHANGED]


def test_saving_every_fifteen_seconds_is_one_entry_in_five_minutes(desk):
    article, author = desk.articles["badinh"], desk.users["author"]
    revision = article.save_revision(user=author)

    def save():
        return log(article, "wagtail.edit", user=author, revision=revision)

    assert kinds(save) == [Kind.EDITED]
    assert kinds(save) == []
    other = article.save_revision(user=author)
    assert kinds(lambda: log(article, "wagtail.edit", user=author, revision=other)) == [Kind.EDITED]
    assert kinds(lambda: log(article, "wagtail.edit", user=desk.users["centre"], revision=revision)) == [
        Kind.EDITED
    ]


def test_an_address_is_kept_as_its_network_only():
    assert network_of("203.0.113.77") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("không rõ") == ""
