"""Entries of lists: teasers of articles, rows of documents."""

from datetime import datetime
from typing import Any

from ..public_views import DocumentRow, Teaser
from ..queries.details import Entry
from ..queries.rows import Row
from .gathering import Gathered
from .media import Media


def teaser(
    gathered: Gathered, media: Media, entry: Entry, *, section: str = "", url: str = "", source: str = ""
) -> Teaser:
    """Return an article as a list shows it. ``url`` absolute and ``source`` when it lives on another site."""
    gathered.card(entry.row)
    return Teaser(
        title=entry.row.title,
        url=url or entry.row.path,
        published_at=entry.row.first_at,
        summary=entry.row.summary,
        picture=media.picture(gathered, entry.own.get("picture_id"), decorative=True) if not url else None,
        section=section,
        deadline=entry.own.get("deadline"),
        source_name=source or entry.own.get("source", ""),
    )


def document_row(gathered: Gathered, media: Media, row: Row, own: dict[str, Any]) -> DocumentRow:
    """Return a legal document as a list shows it."""
    gathered.card(row)
    return DocumentRow(
        number=own["number"],
        title=row.summary or row.title,
        url=row.path,
        issued_on=own["issued_on"],
        issuer=own["issuer"],
        kind=own["form"],
        file=media.file(gathered, own["file_id"]),
    )


def updated_at(row: Row) -> datetime | None:
    """When a page was last published again, if that was after the first time."""
    return row.last_at if row.last_at and row.first_at and row.last_at > row.first_at else None
