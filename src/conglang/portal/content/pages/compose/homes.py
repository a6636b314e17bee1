"""The home pages: what a site's lists, people and well-known pages come together to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conglang.wire.folding import fold

from .. import keys
from ..lending import in_charge_by_page
from ..models import Post
from ..public_views import CommuneCard, HomeParts, Link, MapPoint, Person
from ..queries import details as loading
from ..queries.details import Entry, Newest
from ..queries.rows import Row, rows
from ..queries.sites import Commune, communes
from .entries import document_row, teaser
from .gathering import Gathered, source_of
from .media import Media
from .parts import person
from .sites import SiteContext

NOTICES, NEWS, CITY_NEWS, DOCUMENTS = 4, 4, 3, 5  # CITY_NEWS are the first of NEWS
SHOWN_OF_A_KIND = 5
DOCUMENT_KINDS = ("legal-documents", "administrative-documents")
LISTS = {
    "notices": Newest("articlepage", ("notices",), NOTICES),
    "news": Newest("articlepage", ("news",), NEWS),
    "documents": Newest("legaldocumentpage", DOCUMENT_KINDS, DOCUMENTS),
}
WELL_KNOWN = {
    "news": "news",
    "notices": "notices",
    "documents": "documents-root",
    "people": "officials",
}
DOORS = {
    "procedures": "Thủ tục hành chính, nộp hồ sơ",
    "feedback": "Phản ánh, kiến nghị · Hỏi đáp",
}
FINDER = "Tìm phường, xã mới"
FINDER_ANCHOR = "/#communes"


@dataclass
class HomeData:
    """What one home page shows, loaded."""

    notices: Sequence[Entry]
    news: Sequence[Entry]
    documents: Sequence[Entry]
    city_news: Sequence[Entry]
    city_section: Row | None
    posts: Sequence[dict[str, Any]]
    communes: Sequence[Commune]

    def entries(self) -> Iterator[Entry]:
        yield from self.notices
        yield from self.news
        yield from self.documents

    def photos(self) -> set[int]:
        return {post["photo_id"] for post in self.posts if post["photo_id"]}


def load_homes(contexts: Sequence[SiteContext]) -> dict[str, HomeData]:
    """Load what the home pages of these sites show, by the site's key."""
    sites = {context.facts.site.pk: context.facts.site for context in contexts}
    city = None if all(site.is_city for site in sites.values()) else contexts[0].facts.city
    lists = loading.newest_by_site({*sites, city.pk} if city else sites.keys(), LISTS)
    posts, section = _posts(contexts), news_section(city.pk) if city else None
    return {
        site.key: HomeData(
            **lists[pk],
            city_news=() if site.is_city or city is None else lists[city.pk]["news"][:CITY_NEWS],
            city_section=None if site.is_city else section,
            posts=posts.get(site.key, ()),
            communes=communes() if site.is_city else (),
        )
        for pk, site in sites.items()
    }


def _posts(contexts: Sequence[SiteContext]) -> dict[str, list[dict[str, Any]]]:
    pages = {one.facts.site.key: row.id for one in contexts if (row := one.well_known("officials"))}
    found = in_charge_by_page(Post.objects.filter(page_id__in=pages.values()))
    return {key: found.get(page, []) for key, page in pages.items()}


def news_section(site_id: int) -> Row | None:
    """Load the section that a site's news are in."""
    section = loading.SectionPage.objects.filter(site_id=site_id, kind="news", live=True).order_by("path")[:1]
    return next(iter(rows(section)), None)


def home_parts(
    context: SiteContext, gathered: Gathered, media: Media, data: HomeData, *, intro: str
) -> HomeParts:
    facts = context.facts
    context.read_visit(gathered)
    asked = {*WELL_KNOWN.values(), *DOORS, "disclosure"}
    gathered.reads |= {keys.place(facts.site.key, kind) for kind in asked}
    for kind in ("news", "notices", *DOCUMENT_KINDS):
        gathered.reads.add(keys.newest(facts.site.key, kind, SHOWN_OF_A_KIND))
    return HomeParts(
        intro=intro,
        notices=tuple(teaser(gathered, media, entry) for entry in data.notices),
        news=tuple(teaser(gathered, media, entry) for entry in data.news),
        city_news=_city_news(context, gathered, media, data),
        documents=tuple(document_row(gathered, media, entry.row, entry.own) for entry in data.documents),
        disclosure=_disclosure(context, gathered),
        people=_people(context, gathered, media, data),
        doors=doors(context),
        links=_links(context, data),
        points=_points(context, gathered, data.communes),
        communes=_cards(context, gathered, data.communes),
    )


def _city_news(context: SiteContext, gathered: Gathered, media: Media, data: HomeData) -> tuple:
    if context.facts.site.is_city:
        return ()
    city = context.facts.city
    gathered.reads |= {keys.CITY_NEWS, keys.newest(city.key, "news", CITY_NEWS)}
    name = context.facts.city.unit.full_name
    return tuple(
        teaser(gathered, media, entry, url=context.facts.address(city, entry.row.path), source=name)
        for entry in data.city_news
    )


def _disclosure(context: SiteContext, gathered: Gathered) -> tuple[Link, ...]:
    root = context.well_known("disclosure")
    if root is not None:
        gathered.reads.add(keys.children(root.uuid))
    found = context.structure.children(root) if root else []
    return tuple(Link(row.title, row.path) for row in found if row.in_menu)


def _people(context: SiteContext, gathered: Gathered, media: Media, data: HomeData) -> tuple[Person, ...]:
    gathered.reads.add(keys.people(context.facts.site.key))
    if officials := context.well_known("officials"):
        gathered.sources.add(source_of(officials))
    return tuple(person(gathered, media, post) for post in data.posts)


def doors(context: SiteContext) -> tuple[Link, ...]:
    """Return the three ways most people come for; the last one leads to the city's finder."""
    known = [(title, context.well_known(kind)) for kind, title in DOORS.items()]
    finder = (
        FINDER_ANCHOR
        if context.facts.site.is_city
        else context.facts.address(context.facts.city, FINDER_ANCHOR)
    )
    return (*(Link(title, row.path) for title, row in known if row), Link(FINDER, finder))


def _links(context: SiteContext, data: HomeData) -> dict[str, str]:
    known = {name: context.well_known(kind) for name, kind in WELL_KNOWN.items()}
    links = {name: row.path for name, row in known.items() if row}
    if data.city_section is not None:
        links["city_news"] = context.facts.address(context.facts.city, data.city_section.path)
    return links


def _points(context: SiteContext, gathered: Gathered, found: Sequence[Commune]) -> tuple[MapPoint, ...]:
    points = []
    if context.facts.site.is_city:
        gathered.reads.add(keys.SITES)
    for commune in found:
        unit = commune.site.unit
        gathered.reads |= {keys.host(commune.site.key), keys.unit(unit.code), keys.figures(unit.code)}
        if unit.latitude is not None and unit.longitude is not None:
            url = context.facts.address(commune.site, "/")
            points.append(MapPoint(unit.full_name, url, unit.type, unit.latitude, unit.longitude))
    return tuple(points)


def _cards(context: SiteContext, gathered: Gathered, found: Sequence[Commune]) -> tuple[CommuneCard, ...]:
    for commune in found:
        gathered.reads.add(keys.origins(commune.site.unit.code))
        gathered.reads |= {keys.unit(unit.code) for unit in commune.former}
    return tuple(
        CommuneCard(
            name=commune.site.unit.full_name,
            url=context.facts.address(commune.site, "/"),
            type=commune.site.unit.type,
            search_key=" | ".join(fold(name) for name in _names(commune)),
            predecessors=tuple(unit.full_name for unit in commune.former),
        )
        for commune in found
    )


def _names(commune: Commune) -> list[str]:
    return [commune.site.unit.full_name, *(unit.full_name for unit in commune.former)]
