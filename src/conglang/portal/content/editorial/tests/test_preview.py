"""A draft on the preview host: as the public would get it, for an hour, without cookies."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse

from conglang.portal.content.editorial import queries
from conglang.portal.content.editorial.models import Preview


def open_draft(desk, at_desk, name: str = "author") -> str:
    """Press «view draft» and return the address the browser is sent to."""
    screen = reverse("wagtailadmin_pages:view_draft", args=[desk.articles["badinh"].pk])
    answer = at_desk(name).get(screen)
    assert answer.status_code == 302
    return str(answer.url)


def look(address: str, **headers: str):
    return Client(headers={"host": settings.PREVIEW_HOST, **headers}).get(urlsplit(address).path)


def test_draft_is_shown_on_the_preview_host_under_the_public_policy(desk, at_desk):
    address = open_draft(desk, at_desk)

    answer = look(address)

    assert address.startswith(settings.PREVIEW_URL)
    assert answer.status_code == 200
    assert "Bản nháp riêng của Ba Đình" in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert f"frame-ancestors {settings.DESK_URL}" in policy
    assert answer["Cache-Control"] == "no-store"


def test_preview_host_neither_reads_nor_sets_a_cookie(desk, at_desk):
    address = open_draft(desk, at_desk)
    client = at_desk("author")

    answer = client.get(urlsplit(address).path, headers={"host": settings.PREVIEW_HOST})

    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert client.get("/", headers={"host": settings.PREVIEW_HOST}).status_code == 410  # no desk here


def test_address_of_a_draft_cannot_be_made_up_and_does_not_last(desk, at_desk, monkeypatch):
    address = open_draft(desk, at_desk)
    row = Preview.objects.get()

    assert look("/xem/" + signing.dumps(str(row.pk), salt="another purpose") + "/").status_code == 410
    assert look(f"/xem/{row.pk}/").status_code == 410
    monkeypatch.setattr(queries, "PREVIEW_LIFE", timedelta(0))
    assert look(address).status_code == 410


def test_opening_a_draft_again_replaces_what_was_shown(desk, at_desk):
    open_draft(desk, at_desk)
    article = desk.articles["badinh"]
    article.title = "Tiêu đề đã sửa"
    article.save_revision()

    answer = look(open_draft(desk, at_desk))

    assert "Tiêu đề đã sửa" in answer.content.decode()
    assert Preview.objects.count() == 1


def test_preview_host_has_the_styles_and_no_files_of_the_desk(desk):
    from conglang.portal.publishing.rendering import face

    assert look(face.asset("site.css")).status_code == 200
    assert look("/static/desk/desk.css").status_code == 410
    assert look("/_/latest.json").status_code == 404
    assert look("/_/m/" + "0" * 64 + ".jpg").status_code == 404
