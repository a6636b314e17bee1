"""/khan-cap/: what is announced to all sites, in full, for readers without script and for links."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from ..compose.shared import earlier
from ..compose.sites import EMERGENCY, HOME, SiteContext
from ..public_views import EmergencyParts, Link, PageView, SharedView

TITLE = "Thông báo khẩn"


class EmergencyFamily:
    """One page on every site; without an announcement it says so."""

    name = "emergency"
    rank = 20
    always_current = True  # no restoration brings back an old announcement
    version = "1"
    ident = "emergency"

    def subjects(self, site: str) -> Iterable[str]:
        home = BasePage.objects.filter(site__key=site, depth=2)
        return [self.ident] if home.exists() else []

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        sites = [key.removeprefix("structure:") for key in keys if key.startswith("structure:")]
        return [Subject(self.name, site, self.ident) for site in sites]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        context = SiteContext.load(site, at=at)
        if context is None or self.ident not in idents:
            return
        gathered = context.gather()
        shared = context.gather_shared(gathered)
        page, parts = _page(context, shared.view), EmergencyParts(_items(shared.view))
        body = face.render("layouts/emergency.html", page=page, site=context.view(), parts=parts).encode()
        yield Rendered(
            self.ident,
            (Output(EMERGENCY, body=body),),
            frozenset(gathered.reads),
            frozenset(gathered.sources),
            earlier(context.changes_at, shared.changes_at),
        )


def _items(view: SharedView) -> tuple:
    return (*view.alerts, *(item for item in view.notices if not item.kind.startswith("festive")))


def _page(context: SiteContext, view: SharedView) -> PageView:
    crumbs = (Link(HOME, "/"), Link(TITLE, "", current=True))
    canonical = context.facts.address(context.facts.site, EMERGENCY)
    return PageView(
        uuid="",
        layout="emergency",
        title=TITLE,
        path=EMERGENCY,
        canonical=canonical,
        breadcrumbs=crumbs,
        shared=view,
    )
