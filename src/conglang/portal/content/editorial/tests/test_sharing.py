"""A link to one draft for somebody without an account."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.editorial import queries, sharing
from conglang.portal.content.editorial.models import SharedDraft
from conglang.portal.content.editorial.rules import LONGEST_SHARE


@pytest.fixture
def row(desk) -> SharedDraft:
    return sharing.share(desk.articles["badinh"], by=desk.users["author"], days=3, for_whom="Hiệu trưởng")


def look(address: str):
    return Client(headers={"host": settings.PREVIEW_HOST}).get(urlsplit(address).path)


def test_author_makes_a_link_that_opens_the_draft_without_signing_in(desk, at_desk):
    page = desk.articles["badinh"]
    url = reverse("editorial_shared", args=[page.pk])
    at_desk("author").post(url, {"for_whom": "Hiệu trưởng", "days": "1"})

    answer = look(sharing.link_of(SharedDraft.objects.get()))

    assert answer.status_code == 200
    assert "Bản nháp riêng của Ba Đình" in answer.content.decode()
    assert not answer.cookies
    assert "noindex" in answer["X-Robots-Tag"] + answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_link_shows_the_revision_it_was_made_for(desk, row):
    page = desk.articles["badinh"]
    page.title = "Đã sửa sau đó"
    page.save_revision()

    assert "Đã sửa sau đó" not in look(sharing.link_of(row)).content.decode()


def test_ended_link_opens_nothing_and_its_text_is_gone(desk, at_desk, row):
    at_desk("author").post(reverse("editorial_shared_end", args=[row.page_id, row.pk]))

    assert look(sharing.link_of(row)).status_code == 410
    assert SharedDraft.objects.get().html == ""


def test_link_closes_by_itself_and_never_lives_longer_than_seven_days(desk, row, monkeypatch):
    long = sharing.share(desk.articles["badinh"], by=desk.users["author"], days=30, for_whom="x")
    assert long.expires_at <= timezone.now() + LONGEST_SHARE
    SharedDraft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert look(sharing.link_of(row)).status_code == 410
    SharedDraft.objects.update(expires_at=timezone.now() + timedelta(days=90))
    monkeypatch.setattr(queries, "LONGEST_SHARE", timedelta(0))
    assert look(sharing.link_of(row)).status_code == 410


def test_key_of_one_purpose_or_made_up_opens_nothing(desk, row):
    assert look(f"/cho-xem/{signing.dumps(str(row.pk), salt=queries.TOKEN_SALT)}/").status_code == 410
    assert look(f"/cho-xem/{row.pk}/").status_code == 410
    assert look("/cho-xem/").status_code == 410
    assert look(sharing.link_of(row).replace("/cho-xem/", "/xem/")).status_code == 410


def test_another_ward_makes_no_link_to_a_draft_and_ends_none(desk, at_desk):
    foreign = sharing.share(desk.articles["dongda"], by=desk.users["centre"], days=1, for_whom="x")
    client = at_desk("author")

    assert client.post(reverse("editorial_shared", args=[foreign.page_id]), {"days": "1"}).status_code == 404
    assert client.post(reverse("editorial_shared_end", args=[foreign.page_id, foreign.pk])).status_code == 404
    own = desk.articles["badinh"]
    assert client.post(reverse("editorial_shared_end", args=[own.pk, foreign.pk])).status_code == 404
    assert SharedDraft.objects.get().ended_at is None
