"""What a citizen does, in a browser: by thumb, by keyboard, without script, on a narrow screen."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.journeys.steps import hosts_asked

WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}
MENU = {  # what a commune's site must offer, by the address provisioning gave it
    "introduction": "/gioi-thieu/gioi-thieu-chung/",
    "organisation": "/gioi-thieu/co-cau-to-chuc/",
    "leaders": "/gioi-thieu/lanh-dao/",
    "contact": "/lien-he/",
}


def first_article(page: Page) -> str:
    """Return the address of the first article that the news section of the open site shows."""
    links = page.locator("main .entries a, main article a, main .teaser a")
    for index in range(links.count()):
        path = urlsplit(links.nth(index).get_attribute("href") or "").path
        if path.startswith("/tin-tuc/") and path.count("/") > 2:
            return path
    raise AssertionError(f"no article on {page.url}")


@pytest.mark.parametrize("device", WIDTHS)
def test_citizen_walks_from_the_home_page_to_who_is_in_charge_and_how_to_reach_them(
    network, open_page, photograph, device
):
    page = open_page(*WIDTHS[device])

    assert page.goto(network.address("badinh")).status == 200
    assert "Phường Ba Đình" in page.locator("h1, header").first.inner_text()
    photograph(page, f"home-{device}")
    page.goto(network.address("badinh", "/tin-tuc/"))
    photograph(page, f"section-{device}")
    page.goto(network.address("badinh", first_article(page)))
    assert page.locator("article h1, h1").first.inner_text()
    photograph(page, f"article-{device}")
    for name, path in MENU.items():
        answer = page.goto(network.address("badinh", path))
        assert answer.status == 200, path
        assert page.locator("h1").count() == 1, path
        photograph(page, f"{name}-{device}")


def test_menu_of_a_commune_reaches_every_page_it_names(network, open_page):
    page = open_page()
    page.goto(network.address("badinh"))
    paths = {
        urlsplit(link).path for link in page.locator("nav.menu a").evaluate_all("all => all.map(a => a.href)")
    }

    broken = {path for path in paths if network.get(network.address("badinh", path)).status_code != 200}

    assert len(paths) > 8
    assert not broken


def test_address_that_is_nowhere_gets_a_page_that_helps(network, open_page, photograph):
    page = open_page(390, 844)

    answer = page.goto(network.address("badinh", "/khong-co-trang-nay/"))

    assert answer.status == 404
    assert page.locator("main a").count() >= 3  # ways on
    assert "Ba Đình" in page.inner_text("body")
    photograph(page, "not-found-phone")


def test_address_without_its_slash_leads_to_the_page(network, open_page):
    answer = open_page().goto(network.address("badinh", "/lien-he"))

    assert answer.status == 200
    assert urlsplit(answer.url).path == "/lien-he/"


def test_everything_on_a_page_can_be_reached_by_keyboard_and_shows_where_one_is(network, open_page):
    page = open_page()
    page.goto(network.address("badinh"))
    seen: list[str] = []

    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
            return {tag: e.tagName, text: (e.innerText || e.getAttribute('aria-label') || '').trim().slice(0, 40),
              ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none',
              size: r.width * r.height}; }"""
        )
        if focused["tag"] == "BODY":
            break
        assert focused["ring"], focused
        assert focused["size"] > 0, focused
        seen.append(focused["text"])

    assert len(seen) > 10
    assert re.search("nội dung", seen[0], re.I)  # the way past the menu comes first


def test_skip_link_and_menu_work_with_the_enter_key_alone(network, open_page):
    page = open_page(390, 844)
    page.goto(network.address("badinh"))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "#" in page.url

    page.locator("summary.menu__button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('nav.menu') !== null")


def test_site_reads_and_leads_on_without_script(network, open_page, photograph):
    page = open_page(390, 844, java_script_enabled=False)

    page.goto(network.address("badinh"))
    page.click("summary.menu__button")
    page.click("nav.menu a[href='/lien-he/']")

    assert urlsplit(page.url).path == "/lien-he/"
    assert page.locator("h1").inner_text()
    photograph(page, "contact-without-script")


@pytest.mark.parametrize("path", ["/", "/tin-tuc/", *MENU.values(), "/khong-co-trang-nay/"])
def test_nothing_sticks_out_on_a_screen_of_320_points(network, open_page, path):
    page = open_page(320, 640)

    for key in ("badinh", "vanmieuquoctugiam", "hanoi"):
        page.goto(network.address(key, path if key != "hanoi" else "/"))
        wide = page.evaluate("document.documentElement.scrollWidth")
        culprits = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321)
            .slice(0, 5).map(e => e.className || e.tagName)"""
        )
        assert wide <= 320, (key, path, culprits)


def test_no_page_asks_anything_of_a_third_party(network, open_page):
    page = open_page()
    asked, _ = hosts_asked(page)

    for key in ("hanoi", "badinh"):
        for path in ("/", "/tin-tuc/", *MENU.values()):
            page.goto(network.address(key, path))
            page.wait_for_load_state("networkidle")

    assert asked == {"hanoi.localhost", "badinh.hanoi.localhost"}


def test_city_portal_finds_a_ward_by_an_old_name_typed_without_marks(network, open_page, photograph):
    page = open_page()
    page.goto(network.address())
    photograph(page, "city-home-desk")

    page.locator("main input[type=search], main input[type=text]").first.fill("ngoc ha")

    page.wait_for_selector("main a:visible:has-text('Ba Đình'), main a:visible:has-text('Ngọc Hà')")
    narrow = open_page(390, 844)
    narrow.goto(network.address())
    photograph(narrow, "city-home-phone")


def test_each_of_the_126_communes_answers_with_its_own_name(network):
    www: Path = network.data / "edge" / "1" / "www"
    keys = sorted(folder.name for folder in www.iterdir() if folder.is_dir() and folder.name != "hanoi")
    titles = set()

    for key in keys:
        answer = network.get(network.address(key))
        assert answer.status_code == 200, key
        titles.add(re.search(r"<title>(.*?)</title>", answer.text, re.S)[1])

    assert len(keys) == 126
    assert len(titles) == 126
