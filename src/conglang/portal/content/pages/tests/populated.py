"""A small network that has one thing of each kind, for tests that change them one by one."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish
from conglang.portal.content.pages.models import (
    ArticlePage,
    LegalDocumentPage,
    OpeningHours,
    OrganisationNode,
    Post,
    SectionPage,
)
from conglang.portal.identity.sites.models import Site

from .conftest import AT, Network
from .test_outputs import png
from .worlds import Database


@dataclass
class World:
    """The network and one thing of each kind, on the site «lua» unless it says otherwise."""

    network: Network
    database: Database
    pages: dict[str, int] = field(default_factory=dict)  # name → primary key
    images: list[int] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)

    def page(self, name: str) -> Any:
        return BasePage.objects.get(pk=self.pages[name]).specific

    def image(self, number: int = 0) -> Image:
        return Image.objects.get(pk=self.images[number])

    def document(self, number: int = 0) -> Document:
        return Document.objects.get(pk=self.documents[number])

    def edit(self, name: str, /, **values: Any) -> None:
        page = self.page(name)
        for key, value in values.items():
            setattr(page, key, value)
        publish(page)

    def edit_row(self, name: str, relation: str, /, **values: Any) -> None:
        page = self.page(name)
        row = getattr(page, relation).all()[0]
        for key, value in values.items():
            setattr(row, key, value)
        setattr(page, relation, [row, *list(getattr(page, relation).all())[1:]])
        publish(page)


def words(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "value": f"<p>{text}</p>", "id": "1"}]


def fill(world: World) -> None:
    """Put one thing of each kind onto every site; what the tests change lies on «lua»."""
    network = world.network
    for site in (network.city, network.two, network.one):
        _fill_site(world, site)
    body = [
        *words(
            f'<a linktype="page" id="{world.pages["text"]}">xem</a>'
            f'<a linktype="document" id="{world.documents[1]}">tải</a>'
        ),
        {"type": "image", "value": {"image": world.images[1], "caption": "Hình"}, "id": "2"},
        {"type": "file", "value": {"document": world.documents[0], "title": ""}, "id": "3"},
    ]
    world.edit("article", body=body)
    city_link = f'<a linktype="page" id="{world.pages["text"]}">phường</a>'
    city = network.page(network.city, "general-introduction")
    city.body = words(city_link)
    publish(city)


def _fill_site(world: World, site: Site) -> None:
    network = world.network
    world.images = [new_image(site, colour) for colour in ("red", "green", "blue")]
    world.documents = [new_document(site, name) for name in ("mot", "hai", "ba")]
    kinds = {
        "home": "home", "section": "introduction", "text": "general-introduction", "organisation": "organisation",
        "officials": "officials", "contact": "contact", "documents": "legal-documents", "news": "news",
        "notices": "notices", "disclosed": "budget", "hidden": "former-units",
    }  # fmt: skip
    world.pages = {name: network.page(site, kind).pk for name, kind in kinds.items()}
    organisation, officials, contact = (world.page(name) for name in ("organisation", "officials", "contact"))
    organisation.nodes = [
        OrganisationNode(name="Ủy ban", level=1, sort_order=0),
        OrganisationNode(name="Phòng", level=2, sort_order=1),
    ]
    officials.posts = [
        Post(
            body="committee",
            title="Chủ tịch",
            person_name="Người một",
            photo_id=world.images[2],
            sort_order=0,
        ),
        Post(body="committee", title="Phó chủ tịch", person_name="Người hai", sort_order=1),
    ]
    contact.hours = [OpeningHours(weekday=1, opens=time(8), closes=time(11))]
    contact.phone = "024 1"
    for page in (organisation, officials, contact):
        publish(page)
    hidden = world.page("hidden")
    hidden.show_in_menus = False
    hidden.body = [{"type": "predecessors", "value": {"note": ""}, "id": "1"}]
    publish(hidden)
    for number in range(3):
        article = ArticlePage(
            title=f"Tin {number} {site.key}", live=False, first_published_at=AT + timedelta(hours=number)
        )
        world.pages["article" if number == 2 else f"article-{number}"] = add(world, "news", article)
    world.edit("article", picture_id=world.images[0])
    world.pages["notice"] = add(world, "notices", ArticlePage(title="Thông báo", live=False))
    document = LegalDocumentPage(title="Quyết định", number="1/QĐ", issued_on=date(2025, 7, 1), live=False)
    document.file_id = world.documents[2]
    world.pages["document"] = add(world, "documents", document)
    nested = SectionPage(title="Mục con", slug=f"muc-con-{site.key}", live=False)
    world.pages["nested"] = add(world, "news", nested)
    world.pages["nested-article"] = add(world, "nested", ArticlePage(title="Tin trong mục con", live=False))


def add(world: World, parent: str, page: BasePage) -> int:
    return int(publish(world.page(parent).add_child(instance=page)).pk)


def new_image(site: Site, colour: str) -> int:
    image = add_image(
        png(colour, (40 + site.pk % 7, 30)),
        f"{colour}.png",
        office=site.office,
        title="Ảnh",
        alt_text="Ô",
        origin="Tự vẽ",
    )
    return int(image.pk)


def new_document(site: Site, name: str) -> int:
    document = Document(title=name, office=site.office)
    document.file.save(f"{name}.pdf", pdf_file(f"{name}.pdf", f"{site.key} {name}"), save=False)
    document.save()
    return int(document.pk)
