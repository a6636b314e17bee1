"""Addresses that pages once had: on to the present one, on whichever site it is, or gone."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.rules import site_path
from conglang.portal.identity.sites.queries import current_origin
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.gathering import technical_source
from ..models import FormerPath


class RedirectFamily:
    """Ident: the former path. A live page at the same path wins, because its family has the lower rank."""

    name = "redirect"
    rank = 50
    version = "1"

    def subjects(self, site: str) -> Iterable[str]:
        return FormerPath.objects.filter(site__key=site).values_list("path", flat=True)

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        former = (key.split(":", 2) for key in changed if key.startswith("former:"))
        return [Subject(self.name, site, path) for _, site, path in former]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        former = list(FormerPath.objects.filter(site__key=site, path__in=idents))
        where = _present({row.page_uuid for row in former})
        origin = current_origin()
        for row in former:
            place = where.get(row.page_uuid)
            reads = {keys.former(site, row.path), keys.address(row.page_uuid), keys.ORIGIN}
            location = None
            if place is not None:
                path, key, custom_host = place
                reads.add(keys.host(key))
                location = path if key == site else origin.url(origin.host_of(key, custom_host), path)
            if location != row.path:
                status = 301 if location else 410
                source = technical_source("redirect", f"{row.page_uuid} {row.path}")
                output = Output(row.path, status=status, location=location)
                yield Rendered(row.path, (output,), frozenset(reads), frozenset({source}))
            else:
                yield Rendered(row.path, (), frozenset(reads))  # the page is back where it was


def _present(uuids: Collection[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """Where the live ones of these pages are: path, site's key, its own host."""
    live = BasePage.objects.filter(uuid__in=uuids, live=True, site__isnull=False)
    found = live.values_list("uuid", "url_path", "site__key", "site__custom_host")
    return {uuid: (site_path(url_path), key, host) for uuid, url_path, key, host in found}
