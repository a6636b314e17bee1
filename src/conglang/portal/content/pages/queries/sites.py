"""Who a site is: unit, office, state, contact, host."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.queries import network_state, origin_in
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.identity.units.models import Succession, Unit
from conglang.wire.folding import fold

from .. import lending
from ..models import ContactPage, OpeningHours


@dataclass(frozen=True)
class SiteFacts:
    """One site as pages of it need it. ``city`` is the network's portal."""

    site: Site
    unit: Unit
    office_name: str
    office_key: str
    city: Site
    origin: Origin
    demo: bool

    @property
    def base_url(self) -> str:
        return self.address(self.site)

    def address(self, site: Site, path: str = "") -> str:
        """Return the absolute address of a path on any site of the network."""
        return self.origin.url(self.origin.host_of(site.key, site.custom_host), path)


def sites_facts(sites: Collection[str]) -> dict[str, SiteFacts]:
    """Load these sites by key, each with the city's; one that does not exist is left out."""
    found = Site.objects.filter(Q(key__in=sites) | Q(is_city=True)).select_related("unit__parent", "office")
    by_key = {site.key: site for site in found}
    city = next((site for site in by_key.values() if site.is_city), None)
    if city is None:
        return {}
    state = network_state()
    origin = origin_in(state, city.key)
    return {
        key: SiteFacts(site, site.unit, site.office.name, site.office.key, city, origin, state.demo)
        for key, site in by_key.items()
        if key in sites
    }


@dataclass(frozen=True)
class ContactFacts:
    page: dict[str, Any]
    hours: tuple[tuple[str, str, str], ...]


def contacts_facts(sites: Mapping[int, int]) -> dict[int, ContactFacts]:
    """Load, by site, these contact pages (site → page, both pks)."""
    pages = ContactPage.objects.filter(pk__in=sites.values())
    found = {page["id"]: page for page in pages.values("id", *lending.FOOT, *lending.PLACE)}
    hours = lending.hours_by_page(OpeningHours.objects.filter(page_id__in=found))
    return {
        site: ContactFacts(found[page], hours.get(page, ())) for site, page in sites.items() if page in found
    }


def predecessors_of(units: Collection[Unit]) -> dict[int, list[Succession]]:
    """Load what each unit (by pk) was formed from: the unit whose code it took first, then by name."""
    pieces = Succession.objects.filter(successor__in=units).select_related("predecessor__parent")
    found: dict[int, list[Succession]] = {unit.pk: [] for unit in units}
    for piece in sorted(pieces, key=lambda piece: (piece.share != "whole", piece.predecessor.code.code)):
        found[piece.successor_id].append(piece)
    return found


@dataclass(frozen=True)
class Commune:
    site: Site
    former: tuple[Unit, ...]


def communes() -> list[Commune]:
    """Load every commune's site with its unit and that unit's predecessors, by name."""
    sites = list(Site.objects.filter(is_city=False).select_related("unit"))
    former: dict[int, list[Unit]] = {site.unit_id: [] for site in sites}
    pieces = Succession.objects.filter(successor_id__in=former).select_related("predecessor").order_by("pk")
    for piece in pieces:
        former[piece.successor_id].append(piece.predecessor)
    found = [Commune(site, tuple(former[site.unit_id])) for site in sites]
    return sorted(found, key=lambda commune: (fold(commune.site.unit.name), commune.site.key))
