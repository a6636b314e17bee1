"""Every change touches what it changes: outputs that differ afterwards had read a touched key, or are born of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from conglang.portal.content.files.actions import add_image
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.models import ArticlePage, FormerPath, SectionPage
from conglang.portal.content.pages.rules import PAGE_SIZE
from conglang.portal.identity.sites.actions import go_official, record_origin
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.models import Touch
from conglang.portal.publishing.rendering.rules import Rendered, Subject

from .conftest import AT, Network
from .test_outputs import Article, Render, png

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites

Productions = dict[Subject, Rendered]
SITES = ("mau", "lua", "ngo")
Many = Callable[..., list[BasePage]]


def produce(sites: tuple[str, ...] = SITES) -> Productions:
    return {
        Subject(family.name, site, made.ident): made
        for site in sites
        for family in registry.families()
        for made in family.render(site, sorted(set(family.subjects(site))), at=AT)
    }


@contextmanager
def all_changes_are_touched(*sites: str) -> Iterator[None]:
    """What incremental rendering would do after the block equals a full render; nothing stale is overlooked."""
    before, known = produce(sites or SITES), Touch.objects.count()
    yield
    keys = {key for touch in Touch.objects.order_by("pk")[known:] for key in touch.keys}
    after = produce(sites or SITES)
    reached = {subject for subject, made in before.items() if made.reads & keys}
    for family in registry.families():
        reached |= set(family.born_of(keys))
    for subject in before.keys() | after.keys():
        old, new = before.get(subject), after.get(subject)
        if (old and old.outputs) != (new and new.outputs):
            assert subject in reached, f"{subject} changed, but nothing it read was touched: {sorted(keys)}"


@pytest.fixture
def news(article: Article, network: Network) -> ArticlePage:
    return article(network.one, "Tin một", at=AT)


def _edit(page: BasePage, **values: object) -> None:
    for name, value in values.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_publishing(network: Network, article: Article) -> None:
    with all_changes_are_touched():
        article(network.one, "Tin đầu tiên")
    with all_changes_are_touched():
        article(network.city, "Tin của Thành phố")
    with all_changes_are_touched():
        article(network.one, "Thông báo", kind="notices")


def test_editing_a_title(news: ArticlePage) -> None:
    with all_changes_are_touched():
        _edit(news, title="Tin một, đã sửa")


def test_another_slug(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        _edit(news, slug="tin-khac")

    moved = render("lua")["/tin-tuc/tin-mot/"]
    assert (moved.status, moved.location) == (301, "/tin-tuc/tin-khac/")


def test_former_address_leads_on_in_the_very_edition_that_brings_the_new_one(
    network: Network, news: ArticlePage
) -> None:
    _edit(news, slug="tin-hai")

    first = Touch.objects.latest("pk").first
    assert ["page", "lua", str(news.uuid)] in first
    assert ["redirect", "lua", "/tin-tuc/tin-mot/"] in first


@pytest.mark.parametrize("take_away", ["unpublish", "delete"])
def test_what_is_taken_away_is_gone_before_lists_are_rendered(
    network: Network, news: ArticlePage, take_away: str
) -> None:
    uuid = str(news.uuid)
    getattr(news, take_away)()

    first = [tuple(subject) for touch in Touch.objects.all() for subject in touch.first]
    assert {("page", "lua", uuid), ("redirect", "lua", "/tin-tuc/tin-mot/")} <= set(first)


def test_another_slug_of_a_section(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        _edit(network.page(network.one, "news"), slug="thoi-su")

    outputs = render("lua")
    assert outputs["/tin-tuc/tin-mot/"].location == "/thoi-su/tin-mot/"
    assert outputs["/tin-tuc/"].location == "/thoi-su/"


def test_unpublishing_and_publishing_again(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        news.unpublish()
    assert render("lua")["/tin-tuc/tin-mot/"].status == 410

    with all_changes_are_touched():
        BasePage.objects.get(pk=news.pk).specific.save_revision().publish()
    assert render("lua")["/tin-tuc/tin-mot/"].status == 200


def test_deleting(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        news.delete()

    assert render("lua")["/tin-tuc/tin-mot/"].status == 410


def test_deleting_a_whole_section(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        network.page(network.one, "news").delete()

    outputs = render("lua")
    assert outputs["/tin-tuc/tin-mot/"].status == outputs["/tin-tuc/"].status == 410


def test_moving_an_article_to_another_section(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        news.move(network.page(network.one, "notices"), pos="last-child")

    assert BasePage.objects.get(pk=news.pk).kind == "notices"
    assert render("lua")["/tin-tuc/tin-mot/"].location == "/thong-bao/tin-mot/"


def test_moving_a_branch_to_another_site(network: Network, news: ArticlePage, render: Render) -> None:
    section = network.page(network.one, "news").add_child(instance=SectionPage(title="Chuyên đề", live=False))
    section.save_revision().publish()
    BasePage.objects.get(pk=news.pk).move(section, pos="last-child")

    with all_changes_are_touched():
        BasePage.objects.get(pk=section.pk).move(network.page(network.two, "news"), pos="last-child")

    moved = BasePage.objects.get(pk=news.pk)
    assert (moved.site_id, moved.office_id) == (network.two.pk, network.two.office_id)
    gone = render("lua")["/tin-tuc/chuyen-de/tin-mot/"]
    assert gone.location == "http://ngo.mau.localhost:8500/tin-tuc/chuyen-de/tin-mot/"
    assert render("ngo")["/tin-tuc/chuyen-de/tin-mot/"].status == 200


def test_moving_a_section_with_its_articles(network: Network, news: ArticlePage) -> None:
    with all_changes_are_touched():
        network.page(network.one, "news").move(network.page(network.one, "participation"), pos="last-child")


def test_renaming_and_hiding_a_part_of_the_menu(network: Network) -> None:
    with all_changes_are_touched():
        _edit(network.page(network.one, "disclosure"), title="Công khai, minh bạch")
    with all_changes_are_touched():
        _edit(network.page(network.one, "budget"), show_in_menus=False)


def test_another_page_of_a_kind_stands_in_for_the_first(network: Network) -> None:
    section = network.page(network.one, "news").add_child(instance=SectionPage(title="Tin khác"))
    with all_changes_are_touched():
        section.get_parent().specific.unpublish()
    with all_changes_are_touched():
        section.unpublish()
    with all_changes_are_touched():
        publish(network.page(network.one, "news"))
    with all_changes_are_touched():
        section.refresh_from_db()
        publish(section)


@pytest.mark.parametrize("kind", ["contact", "officials"])
def test_taking_down_what_others_show_of_whoever_does_not_know_its_type(network: Network, kind: str) -> None:
    pk = network.page(network.one, kind).pk
    with all_changes_are_touched():
        BasePage.objects.get(pk=pk).unpublish()


def test_correcting_the_contact(network: Network) -> None:
    with all_changes_are_touched():
        _edit(network.page(network.one, "contact"), phone="024 3333 3333")


def test_naming_an_official(network: Network) -> None:
    from conglang.portal.content.pages.models import Post

    page = network.page(network.one, "officials")
    page.posts = [
        Post(
            body="committee", title="Chủ tịch", person_name="Người minh họa", vacant=False, illustration=True
        )
    ]
    with all_changes_are_touched():
        page.save_revision().publish()


@pytest.mark.slow
def test_list_that_grows_a_page_and_loses_its_oldest(network: Network, article: Article) -> None:
    pages = [
        article(network.one, f"Tin {n:02}", at=AT + timedelta(hours=n)) for n in range(3 * PAGE_SIZE - 1)
    ]

    with all_changes_are_touched("lua"):
        article(network.one, "Tin cuối", at=AT + timedelta(days=30))
    with all_changes_are_touched("lua"):
        _edit(BasePage.objects.get(pk=pages[2].pk).specific, title="Tin cũ đã sửa")
    with all_changes_are_touched("lua"):
        BasePage.objects.get(pk=pages[0].pk).specific.unpublish()
    with all_changes_are_touched("lua"):
        BasePage.objects.get(pk=pages[0].pk).specific.save_revision().publish()
    with all_changes_are_touched("lua"):
        BasePage.objects.get(pk=pages[20].pk).delete()
    with all_changes_are_touched("lua"):
        BasePage.objects.get(pk=pages[5].pk).move(network.page(network.one, "notices"), pos="last-child")


def test_going_official_and_moving_to_another_origin(network: Network) -> None:
    with all_changes_are_touched():
        go_official(Site.objects.all(), at=AT, by="test")
    with all_changes_are_touched():
        record_origin(Origin.parse("https://mau.example.vn", "mau"))


def test_describing_a_picture_better(network: Network, article: Article) -> None:
    image = add_image(png(), "a.png", office=network.one.office, title="A", alt_text="Ô đỏ", origin="Tự vẽ")
    article(network.one, "Có ảnh", picture=image)

    with all_changes_are_touched():
        image.alt_text = "Một ô vuông màu đỏ"
        image.save()


def test_internal_link_follows_its_page(network: Network, article: Article, render: Render) -> None:
    target = article(network.two, "Đích")
    link = f'<p><a linktype="page" id="{target.pk}">xem</a></p>'
    article(network.one, "Nguồn", body=[{"type": "text", "value": link, "id": "1"}])
    assert b'href="http://ngo.mau.localhost:8500/tin-tuc/dich/"' in (
        render("lua")["/tin-tuc/nguon/"].body or b""
    )

    with all_changes_are_touched():
        _edit(target, slug="dich-moi")
    with all_changes_are_touched():
        BasePage.objects.get(pk=target.pk).specific.unpublish()
    assert b"tin-tuc/dich" not in (render("lua")["/tin-tuc/nguon/"].body or b"")
    with all_changes_are_touched():
        BasePage.objects.get(pk=target.pk).specific.save_revision().publish()


def test_saving_a_draft_touches_nothing(network: Network, news: ArticlePage) -> None:
    known = Touch.objects.count()

    news.title = "Bản nháp"
    news.save_revision()
    network.page(network.one, "news").add_child(instance=ArticlePage(title="Nháp", live=False))

    assert Touch.objects.count() == known


def test_copy_of_a_page_is_a_page_of_its_own(network: Network, news: ArticlePage, render: Render) -> None:
    with all_changes_are_touched():
        copy = news.copy(to=network.page(network.two, "news"), update_attrs={"slug": "ban-sao"})

    copy = BasePage.objects.get(pk=copy.pk)
    assert copy.uuid != news.uuid
    assert not FormerPath.objects.exists()


def test_old_revision_brings_back_neither_owner_nor_identity(network: Network, news: ArticlePage) -> None:
    revision = news.latest_revision
    news.move(network.page(network.two, "news"), pos="last-child")

    revision.publish()

    page = BasePage.objects.get(pk=news.pk)
    assert (page.site_id, page.uuid, page.kind) == (network.two.pk, news.uuid, "news")
