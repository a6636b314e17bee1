"""From a change to a page to the keys it touches and the addresses it leaves behind.

Exactly what changes for readers: who shows only a page's title is not touched by a new sentence in its text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from django.contrib.contenttypes.models import ContentType

from conglang.portal.content.pagebase.models import STANDING, BasePage
from conglang.portal.content.pagebase.rules import Standing, site_path
from conglang.portal.identity.sites.models import Site

from . import keys, positions
from .models import ContactPage
from .queries.rows import HOME_LENGTH, STEP, entry_types

MENU_LENGTH = 4 * STEP  # the menu shows two levels below the home page
LENT = {"contact": keys.contact, "visit": keys.visit, "people": keys.people}


@dataclass
class Change:
    """What one change touches: keys, and (site id, path, page uuid) of addresses that are no longer the page's."""

    keys: set[str] = field(default_factory=set)
    left: list[tuple[int, str, UUID | str]] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """How a page differs from before, in the words that decide who shows it. Without a before, in everything."""

    before: Standing | None
    after: Standing

    def _any(self, *names: str) -> bool:
        return self.before is None or any(
            getattr(self.before, name) != getattr(self.after, name) for name in names
        )

    @cached_property
    def address(self) -> bool:
        return self._any("live", "url_path", "site_id", "path")

    @cached_property
    def title(self) -> bool:
        return self._any("live", "title")

    @cached_property
    def shown(self) -> bool:
        return self.address or self._any("shown")

    @cached_property
    def lent(self) -> set[str]:
        """The parts of it that other pages show and that are others now."""
        known = {} if self.address or self.before is None else dict(self.before.lent)
        return {name for name, value in self.after.lent if name not in known or known[name] != value}

    @cached_property
    def menu(self) -> bool:
        """Whether it is in the menu, or was, and looks different there; a parent that is not hides it."""
        if not HOME_LENGTH < len(self.after.path) <= MENU_LENGTH:
            return False
        listed = self.after.show_in_menus or (self.before is not None and self.before.show_in_menus)
        return listed and (self.address or self._any("title", "show_in_menus"))

    @cached_property
    def order(self) -> bool:
        """Whether it is another entry of its lists, or at another place in them."""
        return self._any("live", "kind", "site_id", "path", "first_published_at") or (
            self.before is not None and positions.day_of(self.before) != positions.day_of(self.after)
        )


def of_save(before: Standing | None, after: Standing) -> Change:
    """Return what a saved page changes for readers; nothing for a draft that was never public."""
    change = Change()
    was_live, is_live = before is not None and before.live, after.live
    if not (was_live or is_live):
        return change
    _note(change, Difference(before, after))
    if before is not None and before.site_id and was_live and (not is_live or _moved(before, after)):
        change.left.append((before.site_id, before.site_path, before.uuid))
    if before is not None and (before.url_path != after.url_path or (was_live != is_live)):
        _note_descendants(change, before, after)
    return change


def verb_of(before: Standing | None, after: Standing) -> str:
    """Return what an editor did, as the list of editions says it (rendering's VERBS)."""
    if not after.live:
        return "withdraw"
    if before is None or not before.live:
        return "publish"
    return "move" if before.url_path != after.url_path else "update"


def of_removal(gone: Standing) -> Change:
    """Return what a page that is deleted changes."""
    change = Change()
    if gone.live and gone.site_id:
        _note(change, Difference(gone, replace(gone, live=False)))
        change.left.append((gone.site_id, gone.site_path, gone.uuid))
    return change


def of_departure(page: Standing, parent_before: BasePage | None) -> Change:
    """Return what a page moved elsewhere changes where it was. ``page``: with its former kind and site.

    ``parent_before`` is None for a page that moved along with what it lies below.
    """
    change = Change()
    site = Site.objects.filter(pk=page.site_id).first() if page.live else None
    if site is None:
        return change
    gone = Difference(None, page)
    if page.content_type_id in entry_types():
        _note_entry(change, gone, site, parent_before)
    else:
        _note_structure(change, gone, site, parent_before)
    return change


def _moved(before: Standing, after: Standing) -> bool:
    """Whether the address inside the site or the site itself is another. A home page's own slug is no part of it."""
    is_home = len(after.path) == HOME_LENGTH
    return not is_home and before.url_path != after.url_path


def _note(change: Change, difference: Difference) -> None:
    page = difference.after
    change.keys.add(keys.page(page.uuid))
    change.keys |= {
        key(page.uuid)
        for key, applies in (
            (keys.address, difference.address), (keys.title, difference.title), (keys.card, difference.shown),
        )
        if applies
    }  # fmt: skip
    site = Site.objects.filter(pk=page.site_id).first()
    if site is None:
        return
    parent = BasePage.objects.filter(path=page.path[:-STEP]).first()
    if page.content_type_id in entry_types():
        _note_entry(change, difference, site, parent)
    else:
        _note_structure(change, difference, site, parent)


def _note_entry(change: Change, difference: Difference, site: Site, parent: BasePage | None) -> None:
    if not difference.order:
        return
    page = difference.after
    stands = [one for one in (difference.before, page) if one is not None and one.live]
    rank = min(positions.rank(one) for one in stands)
    change.keys |= {keys.newest(site.key, page.kind, count) for count in keys.COUNTS if rank < count}
    for name in {keys.month_of(one.first_published_at) for one in stands}:
        change.keys.add(keys.month(site.key, name))
        if positions.alone_in_month(page, name):
            change.keys.add(keys.months(site.key))
    if parent is not None:
        change.keys.add(keys.entries(parent.uuid))
        numbers = positions.archive_numbers(parent.path, stands)
        change.keys |= {keys.archive(parent.uuid, number) for number in numbers}


def _note_structure(change: Change, difference: Difference, site: Site, parent: BasePage | None) -> None:
    page = difference.after
    is_home = len(page.path) <= HOME_LENGTH  # «Trang chủ» wherever it is named
    named = difference.address or (difference.title and not is_home)
    # What must be disclosed is listed on the home page, as far as the menu has it.
    listed = named or (difference.menu and parent is not None and parent.kind == "disclosure")
    if parent is not None and listed:
        change.keys.add(keys.children(parent.uuid))
    if named:
        change.keys.add(keys.structure(site.key))
    if difference.address and (difference.before is None or positions.leads_its_kind(page)):
        change.keys.add(keys.place(site.key, page.kind))
        if site.is_city and page.kind == "news":
            change.keys.add(keys.CITY_NEWS)
    contact = page.kind == "contact" or _type_is(page, ContactPage)  # the foot links to it
    hidden = len(page.path) == MENU_LENGTH and parent is not None and not parent.show_in_menus
    if (difference.menu and not hidden) or (contact and difference.address):
        change.keys.add(keys.menu(site.key))
    change.keys |= {LENT[name](site.key) for name in difference.lent}


def _type_is(page: Standing, model: type[BasePage]) -> bool:
    return bool(page.content_type_id == ContentType.objects.get_for_model(model).pk)


def _note_descendants(change: Change, before: Standing, after: Standing) -> None:
    """Everything below a page that got another address got one too; below one that came or went, other breadcrumbs."""
    readdressed = before.url_path != after.url_path
    for row in _descendants(after):
        if not readdressed:
            change.keys.add(keys.trail(row.uuid))
            continue
        change.keys |= {keys.page(row.uuid), keys.card(row.uuid), keys.address(row.uuid)}
        # A move tells before the rows below are rewritten, a new slug after: both forms begin with one of the two.
        prefix = after.url_path if row.url_path.startswith(after.url_path) else before.url_path
        if row.live and row.site_id and _moved(before, after):
            former = site_path(before.url_path + row.url_path[len(prefix) :])
            change.left.append((row.site_id, former, row.uuid))
    if readdressed:
        _note_sections_below(change, after)


def _note_sections_below(change: Change, after: Standing) -> None:
    """Who shows addresses of structural pages below: section pages, «Sơ đồ trang», who asks for a kind.

    The menu shows one that is below only when it shows the page above, whose own change has touched it.
    """
    rows = [row for row in _descendants(after) if row.content_type_id not in entry_types()]
    site = Site.objects.filter(pk=after.site_id).first() if rows else None
    if site is None:
        return
    change.keys |= {keys.structure(site.key), *(keys.place(site.key, row.kind) for row in rows)}
    if any(row.kind == "contact" or _type_is(row, ContactPage) for row in rows):
        change.keys |= {keys.menu(site.key), keys.contact(site.key)}
    if site.is_city and any(row.kind == "news" for row in rows):
        change.keys.add(keys.CITY_NEWS)
    parents = BasePage.objects.filter(path__in={row.path[:-STEP] for row in rows})
    change.keys |= {keys.children(uuid) for uuid in parents.values_list("uuid", flat=True)}


def _descendants(page: Standing) -> Iterator[Standing]:
    below = BasePage.objects.filter(path__startswith=page.path, depth__gt=len(page.path) // STEP, live=True)
    for values in below.values(*STANDING):
        yield Standing(**values)
