"""What a site says when an address leads nowhere (404) or no longer anywhere (410)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.homes import DOORS, doors
from ..compose.sites import SiteContext
from ..public_views import ErrorParts, PageView

TITLES = {"404": "Không tìm thấy trang", "410": "Trang đã được gỡ"}


class ErrorsFamily:
    """Ident: the status. The edge answers with the body of ``/_/404/`` and ``/_/410/``."""

    name = "errors"
    rank = 20
    version = "1"

    def subjects(self, site: str) -> Iterable[str]:
        return list(TITLES) if BasePage.objects.filter(site__key=site, depth=2).exists() else []

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        sites = [key.removeprefix("structure:") for key in changed if key.startswith("structure:")]
        return [Subject(self.name, site, ident) for site in sites for ident in TITLES]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        context = SiteContext.load(site, at=at)
        for ident in (ident for ident in idents if ident in TITLES and context):
            gathered = context.gather()
            gathered.reads |= {keys.place(site, kind) for kind in DOORS}
            page = _page(context, ident)
            parts = ErrorParts(int(ident), doors(context))
            body = face.render("layouts/error.html", page=page, site=context.view(), parts=parts).encode()
            output = Output(page.path, status=int(ident), body=body)
            yield Rendered(
                ident, (output,), frozenset(gathered.reads), frozenset(gathered.sources), context.changes_at
            )


def _page(context: SiteContext, ident: str) -> PageView:
    canonical = context.facts.address(context.facts.site, "/")
    return PageView(uuid="", layout="error", title=TITLES[ident], path=f"/_/{ident}/", canonical=canonical)
