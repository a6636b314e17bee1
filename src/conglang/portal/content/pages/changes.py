"""From a change to a page to the keys it touches and the addresses it leaves behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from conglang.portal.content.pagebase.models import STANDING, BasePage
from conglang.portal.content.pagebase.rules import Standing, site_path
from conglang.portal.identity.sites.models import Site

from . import keys
from .models import ContactPage, LegalDocumentPage
from .queries.rows import HOME_LENGTH, STEP, entry_types
from .rules import Listing


@dataclass
class Change:
    """What one change touches: keys, and (site id, path, page uuid) of addresses that are no longer the page's."""

    keys: set[str] = field(default_factory=set)
    left: list[tuple[int, str, UUID | str]] = field(default_factory=list)


def of_save(before: Standing | None, after: Standing) -> Change:
    """Return what a saved page changes for readers; nothing for a draft that was never public."""
    change = Change()
    was_live, is_live = before is not None and before.live, after.live
    if not (was_live or is_live):
        return change
    _note(change, after, membership=before is None or _belongs_elsewhere(before, after))
    if before is not None and before.site_id and was_live and (not is_live or _moved(before, after)):
        change.left.append((before.site_id, before.site_path, before.uuid))
    if before is not None and before.url_path != after.url_path:
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
        _note(change, gone, membership=True, leaving=True)
        change.left.append((gone.site_id, gone.site_path, gone.uuid))
    return change


def of_departure(page: Standing, parent_before: BasePage) -> Change:
    """Return what a page moved elsewhere changes where it was. ``page``: with its former kind and site."""
    change = Change()
    if page.live and page.site_id:
        site = Site.objects.get(pk=page.site_id)
        _note_lists(change, page, site)
        if page.content_type_id in entry_types():
            change.keys.add(keys.children(parent_before.uuid))
            change.keys |= _archive_keys(parent_before.path, parent_before.uuid, page, extra=1)
    return change


def _moved(before: Standing, after: Standing) -> bool:
    """Whether the address inside the site or the site itself is another. A home page's own slug is no part of it."""
    is_home = len(after.path) == HOME_LENGTH
    return not is_home and before.url_path != after.url_path


def _belongs_elsewhere(before: Standing, after: Standing) -> bool:
    changed = ("live", "kind", "site_id", "first_published_at")
    return any(getattr(before, name) != getattr(after, name) for name in changed)


def _note(change: Change, page: Standing, *, membership: bool, leaving: bool = False) -> None:
    change.keys.add(keys.page(page.uuid))
    site = Site.objects.filter(pk=page.site_id).first()
    if site is None:
        return
    _note_lists(change, page, site)
    is_entry = page.content_type_id in entry_types()
    parent = BasePage.objects.filter(path=page.path[:-STEP]).first() if is_entry else None
    if parent is not None:
        change.keys.add(keys.children(parent.uuid))
        if membership or _is_document(page):
            change.keys |= _archive_keys(parent.path, parent.uuid, page, extra=int(leaving or not page.live))


def _note_lists(change: Change, page: Standing, site: Site) -> None:
    if page.content_type_id in entry_types():
        change.keys |= {
            keys.listing(site.key, page.kind),
            keys.everything(site.key),
            keys.month(site.key, keys.month_of(page.first_published_at)),
        }
        if site.is_city and page.kind == "news":
            change.keys.add(keys.CITY_NEWS)
        return
    change.keys.add(keys.menu(site.key))
    if site.is_city and page.kind == "news":
        change.keys.add(keys.CITY_NEWS)  # the teasers' «more» leads to this section
    if _type_is(page, ContactPage):
        change.keys.add(keys.site(site.key))


def _is_document(page: Standing) -> bool:
    return _type_is(page, LegalDocumentPage)


def _type_is(page: Standing, model: type[BasePage]) -> bool:
    return bool(page.content_type_id == ContentType.objects.get_for_model(model).pk)


def _archive_keys(parent_tree: str, parent_uuid: object, page: Standing, *, extra: int) -> set[str]:
    """The archive pages whose entries shift when the page comes or goes: from its own place to the newest.

    ``extra``: 1 when the page was counted before and is no more. Documents are sorted by a day of their own, which a
    change may move anywhere.
    """
    siblings = BasePage.objects.filter(
        path__startswith=parent_tree,
        depth=len(parent_tree) // STEP + 1,
        live=True,
        content_type_id=page.content_type_id,
    )
    listing = Listing(siblings.count() + extra)
    first = 1
    if not _is_document(page) and page.first_published_at is not None:
        at, pk = page.first_published_at, page.id
        older = siblings.filter(Q(first_published_at__lt=at) | Q(first_published_at=at, pk__lt=pk)).count()
        first = listing.page_of(older + 1) or listing.archive_pages
    return {keys.archive(parent_uuid, number) for number in range(max(first, 1), listing.archive_pages + 1)}


def _note_descendants(change: Change, before: Standing, after: Standing) -> None:
    """Everything below a page that got another address got one too."""
    for row in _descendants(after):
        change.keys.add(keys.page(row.uuid))
        # A move tells before the rows below are rewritten, a new slug after: both forms begin with one of the two.
        prefix = after.url_path if row.url_path.startswith(after.url_path) else before.url_path
        if row.live and row.site_id and _moved(before, after):
            former = site_path(before.url_path + row.url_path[len(prefix) :])
            change.left.append((row.site_id, former, row.uuid))


def _descendants(page: Standing) -> Iterator[Standing]:
    below = BasePage.objects.filter(path__startswith=page.path, depth__gt=len(page.path) // STEP)
    for values in below.values(*STANDING):
        yield Standing(**values)
