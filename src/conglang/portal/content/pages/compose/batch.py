"""Many pages of one or several sites, loaded together and composed one by one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from ..public_views import PageView, SiteView
from ..queries import details as loading
from ..queries.details import Detail, Entry
from ..queries.rows import Row
from ..rules import Listing
from ..stream import Walk, Wanted
from .gathering import Gathered
from .homes import HomeData, home_parts, load_homes
from .media import Media
from .pages import page_view
from .parts import PARTS, listing_parts, listing_view
from .shared import earlier
from .sites import SiteContext

LISTS = {"sectionpage": "articlepage", "documentspage": "legaldocumentpage"}


@dataclass(frozen=True)
class Ask:
    """One subject of the page family: a page, or one archive page of its list."""

    ident: str
    uuid: str
    number: int  # 0: the page itself, which shows the newest entries

    @classmethod
    def parse(cls, ident: str) -> "Ask":
        uuid, _, number = ident.partition("/")
        return cls(ident, uuid, int(number or 0))


@dataclass
class Composed:
    """One page, ready for its template."""

    ask: Ask
    site: SiteView
    page: PageView
    parts: Any
    gathered: Gathered
    changes_at: datetime | None = None


@dataclass
class Batch:
    """The details of the pages asked for, the entries of their lists, and the media of all of them.

    Each statement is asked once, for all sites together.
    """

    asks: Sequence[tuple[SiteContext, Ask]]
    drafts: dict[str, Detail] = field(default_factory=dict)  # unpublished versions to show instead, by uuid

    def composed(self) -> Iterator[Composed]:
        """Yield every page that is live on the site it is asked of, in the order asked for."""
        for context, ask in self.asks:
            detail = self.details.get(ask.uuid)
            if detail is None or (
                ask.uuid not in self.drafts and detail.row.site_id != context.facts.site.pk
            ):
                continue
            if ask.number == 0:
                yield self._page(context, ask, detail)
            elif (entries := self.lists[detail.row.tree, ask.number]) and _full(ask, entries):
                yield self._archive(context, ask, detail, entries)

    @cached_property
    def contexts(self) -> dict[int, SiteContext]:
        """The sites asked of, by pk."""
        return {context.facts.site.pk: context for context, _ in self.asks}

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Which of the pages asked for are live."""
        wanted = {ask.uuid: context for context, ask in self.asks if ask.uuid not in self.drafts}
        known = {
            uuid: row for uuid, context in wanted.items() if (row := context.structure.by_uuid.get(uuid))
        }
        missing = [uuid for uuid in wanted if uuid not in known and _is_uuid(uuid)]
        if missing:
            found = loading.entry_rows(self.contexts.keys(), missing)
            known |= {str(row.uuid): row for row in found}
        return known

    @cached_property
    def details(self) -> dict[str, Detail]:
        by_type: dict[str, list[int]] = defaultdict(list)
        for row in self.rows.values():
            by_type[row.type].append(row.id)
        found = dict(self.drafts)
        for type_name, ids in by_type.items():
            found |= {str(detail.row.uuid): detail for detail in loading.details(type_name, ids)}
        return found

    @cached_property
    def lists(self) -> dict[tuple[str, int], list[Entry]]:
        """Entries by the place of the list's page and the number of the archive page, oldest first."""
        wanted: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for _, ask in self.asks:
            detail = self.details.get(ask.uuid)
            if detail is not None and detail.row.type in LISTS:
                wanted[LISTS[detail.row.type]][detail.row.tree].add(ask.number)
        found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        for type_name, numbers in wanted.items():
            for tree, entries in loading.listed(type_name, self.contexts.keys(), numbers).items():
                for entry in entries:
                    for number in _shown_on(entry, numbers[tree]):
                        found[tree, number].append(entry)
        return found

    @cached_property
    def homes(self) -> dict[str, HomeData]:
        """What the home pages asked for show, by the key of the site."""
        known = ((context, self.details.get(ask.uuid)) for context, ask in self.asks)
        asked = [context for context, detail in known if detail and detail.row.type == "homepage"]
        return load_homes(asked) if asked else {}

    @cached_property
    def media(self) -> Media:
        wanted = Wanted()
        for detail in self.details.values():
            wanted.add(detail.body)
            _want_own(wanted, detail.own)
            wanted.images.update(row["photo_id"] for row in detail.inline if row.get("photo_id"))
        for entries in self.lists.values():
            for entry in entries:
                _want_own(wanted, entry.own)
        for home in self.homes.values():
            for entry in home.entries():
                _want_own(wanted, entry.own)
            wanted.images.update(home.photos())
        return Media.load(wanted, list(self.contexts.values()))

    def _page(self, context: SiteContext, ask: Ask, detail: Detail) -> Composed:
        gathered = context.gather()
        blocks = Walk(self.media.resolver(gathered, context)).blocks(detail.body)
        view = page_view(context, gathered, detail.row, body=blocks, own=detail.own)
        changes_at = context.changes_at
        if detail.row.type == "homepage":
            shared, home = context.gather_shared(gathered), self.homes[context.facts.site.key]
            view, changes_at = replace(view, shared=shared.view), earlier(changes_at, shared.changes_at)
            parts: Any = home_parts(context, gathered, self.media, home, intro=detail.own["intro"])
        elif detail.row.type in LISTS:
            entries = self.lists[detail.row.tree, 0]
            parts = listing_parts(context, gathered, self.media, detail.row, entries)
        else:
            parts = PARTS[detail.row.type](context, gathered, self.media, detail)
        return Composed(ask, context.view(detail.row.tree), view, parts, gathered, changes_at)

    def _archive(self, context: SiteContext, ask: Ask, detail: Detail, entries: list[Entry]) -> Composed:
        gathered = context.gather()
        view = listing_view(page_view(context, gathered, detail.row, name_only=True), ask.number, context)
        parts = listing_parts(context, gathered, self.media, detail.row, entries, number=ask.number)
        return Composed(ask, context.view(detail.row.tree), view, parts, gathered, context.changes_at)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _want_own(wanted: Wanted, own: dict[str, Any]) -> None:
    if pk := own.get("picture_id"):
        wanted.images.add(pk)
    if pk := own.get("file_id"):
        wanted.documents.add(pk)


def _shown_on(entry: Entry, numbers: set[int]) -> set[int]:
    return {Listing(entry.total).page_of(entry.position)} & numbers


def _full(ask: Ask, entries: list[Entry]) -> bool:
    return ask.number <= Listing(entries[0].total).archive_pages
