"""Pages, archive pages of lists, and the pictures and files they show."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from ..compose.batch import Ask, Batch, Composed
from ..compose.sites import SiteContext
from ..queries.rows import STEP, entry_types
from ..rules import Listing


class PageFamily:
    """Ident: a page's UUID, or ``<uuid>/<number>`` for an archive page of its list."""

    name = "page"
    rank = 10
    version = "3"

    def subjects(self, site: str) -> Iterable[str]:
        found = Site.objects.filter(key=site).values_list("pk", flat=True).first()
        live = BasePage.objects.filter(site_id=found, live=True, depth__gte=2)
        for uuid in live.values_list("uuid", flat=True):
            yield str(uuid)
        yield from archive_idents(found) if found else ()

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        numbers: dict[str, list[str]] = {}
        for key in keys:
            word, _, rest = key.partition(":")
            if word == "page":
                numbers.setdefault(rest, []).append("")
            elif word == "archive":
                uuid, _, number = rest.partition(":")
                numbers.setdefault(uuid, []).append(f"/{number}")
        found = BasePage.objects.filter(uuid__in=numbers, live=True).values_list("uuid", "site__key")
        for uuid, site in found:
            yield from (Subject(self.name, site, f"{uuid}{number}") for number in numbers[str(uuid)] if site)

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        return (one for _, one in self.render_several({site: idents}, at=at))

    def render_several(
        self, wanted: Mapping[str, Sequence[str]], *, at: datetime
    ) -> Iterator[tuple[str, Rendered]]:
        contexts = SiteContext.load_several(wanted, at=at)
        asks = [(context, Ask.parse(ident)) for site, context in contexts.items() for ident in wanted[site]]
        for one in Batch(asks).composed():
            yield one.site.key, rendered(one)


def html(composed: Composed) -> str:
    """Return the page as readers get it."""
    layout = f"layouts/{composed.page.layout}.html"
    return face.render(layout, page=composed.page, site=composed.site, parts=composed.parts)


def rendered(composed: Composed) -> Rendered:
    body = html(composed).encode()
    gathered = composed.gathered
    return Rendered(
        composed.ask.ident,
        (Output(composed.page.path, body=body), *gathered.extra.values()),
        frozenset(gathered.reads),
        frozenset(gathered.sources),
        composed.changes_at,
    )


def archive_idents(site_id: int) -> Iterator[str]:
    """Every archive page there is on a site."""
    entries = BasePage.objects.filter(site_id=site_id, live=True, content_type_id__in=entry_types())
    totals: dict[tuple[str, int], int] = {}
    for path, type_id in entries.values_list("path", "content_type_id"):
        totals[path[:-STEP], type_id] = totals.get((path[:-STEP], type_id), 0) + 1
    long = {tree: total for (tree, _), total in totals.items() if Listing(total).archive_pages}
    for uuid, tree in BasePage.objects.filter(path__in=long, live=True).values_list("uuid", "path"):
        yield from (f"{uuid}/{number}" for number in range(1, Listing(long[tree]).archive_pages + 1))
