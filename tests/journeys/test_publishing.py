"""What an officer does about what is public already: look, restore, plan, take down; and what readers then get."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.running import Network

STAMP = datetime.now().strftime("%H%M%S")
Made = dict[str, tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(network: Network) -> Made:
    """Number, path and title of a text that was changed, one to take down and one whose moment failed."""
    facts = json.loads(network.in_the_portal(f"from tests.journeys.beforehand import main; main('{STAMP}')"))
    return {name: tuple(one) for name, one in facts.items()}


@pytest.fixture
def editor(open_page: Callable[..., Page], network: Network) -> Page:
    """An editor of the Centre at the desk, whose pages axe may judge."""
    page = open_page(bypass_csp=True)
    steps.sign_in(page, network, "bientap")
    return page


def test_officer_sees_what_changed_and_why_restores_an_earlier_edition_and_lets_go_of_it(
    network: Network, made: Made, editor: Page, open_page: Callable[..., Page], axe: str, photograph
) -> None:
    _number, path, title = made["changed"]
    before, after = "Tiêm ngày thứ Ba tại trạm.", "Tiêm ngày thứ Năm tại trạm."
    reader, address = open_page(390, 844), network.address("ngocha", path)
    steps.seen_within(reader, address, after)

    editor.goto(network.desk("/phien-ban/ngocha/"))
    why = f"Biên tập viên Trung tâm công bố «{title}»"
    line = editor.locator(".desk-list li", has_text=why).last  # of the two times it was published the first
    assert steps.grave_faults(editor, axe) == []
    photograph(editor, "desk-editions")
    line.locator("a").click()
    expect(editor.locator("h1")).to_contain_text("Phiên bản")
    assert why in editor.inner_text(".desk-page")
    _restore(editor, reason="Chờ trạm y tế xác nhận ngày tiêm")
    expect(editor.locator(".desk-held")).to_contain_text("Chờ trạm y tế xác nhận ngày tiêm")
    photograph(editor, "desk-edition-restored")
    steps.seen_within(reader, address, before)

    editor.click("text=Bỏ khôi phục")
    expect(editor.locator(".desk-held")).to_have_count(0)
    steps.seen_within(reader, address, after)


def _restore(page: Page, *, reason: str) -> None:
    page.fill("#id_reason", reason)
    page.check("input[name=confirmed]")
    page.click("button:has-text('Khôi phục phiên bản này')")


def test_officer_reads_word_for_word_what_an_edition_changed(
    network: Network, made: Made, editor: Page, axe: str, photograph
) -> None:
    _number, _path, title = made["changed"]
    editor.set_viewport_size({"width": 390, "height": 844})
    editor.goto(network.desk("/phien-ban/ngocha/"))
    editor.locator(".desk-list li", has_text=f"«{title}»").first.locator("a").click()
    editor.locator(".desk-list li a", has_text=title).first.click()

    expect(editor.locator(".desk-diff ins", has_text="Tiêm ngày thứ Năm tại trạm.").first).to_be_visible()
    expect(editor.locator(".desk-diff del", has_text="Tiêm ngày thứ Ba tại trạm.").first).to_be_visible()
    assert editor.evaluate("document.documentElement.scrollWidth") <= 390
    assert steps.grave_faults(editor, axe) == []
    photograph(editor, "desk-edition-words")


def test_text_is_planned_approved_and_found_in_the_calendar(
    network: Network, made: Made, editor: Page, open_page: Callable[..., Page], axe: str
) -> None:
    title = f"Lịch tiếp công dân {STAMP}"
    day = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=1)
    steps.open_new_article(editor, network, "giangvo")
    editor.fill("#id_title", title)
    editor.fill("#id_summary", "Chủ tịch phường tiếp công dân sáng thứ Ba.")
    steps.plan(editor, f"{day:%Y-%m-%d} 08:00")
    approver = open_page()
    steps.sign_in(approver, network, "badinh-duyet")
    steps.approve(approver, network, title)

    steps.choose_from_more(editor, "Lịch công bố")

    line = editor.locator("#coming-head + ul li", has_text=title)
    expect(line).to_contain_text(f"08:00, {day:%d/%m/%Y} · Công bố: {title}")
    expect(line).to_contain_text("đang chờ đến giờ")
    assert steps.grave_faults(editor, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_whose_moment_failed_says_why_and_leads_to_where_it_is_mended(
    network: Network, made: Made, editor: Page, axe: str, photograph, scheme: str
) -> None:
    number, _path, title = made["failing"]
    editor.emulate_media(color_scheme=scheme)
    editor.set_viewport_size({"width": 390, "height": 844})
    editor.goto(network.desk("/lich-cong-bo/"))

    line = editor.locator("#failed-head + ul li", has_text=title)
    expect(line).to_contain_text("Đường dẫn này nay đã có trang khác dùng.")
    expect(line).to_contain_text("bấm «Hủy hẹn giờ công bố»")
    expect(line.locator("details p")).to_be_hidden()  # what the program said
    assert steps.grave_faults(editor, axe) == []
    photograph(editor, f"desk-calendar-failed-{scheme}", whole=False)
    line.locator("a").click()
    editor.wait_for_url(f"**/pages/{number}/edit/")
    expect(editor.locator("text=Hủy hẹn giờ công bố").first).to_be_visible()


def test_page_is_taken_down_with_a_notice_and_the_reader_is_told_why(
    network: Network, made: Made, editor: Page, open_page: Callable[..., Page], axe: str, photograph
) -> None:
    number, path, title = made["down"]
    reader, address = open_page(390, 844, bypass_csp=True), network.address("giangvo", path)
    editor.goto(network.desk(f"/go/{number}/"))
    assert steps.grave_faults(editor, axe) == []
    editor.select_option("#id_reason", "wrong")
    editor.fill("#id_text", "Phường công bố lại mức phí đúng trong tuần này.")
    editor.click("form button:has-text('Gỡ có thông báo')")
    editor.wait_for_selector("text=/Đang gỡ/")

    steps.gone_within(reader, address)

    told = reader.inner_text("main")
    assert "Nội dung đang được" in told  # the reason is said once a second person agreed
    assert "mức phí đúng" not in told
    assert title not in reader.content()
    assert steps.grave_faults(reader, axe) == []
    photograph(reader, "notice-in-place-of-a-page")
