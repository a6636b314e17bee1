"""«Xác nhận thông tin còn chính xác»: who looked at a page, when; and which pages nobody has looked at for long."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from conglang.portal.content.editorial import confirming, duties, freshness
from conglang.portal.content.editorial.models import Confirmation
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ContactPage, TextPage
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.publishing.rendering.models import Touch

from .conftest import Role, _person


@pytest.fixture
def contact(desk) -> BasePage:
    """The contact page of Ba Đình, which nobody has touched for a year."""
    owner = {"site": desk.sites["badinh"], "office": desk.sites["badinh"].office}
    home = BasePage.objects.get(depth=2, site=desk.sites["badinh"])
    page = home.add_child(instance=ContactPage(title="Liên hệ", slug="lien-he", kind="contact", **owner))
    page.save_revision()
    BasePage.objects.filter(pk=page.pk).update(last_published_at=timezone.now() - timedelta(days=365))
    return BasePage.objects.get(pk=page.pk).specific


def test_page_that_nobody_touched_for_a_year_is_listed_until_somebody_confirms_it(desk, at_desk, contact):
    client, author = at_desk("author"), desk.users["author"]
    assert [old.page.pk for old in freshness.to_confirm(viewer=author)] == [contact.pk]
    assert "Liên hệ" in client.get(reverse("editorial_to_confirm")).content.decode()

    client.post(reverse("editorial_confirm", args=[contact.pk]))

    assert freshness.to_confirm(viewer=author) == []
    row = Confirmation.objects.get()
    assert (row.page_id, row.by) == (contact.pk, author)
    assert BasePage.objects.get(pk=contact.pk).confirmed_on == timezone.localdate()


def test_confirming_changes_what_readers_see_and_no_date_of_the_text(desk, contact):
    before = BasePage.objects.get(pk=contact.pk)
    Touch.objects.all().delete()

    confirming.confirm(contact, by=desk.users["author"])

    after = BasePage.objects.get(pk=contact.pk)
    assert Touch.objects.exists()
    assert after.last_published_at == before.last_published_at
    assert after.latest_revision_id == before.latest_revision_id
    assert Entry.objects.filter(kind=Kind.CONFIRMED).count() == 1


def test_publishing_an_older_draft_does_not_take_the_confirmation_back(desk, contact):
    revision = contact.save_revision()
    confirming.confirm(contact, by=desk.users["author"])

    Revision.objects.get(pk=revision.pk).publish(skip_permission_checks=True)

    assert BasePage.objects.get(pk=contact.pk).confirmed_on == timezone.localdate()


def test_draft_cannot_be_confirmed(desk, at_desk):
    draft = desk.articles["badinh"]

    with pytest.raises(ValueError, match="not public"):
        confirming.confirm(draft, by=desk.users["author"])
    assert at_desk("author").post(reverse("editorial_confirm", args=[draft.pk])).status_code in (302, 403)
    assert not Confirmation.objects.exists()


def test_another_ward_neither_sees_nor_confirms_it(desk, at_desk, contact):
    stranger = _person("stranger", Role.UNIT_AUTHOR, desk.sites["dongda"].office)

    assert freshness.to_confirm(viewer=stranger) == []
    assert at_desk("stranger").post(reverse("editorial_confirm", args=[contact.pk])).status_code == 404
    assert not Confirmation.objects.exists()


def test_each_kind_has_its_own_number_of_days(desk, contact):
    contact_days = freshness.rule().of("contact")
    today = timezone.localdate()
    last = today - timedelta(days=contact_days - 1)
    BasePage.objects.filter(pk=contact.pk).update(confirmed_on=last)
    author = desk.users["author"]

    assert contact_days < freshness.rule().default
    assert freshness.to_confirm(viewer=author, on=today) == []
    assert freshness.to_confirm(viewer=author, on=today + timedelta(days=1)) != []


def test_what_is_old_is_overdue_for_those_who_write_and_not_for_the_centre(desk, contact):
    owner = {"site": desk.sites["badinh"], "office": desk.sites["badinh"].office}
    home = BasePage.objects.get(depth=2, site=desk.sites["badinh"])
    page = home.add_child(instance=TextPage(title="Giới thiệu", slug="gioi-thieu", **owner))
    long_ago = timezone.make_aware(datetime(2025, 7, 1))
    BasePage.objects.filter(pk=page.pk).update(last_published_at=long_ago, live=True)

    found, _count = duties.overdue(viewer=desk.users["author"])

    assert [duty.what for duty in found] == ["2 trang cần xác nhận còn chính xác"]
    assert duties.overdue(viewer=desk.users["centre"]) == ([], 0)
