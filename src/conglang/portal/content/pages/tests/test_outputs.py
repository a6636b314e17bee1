import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pillow

from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Document
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.models import ArticlePage, LegalDocumentPage
from conglang.portal.content.pages.rules import PAGE_SIZE
from conglang.portal.identity.sites.actions import go_official
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.rules import Output, SeveralSites
from conglang.wire.paths import check_path

from .conftest import AT, Network

Article = Callable[..., ArticlePage]
Render = Callable[..., dict[str, Output]]
RenderOne = Callable[..., Any]


def png(colour: str = "#9E1B1E", size: tuple[int, int] = (1000, 600)) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def html(output: Output) -> str:
    assert output.body is not None
    return output.body.decode()


def test_whole_site_is_rendered_within_the_grammar_of_paths(network: Network, render: Render) -> None:
    outputs = render("lua")

    assert {
        "/",
        "/gioi-thieu/co-cau-to-chuc/",
        "/so-do-trang/",
        "/sitemap.xml",
        "/tin.atom",
        "/_/404/",
    } <= set(outputs)
    assert all(check_path(path) == path for path in outputs)
    assert outputs["/_/410/"].status == 410


def test_same_data_and_instant_give_the_same_bytes(
    network: Network, article: Article, render: Render
) -> None:
    article(network.one, "Tin một", at=AT)

    assert render("lua") == render("lua")


def test_draft_reaches_no_output(network: Network, article: Article, render: Render) -> None:
    page = article(network.one, "Tin một")
    page.title = "CANARY"
    page.save_revision()
    network.page(network.one, "news").add_child(instance=ArticlePage(title="CANARY nháp", live=False))

    assert not any(b"CANARY" in (output.body or b"") for output in render("lua").values())


def test_article_is_on_its_page_section_home_feed_and_latest(
    network: Network, article: Article, render: Render
) -> None:
    article(network.one, "Lịch tiêm chủng tháng Bảy", summary="Tóm tắt của tin.")

    outputs = render("lua")

    for path in ("/tin-tuc/lich-tiem-chung-thang-bay/", "/tin-tuc/", "/", "/tin.atom", "/tin-tuc/tin.atom"):
        assert "Lịch tiêm chủng tháng Bảy" in html(outputs[path]), path
    latest = json.loads(html(outputs["/_/latest.json"]))
    assert latest["entries"][0]["url"] == "/tin-tuc/lich-tiem-chung-thang-bay/"


def test_city_news_is_on_every_home_and_leads_to_the_portal(
    network: Network, article: Article, render: Render
) -> None:
    article(network.city, "Lễ công bố")

    for key in ("lua", "ngo"):
        outputs = render(key)
        assert 'href="http://mau.localhost:8500/tin-tuc/le-cong-bo/"' in html(outputs["/"])
        assert "/tin-tuc/le-cong-bo/" not in outputs


def test_only_canonical_links_and_feeds_carry_the_origin_of_their_own_site(
    network: Network, article: Article, render: Render
) -> None:
    article(network.one, "Tin một")

    page = html(render("lua")["/tin-tuc/tin-mot/"])

    assert '<link rel="canonical" href="http://lua.mau.localhost:8500/tin-tuc/tin-mot/">' in page
    assert not re.search(r'<a [^>]*href="http://lua\.mau', page)


def test_picture_becomes_outputs_of_the_page_that_shows_it(
    network: Network, article: Article, render: Render
) -> None:
    image = add_image(
        png(), "a.png", office=network.one.office, title="A", alt_text="Một ô đỏ", origin="Tự vẽ"
    )
    article(network.one, "Có ảnh", picture=image)

    outputs = render("lua")

    media = {path: output for path, output in outputs.items() if path.startswith("/_/m/")}
    assert {path.rpartition(".")[2] for path in media} == {"webp", "jpg"}
    assert all(path.startswith(f"/_/m/{output.blob}.") for path, output in media.items())
    page = html(outputs["/tin-tuc/co-anh/"])
    assert "Một ô đỏ" in page
    assert all(path in page for path in media)


def test_document_is_served_by_identity_and_readable_name(
    network: Network, article: Article, render: Render
) -> None:
    document = Document(title="Biểu mẫu", office=network.one.office)
    document.file.save("Mẫu đơn số 1.PDF", pdf_file("Mẫu đơn số 1.PDF"), save=False)
    document.save()
    body = [{"type": "file", "value": {"document": document.pk, "title": ""}, "id": "1"}]
    article(network.one, "Có tệp", body=body)

    outputs = render("lua")

    assert outputs[f"/_/d/{document.uuid}/mau-don-so-1.pdf"].blob == document.digest
    assert "Biểu mẫu" in html(outputs["/tin-tuc/co-tep/"])


def test_legal_document_is_in_its_register_and_on_the_home(network: Network, render: Render) -> None:
    register = network.page(network.one, "legal-documents")
    page = register.add_child(
        instance=LegalDocumentPage(
            title="Nghị quyết số 1", number="01/NQ-HĐND", summary="Về việc mẫu", live=False
        )
    )
    publish(page)

    outputs = render("lua")

    assert "01/NQ-HĐND" in html(outputs[register.site_path])
    assert "01/NQ-HĐND" in html(outputs["/"])
    assert "Về việc mẫu" in html(outputs[f"{register.site_path}nghi-quyet-so-1/"])


def test_long_list_keeps_old_pages_as_they_are(
    network: Network, article: Article, render: Render, many: Callable[..., object]
) -> None:
    many(network.one, 3 * PAGE_SIZE - 1)
    before = render("lua")

    article(network.one, "Tin mới nhất", at=AT + timedelta(days=30))
    after = render("lua")

    lists = [path for path in before | after if re.fullmatch(r"/tin-tuc/(trang-\d+/)?", path)]
    assert sorted(lists) == ["/tin-tuc/", "/tin-tuc/trang-1/", "/tin-tuc/trang-2/"]
    changed = [path for path in lists if before.get(path) != after.get(path)]
    assert sorted(changed) == ["/tin-tuc/", "/tin-tuc/trang-2/"]
    assert "Tin 00" in html(after["/tin-tuc/trang-1/"])
    assert "Tin 00" not in html(after["/tin-tuc/"])


def test_feed_is_well_formed_and_absolute(network: Network, article: Article, render: Render) -> None:
    page = article(network.one, "Mưa & gió <to>", summary='Có "ngoặc" & dấu.')

    feed = ElementTree.fromstring(html(render("lua")["/tin.atom"]))

    atom = "{http://www.w3.org/2005/Atom}"
    entry = feed.find(f"{atom}entry")
    assert entry is not None
    assert entry.findtext(f"{atom}title") == "Mưa & gió <to>"
    assert entry.findtext(f"{atom}id") == f"urn:uuid:{page.uuid}"
    assert entry.find(f"{atom}link").get("href") == "http://lua.mau.localhost:8500/tin-tuc/mua-gio-to/"


def test_sitemap_names_every_live_page_once(network: Network, article: Article, render: Render) -> None:
    article(
        network.one, "Tin tháng Bảy", at=datetime(2025, 7, 31, 17, 30, tzinfo=UTC)
    )  # 1 August, local time

    outputs = render("lua")

    index = re.findall(r"<loc>(.*?)</loc>", html(outputs["/sitemap.xml"]))
    assert [url.rpartition("/")[2] for url in index] == ["sitemap-trang.xml", "sitemap-2025-08.xml"]
    urls = [
        u
        for url in index
        for u in re.findall(r"<loc>(.*?)</loc>", html(outputs["/" + url.rpartition("/")[2]]))
    ]
    live = BasePage.objects.filter(site=network.one, live=True)
    assert sorted(urls) == sorted(f"http://lua.mau.localhost:8500{page.site_path}" for page in live)


def test_site_map_for_people_has_every_structural_page(network: Network, render: Render) -> None:
    page = html(render("lua")["/so-do-trang/"])

    for kind in ("budget", "procedures", "former-units"):
        assert network.page(network.one, kind).title in page


def test_every_page_carries_the_mandatory_metadata(
    network: Network, article: Article, render: Render
) -> None:
    article(network.one, "Tin một")
    outputs = render("lua")

    for path in ("/", "/gioi-thieu/gioi-thieu-chung/", "/tin-tuc/tin-mot/"):
        found = dict(re.findall(r'<meta name="DC\.(\w+)" content="([^"]+)">', html(outputs[path])))
        # TT 24/2011/TT-BTTTT: title, creator, date, description, publisher, identifier
        assert {"title", "creator", "date", "description", "publisher", "identifier"} <= set(found), path


def test_trial_is_marked_until_the_site_is_official(network: Network, render_one: RenderOne) -> None:
    home = network.page(network.one, "home")
    go_official([network.one], at=AT, by="test")

    before = render_one("page", "lua", home.uuid, at=AT - timedelta(seconds=1))
    after = render_one("page", "lua", home.uuid, at=AT)

    assert before.changes_at == AT
    assert after.changes_at is None
    assert before.outputs != after.outputs


def test_every_subject_says_what_it_was_made_from(network: Network, article: Article) -> None:
    article(network.one, "Tin một")

    for family in registry.families():
        for made in family.render("lua", sorted(set(family.subjects("lua"))), at=AT):
            assert made.sources or not made.outputs, (family.name, made.ident)


def test_number_of_queries_does_not_grow_with_pages(network: Network, article: Article) -> None:
    family = registry.family("page")
    assert family is not None

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            list(family.render("lua", list(family.subjects("lua")), at=AT))
        return len(seen)

    article(network.one, "Tin một", body=[{"type": "text", "value": "<p>Chữ</p>", "id": "1"}])
    few = queries()
    for number in range(8):
        article(network.one, f"Tin {number}", body=[{"type": "text", "value": "<p>Chữ</p>", "id": "1"}])

    assert queries() == few


def test_sites_rendered_together_give_what_each_gives_by_itself(network: Network, article: Article) -> None:
    family = registry.family("page")
    assert isinstance(family, SeveralSites)
    article(network.city, "Tin của thành phố")
    words = {"title": "A", "alt_text": "Một ô đỏ", "origin": "Tự vẽ"}
    image = add_image(png(), "a.png", office=network.one.office, **words)
    article(network.one, "Tin của phường", kind="notices", picture=image)
    article(network.two, "Tin của xã", body=[{"type": "predecessors", "value": {}, "id": "1"}])
    wanted = {site: sorted(set(family.subjects(site))) for site in ("lua", "mau", "ngo")}

    together = {(site, made.ident): made for site, made in family.render_several(wanted, at=AT)}

    alone = {(site, made.ident): made for site in wanted for made in family.render(site, wanted[site], at=AT)}
    assert together == alone
    assert {site for site, _ in together} == set(wanted)


def test_page_is_not_rendered_on_a_site_it_is_not_of(network: Network) -> None:
    family = registry.family("page")
    assert isinstance(family, SeveralSites)
    ours, theirs = (
        str(network.page(site, "general-introduction").uuid) for site in (network.one, network.two)
    )

    made = family.render_several({"lua": [ours, theirs], "ngo": [theirs]}, at=AT)

    assert [(site, one.ident) for site, one in made] == [("lua", ours), ("ngo", theirs)]


def test_number_of_queries_does_not_grow_with_sites(network: Network, article: Article) -> None:
    family = registry.family("page")
    assert isinstance(family, SeveralSites)
    homes = {site.key: [str(network.page(site, "home").uuid)] for site in (network.one, network.two)}
    for site in (network.city, network.one, network.two):
        article(site, f"Tin của {site.key}")

    def queries(*sites: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            list(family.render_several({site: homes[site] for site in sites}, at=AT))
        return len(seen)

    queries("lua")  # content types are asked for once
    assert queries("lua", "ngo") == queries("ngo")


def test_site_without_pages_renders_nothing(network: Network, render: Render) -> None:
    assert list(render("nowhere")) == []


@pytest.mark.parametrize("ident", ["not-a-uuid", "00000000-0000-0000-0000-000000000000", "x/3", "redirect"])
def test_unknown_ident_produces_nothing(network: Network, render_one: RenderOne, ident: str) -> None:
    for family in registry.families():
        assert render_one(family.name, "lua", ident) is None
