"""Where everything is: for people as a tree, for search engines as XML split by month (sitemaps.org 0.9)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from django.db.models import Q
from django.db.models.functions import TruncMonth

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.gathering import Gathered
from ..compose.sites import SITEMAP, SiteContext
from ..public_views import Link, PageView, SitemapParts
from ..queries.rows import Row, entry_types, rows

INDEX, TREE, PAGES, ROBOTS = "index", "tree", "pages", "robots"
TITLE = "Sơ đồ trang"
XML = '<?xml version="1.0" encoding="utf-8"?>'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class SitemapFamily:
    """Ident: ``tree`` (for people), ``index``, ``pages`` (the structure), a month as ``2025-07``, ``robots``."""

    name = "sitemap"
    rank = 20
    version = "1"

    def subjects(self, site: str) -> Iterable[str]:
        return [INDEX, TREE, PAGES, ROBOTS, *_months(BasePage.objects.filter(site__key=site))]

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        for key in changed:
            word, _, rest = key.partition(":")
            if word == "structure":
                yield from (Subject(self.name, rest, ident) for ident in (INDEX, TREE, PAGES, ROBOTS))
            elif word == "list" and ":_month-" in rest:
                site, _, month = rest.partition(":_month-")
                yield Subject(self.name, site, month)

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        context = SiteContext.load(site, at=at)
        if context is None:
            return
        make: dict[str, Callable[[SiteContext, Gathered], Output]] = {
            INDEX: _index, TREE: _tree, PAGES: _pages, ROBOTS: _robots,
        }  # fmt: skip
        for ident in idents:
            gathered = context.gather() if ident == TREE else context.gather_bare()
            output = make[ident](context, gathered) if ident in make else _month(context, gathered, ident)
            if output is not None:
                yield Rendered(
                    ident,
                    (output,),
                    frozenset(gathered.reads),
                    frozenset(gathered.sources),
                    context.changes_at if ident == TREE else None,
                )


def _months(pages: Any) -> list[str]:
    """The months that have entries. The database tells them apart: a site has few months and thousands of entries."""
    entries = pages.filter(live=True, content_type_id__in=entry_types())
    found = entries.order_by().annotate(month=TruncMonth("first_published_at", tzinfo=keys.LOCAL))
    return sorted(map(keys.month_of, found.values_list("month", flat=True).distinct()))


def _index(context: SiteContext, gathered: Gathered) -> Output:
    site = context.facts.site
    gathered.reads.add(keys.months(site.key))
    names = ["trang", *_months(BasePage.objects.filter(site_id=site.pk))]
    urls = (context.facts.address(site, f"/sitemap-{name}.xml") for name in names)
    lines = [f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls]
    body = "\n".join([XML, f"<sitemapindex {NAMESPACE}>", *lines, "</sitemapindex>", ""])
    return Output("/sitemap.xml", body=body.encode())


def _pages(context: SiteContext, gathered: Gathered) -> Output:
    gathered.reads.add(keys.structure(context.facts.site.key))
    return _urlset(context, gathered, "trang", context.structure.rows)


def _month(context: SiteContext, gathered: Gathered, name: str) -> Output | None:
    site = context.facts.site
    gathered.reads.add(keys.month(site.key, name))
    try:
        wanted = _filed_under(name)
    except ValueError:  # no month
        return None
    entries = BasePage.objects.filter(wanted, site_id=site.pk, live=True, content_type_id__in=entry_types())
    found = rows(entries.order_by("first_published_at", "id"))
    return _urlset(context, gathered, name, found) if found else None


def _filed_under(month: str) -> Q:
    """What the site map files under a month (``2025-07``, the office's time; ``0000-00``: no instant is known).

    Raises ValueError for what is no month.
    """
    year, number = map(int, month.split("-"))
    if not year:
        return Q(first_published_at=None)
    begin = datetime(year, number, 1, tzinfo=keys.LOCAL)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=keys.LOCAL)
    return Q(first_published_at__gte=begin, first_published_at__lt=end)


def _urlset(context: SiteContext, gathered: Gathered, name: str, found: Sequence[Row]) -> Output:
    lines = []
    for row in found:
        gathered.page(row)
        url = context.facts.address(context.facts.site, row.path)
        lines.append(f"<url><loc>{escape(url)}</loc>{_last_change(row)}</url>")
    body = "\n".join([XML, f"<urlset {NAMESPACE}>", *lines, "</urlset>", ""])
    return Output(f"/sitemap-{name}.xml", body=body.encode())


def _last_change(row: Row) -> str:
    return f"<lastmod>{row.last_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if row.last_at else ""


def _robots(context: SiteContext, gathered: Gathered) -> Output:
    url = context.facts.address(context.facts.site, "/sitemap.xml")
    return Output("/robots.txt", body=f"User-agent: *\nAllow: /\nSitemap: {url}\n".encode())


def _tree(context: SiteContext, gathered: Gathered) -> Output:
    gathered.reads.add(keys.structure(context.facts.site.key))
    home = context.structure.home
    tree = (_branch(context, home),) if home else ()
    canonical = context.facts.address(context.facts.site, SITEMAP)
    crumbs = (Link("Trang chủ", "/"), Link(TITLE, "", current=True))
    page = PageView(
        uuid="",
        layout="sitemap",
        title=TITLE,
        path=SITEMAP,
        canonical=canonical,
        kind="sitemap",
        breadcrumbs=crumbs,
    )
    body = face.render("layouts/sitemap.html", page=page, site=context.view(), parts=SitemapParts(tree))
    return Output(SITEMAP, body=body.encode())


def _branch(context: SiteContext, row: Row) -> Link:
    below = tuple(_branch(context, child) for child in context.structure.children(row))
    title = "Trang chủ" if row is context.structure.home else row.title
    return Link(title, row.path, children=below)
