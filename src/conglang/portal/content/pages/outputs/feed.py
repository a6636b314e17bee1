"""Atom feeds (RFC 4287): one of the site's news and notices, one of every section that has articles of its own."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.gathering import EPOCH, Gathered
from ..compose.sites import FEED, SiteContext
from ..models import SectionPage
from ..queries.details import Entry, listed, newest_articles
from ..queries.rows import Row

KINDS = ("news", "notices")
COUNT = 20
SITE = "site"


class FeedFamily:
    """Ident: ``site``, or the UUID of a section."""

    name = "feed"
    rank = 20
    version = "2"

    def subjects(self, site: str) -> Iterable[str]:
        sections = SectionPage.objects.filter(site__key=site, live=True, kind__in=KINDS)
        return [SITE, *map(str, sections.values_list("uuid", flat=True))]

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        for key in changed:
            if key.startswith("structure:"):
                yield Subject(self.name, key.removeprefix("structure:"), SITE)
        uuids = [key.removeprefix("address:") for key in changed if key.startswith("address:")]
        sections = SectionPage.objects.filter(uuid__in=uuids, live=True, kind__in=KINDS)
        for uuid, site in sections.values_list("uuid", "site__key"):
            yield Subject(self.name, site, str(uuid))

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        context = SiteContext.load(site, at=at)
        if context is None:
            return
        known = {ident: context.structure.by_uuid.get(ident) for ident in idents}
        sections = {ident: row for ident, row in known.items() if row is not None and row.kind in KINDS}
        lists = listed("articlepage", [context.facts.site.pk], {row.tree: {0} for row in sections.values()})
        for ident in idents:
            if ident == SITE:
                yield _site_feed(context)
            elif ident in sections:
                yield _section_feed(context, sections[ident], lists[sections[ident].tree])


def _site_feed(context: SiteContext) -> Rendered:
    gathered, site = _gather(context), context.facts.site
    gathered.reads.update(keys.newest(site.key, kind, COUNT) for kind in KINDS)
    entries = newest_articles(site.pk, KINDS, COUNT)
    body = atom(context, gathered, entries, path=FEED, title=context.facts.unit.full_name, page="/")
    return _rendered(SITE, gathered, Output(FEED, body=body.encode()))


def _section_feed(context: SiteContext, section: Row, oldest_first: Sequence[Entry]) -> Rendered:
    gathered = _gather(context)
    gathered.reads.add(keys.entries(section.uuid))
    gathered.name(section)
    path, title = f"{section.path}tin.atom", f"{section.title} – {context.facts.unit.full_name}"
    entries = list(reversed(oldest_first))[:COUNT]
    body = atom(context, gathered, entries, path=path, title=title, page=section.path)
    return _rendered(str(section.uuid), gathered, Output(path, body=body.encode()))


def _gather(context: SiteContext) -> Gathered:
    """A feed says whose it is."""
    gathered = context.gather_bare()
    gathered.reads |= {keys.unit(context.facts.unit.code), keys.office(context.facts.office_key)}
    return gathered


def _rendered(ident: str, gathered: Gathered, output: Output) -> Rendered:
    return Rendered(ident, (output,), frozenset(gathered.reads), frozenset(gathered.sources))


def atom(
    context: SiteContext, gathered: Gathered, entries: Sequence[Entry], *, path: str, title: str, page: str
) -> str:
    """Return the feed. Its date is that of its newest entry, so that the same entries give the same bytes."""
    address = context.facts.address
    site = context.facts.site
    updated = max((entry.row.last_at or EPOCH for entry in entries), default=EPOCH)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">',
        f"<title>{escape(title)}</title>",
        f"<id>{escape(address(site, path))}</id>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(address(site, path))}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(address(site, page))}/>',
        f"<updated>{_instant(updated)}</updated>",
        f"<author><name>{escape(context.facts.office_name)}</name></author>",
    ]
    for entry in entries:
        gathered.page(entry.row)
        lines += _entry(entry, address(site, entry.row.path))
    return "\n".join([*lines, "</feed>", ""])


def _entry(entry: Entry, url: str) -> list[str]:
    row = entry.row
    summary = [f"<summary>{escape(row.summary)}</summary>"] if row.summary else []
    return [
        "<entry>",
        f"<title>{escape(row.title)}</title>",
        f"<id>urn:uuid:{row.uuid}</id>",
        f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>',
        f"<published>{_instant(row.first_at or EPOCH)}</published>",
        f"<updated>{_instant(row.last_at or row.first_at or EPOCH)}</updated>",
        *summary,
        "</entry>",
    ]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
