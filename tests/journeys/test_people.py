"""Somebody is let in by a link, sees where they are signed in, and is out the moment their role ends."""

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.running import Network

STAMP = datetime.now().strftime("%H%M%S")
NAME, ACCOUNT, PASSWORD = f"Người mới {STAMP} (minh họa)", f"nguoi-moi-{STAMP}", "bon-tu-khong-lien-quan"


def test_administrator_invites_a_new_author_enters_on_a_telephone_and_is_out_when_the_role_ends(
    network: Network, open_page: Callable[..., Page], axe: str, photograph
) -> None:
    administrator = open_page(bypass_csp=True)
    steps.sign_in(administrator, network, "quantri")
    steps.choose_from_more(administrator, "Người dùng và vai trò")
    administrator.fill("#id_name", NAME)
    administrator.select_option("#id_office", label="Ủy ban nhân dân phường Ba Đình")
    administrator.select_option("#id_role", label="Người soạn")
    assert steps.grave_faults(administrator, axe) == []
    photograph(administrator, "desk-people")
    administrator.click("button:has-text('Tạo lời mời')")
    link = administrator.input_value("#link")

    newcomer = open_page(390, 844, bypass_csp=True)
    newcomer.goto(link)
    assert steps.grave_faults(newcomer, axe) == []
    photograph(newcomer, "desk-accept-phone")
    newcomer.fill("#id_username", ACCOUNT)
    newcomer.fill("#id_password", PASSWORD)
    newcomer.fill("#id_again", PASSWORD)
    newcomer.click("button:has-text('Tạo tài khoản')")
    newcomer.wait_for_selector("main .desk-list")
    newcomer.goto(network.desk("/phien-dang-nhap/"))
    expect(newcomer.locator(".desk-list")).to_contain_text("Ở đây, lúc này")
    assert steps.grave_faults(newcomer, axe) == []

    administrator.goto(network.desk("/nguoi/"))
    administrator.locator(".desk-list li", has_text=NAME).locator("button:has-text('Thôi vai trò')").click()
    expect(administrator.locator(".messages")).to_contain_text("không còn vai trò")
    newcomer.goto(network.desk("/"))
    expect(newcomer.locator("#id_username")).to_be_visible()

    stranger = open_page(390, 844)
    stranger.goto(link)
    expect(stranger.locator("h1")).to_contain_text("không dùng được nữa")
