"""An announcement to all sites, as readers meet it: on an open page, read out, ended by its own clock, in mourning."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.running import Network
from tests.journeys.steps import grave_faults

TWO = ("--people", "Nguyễn Thị An, Trần Văn Bình", "--yes")
ALERT, STATUS = ".network-strip [role=alert]", ".network-strip [role=status]"


def state(network: Network, *arguments: str) -> None:
    command = [sys.executable, "-m", "conglang.cli.main", "state", "--data", str(network.data), *arguments]
    done = subprocess.run([*command, *TWO], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def quiet(network: Network):
    yield
    state(network, "clear")


def look_again(page: Page) -> None:
    """What the page does by itself every thirty seconds, and when somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_open_page_shows_an_emergency_without_reload_and_screen_readers_hear_it(
    network: Network, open_page: Callable[..., Page], axe: str, quiet: None, photograph
) -> None:
    page = open_page(320, 700, bypass_csp=True)
    page.goto(network.address("badinh", "/lien-he/"))
    expect(page.locator(ALERT)).to_be_empty()
    top = page.locator("header").first.bounding_box()["y"]

    state(network, "set", "banner", "--level", "khan-cap", "--title", "Bão số 3 vào thành phố tối nay",
          "--text", "Người dân ở trong nhà từ 18 giờ.", "--link", "/khan-cap/", "--until", "+6h")  # fmt: skip
    look_again(page)

    expect(page.locator(ALERT)).to_contain_text("Khẩn cấp Bão số 3 vào thành phố tối nay", timeout=35_000)
    expect(page.locator(STATUS)).to_be_empty()
    assert top == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert grave_faults(page, axe) == []
    photograph(page, "announcement-phone", whole=False)
    page.locator(f"{ALERT} a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/khan-cap/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mourning_makes_an_open_page_grey_and_stays_readable(
    network: Network, open_page: Callable[..., Page], axe: str, quiet: None, photograph, scheme: str
) -> None:
    page = open_page(1440, 900, color_scheme=scheme, bypass_csp=True)
    page.goto(network.address("badinh"))
    state(network, "set", "festive", "--motif", "tet", "--text", "Chúc mừng năm mới", "--until", "+6h")
    look_again(page)
    expect(page.locator(STATUS)).to_contain_text("Chúc mừng năm mới", timeout=35_000)

    state(network, "set", "mourning", "--until", "+6h")
    look_again(page)

    page.wait_for_selector("html.mourning", timeout=35_000)
    expect(page.locator(STATUS)).to_be_empty()
    assert grave_faults(page, axe) == []
    photograph(page, f"mourning-{scheme}", whole=False)


def test_banner_leaves_an_open_page_at_its_end_though_nobody_ends_it(
    network: Network, open_page: Callable[..., Page], quiet: None
) -> None:
    page = open_page()
    page.clock.install()
    state(network, "set", "banner", "--level", "thong-tin", "--title", "Họp báo", "--until", "+1h")
    page.goto(network.address("badinh", "/lien-he/"))
    expect(page.locator(STATUS)).to_contain_text("Họp báo")
    page.route("**/_/network.json", lambda route: route.abort())  # and the network is away besides

    page.clock.fast_forward("01:00:30")

    expect(page.locator(STATUS)).to_be_empty()
