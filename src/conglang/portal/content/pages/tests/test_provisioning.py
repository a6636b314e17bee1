from dataclasses import replace
from datetime import time

import pytest
from wagtail.models import Revision
from wagtail.models import Site as WagtailSite  # noqa: TID251

from conglang.portal.content.pagebase.actions import Draft, insert_trees
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages import kinds
from conglang.portal.content.pages.actions import provision, provisioning
from conglang.portal.content.pages.kinds import Born, all_born, birth_tree
from conglang.portal.content.pages.models import (
    ContactPage,
    HomePage,
    OpeningHours,
    SectionPage,
    TextPage,
)

from .conftest import Network

VOLATILE = {"id", "basepage_ptr", "uuid", "path", "url_path", "translation_key", "page"}
TIMES = {"first_published_at", "last_published_at", "latest_revision_created_at"}
LINKS = {"latest_revision", "live_revision"}


@pytest.fixture
def kinds_born() -> None:
    """The whole tree."""


def test_every_commune_is_born_with_what_the_law_names(network: Network) -> None:
    found = set(BasePage.objects.filter(site=network.one).values_list("kind", flat=True))

    assert {
        "functions",
        "organisation",
        "officials",
        "boundary-map",
        "budget",
        "access-list",
        "reception",
    } <= found
    assert found == {"home", *(entry.kind for entry in all_born(birth_tree(is_city=False)))}


def test_every_page_belongs_to_the_office_of_its_site(network: Network) -> None:
    pages = BasePage.objects.filter(site=network.two)

    assert set(pages.values_list("office", "unit")) == {(network.two.office_id, network.two.unit_id)}


def test_tree_is_sound_after_bulk_insert(network: Network) -> None:
    assert BasePage.find_problems() == ([], [], [], [], [])


def test_provisioning_again_changes_nothing(network: Network) -> None:
    before = list(BasePage.objects.order_by("path").values_list("uuid", "path", "latest_revision_id"))

    assert provision(network.one).born == 0

    assert list(BasePage.objects.order_by("path").values_list("uuid", "path", "latest_revision_id")) == before


def test_new_entry_of_the_tree_reaches_sites_that_are_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def longer(*, is_city: bool) -> tuple[Born, ...]:
        tree = birth_tree(is_city=is_city)
        extra = Born("emergency", "text", "Khẩn cấp", "khan-cap", False)
        branch = Born(
            "youth",
            "section",
            "Thanh niên",
            "thanh-nien",
            True,
            (Born("youth-rules", "text", "Nội quy", "noi-quy", False),),
        )
        return (replace(tree[0], pages=(*tree[0].pages, extra)), *tree[1:], branch)

    monkeypatch.setattr(provisioning, "birth_tree", longer)

    assert provision(network.one).born == 3
    assert network.page(network.one, "emergency").site_path == "/gioi-thieu/khan-cap/"
    assert network.page(network.one, "youth-rules").site_path == "/thanh-nien/noi-quy/"
    assert provision(network.one).born == 0
    assert BasePage.find_problems() == ([], [], [], [], [])


def test_page_that_an_editor_renamed_is_not_born_again(network: Network) -> None:
    page = network.page(network.one, "budget")
    page.title, page.slug = "Ngân sách của phường", "ngan-sach"
    page.save_revision().publish()

    assert provision(network.one).born == 0


def test_taken_slug_gets_a_number(network: Network) -> None:
    network.page(network.one, "news").delete()
    home = HomePage.objects.get(site=network.one)
    home.add_child(instance=TextPage(title="Khác", slug="tin-tuc", kind="other"))

    provision(network.one)

    assert network.page(network.one, "news").site_path == "/tin-tuc-2/"


def test_wagtail_knows_every_host(network: Network) -> None:
    hosts = dict(WagtailSite.objects.values_list("hostname", "is_default_site"))

    assert hosts == {"mau.localhost": True, "lua.mau.localhost": False, "ngo.mau.localhost": False}


def test_bulk_insert_equals_add_child_and_publish(network: Network) -> None:
    def pages() -> tuple[SectionPage, TextPage, ContactPage]:
        body = [{"type": "text", "value": "<p>Chữ</p>", "id": "0b1e7cbc-3c2b-4b0e-9a55-0a2a7b1c9e11"}]
        contact = ContactPage(title="Liên hệ", slug="lien-he", kind="y", phone="024 0000 0000")
        contact.hours = [OpeningHours(weekday=1, opens=time(8), closes=time(11, 30), sort_order=0)]
        return (
            SectionPage(title="Mục", slug="muc", kind="x", show_in_menus=True),
            TextPage(title="Bài", slug="bai", kind="z", summary="Tóm tắt", body=body),
            contact,
        )

    one, two = HomePage.objects.get(site=network.one), HomePage.objects.get(site=network.two)
    section, text, contact = pages()
    one.add_child(instance=section)
    section.add_child(instance=text)
    section.add_child(instance=contact)
    for page in (section, text, contact):
        page.save_revision().publish()

    section, text, contact = pages()
    insert_trees(two, [Draft(section, [Draft(text), Draft(contact)])])

    for slug in ("muc", "bai", "lien-he"):
        singly = BasePage.objects.get(site=network.one, slug=slug, kind__in="xyz").specific
        in_bulk = BasePage.objects.get(site=network.two, slug=slug, kind__in="xyz").specific
        assert _columns(singly) == _columns(in_bulk)
        assert singly.url_path.split("/")[2:] == in_bulk.url_path.split("/")[2:]
        assert _revision(singly) == _revision(in_bulk)
        for name in TIMES | LINKS:
            assert (getattr(singly, name) is None) == (getattr(in_bulk, name) is None), name
    assert BasePage.find_problems() == ([], [], [], [], [])


def _columns(page: BasePage) -> dict[str, object]:
    left_out = VOLATILE | TIMES | LINKS | {"site", "unit", "office"}
    values = {f.name: f.value_from_object(page) for f in page._meta.concrete_fields if f.name not in left_out}
    if "body" in values:
        values["body"] = page.body.get_prep_value()
    if isinstance(page, ContactPage):
        values["hours"] = [(row.weekday, str(row.opens), row.sort_order) for row in page.hours.all()]
    return values


def _revision(page: BasePage) -> dict[str, object]:
    revision = Revision.objects.for_instance(page).latest("created_at")
    left_out = VOLATILE | TIMES | LINKS | {"pk", "site", "unit", "office", "hours"}
    assert (revision.object_str, revision.content_type_id) == (str(page), page.content_type_id)
    return {name: value for name, value in revision.content.items() if name not in left_out}


def test_every_born_kind_is_known_and_its_basis_is_dated() -> None:
    for is_city in (True, False):
        found = [entry.kind for entry in all_born(birth_tree(is_city=is_city))]
        assert len(found) == len(set(found))
    for kind in kinds.kinds().values():
        for basis in kind.basis:
            assert basis.certainty in "PQSMC"
            assert basis.last_day is None or basis.first_day < basis.last_day


def test_every_kind_is_born_somewhere() -> None:
    born = {entry.kind for is_city in (True, False) for entry in all_born(birth_tree(is_city=is_city))}

    assert set(kinds.kinds()) == born | {"home"}
