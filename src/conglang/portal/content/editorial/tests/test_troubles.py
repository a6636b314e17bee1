"""What the desk says of a failure: why, what to do now, and the program's own words for those who mend it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.editorial import editions
from conglang.portal.content.editorial.troubles import kind_of, told
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import State
from conglang.portal.publishing.rendering.rules import Cause


@pytest.mark.parametrize(
    ("error", "why", "what_to_do"),
    [
        ("ValidationError: {'slug': ['The slug is already in use']}", "đã có trang khác dùng", "Hủy hẹn giờ công bố"),
        ("spam words «nhà cái», «cá cược»", "có «nhà cái», «cá cược»", "vì sao có từ này"),
        ("script inside the page", "có mã lệnh", "bỏ phần dán từ nơi khác"),
        ("frame from elsewhere", "khung nhúng", "trực an ninh mạng"),
        ("UndefinedError: 'x' has no attribute 'y'", "chưa dựng được", "xem lại phần vừa sửa"),
    ],
)  # fmt: skip
def test_an_error_becomes_a_reason_and_a_next_step(error: str, why: str, what_to_do: str) -> None:
    found = told(error)

    assert why in found.why
    assert what_to_do in found.advice
    assert found.detail == error
    assert error not in found.why + found.advice


def test_what_is_a_sentence_already_stays_one() -> None:
    assert told("Đường dẫn này đã có trang khác dùng.").why == "Đường dẫn này đã có trang khác dùng."
    assert told("Đường dẫn này đã có trang khác dùng.").detail == ""


def test_outputs_have_names_that_readers_know() -> None:
    assert kind_of("sitemap 2026-11") == "Sơ đồ trang cho công cụ tìm kiếm"
    assert kind_of("/tin-tuc/") == "/tin-tuc/"


def test_programs_do_not_speak_english_in_the_list_of_editions() -> None:
    born = Cause("rebuild", title="pages born", by="provisioning").to_json()
    shown = Cause("announce", name="Nguyễn Thị An, Trần Văn Bình").to_json()

    assert editions.sentence(born) == "Khởi tạo các trang mà trang thông tin nào cũng có"
    assert editions.sentence(shown) == "Nguyễn Thị An, Trần Văn Bình thay đổi thông báo toàn mạng lưới"


def test_a_moment_that_failed_leads_those_who_write_to_the_text(desk, at_desk) -> None:
    page = desk.articles["badinh"]
    revision = page.save_revision(approved_go_live_at=timezone.now() - timedelta(hours=1))
    Moment.objects.create(
        planner="go-live", ident=str(revision.pk), due=revision.approved_go_live_at, site="badinh",
        title="Kế hoạch", state=State.FAILED, tries=6, error="KeyError: 'x'",
    )  # fmt: skip
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])

    html = at_desk("author").get("/lich-cong-bo/").content.decode()
    home = at_desk("author").get("/").content.decode()

    assert f'<a href="{address}">' in html
    assert "chờ người xử lý" in html
    assert "Lẽ ra đã công bố lúc" in home and "xem lý do trong Lịch công bố" in home
