"""Somebody adds a passkey on a telephone and signs in with it: a real browser, a virtual fingerprint reader."""

import re
import time
from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, expect

from conglang.portal.identity.accounts import codes
from tests.journeys import steps
from tests.journeys.running import Network

STAMP = datetime.now().strftime("%H%M%S")
ACCOUNT, PASSWORD = f"khoa-{STAMP}", "bon-tu-khong-lien-quan"


def _telephone(page: Page) -> None:
    """Give the browser the fingerprint reader of a telephone (WebDriver's virtual authenticator)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def _invited(administrator: Page, network: Network) -> str:
    steps.sign_in(administrator, network, "quantri")
    steps.choose_from_more(administrator, "Người dùng và vai trò")
    administrator.fill("#id_name", f"Người có khóa {STAMP} (minh họa)")
    administrator.select_option("#id_office", label="Ủy ban nhân dân phường Ba Đình")
    administrator.select_option("#id_role", label="Người soạn")
    administrator.click("button:has-text('Tạo lời mời')")
    return administrator.input_value("#link")


def _password(page: Page, network: Network) -> None:
    page.goto(network.desk("/login/"))
    page.fill("#id_username", ACCOUNT)
    page.fill("#id_password", PASSWORD)
    page.click("form:has(#id_password) button[type=submit]")


def test_newcomer_adds_a_passkey_and_an_app_and_a_password_alone_opens_nothing_any_more(
    network: Network, open_page: Callable[..., Page], axe: str, photograph
) -> None:
    link = _invited(open_page(), network)
    phone = open_page(390, 844, bypass_csp=True)
    _telephone(phone)
    phone.goto(link)
    phone.fill("#id_username", ACCOUNT)
    phone.fill("#id_password", PASSWORD)
    phone.fill("#id_again", PASSWORD)
    phone.click("button:has-text('Tạo tài khoản')")
    expect(phone.locator(".messages")).to_contain_text("một mình mật khẩu")

    phone.goto(network.desk("/cach-dang-nhap/"))
    assert steps.grave_faults(phone, axe) == []
    photograph(phone, "desk-own-keys-phone")
    phone.fill("#passkey-label", "Điện thoại của tôi")
    phone.click("button:has-text('Thêm khóa đăng nhập')")
    expect(phone.locator(".desk-list li", has_text="Điện thoại của tôi")).to_be_visible()

    phone.context.clear_cookies()
    phone.goto(network.desk("/login/"))
    assert steps.grave_faults(phone, axe) == []
    photograph(phone, "desk-login-phone")
    phone.click("button:has-text('Đăng nhập bằng khóa')")
    phone.wait_for_selector("main .desk-list")

    phone.goto(network.desk("/cach-dang-nhap/"))
    secret = re.sub(r"\s", "", phone.locator("code").inner_text())
    phone.fill("#id_code", codes.code_at(secret, codes.step_at(time.time())))
    phone.click("button:has-text('Thêm ứng dụng này')")
    expect(phone.locator(".messages")).to_contain_text("Đã thêm ứng dụng")

    desktop = open_page(1440, 900, bypass_csp=True)
    _password(desktop, network)
    desktop.wait_for_selector("h1:has-text('Còn một bước nữa')")
    assert steps.grave_faults(desktop, axe) == []
    photograph(desktop, "desk-second-step")
    desktop.goto(network.desk("/"))
    expect(desktop.locator("#id_username")).to_be_visible()
    _password(desktop, network)
    desktop.fill("#id_code", "000000")
    desktop.locator("form:has(#id_code) button[type=submit]").click()
    expect(desktop.locator("main")).to_contain_text("Mã sai hoặc đã dùng rồi")
    desktop.fill("#id_code", codes.code_at(secret, codes.step_at(time.time()) + 1))
    desktop.locator("form:has(#id_code) button[type=submit]").click()
    desktop.wait_for_selector("main .desk-list")
