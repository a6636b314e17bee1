"""What one subject read and was made from, collected while it is composed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from conglang.portal.publishing.rendering.rules import Output, Source
from conglang.wire.release import Authority, AuthorityKind

from .. import keys
from ..queries.rows import Row

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)  # an authority's time when nobody's words are concerned
TECHNICAL = Authority(AuthorityKind.TECHNICAL, ("rendering",), EPOCH)


@dataclass
class Gathered:
    """Grows while a subject is composed. ``extra``: pictures and files that the page shows, by path."""

    reads: set[str] = field(default_factory=set)
    sources: set[Source] = field(default_factory=set)
    extra: dict[str, Output] = field(default_factory=dict)

    def page(self, row: Row) -> None:
        """Note that anything of a page may be in the output."""
        self.reads.add(keys.page(row.uuid))
        self.sources.add(source_of(row))

    def card(self, row: Row) -> None:
        """Note that the output shows of a page what lists show."""
        self.reads.add(keys.card(row.uuid))
        self.sources.add(source_of(row))

    def name(self, row: Row) -> None:
        """Note that a page's title and address are in the output, nothing else of it."""
        self.reads |= {keys.title(row.uuid), keys.address(row.uuid)}
        self.sources.add(source_of(row))

    def blob(self, path: str, digest: str) -> None:
        self.extra[path] = Output(path, blob=digest)


def source_of(row: Row) -> Source:
    """Name the revision a page shows, and who stands for it.

    What one person published is a demonstration, and a signer of a real network refuses it.
    """
    digest = hashlib.sha256(
        f"page {row.uuid} {row.revision} {row.last_at} {row.url_path}".encode()
    ).hexdigest()
    return Source(digest, Authority(*_who_stands_for(row), row.last_at or EPOCH))


def _who_stands_for(row: Row) -> tuple[AuthorityKind, tuple[str, ...]]:
    if row.emergency and row.approver is not None and row.asker not in (None, row.approver):
        return AuthorityKind.CITY_EMERGENCY, (str(row.asker), str(row.approver))
    if row.publisher is None:
        return AuthorityKind.DEMO, ("provisioning",)
    if row.approver is None or row.approver == row.publisher:
        return AuthorityKind.DEMO, (str(row.publisher),)
    return AuthorityKind.TWO_PERSON, (str(row.publisher), str(row.approver))


def source_of_many(rows: Iterable[Row]) -> Source:
    """Name many pages by one digest: the menu stands on every page, its sixty sources need not."""
    found = list(rows)
    state = "\n".join(f"{row.uuid} {row.title} {row.in_menu} {row.url_path}" for row in found)
    at = max((row.last_at for row in found if row.last_at), default=EPOCH)
    return Source(
        hashlib.sha256(f"menu {state}".encode()).hexdigest(),
        Authority(AuthorityKind.DEMO, ("provisioning",), at),
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def technical_source(name: str, state: str) -> Source:
    """Name something that is nobody's words: styles, redirects by rule, an index of addresses."""
    return Source(sha256(f"{name} {state}"), TECHNICAL)
