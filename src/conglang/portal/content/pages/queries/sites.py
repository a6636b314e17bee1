"""Who a site is: unit, office, state, contact, host."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.sites.queries import current_origin
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


def site_facts(key: str) -> SiteFacts | None:
    """Load one site and the city's, or None when there is no such site."""
    found = Site.objects.filter(Q(key=key) | Q(is_city=True)).select_related("unit__parent", "office")
    by_key = {site.key: site for site in found}
    city = next((site for site in by_key.values() if site.is_city), None)
    site = by_key.get(key)
    if site is None or city is None:
        return None
    state = NetworkState.objects.first()
    demo = bool(state and state.demo)
    return SiteFacts(site, site.unit, site.office.name, site.office.key, city, current_origin(), demo)


@dataclass(frozen=True)
class ContactFacts:
    page: dict[str, Any]
    hours: tuple[tuple[str, str, str], ...]


def contact_facts(site_id: int) -> ContactFacts | None:
    """Load the site's live contact page."""
    wanted = ("id", *lending.FOOT, *lending.PLACE)
    page = ContactPage.objects.filter(site_id=site_id, live=True).order_by("path").values(*wanted).first()
    if page is None:
        return None
    return ContactFacts(page, lending.hours(OpeningHours.objects.filter(page_id=page["id"])))


def predecessors_of(unit: Unit) -> list[Succession]:
    """Load what the unit was formed from: the unit whose code it took first, then by name."""
    found = Succession.objects.filter(successor=unit).select_related("predecessor__parent")
    return sorted(found, key=lambda piece: (piece.share != "whole", piece.predecessor.code.code))


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
