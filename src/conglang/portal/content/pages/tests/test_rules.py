import pytest
from hypothesis import given
from hypothesis import strategies as st

from conglang.portal.content.pages.rules import Listing, outline, video_host_allowed


@given(st.integers(0, 500), st.integers(1, 30))
def test_one_more_entry_changes_page_1_and_at_most_adds_one_archive_page(total: int, size: int) -> None:
    before, after = Listing(total, size), Listing(total + 1, size)

    assert after.archive_pages - before.archive_pages in (0, 1)
    for position in range(1, total + 1):
        if before.page_of(position):  # in the archive already: stays where it is
            assert after.page_of(position) == before.page_of(position)


@given(st.integers(0, 500), st.integers(1, 30))
def test_every_entry_is_on_exactly_one_page_and_archive_pages_are_full(total: int, size: int) -> None:
    listing = Listing(total, size)
    pages = [listing.page_of(position) for position in range(1, total + 1)]

    assert pages == sorted(pages, key=lambda page: (page == 0, page))
    assert all(pages.count(page) == size for page in range(1, listing.archive_pages + 1))
    assert pages.count(0) < 2 * size
    assert total == 0 or pages.count(0) >= min(total, size)


def test_outline_finds_the_nearest_part_above() -> None:
    assert outline([1, 2, 3, 3, 2, 1]) == [None, 0, 1, 1, 0, None]
    assert outline([2, 1, 3]) == [None, None, 1]
    assert outline([]) == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://www.youtube.com/watch?v=x", True),
        ("http://www.youtube.com/watch?v=x", False),
        ("https://youtube.com.evil.example/x", False),
        ("https://evil.example/youtube.com", False),
        ("https://youtube.com@evil.example/", False),
    ],
)
def test_films_elsewhere_only_on_hosts_we_know(url: str, *, allowed: bool) -> None:
    assert video_host_allowed(url) is allowed
