"""What pages may say and how lists are cut. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
VIDEO_HOSTS = frozenset({"youtube.com", "www.youtube.com", "youtu.be", "www.facebook.com", "hanoi.gov.vn"})
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")  # ISO: Monday is 1
BODIES = ("party", "council", "committee", "front")
PAGE_SIZE = 15  # page 1 of a list shows this many, or up to twice as many less one


def video_host_allowed(url: str) -> bool:
    """Whether a film may be linked to: https, on a host we know."""
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "") in VIDEO_HOSTS


@dataclass(frozen=True)
class Listing:
    """How a list of ``total`` entries is cut into page 1, the newest, and archive pages numbered from the oldest.

    An archive page is made only when ``size`` entries can go into it and as many stay on page 1. So one more entry
    changes page 1 and, once in ``size`` times, adds one archive page; a full archive page never changes again.
    """

    total: int
    size: int = PAGE_SIZE

    @property
    def archive_pages(self) -> int:
        return max(0, self.total // self.size - 1)

    @property
    def first_on_page_1(self) -> int:
        """The position (1 is the oldest) of the oldest entry that page 1 shows."""
        return self.archive_pages * self.size + 1

    def page_of(self, position: int) -> int:
        """The archive page that shows the entry at this position; 0 for page 1."""
        number = (position - 1) // self.size + 1
        return number if number <= self.archive_pages else 0


def outline(levels: Sequence[int]) -> list[int | None]:
    """Return for each entry of an outline the position of its parent: the nearest earlier entry of a smaller level."""
    parents: list[int | None] = []
    open_entries: list[int] = []
    for position, level in enumerate(levels):
        while open_entries and levels[open_entries[-1]] >= level:
            open_entries.pop()
        parents.append(open_entries[-1] if open_entries else None)
        open_entries.append(position)
    return parents
