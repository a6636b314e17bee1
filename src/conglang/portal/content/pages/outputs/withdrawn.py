"""What stands at the addresses of a page that was taken down with a notice: why, since when, whom to ask."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Source, Subject
from conglang.wire.release import Authority, AuthorityKind

from .. import keys
from ..compose.gathering import Gathered, sha256
from ..compose.media import Media
from ..compose.sites import SiteContext
from ..public_views import Link, NoticeParts, PageView
from ..queries.withdrawals import NoticeFacts, notice_sites, notices
from ..stream import Wanted

TITLE = "Thông tin này đã được gỡ"


class WithdrawnFamily:
    """Ident: the page's UUID. Status 410 with a body, at every address of the site that was the page's."""

    name = "withdrawn"
    rank = 40
    version = "3"

    def subjects(self, site: str) -> Iterable[str]:
        return [str(notice.page_uuid) for notice in notices(site)]

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        uuids = [key.removeprefix("notice:") for key in changed if key.startswith("notice:")]
        return [Subject(self.name, site, uuid) for site, uuid in notice_sites(uuids)] if uuids else []

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        context = SiteContext.load(site, at=at)
        found = notices(site, [ident for ident in idents if _is_uuid(ident)]) if context else []
        wanted = Wanted(pages={notice.replacement_id for notice in found if notice.replacement_id})
        media = Media.load(wanted, [context]) if context else None
        for notice in found:
            yield _rendered(context, media, notice)


def _rendered(context: SiteContext, media: Media, notice: NoticeFacts) -> Rendered:
    gathered = context.gather()
    gathered.reads.add(keys.notice(notice.page_uuid))
    context.read_visit(gathered)
    gathered.reads |= {keys.former(context.facts.site.key, path) for path in notice.paths}
    gathered.sources.add(_source(notice))
    parts = _parts(context, media, gathered, notice)
    outputs = tuple(_output(context, parts, path) for path in notice.paths)
    reads, sources = frozenset(gathered.reads), frozenset(gathered.sources)
    return Rendered(str(notice.page_uuid), outputs, reads, sources, context.changes_at)


def _parts(context: SiteContext, media: Media, gathered: Gathered, notice: NoticeFacts) -> NoticeParts:
    """What one person alone has written readers do not get: a provisional notice is a fixed sentence."""
    if notice.provisional:
        return NoticeParts("", "", notice.at, provisional=True)
    return NoticeParts(notice.reason, notice.text, notice.at, _replacement(context, media, gathered, notice))


def _output(context: SiteContext, parts: NoticeParts, path: str) -> Output:
    canonical = context.facts.address(context.facts.site, path)
    page = PageView(
        uuid="", layout="withdrawn", title=TITLE, path=path, canonical=canonical, kind="withdrawn"
    )
    body = face.render("layouts/withdrawn.html", page=page, site=context.view(), parts=parts)
    return Output(path, status=410, body=body.encode())


def _replacement(context: SiteContext, media: Media, gathered: Gathered, notice: NoticeFacts) -> Link | None:
    """Where to read instead; nothing while that page is not published."""
    target = media.targets.get(notice.replacement_id)
    if target is None:
        return None
    gathered.reads.add(keys.title(target.uuid))
    url = media.address(gathered, context, notice.replacement_id)
    return Link(target.row.title, url) if url else None


def _source(notice: NoticeFacts) -> Source:
    words = (
        f"{notice.reason} {notice.text} {notice.replacement_id}" if not notice.provisional else "provisional"
    )
    digest = sha256(f"notice {notice.page_uuid} {notice.id} {words}")
    return Source(digest, Authority(*_who_stands_for(notice), notice.at))


def _who_stands_for(notice: NoticeFacts) -> tuple[AuthorityKind, tuple[str, ...]]:
    people = tuple(str(one) for one in (notice.by, notice.second) if one)
    if notice.provisional:  # nobody's words
        return AuthorityKind.TECHNICAL, people or ("provisioning",)
    if len(people) < 2:
        return AuthorityKind.DEMO, people or ("provisioning",)
    return AuthorityKind.CITY_EMERGENCY if notice.emergency else AuthorityKind.TWO_PERSON, people


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
