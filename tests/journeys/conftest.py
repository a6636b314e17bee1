"""Journeys: a real network, a real browser, nothing in between. One network for the whole session."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys import running, tools

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parents[1] / ".cache" / "screens"  # for looking at; nothing compares them


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(running.PATIENCE + 300))
            item.add_marker(pytest.mark.xdist_group("journeys"))  # one network, one worker


@pytest.fixture(scope="session")
def network() -> Iterator[running.Network]:
    if note := os.environ.get("CONGLANG_JOURNEYS_NETWORK"):
        yield running.already_up(Path(note))
        return
    try:
        tools.driver()
        tools.chromium()  # minutes of starting up would be for nothing
    except tools.Missing as missing:
        pytest.skip(f"journeys skipped: {missing}")
    data = running.new_data_folder()
    network = running.bring_up(data)
    yield network
    network.stop()
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        program = tools.chromium()
        tools.driver()
    except tools.Missing as missing:
        pytest.skip(f"journeys skipped: {missing}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=tools.CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a fresh browser window; every window notes the hosts it asked."""
    windows: list[BrowserContext] = []

    def window(width: int = 1440, height: int = 900, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            **options,
        )
        windows.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    yield window
    for context in windows:
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The program that judges a page for people who do not see it or do not use a mouse."""
    try:
        return (tools.npm_package("axe-core") / "axe.min.js").read_text()
    except tools.Missing as missing:
        pytest.skip(f"axe was not run: {missing}")


@pytest.fixture(scope="session")
def photograph() -> Callable[[Page, str], None]:
    """Return a function that keeps a picture of a page under .cache/screens, for people to judge."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str, *, whole: bool = True) -> None:
        page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)

    return take
