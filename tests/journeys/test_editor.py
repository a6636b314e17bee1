"""From an editor's first keystroke to a citizen's screen."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps

STAMP = datetime.now().strftime("%H%M%S")  # so that a network that is used twice shows two articles


@pytest.fixture
def editor(open_page, network) -> Page:
    page = open_page()
    steps.sign_in(page, network, "bientap")
    return page


@pytest.fixture
def author(open_page, network) -> Page:
    page = open_page()
    steps.sign_in(page, network, "badinh")
    return page


def test_editor_publishes_an_article_with_a_picture_and_readers_see_it_everywhere(
    network, editor, open_page, tmp_path, photograph
):
    title = f"Phường Ba Đình sửa xong đường dạo Hồ Trúc Bạch {STAMP}"
    steps.open_new_article(editor, network, "badinh")
    editor.fill("#id_title", title)
    editor.fill("#id_summary", "Đường dạo quanh hồ mở lại từ sáng thứ Bảy, người dân đi bộ được cả buổi tối.")
    steps.choose_new_picture(
        editor, steps.picture(tmp_path / "duong-dao.jpg", "Hồ Trúc Bạch"), title="Đường dạo Hồ Trúc Bạch",
        shows="Đường lát đá mới chạy dọc mặt hồ, hai bên có ghế gỗ", origin="UBND phường Ba Đình",
    )  # fmt: skip
    steps.write_text_block(editor, "Ủy ban nhân dân phường mời người dân đến sử dụng.")
    photograph(editor, "desk-article-form")
    steps.send_for_approval(editor)
    approver = open_page(390, 844)
    steps.sign_in(approver, network, "badinh-duyet")
    steps.approve(approver, network, title)

    reader = open_page()
    path = f"/tin-tuc/phuong-ba-dinh-sua-xong-duong-dao-ho-truc-bach-{STAMP}/"
    seconds = steps.seen_within(reader, network.address("badinh", path), title)
    assert seconds < 30
    assert "mời người dân đến sử dụng" in reader.inner_text("article")
    photo = reader.locator("article img").first
    assert photo.get_attribute("alt") == "Đường lát đá mới chạy dọc mặt hồ, hai bên có ghế gỗ"
    assert photo.evaluate("image => image.complete && image.naturalWidth") > 300
    photograph(reader, "article-just-published")
    steps.seen_within(reader, network.address("badinh", "/tin-tuc/"), title)
    steps.seen_within(reader, network.address("badinh"), title)
    photograph(reader, "commune-home-with-article")
    feed = network.get(
        reader.locator("link[type='application/atom+xml']").first.evaluate("link => link.href")
    )
    assert feed.status_code == 200
    assert title in feed.text
    assert title not in network.get(network.address("dongda")).text  # another ward's home

    editor.click("a:has-text('Việc của tôi')")
    editor.wait_for_selector("text=/Người đọc đã thấy \\(1.1 máy chủ\\)/")
    photograph(editor, "desk-start")


def test_city_article_is_on_the_portal_and_on_126_homes_as_one_teaser(network, editor, open_page):
    """The announcement of the ceremony, in our own words."""
    title = f"Sáng 30/6 Hà Nội công bố 126 phường, xã mới {STAMP}"
    steps.open_new_article(editor, network, "hanoi")
    editor.fill("#id_title", title)
    editor.fill(
        "#id_summary", "Lễ công bố được truyền hình trực tiếp trên Cổng thông tin Thành phố và 126 trang."
    )
    steps.write_text_block(editor, "Từ ngày 01/7/2025, bộ máy mới của các phường, xã bắt đầu làm việc.")
    steps.send_for_approval(editor)
    approver = open_page(390, 844)
    steps.sign_in(approver, network, "bientap-duyet")
    steps.approve(approver, network, title)

    reader = open_page()
    steps.seen_within(reader, network.address("hanoi"), title)
    keys = sorted(
        folder.name for folder in network.published("hanoi").parent.iterdir() if folder.name != "hanoi"
    )
    assert len(keys) == 126
    link = re.compile(rf'href="http://hanoi\.localhost:{network.port}/[a-z0-9/-]*-{STAMP}/"')
    for key in keys:
        assert link.search(steps.said_within(network, network.address(key), title)), key
        assert not list(network.published(key).glob(f"tin-tuc/sang-30-*-{STAMP}"))  # no copy


def test_author_of_a_ward_saves_but_cannot_publish(network, author, photograph):
    title = f"Đường Đê La Thành: bài chưa công bố {STAMP}"
    steps.open_new_article(author, network, "badinh")
    author.click("#id_title")
    author.keyboard.type(title)  # key by key, as a person: the address follows the title
    author.keyboard.press("Tab")
    author.fill("#id_summary", "Bản nháp của người soạn.")

    expect(author.locator("#id_slug")).to_have_value(re.compile("^duong-de-la-thanh-bai-chua-cong-bo"))
    assert author.locator("button[name=action-publish]").count() == 0
    save = author.locator("button:has-text('Lưu bản nháp')")  # folded away behind «Gửi duyệt»
    save.dispatch_event("click")
    author.wait_for_selector("text=/Đã lưu bản nháp/")
    author.click("a:has-text('Việc của tôi')")
    author.wait_for_selector(f"text={title}")
    assert author.locator("text=chưa công bố").count()
    photograph(author, "desk-author-start")


def test_author_of_a_ward_does_not_see_another_wards_pages(network, author):
    author.goto(network.desk("/pages/"))
    author.wait_for_selector("text=Ba Đình")

    assert "Đống Đa" not in author.inner_text("main")
    assert author.locator("a:has-text('Người dùng')").count() == 0


def test_author_sees_the_draft_on_the_preview_host_which_knows_no_cookie(network, author, photograph):
    steps.open_new_article(author, network, "badinh")
    author.fill("#id_title", f"Bản xem trước {STAMP}")
    author.fill("#id_summary", "Chỉ người soạn thấy bài này.")
    asked: list[dict[str, str]] = []
    host = network.origin.preview_host
    author.on("request", lambda request: asked.append(request.all_headers()) if host in request.url else None)
    author.click("button[aria-label*='xem trước' i]")

    frame = author.frame_locator("#w-preview-iframe, iframe[data-w-preview-target=iframe]").first
    frame.locator(f"h1:has-text('Bản xem trước {STAMP}')").wait_for()
    photograph(author, "desk-preview", whole=False)
    preview = next(frame for frame in author.frames if host in frame.url)

    assert asked
    assert not [headers for headers in asked if "cookie" in headers]
    answer = network.get(preview.url)
    assert "set-cookie" not in answer.headers
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert network.get(network.origin.url(host, "/xem/khong-dung/")).status_code == 410


def test_sign_in_page_is_ours_and_vietnamese(network, open_page, photograph):
    page = open_page(390, 844)
    page.goto(network.desk())

    assert "Đăng nhập bàn làm việc" in page.inner_text("h1")
    assert "Wagtail" not in page.inner_text("body")
    photograph(page, "desk-sign-in")
