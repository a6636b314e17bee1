from hypothesis import given
from hypothesis import strategies as st

from conglang.portal.content.pagebase.rules import (
    LONGEST_PATH,
    LONGEST_SLUG,
    path_allowed,
    site_path,
    slug_allowed,
    slug_for,
)
from conglang.wire.paths import check_path


def test_vietnamese_title_becomes_readable_ascii() -> None:
    assert slug_for("Đường Đê La Thành: sửa chữa") == "duong-de-la-thanh-sua-chua"


def test_long_title_is_cut_at_a_word() -> None:
    slug = slug_for(
        "Thông báo về việc niêm yết công khai danh sách hộ gia đình được hỗ trợ năm 2025 trên địa bàn phường"
    )

    assert len(slug) <= LONGEST_SLUG
    assert "thong-bao-ve-viec-niem-yet-cong-khai-danh-sach-ho-gia-dinh-duoc-ho-tro-nam-2025".startswith(slug)


def test_title_like_an_address_of_a_list_gets_another_slug() -> None:
    assert slug_for("Trang 3") == "trang-3-1"
    assert slug_for("Sơ đồ trang") == "so-do-trang-1"


@given(st.text(min_size=1, max_size=300))
def test_every_title_gives_a_slug_that_may_be_published(title: str) -> None:
    slug = slug_for(title)

    assert slug_allowed(slug)
    assert check_path(f"/{slug}/")


def test_slugs_that_are_refused() -> None:
    assert not any(map(slug_allowed, ["", "_", "-a", "a-", "Á", "a.b", "trang-1", "so-do-trang", "a/b", "A"]))


def test_path_leaves_room_for_what_lists_add() -> None:
    longest = "/" + "a" * (LONGEST_PATH - 2) + "/"
    assert path_allowed(longest)
    assert check_path(f"{longest}trang-9999/")
    assert not path_allowed(longest[:-1] + "a/")


def test_path_inside_the_site() -> None:
    assert site_path("/badinh/") == "/"
    assert site_path("/badinh/tin-tuc/mot/") == "/tin-tuc/mot/"
