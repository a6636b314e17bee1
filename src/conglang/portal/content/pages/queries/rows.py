"""Rows of pages as plain values, and the live structure of one site."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.rules import site_path

from ..models import ArticlePage, LegalDocumentPage
from .prepared import prepared

STEP = BasePage.steplen
HOME_LENGTH = 2 * STEP
ROW_FIELDS = (
    "id", "uuid", "path", "url_path", "title", "kind", "content_type_id", "show_in_menus", "summary",
    "search_description", "first_published_at", "last_published_at", "confirmed_on", "site_id", "live_revision_id",
    "live_revision__user__uuid", "live_revision__approved_request__approved_by__uuid",
    "live_revision__approved_request__asked_by__uuid", "live_revision__approved_request__emergency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One live page, without what only its type knows."""

    id: int
    uuid: UUID
    tree: str  # place in the tree
    url_path: str
    title: str
    kind: str
    type_id: int
    in_menu: bool
    summary: str
    search_description: str
    first_at: datetime | None
    last_at: datetime | None
    confirmed_on: date | None
    site_id: int
    revision: int | None
    publisher: UUID | None
    approver: UUID | None
    asker: UUID | None
    emergency: bool | None  # agreed to by two people of the city, over the unit's head

    @property
    def path(self) -> str:
        return site_path(self.url_path)

    @property
    def type(self) -> str:
        """The model's name: ``articlepage``."""
        return str(ContentType.objects.get_for_id(self.type_id).model)

    @property
    def description(self) -> str:
        return self.search_description or self.summary


def rows(queryset: Any) -> list[Row]:
    return [Row(*values) for values in queryset.values_list(*ROW_FIELDS)]


def entry_types() -> list[int]:
    """Content types of what a site may have thousands of; everything else is structure."""
    found = ContentType.objects.get_for_models(ArticlePage, LegalDocumentPage)
    return [content_type.pk for content_type in found.values()]


class Structure:
    """The live pages of a site that are not entries of lists: its menu, its sections, its lasting texts."""

    def __init__(self, found: Iterable[Row]) -> None:
        self.rows: Sequence[Row] = tuple(found)
        self.by_tree = {row.tree: row for row in self.rows}
        self.by_uuid = {str(row.uuid): row for row in self.rows}

    @property
    def home(self) -> Row | None:
        return next((row for row in self.rows if len(row.tree) == HOME_LENGTH), None)

    @cached_property
    def by_kind(self) -> dict[str, Row]:
        """The first page of each kind, in tree order."""
        return {row.kind: row for row in reversed(self.rows)}

    def first_of(self, type_name: str) -> Row | None:
        """The first page of a type, in tree order."""
        return next((row for row in self.rows if row.type == type_name), None)

    @cached_property
    def _children(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.tree[:-STEP]].append(row)
        return found

    def children(self, row: Row) -> list[Row]:
        return self._children.get(row.tree, [])

    def ancestors(self, tree: str) -> list[Row]:
        """The live pages above a place, home first."""
        cuts = range(HOME_LENGTH, len(tree), STEP)
        return [self.by_tree[tree[:cut]] for cut in cuts if tree[:cut] in self.by_tree]

    def parent(self, tree: str) -> Row | None:
        return self.by_tree.get(tree[:-STEP])


def structures(sites: Collection[int]) -> dict[int, Structure]:
    """Load the structure of each site, by its pk. The home page belongs to it even while it is not published."""
    found: dict[int, list[Row]] = {site: [] for site in sites}
    for row in (Row(*values) for values in _structural(sites)):
        found[row.site_id].append(row)
    return {site: Structure(some) for site, some in found.items()}


_structural = prepared(
    lambda sites: (
        BasePage.objects.filter(Q(live=True) | Q(depth=2), site_id__in=sites)
        .exclude(content_type_id__in=entry_types())
        .order_by("path")
        .values_list(*ROW_FIELDS)
    )
)
