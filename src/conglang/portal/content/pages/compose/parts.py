"""The parts that only one layout has."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .. import keys
from ..public_views import (
    ArticleParts,
    DocumentParts,
    DocumentsParts,
    Link,
    OfficialsParts,
    OrganisationParts,
    OrgNode,
    PageView,
    Person,
    SectionParts,
)
from ..queries.details import Detail, Entry
from ..queries.rows import Row
from ..rules import BODIES, Listing, outline
from .entries import document_row, teaser
from .gathering import Gathered
from .media import Media
from .sites import SiteContext

MOST_ARCHIVE_LINKS = 6
BODY_NAMES = {
    "party": "Đảng ủy",
    "council": "Hội đồng nhân dân",
    "committee": "Ủy ban nhân dân",
    "front": "Ủy ban Mặt trận Tổ quốc Việt Nam",
}


def archive_path(row: Row, number: int) -> str:
    return f"{row.path}trang-{number}/"


def listing_view(view: PageView, number: int, context: SiteContext) -> PageView:
    """Return the list's page as its archive page number ``number``: another address, no text of its own."""
    path = f"{view.path}trang-{number}/"
    title = f"{view.title} – {_page_title(number)}"
    crumbs = (*view.breadcrumbs[:-1], Link(view.title, view.path), Link(title, "", current=True))
    return replace(
        view, title=title, path=path, canonical=context.facts.address(context.facts.site, path), breadcrumbs=crumbs,
        published_at=None, updated_at=None, dublin_core={}, description="", confirmed_on=None, author="",
    )  # fmt: skip


def listing_parts(
    context: SiteContext,
    gathered: Gathered,
    media: Media,
    row: Row,
    entries: Sequence[Entry],
    *,
    number: int = 0,
) -> SectionParts | DocumentsParts:
    """Return one page of a list, newest first. Page 1 reads which entries there are; an archive page only its own."""
    gathered.reads.add(keys.archive(row.uuid, number) if number else keys.entries(row.uuid))
    links = archive_links(row, entries[0].total if entries else 0, number)
    newest_first = list(reversed(entries))
    if row.type == "documentspage":
        rows = tuple(document_row(gathered, media, entry.row, entry.own) for entry in newest_first)
        return DocumentsParts(rows, links)
    subsections = [] if number else context.structure.children(row)
    if not number:
        gathered.reads.add(keys.children(row.uuid))
    return SectionParts(
        entries=tuple(teaser(gathered, media, entry) for entry in newest_first),
        subsections=tuple(Link(child.title, child.path) for child in subsections),
        archive=links,
    )


def archive_links(row: Row, total: int, number: int) -> tuple[Link, ...]:
    """Return links to older pages. An archive page names no newer one, so that it stays as it is when one is added."""
    pages = Listing(total).archive_pages
    if number:
        around = [Link(_page_title(number), archive_path(row, number), current=True)]
        older = [Link(_page_title(number - 1), archive_path(row, number - 1))] if number > 1 else []
        return (Link("Trang mới nhất", row.path), *around, *older)
    numbers = list(range(pages, 0, -1))
    if len(numbers) > MOST_ARCHIVE_LINKS:
        numbers = [*numbers[: MOST_ARCHIVE_LINKS - 1], 1]
    return tuple(Link(_page_title(one), archive_path(row, one)) for one in numbers)


def _page_title(number: int) -> str:
    return f"Trang {number}"


def article_parts(context: SiteContext, gathered: Gathered, media: Media, detail: Detail) -> ArticleParts:
    section = context.structure.parent(detail.row.tree) or context.structure.home
    assert section is not None  # a site without a home page is not rendered
    gathered.reads.add(keys.title(section.uuid))
    return ArticleParts(Link(section.title, section.path), media.picture(gathered, detail.own["picture_id"]))


def organisation_parts(
    context: SiteContext, gathered: Gathered, media: Media, detail: Detail
) -> OrganisationParts:
    rows = detail.inline
    parents = outline([row["level"] for row in rows])
    return OrganisationParts(_tree(rows, parents, parents.index(None)) if rows else None)


def _tree(rows: Sequence[dict[str, Any]], parents: Sequence[int | None], position: int) -> OrgNode:
    row = rows[position]
    below = [_tree(rows, parents, child) for child, parent in enumerate(parents) if parent == position]
    return OrgNode(row["name"], row["duties"], row["head"], row["phone"], tuple(below), row["vacant"])


def officials_parts(context: SiteContext, gathered: Gathered, media: Media, detail: Detail) -> OfficialsParts:
    found = [person(gathered, media, post) for post in detail.inline]
    bodies = [(BODY_NAMES[body], tuple(one for one in found if one.body == body)) for body in BODIES]
    return OfficialsParts(tuple(body for body in bodies if body[1]))


def person(gathered: Gathered, media: Media, post: dict[str, Any]) -> Person:
    """Return a post and who holds it; of a post loaded in brief, without the life and the duties."""
    return Person(
        body=post["body"], body_name=BODY_NAMES[post["body"]], post=post["title"], name=post["person_name"],
        vacant=post["vacant"], illustration=post["illustration"], term_start=post.get("term_start"),
        biography=post.get("biography", ""), duties=post.get("duties", ""), phone=post["phone"],
        photo=media.picture(gathered, post["photo_id"]),
    )  # fmt: skip


def document_parts(context: SiteContext, gathered: Gathered, media: Media, detail: Detail) -> DocumentParts:
    row = document_row(gathered, media, detail.row, detail.own)
    return DocumentParts(replace(row, effective_on=detail.own["effective_on"]))


def contact_parts(context: SiteContext, gathered: Gathered, media: Media, detail: Detail) -> None:
    """The layout shows the site's contact in full, hours and place on the map too, whichever page it is on."""
    context.read_visit(gathered)


def no_parts(context: SiteContext, gathered: Gathered, media: Media, detail: Detail) -> None:
    return None


PARTS: dict[str, Callable[[SiteContext, Gathered, Media, Detail], Any]] = {
    "articlepage": article_parts,
    "textpage": no_parts,
    "organisationpage": organisation_parts,
    "officialspage": officials_parts,
    "contactpage": contact_parts,
    "legaldocumentpage": document_parts,
}
