"""Editions at the desk: who sees them, who brings one back, and what they are told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conglang.portal.content.approval.models import Request
from conglang.portal.content.editorial.tests.conftest import Desk
from conglang.portal.publishing.releases.models import Edition, Rebuild, Rollback, Version
from conglang.portal.publishing.rendering.models import Pin, Touch
from conglang.portal.publishing.rendering.shelving import store

CANARY = "Tin mật của Đống Đa"
Enter = Callable[[str], Client]


def page(text: str) -> str:
    return store().put(f"<!doctype html><title>x</title><p>Chung</p><p>{text}</p>".encode())


def edition(site: str, number: int, title: str) -> None:
    cause = {"verb": "publish", "title": title, "name": "Nguyễn Văn A", "site": site}
    Edition.objects.create(site=site, number=number, changed=2, removed=0, causes=[cause], people=["x"])


def version(site: str, path: str, begin: int, end: int | None, digest: str) -> None:
    Version.objects.create(
        site=site, path=path, from_edition=begin, to_edition=end, status=200, digest=digest, mtime=begin
    )


@pytest.fixture
def published(desk: Desk, settings: Any, tmp_path: Path) -> Desk:
    settings.DATA = tmp_path
    for site, title in (("badinh", "Thông báo tiếp công dân"), ("dongda", CANARY)):
        edition(site, 56, "Tin cũ")
        edition(site, 57, title)
        version(site, "/tin-tuc/tin-mot/", 56, 57, page(f"Câu cũ {title}"))
        version(site, "/tin-tuc/tin-mot/", 57, None, page(f"Câu mới {title}"))
        version(site, "/tin-tuc/tin-hai/", 57, None, page(title))
    return desk


def test_clerk_reads_what_each_edition_of_their_own_ward_brought(published: Desk, at_desk: Enter) -> None:
    html = at_desk("author").get("/phien-ban/", follow=True).content.decode()
    assert "Phiên bản 57" in html and "2 địa chỉ thay đổi" in html
    assert "Nguyễn Văn A công bố «Thông báo tiếp công dân»" in html

    html = at_desk("author").get("/phien-ban/badinh/57/?trang=/tin-tuc/tin-mot/").content.decode()
    assert published.articles["badinh"].title in html  # named by its title
    assert "/tin-tuc/tin-hai/" in html
    assert "Câu cũ Thông báo" in html and "Câu mới Thông báo" in html
    assert "Khôi phục phiên bản này" not in html  # an author does not publish


def test_clerk_gets_not_found_and_no_word_of_another_wards_editions(published: Desk, at_desk: Enter) -> None:
    client = at_desk("author")
    for address in (
        "/phien-ban/dongda/", "/phien-ban/dongda/57/", "/phien-ban/dongda/57/?trang=/tin-tuc/tin-mot/",
        "/phien-ban/?site=dongda", "/phien-ban/khong-co/", "/phien-ban/badinh/99/", "/phien-ban/badinh/57/?so-voi=x",
        "/dung-lai/",
    ):  # fmt: skip
        answer = client.get(address)
        assert (answer.status_code, CANARY in answer.content.decode()) == (404, False), address
    for address in ("/phien-ban/dongda/56/khoi-phuc/", "/phien-ban/badinh/56/khoi-phuc/",
                    "/phien-ban/badinh/bo-khoi-phuc/", "/phien-ban/dongda/bo-khoi-phuc/"):  # fmt: skip
        assert client.post(address, {"reason": "x", "confirmed": "1"}).status_code == 404, address
    assert not Pin.objects.exists()


def test_city_level_sees_every_site_and_administrators_alone_build_again(
    published: Desk, at_desk: Enter
) -> None:
    assert CANARY in at_desk("centre").get("/phien-ban/dongda/").content.decode()
    assert at_desk("centre").get("/dung-lai/").status_code == 404
    assert at_desk("admin").get("/dung-lai/").status_code == 200


def test_restoring_needs_a_reason_and_a_look(published: Desk, at_desk: Enter) -> None:
    client = at_desk("centre")
    for given in ({}, {"reason": "Sai"}, {"confirmed": "1"}):
        answer = client.post("/phien-ban/badinh/56/khoi-phuc/", given)
        assert answer.status_code == 422 and "Chưa có gì thay đổi" in answer.content.decode()
    assert not Pin.objects.exists() and not Touch.objects.filter(cause__verb="roll-back").exists()


def test_centre_editor_restores_an_edition_and_ends_it(published: Desk, at_desk: Enter) -> None:
    client, user = at_desk("centre"), published.users["centre"]
    assert "Khôi phục phiên bản này" in client.get("/phien-ban/badinh/56/").content.decode()
    given = {"reason": "Đăng nhầm số liệu", "confirmed": "1"}
    html = client.post("/phien-ban/badinh/56/khoi-phuc/", given, follow=True).content.decode()

    assert "đang được giữ ở phiên bản 56" in html and "Đăng nhầm số liệu" in html
    assert Pin.objects.get(path="/tin-tuc/tin-mot/").digest == page("Câu cũ Thông báo tiếp công dân")
    row = Rollback.objects.get()
    assert (row.by, row.name, row.edition, row.reason) == (str(user.uuid), "centre", 56, "Đăng nhầm số liệu")
    assert Touch.objects.filter(cause__verb="roll-back", cause__name="centre").exists()

    notice = client.get(f"/pages/{published.articles['badinh'].pk}/edit/").content.decode()
    assert "phiên bản 56" in notice and "Đăng nhầm số liệu" in notice

    html = client.post("/phien-ban/badinh/bo-khoi-phuc/", follow=True).content.decode()
    assert "Đã bỏ khôi phục" in html and not Pin.objects.exists()


def test_one_page_alone_is_restored(published: Desk, at_desk: Enter) -> None:
    given = {"reason": "Sai", "confirmed": "1", "path": "/tin-tuc/tin-mot/"}
    at_desk("centre").post("/phien-ban/badinh/56/khoi-phuc/", given)

    assert list(Pin.objects.values_list("site", "path")) == [("badinh", "/tin-tuc/tin-mot/")]


def test_administrator_orders_a_rebuild_and_sees_it(published: Desk, at_desk: Enter) -> None:
    client = at_desk("admin")
    assert client.post("/dung-lai/", {"site": "badinh"}).status_code == 422
    html = client.post("/dung-lai/", {"site": ["badinh"], "reason": "Sửa mẫu"}, follow=True).content.decode()

    row = Rebuild.objects.get()
    assert (row.sites, row.name, row.finished_at) == (["badinh"], "admin", None)
    assert "Sửa mẫu" in html


def test_whoever_saves_at_the_desk_is_named_as_the_cause(published: Desk, at_desk: Enter) -> None:
    from conglang.portal.content.editorial.tests.test_desk import add_article

    section = published.sections["badinh"]
    add_article(at_desk("author"), section, "Lịch tiếp dân", **{"action-ask-approval": "1"})
    row = Request.objects.get(page__title="Lịch tiếp dân")
    at_desk("approver").post(reverse("editorial_approval_agree", args=[row.pk]), {"seen": row.digest})
    cause = Touch.objects.filter(cause__title="Lịch tiếp dân").earliest("pk").cause

    assert (cause["verb"], cause["title"], cause["name"], cause["site"]) == (
        "publish", "Lịch tiếp dân", "approver", "badinh",
    )  # fmt: skip
