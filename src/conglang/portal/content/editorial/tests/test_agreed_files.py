"""What readers get with a picture or document is agreed to by two people, and stays as they saw it."""

import io

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Picture

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.editorial.models import DeskGroup
from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.pages.models import ArticlePage
from conglang.portal.identity.accounts.rules import Role

from .conftest import Desk, _person, by_two

WORDS = {
    "title": "Ảnh",
    "alt_text": "Ô màu đỏ",
    "origin": "UBND phường Ba Đình",
    "licence": "own",
    "tags": "",
}


@pytest.fixture
def image(desk: Desk, settings, tmp_path) -> Image:
    settings.MEDIA_ROOT = settings.DATA = tmp_path
    stream = io.BytesIO()
    Picture.new("RGB", (40, 30), "red").save(stream, "PNG")
    office, words = (
        desk.sites["badinh"].office,
        {name: WORDS[name] for name in ("title", "alt_text", "origin")},
    )
    made = add_image(stream.getvalue(), "anh.png", office=office, **words)
    made.collection = DeskGroup.objects.get(key="site:badinh").collection
    made.save()
    return made


@pytest.fixture
def article(desk: Desk, image: Image) -> ArticlePage:
    page = desk.articles["badinh"]
    page.picture = image
    page.save_revision(user=desk.users["author"])
    return page


def rewrite(client: Client, image: Image, **words: str):
    url = reverse("wagtailimages:edit", args=[image.pk])
    return client.post(url, WORDS | {"collection": str(image.collection_id)} | words, follow=True)


def words_of(image: Image) -> tuple[str, str]:
    image.refresh_from_db()
    return image.alt_text, image.origin


def test_before_anybody_agreed_its_words_are_the_authors(image, at_desk):
    rewrite(at_desk("author"), image, alt_text="Cổng làng màu đỏ")

    assert words_of(image)[0] == "Cổng làng màu đỏ"


def test_words_changed_after_asking_void_the_request(desk, image, article, at_desk):
    row = approval.ask(article, by=desk.users["author"])
    rewrite(at_desk("author"), image, alt_text="Nhà cái uy tín")

    with pytest.raises(approval.CannotDecide):
        approval.agree(row, by=desk.users["approver"], seen=row.digest)
    assert not ArticlePage.objects.get(pk=article.pk).live


@pytest.mark.parametrize("who", ["author", "approver", "manager", "centre", "city-approver", "admin"])
def test_once_readers_have_it_nobody_changes_or_deletes_it_alone(desk, image, article, at_desk, who):
    desk.users["manager"] = _person("manager", Role.UNIT_MANAGER, desk.sites["badinh"].office)
    by_two(desk, article)
    client, before = at_desk(who), words_of(image)

    for name, value in (
        ("alt_text", "Nhà cái"),
        ("origin", "Nhà cái"),
        ("licence", "open"),
        ("title", "Nhà cái"),
    ):
        rewrite(client, image, **{name: value})
    client.raise_request_exception = False  # of a bulk action, PostgreSQL and Django refuse by themselves
    client.post(reverse("wagtailimages:delete", args=[image.pk]))
    bulk = reverse("wagtail_bulk_action", args=["files", "image", "delete"])
    client.post(f"{bulk}?id={image.pk}")

    assert Image.objects.filter(pk=image.pk).exists() and words_of(image) == before
    image.refresh_from_db()
    assert (image.title, image.licence) == ("Ảnh", "own")


def test_whoever_tries_reads_what_to_do_instead(desk, image, article, at_desk):
    by_two(desk, article)

    html = rewrite(at_desk("author"), image, alt_text="Cổng").content.decode()

    assert "tải lên lần nữa" in html


def test_what_readers_do_not_see_can_still_be_put_in_order(desk, image, article, at_desk):
    by_two(desk, article)

    rewrite(at_desk("author"), image, tags="hồ")

    assert list(image.tags.names()) == ["hồ"]


def test_a_document_planned_for_tomorrow_is_held_from_the_yes_on(desk, settings, tmp_path):
    settings.MEDIA_ROOT = settings.DATA = tmp_path
    file = ContentFile(b"so,ten\n1,An\n", "danh-sach.csv")
    document = Document.objects.create(title="Danh sách", file=file, office=desk.sites["badinh"].office)
    assert not approvals.is_agreed(document)
    page = desk.articles["badinh"]
    page.body = [("text", f'<p><a linktype="document" id="{document.pk}">Danh sách</a></p>')]
    page.save_revision(user=desk.users["author"])

    by_two(desk, page)

    assert approvals.is_agreed(document)
