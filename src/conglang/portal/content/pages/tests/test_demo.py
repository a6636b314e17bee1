"""Demonstration content: true of its unit, and different for every unit."""

import re

import pytest

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import provision
from conglang.portal.content.pages.demo import communes, create_demo, pictures, texts
from conglang.portal.content.pages.demo.words import day, listed, number
from conglang.portal.content.pages.models import ArticlePage, ContactPage, LegalDocumentPage, Post
from conglang.portal.identity.sites.models import NetworkState

from .conftest import Network


@pytest.fixture
def filled(network: Network) -> Network:
    create_demo()
    return network


def test_introduction_says_what_the_register_says(network: Network) -> None:
    commune = communes.load([network.one.unit])[network.one.unit_id]

    summary, body = texts.introduction(commune)

    words = re.sub("<[^>]+>", " ", " ".join(str(block["value"]) for block in body))
    assert "2,50 km²" in summary
    assert "10.000 người" in words
    assert "4.000 người/km²" in words
    assert "toàn bộ diện tích tự nhiên và dân số của phường Nếp (quận Gạo)" in words
    assert "một phần diện tích tự nhiên và dân số của phường Tẻ (quận Gạo)" in words
    assert "khoản 7 Điều 1" in words
    assert "không phải kết quả điều tra" in words


def test_divided_ward_names_all_who_took_its_people(network: Network) -> None:
    commune = communes.load([network.one.unit])[network.one.unit_id]

    assert [piece.predecessor.name for piece in commune.divided] == ["Tẻ"]
    assert commune.others(commune.divided[0]) == ["xã Ngô"]


def test_no_two_sites_get_the_same_introduction(filled: Network) -> None:
    bodies = [
        str(filled.page(site, "general-introduction").body.get_prep_value())
        for site in (filled.one, filled.two)
    ]

    assert bodies[0] != bodies[1]


def test_nothing_about_people_or_contacts_is_made_up(filled: Network) -> None:
    assert set(Post.objects.values_list("vacant", "person_name")) == {(False, "")}
    contacts = ContactPage.objects.values_list("phone", "address", "email", "responsible", "latitude")
    assert set(contacts) == {("", "", "", "", None)}


def test_only_documents_that_exist_are_named(filled: Network) -> None:
    numbers = set(LegalDocumentPage.objects.filter(site=filled.one).values_list("number", flat=True))

    assert numbers == {"1656/NQ-UBTVQH15", "9567/VP-TTDLCNS"}


def test_network_is_marked_as_a_demonstration_and_filled_once(filled: Network) -> None:
    assert NetworkState.objects.get().demo
    count = BasePage.objects.count()

    assert create_demo() == 0
    assert BasePage.objects.count() == count


def test_city_announces_the_ceremony(filled: Network) -> None:
    page = ArticlePage.objects.get(site=filled.city, slug="le-cong-bo-to-chuc-don-vi-hanh-chinh-cap-xa")

    assert page.picture is not None
    assert page.picture.alt_text
    assert "08:30" in page.summary


def test_bulk_filled_page_has_its_revision(filled: Network) -> None:
    page = filled.page(filled.one, "organisation")

    draft = page.get_latest_revision_as_object()

    assert [node.name for node in draft.nodes.all()] == [node.name for node in page.nodes.all()]
    assert page.nodes.count() == 5
    assert not page.has_unpublished_changes
    assert BasePage.find_problems() == ([], [], [], [], [])
    assert provision(filled.one).born == 0


def test_pictures_are_the_same_bytes_every_time() -> None:
    points = [(21.0, 105.8), (21.1, 105.9), (20.9, 105.7)]

    assert pictures.unit_map(points, points[1]) == pictures.unit_map(points, points[1])
    assert pictures.unit_map(points, points[1]) != pictures.unit_map(points, points[2])
    assert pictures.gate(126) == pictures.gate(126)


def test_vietnamese_numbers_days_and_lists() -> None:
    from datetime import date
    from decimal import Decimal

    assert number(8807523) == "8.807.523"
    assert number(Decimal("2.97"), 2) == "2,97"
    assert day(date(2025, 7, 1)) == "01/7/2025"
    assert day(date(2025, 2, 10)) == "10/02/2025"
    assert listed(["a", "b", "c"]) == "a, b và c"
