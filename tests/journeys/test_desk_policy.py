"""The desk under its own policy: no script stands in a page, and everything Wagtail starts by one still starts."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps

# Every kind of screen a clerk or an administrator meets, by address.
CLERKS = (
    "/", "/soan/", "/pages/", "/images/", "/images/add/", "/images/multiple/add/", "/documents/",
    "/documents/multiple/add/", "/account/", "/lich-cong-bo/", "/con-chinh-xac/", "/tro-giup/", "/duyet/",
    "/phien-dang-nhap/", "/phien-ban/", "/pages/search/?q=a",
)  # fmt: skip
ADMINISTRATORS = (
    "/", "/users/", "/users/new/", "/groups/", "/groups/new/", "/collections/", "/collections/add/", "/sites/",
    "/reports/locked/", "/reports/site-history/", "/reports/aging-pages/", "/nguoi/", "/may-chu-cong-bo/",
)  # fmt: skip
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (e) => window.refused.push(
  [location.pathname, e.effectiveDirective, e.blockedURI, e.sourceFile, e.sample].join(" ")));
"""


@pytest.fixture
def watched(open_page) -> tuple[Page, list[str]]:
    """A window that notes what the policy refused and what scripts failed with."""
    page, said = open_page(), []
    page.add_init_script(LISTEN)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            said.append(f"{page.url}: {message.text}") if "Content Security" in message.text else None
        ),
    )
    return page, said


def refused(page: Page) -> list[Any]:
    return list(page.evaluate("window.refused || []"))


@pytest.mark.parametrize(("who", "screens"), [("badinh", CLERKS), ("quantri", ADMINISTRATORS)])
def test_no_screen_of_the_desk_breaks_its_policy(network, watched, who, screens):
    page, said = watched
    steps.sign_in(page, network, who)
    found = []
    for screen in screens:
        answer = page.goto(network.desk(screen))
        assert answer is not None, screen
        assert answer.status == 200, screen
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        page.wait_for_timeout(150)
        found += refused(page)

    assert not found, json.dumps(found, indent=1)
    assert not said


def test_widgets_that_wagtail_starts_by_a_script_start_without_one(network, watched):
    page, said = watched
    steps.sign_in(page, network, "badinh")
    steps.open_new_article(page, network, "badinh")

    page.focus("#id_deadline")
    expect(page.locator(".xdsoft_datetimepicker:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    page.click("#id_picture-chooser .chooser__choose-button")
    page.click("[role=dialog] [role=tab]:has-text('Tải lên')")
    page.keyboard.press("Escape")
    steps.write_text_block(page, "Một đoạn văn.")
    page.click("button[aria-label*='trạng thái' i]")
    page.click("[data-a11y-dialog-show=schedule-publishing-dialog]")
    page.focus("#id_go_live_at")
    expect(page.locator(".xdsoft_datetimepicker:visible")).to_have_count(1)

    assert refused(page) == []
    assert not said


def test_list_of_officials_takes_one_more_with_a_photograph(network, watched):
    page, said = watched
    steps.sign_in(page, network, "badinh")
    number = network.in_the_portal(
        "from conglang.portal.content.pages.models import OfficialsPage as P;"
        "print(P.objects.get(site__key='badinh').pk)"
    )
    page.goto(network.desk(f"/pages/{number}/edit/"))
    page.wait_for_selector("body.ready #id_posts-ADD")
    before = page.locator("[id^=id_posts-][id$=-person_name]").count()

    page.click("#id_posts-ADD")
    expect(page.locator("[id^=id_posts-][id$=-person_name]")).to_have_count(before + 1)
    page.locator("[id^=id_posts-][id$=-photo-chooser] .chooser__choose-button").last.click()
    page.wait_for_selector("[role=dialog] [role=tab]:has-text('Tải lên')")

    assert refused(page) == []
    assert not said


def test_markup_smuggled_into_a_page_starts_nothing_but_a_widget(network, watched):
    page, _said = watched
    steps.sign_in(page, network, "badinh")
    page.evaluate("""() => {
      for (const name of ["eval", "alert", "Function"]) {
        const mark = document.createElement("template");
        mark.dataset.deskStart = name; mark.dataset.id = "window.broken = 1"; mark.dataset.options = "{}";
        document.body.append(mark);
      }
      const frame = document.createElement("div");
      frame.innerHTML = '<img src="x" onerror="window.broken = 2">';
      document.body.append(frame);
    }""")
    page.wait_for_timeout(300)

    assert page.evaluate("window.broken") is None
    assert any("script-src" in line for line in refused(page))
