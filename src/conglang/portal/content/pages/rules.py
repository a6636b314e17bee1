"""What pages may say and how lists are cut. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
VIDEO_HOSTS = frozenset({"youtube.com", "www.youtube.com", "youtu.be", "www.facebook.com", "hanoi.gov.vn"})
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")  # ISO: Monday is 1
BODIES = ("party", "council", "committee", "front")
PAGE_SIZE = 20


def video_host_allowed(url: str) -> bool:
    """Whether a film may be linked to: https, on a host we know."""
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "") in VIDEO_HOSTS


@dataclass(frozen=True)
class Listing:
    """How a list, newest first, is cut: ``newest`` stays on page 1; ``archive[k]`` is page k + 1, counted from the oldest."""

    newest: tuple[int, ...]
    archive: tuple[tuple[int, ...], ...]


def cut(newest_first: Sequence[int], *, size: int = PAGE_SIZE) -> Listing:
    """Cut a list so that one more entry changes page 1 and at most one archive page.

    Archive pages hold ``size`` entries each and are numbered from the oldest, so a full one never changes again.
    Page 1 always shows the newest ``size`` entries; what it shows may also be on the newest archive page.
    """
    if len(newest_first) <= size:
        return Listing(tuple(newest_first), ())
    oldest_first = list(reversed(newest_first))
    pages = [oldest_first[start : start + size] for start in range(0, len(oldest_first), size)]
    return Listing(tuple(newest_first[:size]), tuple(tuple(reversed(page)) for page in pages))


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
