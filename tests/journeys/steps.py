"""What people do, in words, so that journeys read like what happened."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from tests.journeys.running import Network


def sign_in(page: Page, network: Network, who: str) -> None:
    page.goto(network.desk("/login/"))
    page.fill("#id_username", who)
    page.fill("#id_password", network.passwords[who])
    page.click("button[type=submit]")
    page.wait_for_selector("main .desk-list")  # on a telephone the menu with its name is folded away


def open_new_article(page: Page, network: Network, site: str) -> None:
    """Open an empty article in the news section of a site, the way the menu leads there."""
    page.click("nav a:has-text('Soạn nội dung')")
    page.wait_for_selector(".desk-page h1:has-text('Soạn nội dung cho')")
    if page.locator("#id_site").count():
        page.select_option("#id_site", site)
        page.click("text=Xem chuyên mục")
        page.wait_for_selector(f"#id_site option[selected][value={site}]", state="attached")
    page.click(".desk-places a >> nth=0")  # the news come first
    page.wait_for_selector("body.ready #id_title")  # the form's script has begun to listen


def publish_article(
    page: Page, approver: Page, network: Network, site: str, title: str, summary: str
) -> None:
    """Write an article of a title and a summary, and have somebody else approve it."""
    open_new_article(page, network, site)
    page.fill("#id_title", title)
    page.fill("#id_summary", summary)
    send_for_approval(page)
    approve(approver, network, title)


def choose_from_more(page: Page, entry: str) -> None:
    """Open an entry of the menu that lies behind «Mục khác»."""
    page.click("nav button:has-text('Mục khác')")
    page.click(f"nav a:has-text('{entry}')")
    page.wait_for_selector(".desk-page h1")


def grave_faults(page: Page, axe: str) -> list[str]:
    """What axe finds serious or critical on the page as it is now."""
    page.evaluate(axe)
    report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [fault for fault in report["violations"] if fault["impact"] in ("serious", "critical")]
    return [json.dumps(fault["nodes"][0]["html"])[:200] + fault["id"] for fault in grave]


def picture(path: Path, text: str) -> Path:
    """Draw a picture with words on it, as somebody at a ward would take one with a telephone."""
    image = Image.new("RGB", (1600, 1000), "#e8dfcf")
    pen = ImageDraw.Draw(image)
    pen.rectangle((200, 420, 1400, 900), fill="#9e1b1e")
    pen.polygon([(120, 420), (800, 120), (1480, 420)], fill="#a67a07")
    pen.text((240, 460), f"{text} {time.time_ns()}", fill="white", font_size=48)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88)
    path.write_bytes(stream.getvalue())
    return path


def choose_new_picture(page: Page, file: Path, *, title: str, shows: str, origin: str) -> None:
    """Upload a picture in the chooser of the article's form, with what the law and readers need to know."""
    page.click("#id_picture-chooser .chooser__choose-button")
    page.click("[role=dialog] [role=tab]:has-text('Tải lên')")
    form = page.locator("[role=dialog] form").filter(has=page.locator("input[type=file]"))
    form.locator("input[type=file]").set_input_files(file)
    form.locator("input[name$=title]").fill(title)
    form.locator("[name$=alt_text]").fill(shows)
    form.locator("[name$=origin]").fill(origin)
    form.locator("select[name$=licence]").select_option("own")
    form.locator("button[type=submit]").click()
    page.wait_for_selector("#id_picture-chooser img[src]")


def write_text_block(page: Page, words: str) -> None:
    """Add one text block to the body and type into it."""
    page.locator("button.c-sf-add-button").last.click()
    page.locator("[role=option]:has-text('Đoạn văn')").first.click()
    editor = page.locator(".Draftail-Editor [contenteditable=true]").last
    editor.click()
    editor.press_sequentially(words)
    page.locator(".Draftail-Editor", has_text=words).last.wait_for()
    page.wait_for_timeout(500)  # the editor hands its text to the form a moment later


def send_for_approval(page: Page) -> None:
    page.click("button[name=action-ask-approval]")
    page.wait_for_selector("main .desk-list")


def approve(page: Page, network: Network, title: str) -> None:
    """Open the text that waits, look at it and agree. ``page``: of somebody who is signed in and may."""
    page.goto(network.desk("/duyet/"))
    page.click(f"main a:has-text('{title}')")
    page.wait_for_selector(".desk-diff")
    page.click("form[action$='/dong-y/'] button")
    page.wait_for_selector(".messages :text('Đã duyệt')")


def plan(page: Page, moment: str) -> None:
    """Set the time at which the open text goes public, as «2026-12-01 08:00», and confirm it."""
    page.click("button[aria-label*='trạng thái' i]")
    page.click("[data-a11y-dialog-show=schedule-publishing-dialog]")
    page.fill("#id_go_live_at", moment)
    page.focus(
        "#schedule-publishing-dialog button:has-text('Lưu lịch')"
    )  # closes the calendar under the field
    page.keyboard.press("Enter")
    page.wait_for_selector("text=/Đã lưu bản nháp|Đã tạo/")
    send_for_approval(page)


def gone_within(page: Page, address: str, *, seconds: float = 60) -> None:
    """Reload a public page until it answers 410. AssertionError when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = page.goto(address)
        if answer is not None and answer.status == 410:
            return
        time.sleep(0.3)
    raise AssertionError(f"{address} is still there after {seconds} s")


def seen_within(page: Page, address: str, words: str, *, seconds: float = 60) -> float:
    """Reload a public page until it says ``words``; return how long that took. AssertionError when it never does."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        answer = page.goto(address)
        if answer is not None and answer.ok and words in (page.content()):
            return time.monotonic() - begun
        time.sleep(0.3)
    raise AssertionError(f"{address} does not say {words!r} after {seconds} s")


def said_within(network: Network, address: str, words: str, *, seconds: float = 120) -> str:
    """Ask for a page without a browser until it says ``words``; return its HTML. AssertionError when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = network.get(address)
        if answer.status_code == 200 and words in answer.text:
            return answer.text
        time.sleep(0.5)
    raise AssertionError(f"{address} does not say {words!r} after {seconds} s")


def hosts_asked(page: Page) -> tuple[set[str], Callable[[], None]]:
    """Return the set of hosts that ``page`` asks from now on."""
    from urllib.parse import urlsplit

    asked: set[str] = set()

    def note(request: object) -> None:
        parts = urlsplit(request.url)  # type: ignore[attr-defined]
        if parts.scheme in ("http", "https", "ws", "wss"):
            asked.add(parts.hostname or "")

    page.on("request", note)
    return asked, lambda: page.remove_listener("request", note)
