"""Giving every site the tree the law names, and new entries of that tree to sites that have it already."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from wagtail.models import Site as WagtailSite  # noqa: TID251 (Wagtail's own table of hosts)

from conglang.portal.content.pagebase.actions import Draft, insert_trees
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.queries import current_origin
from conglang.portal.publishing.rendering.actions import rebuild, touch

from .. import keys
from ..kinds import Born, all_born, birth_tree
from ..models import (
    ContactPage,
    DocumentsPage,
    HomePage,
    OfficialsPage,
    OrganisationPage,
    SectionPage,
    TextPage,
)

PAGE_TYPES: dict[str, type[BasePage]] = {
    "section": SectionPage,
    "text": TextPage,
    "organisation": OrganisationPage,
    "officials": OfficialsPage,
    "contact": ContactPage,
    "documents": DocumentsPage,
}
Progress = Callable[[int, int], None]  # sites done, sites in all
GROUP = 16  # sites in one transaction


@dataclass(frozen=True)
class Provisioned:
    """What provisioning did to one site."""

    site: str
    born: int  # pages inserted


def provision(site: Site) -> Provisioned:
    """Give one site what its tree lacks; a site that has everything is left as it is. Safe to repeat."""
    return provision_all([site])[0]


def provision_all(sites: Iterable[Site], *, progress: Progress | None = None) -> list[Provisioned]:
    """Provision many sites, some at a time, so that a killed run carries on where it stopped."""
    wanted = list(sites)
    done: list[Provisioned] = []
    for start in range(0, len(wanted), GROUP):
        done += _provision_group(wanted[start : start + GROUP])
        if progress:
            progress(len(done), len(wanted))
    record_hosts()
    return done


@transaction.atomic
def _provision_group(sites: Sequence[Site]) -> list[Provisioned]:
    homes = {home.site_id: home for home in HomePage.objects.filter(site__in=sites, depth=2)}
    kinds = _kinds_of(homes)
    born = {site.pk: 0 for site in sites}
    fresh = [site for site in sites if site.pk not in homes]
    drafts = [
        Draft(_new_home(site), [_draft(entry) for entry in birth_tree(is_city=site.is_city)])
        for site in fresh
    ]
    for page in insert_trees(_root(), drafts) if drafts else ():
        born[page.site_id] += 1
    for site in (site for site in sites if site.pk in homes):
        born[site.pk] = _add_missing(homes[site.pk], birth_tree(is_city=site.is_city), kinds[site.pk])
    if changed := [site.key for site in sites if born[site.pk]]:
        rebuild(changed, by="provisioning", reason="pages born")
    for site in (site for site in sites if born[site.pk]):
        thing = Thing(ThingKind.SITE, site.key, str(site.unit.code))
        note(Kind.SITE_CHANGED, thing, what="pages-born", pages=born[site.pk])
    if fresh:
        touch([keys.SITES])
    return [Provisioned(site.key, born[site.pk]) for site in sites]


def _kinds_of(homes: Iterable[int]) -> dict[int, dict[str, BasePage]]:
    """The first page of each kind on each of these sites."""
    types = [model._meta.model_name for model in PAGE_TYPES.values()]
    found: dict[int, dict[str, BasePage]] = {pk: {} for pk in homes}
    for page in BasePage.objects.filter(site_id__in=found, content_type__model__in=types).order_by("path"):
        found[page.site_id].setdefault(page.kind, page)
    return found


def _root() -> BasePage:
    return BasePage.objects.get(depth=1)


def _new_home(site: Site) -> HomePage:
    return HomePage(
        title=site.unit.full_name,
        slug=site.key,
        kind="home",
        site_id=site.pk,
        unit_id=site.unit_id,
        office_id=site.office_id,
    )


def _draft(entry: Born) -> Draft:
    page = PAGE_TYPES[entry.page](
        title=entry.title, slug=entry.slug, kind=entry.kind, show_in_menus=entry.menu
    )
    return Draft(page, [_draft(child) for child in entry.pages])


def _add_missing(home: HomePage, tree: Sequence[Born], there: Mapping[str, BasePage]) -> int:
    """Insert the entries whose kind the site does not have, each below its parent or, if that is gone, the home."""
    added = 0
    for parent_kind, entries in _gaps(tree, frozenset(there)):
        parent = there.get(parent_kind, home)
        added += len(insert_trees(parent, [_with_free_slug(parent, entry) for entry in entries]))
    return added


def _gaps(tree: Sequence[Born], there: frozenset[str], parent: str = "home") -> list[tuple[str, list[Born]]]:
    """Return what is missing, grouped by the kind of the parent; a missing entry brings its whole branch."""
    missing = [entry for entry in tree if entry.kind not in there and not _scattered(entry, there)]
    gaps = [(parent, missing)] if missing else []
    for entry in tree:
        if entry not in missing:
            gaps += _gaps(entry.pages, there, entry.kind)
    return gaps


def _scattered(entry: Born, there: frozenset[str]) -> bool:
    """Whether the entry itself is gone but some of its branch lives on elsewhere: then nothing is duplicated."""
    return any(child.kind in there for child in all_born(entry.pages))


def _with_free_slug(parent: BasePage, entry: Born) -> Draft:
    draft = _draft(entry)
    taken = set(BasePage.objects.child_of(parent).values_list("slug", flat=True))
    number = 1
    while draft.page.slug in taken:
        number += 1
        draft.page.slug = f"{entry.slug}-{number}"
    return draft


def record_hosts() -> int:
    """Tell Wagtail the hosts of all sites, as the recorded origin gives them; return how many rows changed."""
    origin = current_origin()
    homes = {home.site_id: home for home in HomePage.objects.filter(depth=2).select_related("site")}
    known = {row.root_page_id: row for row in WagtailSite.objects.all()}
    changed = 0
    for home in homes.values():
        host = origin.host_of(home.site.key, home.site.custom_host)
        row = known.get(home.pk) or WagtailSite(root_page_id=home.pk)
        wanted = (host, origin.port, home.title, home.site.is_city)
        if (row.hostname, row.port, row.site_name, row.is_default_site) != wanted or row.pk is None:
            row.hostname, row.port, row.site_name, row.is_default_site = wanted
            row.save()
            changed += 1
    return changed
