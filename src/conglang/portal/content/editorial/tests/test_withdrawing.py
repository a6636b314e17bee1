"""Taking a page down and putting it back, from the desk."""

from django.urls import reverse

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.models import Withdrawal
from conglang.portal.publishing.rendering.models import Stale


def live_article(desk, site: str = "badinh") -> BasePage:
    return publish(desk.articles[site])


def test_editor_of_the_centre_takes_down_with_a_notice_and_puts_back(desk, at_desk):
    client, page = at_desk("centre"), live_article(desk)
    url = reverse("editorial_withdraw", args=[page.pk])
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert url in edit and "Gỡ có thông báo" in edit

    refused = client.post(url, {"reason": "other", "text": " "})
    assert "lý do khác" in refused.content.decode()
    assert not Withdrawal.objects.exists()

    client.post(url, {"reason": "wrong", "text": "Ngày ghi nhầm.", "replacement": ""})
    page.refresh_from_db()
    assert not page.live
    assert Withdrawal.objects.get().by == desk.users["centre"]

    back = reverse("editorial_put_back", args=[page.pk])
    assert back in client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "Đăng lại" in client.get(back).content.decode()
    client.post(back)
    page.refresh_from_db()
    assert page.live
    assert Withdrawal.objects.get().ended_at is not None


def test_clerk_neither_sees_the_button_nor_may_press_it(desk, at_desk):
    client, page = at_desk("author"), live_article(desk)
    url = reverse("editorial_withdraw", args=[page.pk])

    assert url not in client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    client.post(url, {"reason": "wrong", "text": ""})
    page.refresh_from_db()
    assert page.live
    assert (
        client.get(reverse("editorial_withdraw", args=[live_article(desk, "dongda").pk])).status_code == 404
    )


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
