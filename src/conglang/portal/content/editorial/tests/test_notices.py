"""Whoever has to act is told, at the desk and by a real mail server; and nobody is told of another ward's texts."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval import delegating
from conglang.portal.content.notices import actions, mailing, queries
from conglang.portal.content.notices.models import Notice, Wish
from conglang.portal.content.notices.rules import Event, Mail
from conglang.portal.identity.accounts.rules import Role

from .conftest import Desk, _person
from .test_approving import agree, asked


def told(desk: Desk, name: str) -> list[str]:
    return [one.event for one in queries.notices_of(viewer=desk.users[name]).filter(read_at=None)]


def test_approver_is_told_and_the_notice_goes_once_somebody_decided(desk, at_desk):
    desk.users["second"] = _person("second", Role.UNIT_APPROVER, desk.sites["badinh"].office)
    row = asked(desk, at_desk("author"))
    assert told(desk, "approver") == told(desk, "second") == ["to-approve"]
    assert json.dumps("Thông báo (1)")[1:-1] in at_desk("approver").get("/").content.decode()

    agree(at_desk("approver"), row)

    assert told(desk, "approver") == told(desk, "second") == []
    assert told(desk, "author") == ["approved"]


def test_author_neighbours_and_strangers_are_not_told(desk, at_desk):
    desk.users["neighbour"] = _person("neighbour", Role.UNIT_APPROVER, desk.sites["dongda"].office)
    asked(desk, at_desk("author"))

    assert {one.person.username for one in Notice.objects.all()} == {"approver"}


def test_author_reads_that_a_text_came_back(desk, at_desk):
    row = asked(desk, at_desk("author"))

    approval.send_back(row, by=desk.users["approver"], remark="Thiếu giờ tiếp.")

    assert told(desk, "author") == ["sent-back"] and told(desk, "approver") == []
    assert "Được trả lại" in at_desk("author").get(reverse("editorial_notices")).content.decode()


def test_author_is_told_when_the_request_became_void_and_nobody_when_it_was_taken_back(desk, at_desk):
    row = asked(desk, at_desk("author"))
    row.page.title = "Lịch khác"
    row.page.specific.save_revision(user=desk.users["author"])
    page = row.page.specific
    page.title = "Lịch khác"
    page.save_revision(user=desk.users["author"])
    assert told(desk, "author") == ["void"] and told(desk, "approver") == []

    again = approval.ask(page, by=desk.users["author"])
    approval.take_back(again, by=desk.users["author"])
    assert told(desk, "approver") == []


def test_deputy_is_told_while_the_approver_is_away(desk, at_desk):
    desk.users["deputy"] = _person("deputy", Role.UNIT_AUTHOR, desk.sites["badinh"].office)
    today, office = timezone.localdate(), desk.sites["badinh"].office
    delegating.delegate(
        by=desk.users["approver"], to=desk.users["deputy"], office=office, role=Role.UNIT_APPROVER.value,
        first_day=today, last_day=today,
    )  # fmt: skip

    asked(desk, at_desk("author"))

    assert told(desk, "deputy") == ["to-approve"]


def test_asking_again_tells_nobody_twice(desk, at_desk):
    row = asked(desk, at_desk("author"))
    address = reverse("editorial_approval", args=[row.pk])
    actions.tell([desk.users["approver"]], Event.TO_APPROVE, site=row.site, title="x", address=address)

    assert len(told(desk, "approver")) == 1


def test_who_works_elsewhere_now_reads_nothing_of_the_former_ward(desk, at_desk):
    asked(desk, at_desk("author"))
    approver = desk.users["approver"]
    approver.holdings.update(office=desk.sites["dongda"].office)

    page = at_desk("approver").get(reverse("editorial_notices")).content.decode()

    assert "Lịch tiếp công dân" not in page and queries.unread(viewer=approver) == 0


class TestMail:
    @pytest.fixture
    def box(self, settings) -> Iterator[list]:
        kept: list = []

        class Keeping(Message):
            def handle_message(self, message):
                kept.append(message)

        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = Controller(Keeping(), hostname="127.0.0.1", port=port)
        server.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield kept
        server.stop()

    @pytest.fixture
    def approver(self, desk):
        actions.wish(desk.users["approver"], Mail.SOON, email="duyet@badinh.example")
        return desk.users["approver"]

    NOON = timezone.now().replace(hour=5, minute=0)  # UTC: noon in Hanoi

    def waiting_since(self, minutes: int) -> None:
        Notice.objects.update(at=self.NOON - timedelta(minutes=minutes))

    def test_several_texts_are_one_message_with_titles_and_links_and_nothing_else(
        self, desk, approver, box, at_desk
    ):
        for title in ("Lịch tiếp công dân", "Thông báo tiêm chủng"):
            asked(desk, at_desk("author"), title)
        self.waiting_since(3)

        assert mailing.send_due(now=self.NOON) == 1
        assert mailing.send_due(now=self.NOON) == 0

        (message,) = box
        body = message.get_payload(decode=True).decode()
        assert message["To"] == "duyet@badinh.example" and message["Auto-Submitted"] == "auto-generated"
        assert "Thông báo tiêm chủng" in body and reverse("editorial_approval", args=[1])[:7] in body
        assert "Một câu" not in body and "author" not in body

    def test_message_that_was_sent_twice_has_one_name(self, desk, approver, box, at_desk):
        asked(desk, at_desk("author"))
        self.waiting_since(3)
        mailing.send_due(now=self.NOON)
        Notice.objects.update(mailed_at=None)  # the crash between sending and noting it
        mailing.send_due(now=self.NOON)

        assert len({message["Message-ID"] for message in box}) == 1 and len(box) == 2

    def test_server_that_is_away_loses_nothing(self, desk, approver, settings, box, at_desk):
        asked(desk, at_desk("author"))
        self.waiting_since(3)
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        assert mailing.send_due(now=self.NOON) == 0
        settings.EMAIL_PORT = port

        assert mailing.send_due(now=self.NOON) == 1

    def test_who_lost_the_role_meanwhile_gets_none(self, desk, approver, box, at_desk):
        asked(desk, at_desk("author"))
        self.waiting_since(3)
        approver.holdings.update(valid_to=timezone.localdate())

        assert mailing.send_due(now=self.NOON) == 0 and not box

    def test_choice_is_made_at_the_desk(self, desk, at_desk):
        client, url = at_desk("author"), reverse("editorial_notices")

        page = client.post(url, {"mail": "daily", "email": ""}).content.decode()
        assert "Đề nghị nhập địa chỉ" in page and not Wish.objects.exists()
        client.post(url, {"mail": "daily", "email": "soan@badinh.example"})

        assert Wish.objects.get(person=desk.users["author"]).mail == "daily"
        desk.users["author"].refresh_from_db()
        assert desk.users["author"].email == "soan@badinh.example"
