"""A ward's text goes public by two people: written at a desk, approved on a telephone."""

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.running import Network

STAMP = datetime.now().strftime("%H%M%S")
TITLE = f"Lịch tiếp công dân của Chủ tịch phường, đợt {STAMP}"


def test_text_of_a_ward_is_approved_on_a_telephone_in_three_taps(
    network: Network, open_page: Callable[..., Page], axe: str, photograph
) -> None:
    author = open_page(bypass_csp=True)
    steps.sign_in(author, network, "badinh")
    send_for_approval(author, network, TITLE)
    expect(author.locator("[aria-labelledby=drafts-head]")).to_contain_text("chờ duyệt")

    approver = open_page(390, 844, bypass_csp=True)
    steps.sign_in(approver, network, "badinh-duyet")
    photograph(approver, "desk-for-me-phone")
    assert steps.grave_faults(approver, axe) == []
    approver.click(f".desk-forme a:has-text('{TITLE}')")
    expect(approver.locator(".desk-diff")).to_contain_text("Thứ Ba, 8 giờ")
    photograph(approver, "desk-approval-phone")
    assert steps.grave_faults(approver, axe) == []
    assert approver.evaluate("document.documentElement.scrollWidth") <= 390
    approver.click("button:has-text('Duyệt và đăng')")
    expect(approver.locator(".messages")).to_contain_text("Đã duyệt")

    reader = open_page(390, 844)
    steps.seen_within(reader, network.address("badinh"), TITLE)


def test_text_that_came_back_says_why_and_goes_the_same_way_again(
    network: Network, open_page: Callable[..., Page]
) -> None:
    title = f"Bài trả lại {STAMP}"
    author, approver = open_page(), open_page(390, 844)
    steps.sign_in(author, network, "badinh")
    send_for_approval(author, network, title)
    steps.sign_in(approver, network, "badinh-duyet")
    approver.click(f".desk-forme a:has-text('{title}')")
    approver.fill("#remark", "Ghi rõ phòng tiếp công dân")
    approver.click("button:has-text('Trả lại')")
    expect(approver.locator(".messages")).to_contain_text("Đã trả")

    author.goto(network.desk("/"))
    expect(author.locator("[aria-labelledby=back-head]")).to_contain_text("Ghi rõ phòng tiếp công dân")
    author.click(f"[aria-labelledby=back-head] a:has-text('{title}')")
    author.wait_for_selector("body.ready #id_title")
    author.fill("#id_summary", "Thứ Ba, 8 giờ, phòng 101.")
    author.click("button[name=action-ask-approval]")
    expect(author.locator("[aria-labelledby=back-head]")).to_have_count(0)


def send_for_approval(page: Page, network: Network, title: str) -> None:
    steps.open_new_article(page, network, "badinh")
    page.fill("#id_title", title)
    page.fill("#id_summary", "Thứ Ba, 8 giờ.")
    page.click("button[name=action-ask-approval]")
    page.wait_for_selector("text=Việc của tôi")
