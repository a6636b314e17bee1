"""The site around a page: name, menu, contact, well-known addresses."""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import cached_property

from conglang.portal.identity.sites.rules import state_at
from conglang.portal.publishing.rendering.rules import Source
from conglang.portal.publishing.shared.queries import KEY

from .. import keys
from ..public_views import Contact, Link, SiteView
from ..queries.frozen import frozen_view
from ..queries.rows import STEP, Row, Structure, structures
from ..queries.sites import ContactFacts, SiteFacts, contacts_facts, sites_facts
from .gathering import Gathered, source_of_many, technical_source
from .shared import Shared, shared_at

FEED = "/tin.atom"
SITEMAP = "/so-do-trang/"
EMERGENCY = "/khan-cap/"
TITLES = {True: "Cổng thông tin điện tử", False: "Trang thông tin điện tử"}
HOME = "Trang chủ"
_kept = threading.local()  # the contexts of the view this thread looked at last, and that view's name


@dataclass
class Network:
    """What is the same for all sites at one instant."""

    at: datetime

    @cached_property
    def shared(self) -> Shared:
        """What all sites say together; only home pages and /khan-cap/ ask."""
        return shared_at(self.at)


@dataclass
class SiteContext:
    """One site as of one snapshot and one instant, shared by all pages of a batch."""

    facts: SiteFacts
    structure: Structure
    contact: ContactFacts | None
    network: Network

    @classmethod
    def load(cls, key: str, *, at: datetime) -> "SiteContext | None":
        """Return the context, or None when there is no such site or it has no home page."""
        return cls.load_several([key], at=at).get(key)

    @classmethod
    def load_several(cls, sites: Collection[str], *, at: datetime) -> dict[str, "SiteContext"]:
        """Return contexts by key, without those sites that do not exist or have no home page.

        What is rendered of the same sites one after the other in one frozen view of the database shares them.
        """
        view = frozen_view()
        if view is None:
            return cls._load(sites, at)
        if getattr(_kept, "name", None) != (view, at):
            _kept.contexts, _kept.name = {}, (view, at)
        contexts: dict[str, SiteContext | None] = _kept.contexts
        if missing := [key for key in sites if key not in contexts]:
            contexts |= dict.fromkeys(missing) | cls._load(missing, at)
        return {key: found for key in sites if (found := contexts[key])}

    @classmethod
    def _load(cls, sites: Collection[str], at: datetime) -> dict[str, "SiteContext"]:
        known, network = sites_facts(sites), Network(at)
        pks = [facts.site.pk for facts in known.values()]
        found = structures(pks)
        contacts = contacts_facts(
            {pk: row.id for pk, one in found.items() if (row := one.first_of("contactpage"))}
        )
        return {
            key: cls(facts, found[pk], contacts.get(pk), network)
            for key, facts in known.items()
            if found[pk := facts.site.pk].home
        }

    @property
    def at(self) -> datetime:
        return self.network.at

    def gather(self) -> Gathered:
        """Begin a subject: what is on every page was read."""
        gathered = Gathered(reads=set(self._common_reads))
        gathered.sources.add(self._menu_source)
        return gathered

    def gather_bare(self) -> Gathered:
        """Begin a subject for machines: addresses of this site, nothing of what frames a page for people."""
        site = self.facts.site
        gathered = Gathered(reads={keys.ORIGIN, keys.host(site.key)})
        gathered.sources.add(technical_source("addresses", f"{site.key} {self.facts.base_url}"))
        return gathered

    @cached_property
    def _common_reads(self) -> frozenset[str]:
        facts = self.facts
        named = {keys.DESIGN, keys.ORIGIN, keys.DEMO, keys.host(facts.site.key), keys.host(facts.city.key)}
        named |= {word(facts.site.key) for word in (keys.site, keys.menu, keys.contact)}
        named |= {keys.unit(facts.unit.code), keys.unit(facts.city.unit.code), keys.office(facts.office_key)}
        return frozenset(named)

    @cached_property
    def _menu_source(self) -> Source:
        return source_of_many(self.structure.rows)

    @property
    def changes_at(self) -> datetime | None:
        """When the trial ends by itself."""
        moment = self.facts.site.official_from
        return moment if moment is not None and moment > self.at else None

    def read_visit(self, gathered: Gathered) -> None:
        """Note that the output shows the contact in full, with hours and place on the map."""
        gathered.reads.add(keys.visit(self.facts.site.key))

    def gather_shared(self, gathered: Gathered) -> Shared:
        """What all sites say together, noted as read."""
        gathered.reads.add(KEY)
        shared = self.network.shared
        if shared.source is not None:
            gathered.sources.add(shared.source)
        return shared

    def view(self, tree: str = "") -> SiteView:
        """Return the site as a page at this place in the tree shows it: the menu marks where the reader is."""
        places = self.structure.by_tree  # an article is in no menu: all of a section share the section's view
        current = tuple(place if (place := tree[: cut * STEP]) in places else "" for cut in (3, 4))
        cached = self._views.get(current)
        if cached is None:
            cached = self._views[current] = self._view(current)
        return cached

    @cached_property
    def _views(self) -> dict[tuple[str, ...], SiteView]:
        return {}

    def _view(self, current: tuple[str, ...]) -> SiteView:
        facts = self.facts
        return SiteView(
            key=facts.site.key,
            name=facts.unit.full_name,
            title=TITLES[facts.site.is_city],
            parent_name="" if facts.site.is_city else facts.city.unit.full_name,
            base_url=facts.base_url,
            city_url=facts.address(facts.city),
            is_city=facts.site.is_city,
            trial=state_at(facts.site.official_from, self.at) == "trial",
            demo=facts.demo,
            contact=self.contact_view,
            menu=self._menu(current),
            links=self.links,
        )

    def _menu(self, current: tuple[str, ...]) -> tuple[Link, ...]:
        home = self.structure.home
        top = [row for row in self.structure.children(home) if row.in_menu] if home else []
        return tuple(
            Link(
                row.title,
                row.path,
                row.tree == current[0],
                tuple(
                    Link(child.title, child.path, child.tree == current[1])
                    for child in self.structure.children(row)
                    if child.in_menu
                ),
            )
            for row in top
        )

    @cached_property
    def links(self) -> dict[str, str]:
        found = {"sitemap": SITEMAP, "feed": FEED, "emergency": EMERGENCY}
        if contact := self.structure.by_kind.get("contact"):
            found["contact"] = contact.path
        return found

    @cached_property
    def contact_view(self) -> Contact:
        name = self.facts.office_name
        if self.contact is None:
            return Contact(name)
        page = self.contact.page
        return Contact(
            office_name=name, address=page["address"], phone=page["phone"], fax=page["fax"], email=page["email"],
            responsible=page["responsible"], hours=self.contact.hours,
            latitude=page["latitude"], longitude=page["longitude"],
        )  # fmt: skip

    def breadcrumbs(self, tree: str, title: str) -> tuple[Link, ...]:
        """Return the way from the home page to a page at this place."""
        above = self.structure.ancestors(tree)
        links = [Link(HOME if len(row.tree) == 8 else row.title, row.path) for row in above]
        return (*links, Link(title, "", current=True)) if above else ()

    def well_known(self, kind: str) -> Row | None:
        return self.structure.by_kind.get(kind)
