"""What people do, in words, so that journeys read like what happened."""

import io
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
    page.wait_for_selector("text=Việc của tôi")


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


def publish(page: Page) -> None:
    page.locator("footer .w-dropdown__toggle").click()
    page.locator("button[name=action-publish]").click()
    page.wait_for_selector("text=/Đã công bố/")


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
