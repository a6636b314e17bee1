"""What a page's address may look like. Plain Python."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from conglang.wire.folding import slugify

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
ARCHIVE_SLUG = re.compile(r"trang-\d+")  # the archive pages of a listing: /tin-tuc/trang-3/
RESERVED_SLUGS = frozenset({"so-do-trang"})  # made by an output family, not by a page
LONGEST_SLUG = 80
LONGEST_PATH = 180  # the wire allows 200; a listing adds "trang-9999/", a feed "tin.xml"
MOST_SEGMENTS = 10


def slug_for(title: str) -> str:
    """Return the slug a page with this title gets: ASCII, đ as d, cut at a word, never a reserved one."""
    slug = slugify(title)
    if len(slug) > LONGEST_SLUG:
        slug = slug[: LONGEST_SLUG + 1].rsplit("-", 1)[0][:LONGEST_SLUG].strip("-")
    slug = slug or "trang"
    return f"{slug}-1" if slug in RESERVED_SLUGS or ARCHIVE_SLUG.fullmatch(slug) else slug


def slug_allowed(slug: str) -> bool:
    """Whether a page may have this slug: lower-case ASCII words, and no address that an output family owns."""
    return bool(SLUG.fullmatch(slug)) and slug not in RESERVED_SLUGS and not ARCHIVE_SLUG.fullmatch(slug)


def path_allowed(path: str) -> bool:
    """Whether a page may live at this site-relative path (``/tin-tuc/le-cong-bo/``)."""
    return len(path) <= LONGEST_PATH and path.count("/") - 1 <= MOST_SEGMENTS


@dataclass(frozen=True)
class Standing:
    """Where a page stood at one moment: all that decides which lists, menus and addresses it is part of."""

    id: int
    uuid: UUID
    path: str  # place in the tree
    url_path: str
    live: bool
    kind: str
    site_id: int | None
    content_type_id: int
    first_published_at: datetime | None
    title: str = ""
    show_in_menus: bool = False
    shown: tuple[tuple[str, Any], ...] = ()  # what lists show of a page of its type
    lent: tuple[tuple[str, Any], ...] = ()  # what other pages of its site show of it, by a name for each part

    @property
    def site_path(self) -> str:
        return site_path(self.url_path)


def site_path(url_path: str) -> str:
    """Return the address inside the site for a tree-wide one: ``/badinh/tin-tuc/`` gives ``/tin-tuc/``."""
    return "/" + "/".join(url_path.split("/")[2:])


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths of a tree that lie below no other one of ``paths``, each once, in order."""
    found: list[str] = []
    for path in sorted(paths):
        if not found or not path.startswith(found[-1]):
            found.append(path)
    return found
