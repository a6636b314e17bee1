from collections.abc import Callable

import pytest

from conglang.portal.content.pages.models import ArticlePage, SectionPage
from conglang.portal.content.pages.preview import CannotPreview, render_draft
from conglang.portal.identity.sites.models import Site

from .conftest import AT, Network

Article = Callable[..., ArticlePage]


def test_preview_of_what_is_published_is_the_published_page(
    network: Network, article: Article, render: Callable
) -> None:
    page = article(network.one, "Tin một", body=[{"type": "text", "value": "<p>Chữ</p>", "id": "1"}])

    assert render_draft(page, at=AT).encode() == render("lua")["/tin-tuc/tin-mot/"].body


def test_draft_is_shown_and_stays_unpublished(network: Network, article: Article, render: Callable) -> None:
    page = article(network.one, "Tin một")
    page.title = "Tin một, bản nháp"
    page.save_revision()

    html = render_draft(page.get_latest_revision_as_object(), at=AT)

    assert "Tin một, bản nháp" in html
    assert "bản nháp" not in render("lua")["/tin-tuc/tin-mot/"].body.decode()


def test_page_that_was_never_saved_can_be_seen(network: Network) -> None:
    section = network.page(network.one, "news")
    page = ArticlePage(title="Mới soạn", slug="moi-soan", site=network.one)
    page.path, page.depth = section.path + "0001", section.depth + 1

    assert "Mới soạn" in render_draft(page, at=AT)


@pytest.mark.parametrize(
    "kind", ["home", "news", "officials", "organisation", "contact", "legal-documents", "functions"]
)
def test_every_kind_of_page_can_be_seen(network: Network, kind: str) -> None:
    page = network.page(network.one, kind)

    assert page.title in render_draft(page.get_latest_revision_as_object(), at=AT)


def test_site_without_pages_says_so(network: Network) -> None:
    bare = Site.objects.create(key="bare", unit=network.one.unit, office=network.one.office)

    with pytest.raises(CannotPreview):
        render_draft(SectionPage(title="A", slug="a", site=bare))
