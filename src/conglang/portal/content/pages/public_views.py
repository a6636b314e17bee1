"""What a public template gets: small typed values, ready to print. Templates ask the database nothing.

Paths are site-relative (``/tin-tuc/``) unless a field says *absolute*. Text is plain text; ``html`` fields are
already cleaned and safe. Times are aware datetimes, days are dates; templates format them the Vietnamese way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    current: bool = False
    children: tuple["Link", ...] = ()


@dataclass(frozen=True)
class Picture:
    """One image in up to three widths. ``sources`` are (path, width in px), smallest first; ``src`` is the default."""

    src: str
    width: int
    height: int
    alt: str
    sources: tuple[tuple[str, int], ...] = ()
    credit: str = ""
    caption: str = ""


@dataclass(frozen=True)
class FileLink:
    title: str
    url: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True)
class Contact:
    """How to reach the office. Empty text means not known yet (the template says so, never invents)."""

    office_name: str
    address: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    responsible: str = ""  # người chịu trách nhiệm
    hours: tuple[
        tuple[str, str, str], ...
    ] = ()  # (ISO weekday "1".."7", opens "08:00", closes "11:30"), several a day
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class SiteView:
    key: str
    name: str  # «Phường Ba Đình»; for the city «Thành phố Hà Nội»
    title: str  # «Trang thông tin điện tử» or «Cổng thông tin điện tử»
    parent_name: str  # «Thành phố Hà Nội»; empty for the city
    base_url: str  # absolute, without a trailing slash: canonical links, feeds and sitemaps only
    city_url: str  # absolute address of the city portal
    is_city: bool
    trial: bool  # vận hành thử nghiệm
    demo: bool  # demo data: people are illustrations, hosts are not indexed
    contact: Contact
    menu: tuple[Link, ...] = ()
    language: str = "vi"
    links: Mapping[str, str] = field(default_factory=dict)  # when they exist: sitemap feed contact search


@dataclass(frozen=True)
class Teaser:
    title: str
    url: str  # site-relative, or absolute when it lives on another site
    published_at: datetime | None = None
    summary: str = ""
    picture: Picture | None = None
    section: str = ""
    deadline: date | None = None
    source_name: str = ""  # whose news it is, when not this site's


@dataclass(frozen=True)
class DocumentRow:
    number: str
    title: str  # trích yếu
    url: str
    issued_on: date | None = None
    effective_on: date | None = None
    issuer: str = ""
    kind: str = ""
    file: FileLink | None = None


@dataclass(frozen=True)
class Person:
    body: str  # party | council | committee | front
    body_name: str
    post: str
    name: str  # empty when vacant or not supplied yet
    vacant: bool = False
    illustration: bool = False  # plainly marked: a demo person, not a real official
    term_start: date | None = None
    biography: str = ""
    duties: str = ""
    phone: str = ""
    photo: Picture | None = None


@dataclass(frozen=True)
class OrgNode:
    name: str
    duties: str = ""
    head: str = ""  # empty: vacant, or not supplied yet
    phone: str = ""
    children: tuple["OrgNode", ...] = ()
    vacant: bool = False  # «đang khuyết»


@dataclass(frozen=True)
class Block:
    """One block of a body: ``kind`` names the component folder, ``data`` its arguments, as its sample shows them.

    heading(text, level "2"|"3", anchor) · text(html) · image(picture) · gallery(pictures) · quote(text, source) ·
    table(caption, header, rows, first_column_is_head) · file(file: FileLink) · facts(entries: (label, value, note)) ·
    video(title, url, own: bool, poster: Picture|None, transcript) · timeline(entries: (when, text)) ·
    predecessors(entries: (name, district, whole: bool, detail), note)
    """

    kind: str  # the component folder
    data: Mapping[str, Any]


@dataclass(frozen=True)
class SharedItem:
    """One entry of what all sites say together.

    ``kind``: emergency important information planned live ended downtime, or ``festive`` and the name of a drawing.
    """

    kind: str
    title: str
    text: str = ""
    link: str = ""
    begins: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class SharedView:
    """What all sites say together at the instant of rendering; only homes and /khan-cap/ carry it in the page."""

    alerts: tuple[SharedItem, ...] = ()
    notices: tuple[SharedItem, ...] = ()
    mourning: bool = False


@dataclass(frozen=True)
class PageView:
    """What every layout gets as ``page``."""

    uuid: str
    layout: str  # a file of design/layouts, without .html
    title: str
    path: str
    canonical: str  # absolute
    description: str = ""
    kind: str = ""
    breadcrumbs: tuple[Link, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    confirmed_on: date | None = None
    author: str = ""
    dublin_core: Mapping[str, str] = field(
        default_factory=dict
    )  # without the prefix: {"title": …, "creator": …}
    body: tuple[Block, ...] = ()
    shared: SharedView | None = None


@dataclass(frozen=True)
class ArticleParts:
    section: Link
    picture: Picture | None = None
    files: tuple[FileLink, ...] = ()
    related: tuple[Teaser, ...] = ()


@dataclass(frozen=True)
class SectionParts:
    entries: tuple[Teaser, ...] = ()
    subsections: tuple[Link, ...] = ()
    archive: tuple[Link, ...] = ()  # archive pages, numbered from the oldest
    empty_text: str = ""


@dataclass(frozen=True)
class MapPoint:
    name: str
    url: str  # absolute
    type: str  # phường | xã
    latitude: float
    longitude: float


@dataclass(frozen=True)
class CommuneCard:
    name: str
    url: str  # absolute
    type: str
    search_key: str  # folded name and predecessors, for finding in the browser
    predecessors: tuple[str, ...] = ()


@dataclass(frozen=True)
class HomeParts:
    intro: str = ""
    notices: tuple[Teaser, ...] = ()
    news: tuple[Teaser, ...] = ()  # first one with a picture
    city_news: tuple[Teaser, ...] = ()
    documents: tuple[DocumentRow, ...] = ()
    disclosure: tuple[Link, ...] = ()
    people: tuple[Person, ...] = ()
    doors: tuple[Link, ...] = ()
    links: Mapping[str, str] = field(
        default_factory=dict
    )  # well-known: news notices documents people contact
    points: tuple[MapPoint, ...] = ()  # city only
    communes: tuple[CommuneCard, ...] = ()  # city only


@dataclass(frozen=True)
class OrganisationParts:
    root: OrgNode | None = None


@dataclass(frozen=True)
class OfficialsParts:
    bodies: tuple[tuple[str, tuple[Person, ...]], ...] = ()


@dataclass(frozen=True)
class DocumentsParts:
    rows: tuple[DocumentRow, ...] = ()
    archive: tuple[Link, ...] = ()


@dataclass(frozen=True)
class DocumentParts:
    row: DocumentRow


@dataclass(frozen=True)
class SitemapParts:
    tree: tuple[Link, ...] = ()


@dataclass(frozen=True)
class ErrorParts:
    status: int
    doors: tuple[Link, ...] = ()


@dataclass(frozen=True)
class EmergencyParts:
    """What ``/khan-cap/`` tells in full, the most urgent first."""

    items: tuple[SharedItem, ...] = ()


@dataclass(frozen=True)
class NoticeParts:
    """Why a page was taken down. ``reason``: a word of the short list; the template knows its sentence."""

    reason: str
    text: str
    at: datetime
    replacement: Link | None = None
    provisional: bool = False  # taken down by one person, and nobody else has looked yet
