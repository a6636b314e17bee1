"""A page taken down with a notice: what readers get, what lists drop, and the way back."""

import pytest

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import CannotWithdraw, publish, undo_withdrawal, withdraw
from conglang.portal.content.pages.models import ArticlePage, Withdrawal
from conglang.portal.identity.accounts.models import User

from .conftest import Network
from .test_changes import all_changes_are_touched
from .test_outputs import Article, Render, html

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites

ADDRESS = "/tin-tuc/lich-cat-nuoc/"


@pytest.fixture
def news(network: Network, article: Article) -> ArticlePage:
    return article(network.one, "Lịch cắt nước", summary="CANARY")


def test_notice_says_when_why_whom_to_ask_and_what_to_read_instead(
    network: Network, news: ArticlePage, article: Article, render: Render
) -> None:
    instead = article(network.one, "Lịch cắt nước đã sửa")
    contact = network.page(network.one, "contact")
    contact.phone = "024 3333 3333"
    publish(contact)

    with all_changes_are_touched():
        notice = withdraw(news, reason="wrong", text="Ngày ghi nhầm.", replacement=instead)

    outputs = render("lua")
    assert outputs[ADDRESS].status == 410
    shown = html(outputs[ADDRESS])
    day = f"{notice.at.astimezone():%Y}"
    for words in ("Thông tin này đã được gỡ", "Thông tin có sai sót", "Ngày ghi nhầm.", "024 3333 3333", day,
                  'href="/tin-tuc/lich-cat-nuoc-da-sua/"', "Lịch cắt nước đã sửa"):  # fmt: skip
        assert words in shown, words
    assert "CANARY" not in shown


def test_lists_and_feeds_drop_it(network: Network, news: ArticlePage, render: Render) -> None:
    withdraw(news, reason="mistake")

    outputs = render("lua")
    for path in ("/", "/tin-tuc/", "/tin.atom", "/tin-tuc/tin.atom", "/_/latest.json"):
        assert ADDRESS not in html(outputs[path]), path


def test_notice_stands_at_every_address_the_page_had(
    network: Network, news: ArticlePage, render: Render
) -> None:
    news.slug = "cat-nuoc"
    publish(news)
    ArticlePage.objects.get(pk=news.pk).move(network.page(network.two, "news"), pos="last-child")

    with all_changes_are_touched():
        withdraw(BasePage.objects.get(pk=news.pk), reason="outdated")

    here, there = render("lua"), render("ngo")
    for output in (here[ADDRESS], here["/tin-tuc/cat-nuoc/"], there["/tin-tuc/cat-nuoc/"]):
        assert (output.status, "Thông tin này đã được gỡ" in html(output)) == (410, True)


def test_undone_it_is_what_readers_last_saw(network: Network, news: ArticlePage, render: Render) -> None:
    withdraw(news, reason="personal")
    draft = ArticlePage.objects.get(pk=news.pk)
    draft.title = "Bản nháp sau khi gỡ"
    draft.save_revision()

    with all_changes_are_touched():
        undo_withdrawal(news)

    outputs = render("lua")
    assert outputs[ADDRESS].status == 200
    assert "Lịch cắt nước" in html(outputs[ADDRESS]) and "Bản nháp" not in html(outputs[ADDRESS])
    assert ADDRESS in html(outputs["/tin-tuc/"])
    assert Withdrawal.objects.get().ended_at is not None
    with pytest.raises(CannotWithdraw):
        undo_withdrawal(news)


def test_publishing_in_the_ordinary_way_ends_the_notice(
    network: Network, news: ArticlePage, render: Render
) -> None:
    withdraw(news, reason="wrong")
    page = ArticlePage.objects.get(pk=news.pk)
    page.title = "Lịch cắt nước (sửa)"

    with all_changes_are_touched():
        publish(page)

    assert render("lua")[ADDRESS].status == 200
    withdraw(page, reason="wrong")  # and it may be taken down again


def test_older_revision_brings_no_notice_and_takes_none_away(network: Network, news: ArticlePage) -> None:
    withdraw(news, reason="wrong")

    ArticlePage.objects.get(pk=news.pk).save_revision()

    assert Withdrawal.objects.filter(ended_at=None).count() == 1


def test_new_page_takes_the_address_and_the_notice_gives_way(
    network: Network, news: ArticlePage, article: Article, render: Render
) -> None:
    withdraw(news, reason="wrong")
    old = ArticlePage.objects.get(pk=news.pk)
    old.slug = "lich-cu"
    old.save()
    with all_changes_are_touched():
        article(network.one, "Lịch cắt nước")

    assert render("lua")[ADDRESS].status == 200


def test_deleted_afterwards_it_is_plainly_gone(network: Network, news: ArticlePage, render: Render) -> None:
    withdraw(news, reason="wrong")
    with all_changes_are_touched():
        BasePage.objects.get(pk=news.pk).delete()

    output = render("lua")[ADDRESS]
    assert (output.status, output.body) == (410, None)


def test_replacement_that_is_not_published_is_not_named(
    network: Network, news: ArticlePage, article: Article, render: Render
) -> None:
    instead = article(network.two, "Bài thay thế")
    withdraw(news, reason="replaced", replacement=instead)
    assert 'href="http://ngo.mau.localhost:8500/tin-tuc/bai-thay-the/"' in html(render("lua")[ADDRESS])

    with all_changes_are_touched():
        BasePage.objects.get(pk=instead.pk).specific.unpublish()

    assert "Bài thay thế" not in html(render("lua")[ADDRESS])


def test_what_cannot_be_taken_down_says_why(network: Network, news: ArticlePage) -> None:
    for kind in ("home", "news"):
        with pytest.raises(CannotWithdraw):
            withdraw(network.page(network.one, kind), reason="wrong")
    news.unpublish()
    with pytest.raises(CannotWithdraw):
        withdraw(news, reason="wrong")
    assert not Withdrawal.objects.exists()


def test_history_names_who_took_it_down(network: Network, news: ArticlePage) -> None:
    from wagtail.models import PageLogEntry

    user = User.objects.create_user("bien-tap", password="mat-khau-thu")
    withdraw(news, reason="demanded", by=user)

    assert PageLogEntry.objects.get(action="pages.withdraw").user == user
